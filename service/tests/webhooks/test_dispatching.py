"""From events to deliveries: each once, numbered, to the right endpoints."""

import asyncio

import pytest
from service.tests.doubles import SettableClock
from service.tests.webhooks.receiver import Receiver
from service.tests.webhooks.site import Site, site

from counterfoil import events
from counterfoil.access import Environment
from counterfoil.connections.models import ConnectionRow
from counterfoil.db import Database
from counterfoil.vault import Vault
from counterfoil.webhooks.dispatching import _LOCK, EVENTS_AT_ONCE


async def bodies_to(here: Site, url: str) -> int:
    [(count,)] = await here.sql(
        "SELECT count(*) FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id "
        "WHERE e.url = %s",
        url,
    )
    return int(count)


A = "https://a.example.com/"
B = "https://b.example.com/"
OVERRIDE = "https://override.example.com/"


async def test_both_urls_get_the_same_message(
    here: Site, receiver: Receiver, other_receiver: Receiver
) -> None:
    await here.send_to(receiver.url, other_receiver.url)
    await here.happens(await here.connect())
    await here.run_jobs()
    [one], [other] = receiver.received, other_receiver.received
    assert (one.uid, one.raw) == (other.uid, other.raw)


@pytest.mark.parametrize(("primary", "secondary", "sent"), [(A, "", {A}), ("", B, {B}), ("", "", set())])
async def test_a_url_that_is_not_set_gets_nothing(
    here: Site, primary: str, secondary: str, sent: set[str]
) -> None:
    await here.send_to(primary, secondary)
    await here.happens(await here.connect())
    await here.webhooks.dispatcher.dispatch()
    assert {url for url in (A, B) if await bodies_to(here, url)} == sent


async def test_one_address_under_two_names_gets_one_message(here: Site) -> None:
    await here.send_to(A, A)
    await here.happens(await here.connect())
    await here.webhooks.dispatcher.dispatch()
    assert await bodies_to(here, A) == 1


async def test_a_connections_own_url_replaces_both_and_flags_still_apply(here: Site) -> None:
    await here.send_to(A, B, on_auth_creation=False)
    pk = await here.connect(webhook_url_override=OVERRIDE)
    await here.happens(pk, "connection.created")
    await here.happens(pk, "connection.replaced")
    await here.webhooks.dispatcher.dispatch()
    assert [await bodies_to(here, url) for url in (A, B, OVERRIDE)] == [0, 0, 1]


async def test_a_message_that_is_not_wanted_takes_no_number(here: Site) -> None:
    await here.send_to(A)
    pk = await here.connect()
    for kind in ("connection.created", "connection.refreshed", "connection.replaced"):
        await here.happens(pk, kind)
    await here.webhooks.dispatcher.dispatch()
    rows = await here.sql("SELECT event_type, sequence FROM webhook_messages ORDER BY id")
    assert rows == [("connection.created", 1), ("connection.replaced", 2)]


async def test_an_event_that_was_rolled_back_is_told_to_nobody(here: Site) -> None:
    await here.send_to(A)
    pk = await here.connect()
    async with here.database.session() as session:
        await events.record(session, here.environment.id, "connection.created", "c1", {"connection": pk})
        await session.rollback()
    assert await here.webhooks.dispatcher.dispatch() == 0
    assert await here.sql("SELECT 1 FROM procrastinate_jobs") == []


async def test_an_event_that_commits_after_a_later_one_is_not_passed_over(here: Site) -> None:
    await here.send_to(A)
    slow, fast = await here.connect("slow"), await here.connect("fast")
    payload = {"connection": slow, "integration": "intacct", "provider": "sage-intacct-cc"}
    async with here.database.session() as session:
        await events.record(session, here.environment.id, "connection.created", "slow", payload)
        await here.happens(fast, connection_id="fast")
        assert await here.webhooks.dispatcher.dispatch() == 1
    assert await here.webhooks.dispatcher.dispatch() == 1
    rows = await here.sql("SELECT connection_id, sequence FROM webhook_messages ORDER BY id")
    assert rows == [("fast", 1), ("slow", 1)]


async def test_many_dispatchers_make_each_message_once_and_number_without_gaps(
    here: Site, database: Database, vault: Vault, environment: Environment, clock: SettableClock
) -> None:
    await here.send_to(A)
    pks = {name: await here.connect(name) for name in ("c1", "c2", "c3")}

    async def happen(name: str) -> None:
        for _ in range(10):
            async with here.database.session() as session:
                # As the verbs of connections do: the row is locked until the event is committed.
                await session.get_one(ConnectionRow, pks[name], with_for_update=True)
                payload = {"connection": pks[name], "integration": "intacct", "provider": "sage-intacct-cc"}
                await events.record(session, environment.id, "connection.replaced", name, payload)

    async with site(database, vault, environment, clock, seed="neighbour") as neighbour:

        async def dispatch(one: Site) -> None:
            for _ in range(8):
                await one.webhooks.dispatcher.dispatch()

        await asyncio.gather(*map(happen, pks), dispatch(here), dispatch(neighbour))
        await here.webhooks.dispatcher.dispatch()
    for name in pks:
        rows = await here.sql(
            "SELECT sequence FROM webhook_messages WHERE connection_id = %s ORDER BY event_id", name
        )
        assert [row[0] for row in rows] == list(range(1, 11))
    [(deliveries,)] = await here.sql("SELECT count(*) FROM webhook_deliveries")
    assert deliveries == 30


async def test_the_end_user_and_the_tags_are_told(here: Site, receiver: Receiver) -> None:
    await here.send_to(receiver.url)
    end_user = await here.end_user(end_user_id="u1", email="u1@example.com", organization_id="o1")
    await here.happens(await here.connect(end_user_pk=end_user, tags={"plan": "gold"}))
    await here.run_jobs()
    [one] = receiver.received
    assert one.body["tags"] == {"plan": "gold"}
    assert one.body["endUser"] == {
        "endUserId": "u1",
        "endUserEmail": "u1@example.com",
        "organizationId": "o1",
        "tags": {},
    }


async def test_a_crowd_of_events_needs_one_job(here: Site, receiver: Receiver) -> None:
    await here.send_to(receiver.url)
    pk = await here.connect()
    for _ in range(5):
        await here.happens(pk)
    [(waiting,)] = await here.sql("SELECT count(*) FROM procrastinate_jobs")
    await here.webhooks.dispatcher.dispatch()
    rows = await here.sql("SELECT task_name FROM procrastinate_jobs")
    assert (waiting, rows) == (5, [("webhooks:deliver",)])


async def test_a_crowd_that_takes_several_transactions_leaves_no_job_to_look_again(here: Site) -> None:
    await here.send_to(A)
    count = 2 * EVENTS_AT_ONCE + 1
    for start in range(0, count, EVENTS_AT_ONCE):
        await here.sql(
            "INSERT INTO events (environment_id, type, subject, payload) "
            "SELECT %s, 'connection.replaced', 'c1', jsonb_build_object('connection', %s::bigint) "
            "FROM generate_series(1, %s)",
            here.environment.id,
            await here.connect(f"c{start}"),
            min(EVENTS_AT_ONCE, count - start),
        )
    assert await here.webhooks.dispatcher.dispatch() == count
    assert len(await here.statuses()) == count
    jobs = await here.sql("SELECT DISTINCT task_name FROM procrastinate_jobs WHERE status < 'doing'")
    assert jobs == [("webhooks:deliver",)]


async def test_a_crowd_of_jobs_waits_in_one_place_and_whoever_is_at_it_looks_again(
    here: Site, receiver: Receiver
) -> None:
    await here.send_to(receiver.url)
    pk = await here.connect()
    await here.happens(pk)
    async with here.database.session() as elsewhere:
        await elsewhere.execute(_LOCK)
        at_it = asyncio.create_task(here.webhooks.dispatcher.dispatch())
        await _waits_for_the_lock(here)
        await here.happens(pk, "connection.replaced")
        # None of them waits for the other process.
        assert [await here.webhooks.dispatcher.dispatch() for _ in range(20)] == [0] * 20
    assert await at_it == 2
    assert await here.webhooks.dispatcher.dispatch() == 0


async def _waits_for_the_lock(here: Site) -> None:
    waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    for _ in range(1000):
        if await here.sql(waiting):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")
