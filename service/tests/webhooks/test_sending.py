"""Sending: to receivers that answer, don't, answer oddly, are dead, slow or somewhere forbidden."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from service.tests.doubles import SettableClock
from service.tests.outbound.network import FixedAnswers, NeverConnects
from service.tests.webhooks.receiver import Fault, Received, Receiver, Reply, receiving
from service.tests.webhooks.sender_process import sender_process
from service.tests.webhooks.site import Site, site
from service.tests.webhooks.test_signing import is_valid

from counterfoil.access import Environment
from counterfoil.db import Database
from counterfoil.outbound import AddressPolicy, Outbound
from counterfoil.vault import Vault
from counterfoil.webhooks import ReplayRange, standard_secret
from counterfoil.webhooks.health import FAILURES_UNTIL_OPEN
from counterfoil.webhooks.sending import MOST_ENDPOINTS, Sender

HOURS = 3600


async def settle(here: Site, hours: float, step_seconds: float = 600) -> None:
    """Let time pass, with a sweep now and then."""
    for _ in range(int(hours * HOURS / step_seconds)):
        here.clock.advance(step_seconds)
        await here.webhooks.ledger.expire(here.clock.now())
        for endpoint_id in await here.webhooks.ledger.waited_for(here.clock.now()):
            calls = await here.webhooks.sender.deliver(endpoint_id)
            while calls.get(endpoint_id) == 0.0:
                calls = await here.webhooks.sender.deliver(endpoint_id)


async def send(here: Site, slot: str = "primary") -> None:
    """Dispatch and attempt once, without any job."""
    await here.webhooks.dispatcher.dispatch()
    await here.webhooks.sender.deliver(await here.endpoint_id(slot))


async def accepts(here: Site, one: Received, key: str) -> bool:
    return is_valid(key, one.headers, one.raw)


async def test_a_message_is_signed_and_says_who_sends_it(here: Site, receiver: Receiver) -> None:
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await send(here)
    keys = await here.webhooks.configuration.keys(here.environment.id)
    [one] = receiver.received
    assert await accepts(here, one, standard_secret(keys.current).reveal())
    assert one.headers["content-type"] == "application/json"
    assert one.headers["user-agent"].startswith("counterfoil/")
    assert one.headers["webhook-timestamp"] == str(int(here.clock.now().timestamp()))


@pytest.mark.parametrize(
    "step", [Fault.CUT, Reply(500), Reply(404), Reply(302, headers=(("Location", "/"),))]
)
async def test_a_failed_message_comes_again_as_it_was_with_a_new_time(
    here: Site, receiver: Receiver, step: Fault | Reply
) -> None:
    receiver.script.append(step)
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await send(here)
    assert await here.statuses() == ["pending"]
    await settle(here, 1)
    first, second = receiver.received
    assert (first.uid, first.raw) == (second.uid, second.raw)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert await here.statuses() == ["delivered"]


async def test_a_redirect_is_not_followed(here: Site, receiver: Receiver, other_receiver: Receiver) -> None:
    receiver.script.append(Reply(307, headers=(("Location", other_receiver.url),)))
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await send(here)
    assert other_receiver.received == []
    assert await here.outcomes() == ["redirected"]


async def test_retries_go_on_for_72_hours_and_the_message_is_kept_even_then(
    here: Site, receiver: Receiver
) -> None:
    receiver.otherwise = lambda: Reply(500)
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    begun = here.clock.now()
    await send(here)
    await settle(here, 71)
    assert await here.statuses() == ["pending"]
    await settle(here, 3)
    assert await here.statuses() == ["failed"]
    [(last,)] = await here.sql("SELECT max(at) FROM webhook_attempts")
    assert (last - begun).total_seconds() >= 72 * HOURS
    assert len(set(receiver.uids)) == 1
    receiver.otherwise = lambda: Reply(200)
    [(number,)] = await here.sql("SELECT id FROM webhook_deliveries")
    await here.webhooks.deliveries.replay(here.environment.id, number)
    await settle(here, 1)
    assert await here.statuses() == ["delivered"]
    assert len(set(receiver.uids)) == 1


async def test_410_ends_the_endpoint_with_a_notice_to_the_other_one(
    here: Site, receiver: Receiver, other_receiver: Receiver
) -> None:
    receiver.script.append(Reply(410))
    await here.send_to(receiver.url, other_receiver.url)
    pk = await here.connect()
    await here.happens(pk)
    await here.run_jobs()
    settings = await here.webhooks.configuration.read(here.environment.id)
    assert [(one.slot, one.status, one.reason) for one in settings.endpoints] == [
        ("primary", "deactivated", "gone"),
        ("secondary", "active", None),
    ]
    notice = other_receiver.received[-1].body
    assert (notice["type"], notice["operation"]) == ("webhook_endpoint", "deactivation")
    assert notice["endpoint"]["reason"] == "gone"
    await here.happens(pk, "connection.replaced")
    await here.run_jobs()
    assert len(receiver.received) == 1
    await here.webhooks.configuration.activate(here.environment.id, await here.endpoint_id())
    again = await here.webhooks.deliveries.replay_range(
        here.environment.id, ReplayRange(since=here.clock.now())
    )
    await here.run_jobs()
    assert again == 2
    assert receiver.sequences("c1") == [1, 1, 2]


async def test_an_endpoint_that_only_fails_for_days_is_deactivated(here: Site, receiver: Receiver) -> None:
    receiver.otherwise = lambda: Reply(500)
    await here.send_to(receiver.url)
    pk = await here.connect()
    for _ in range(6):
        await here.happens(pk)
        await here.webhooks.dispatcher.dispatch()
        await settle(here, 24, step_seconds=6 * HOURS)
    [(status, reason)] = await here.sql("SELECT status, reason FROM webhook_endpoints")
    assert (status, reason) == ("deactivated", "failing_for_days")
    assert set(await here.statuses()) == {"failed"}


async def test_the_breaker_spares_a_dead_receiver_and_lets_everything_through_afterwards(
    here: Site, receiver: Receiver
) -> None:
    receiver.otherwise = lambda: Reply(503)
    await here.send_to(receiver.url)
    pk = await here.connect()
    for _ in range(40):
        await here.happens(pk)
    await send(here)
    sent = len(receiver.received)
    # Those under way when it opened are the most.
    assert FAILURES_UNTIL_OPEN <= sent <= 32
    await send(here)
    assert len(receiver.received) == sent
    here.clock.advance(60)
    await send(here)
    assert len(receiver.received) == sent + 1
    receiver.otherwise = lambda: Reply(200)
    await settle(here, 0.5)
    assert set(await here.statuses()) == {"delivered"}
    assert sorted(set(receiver.sequences("c1"))) == list(range(1, 41))


async def test_a_busy_receiver_is_left_alone_as_long_as_it_asks(here: Site, receiver: Receiver) -> None:
    receiver.script.append(Reply(429, headers=(("Retry-After", "120"),)))
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await send(here)
    here.clock.advance(119)
    await send(here)
    assert len(receiver.received) == 1
    here.clock.advance(1)
    await send(here)
    assert await here.outcomes() == ["throttled", "delivered"]


async def test_an_endless_answer_is_not_read_to_its_end(here: Site, receiver: Receiver) -> None:
    receiver.script.append(Reply(200, b"x" * 5_000_000))
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await send(here)
    [(answer,)] = await here.sql("SELECT answer FROM webhook_attempts")
    assert len(answer) == 1024
    assert await here.statuses() == ["delivered"]


async def test_the_log_keeps_no_key_that_a_receiver_repeats(here: Site, receiver: Receiver) -> None:
    keys = await here.webhooks.configuration.keys(here.environment.id)
    shown = f"key {keys.current.reveal()} or {standard_secret(keys.current).reveal()}"
    receiver.script.append(Reply(500, shown.encode()))
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await send(here)
    assert await here.sql("SELECT answer FROM webhook_attempts") == [("key … or …",)]


async def test_a_key_rotated_between_two_attempts_verifies_both(here: Site, receiver: Receiver) -> None:
    receiver.script.append(Reply(500))
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await send(here)
    keys = await here.webhooks.configuration.rotate(here.environment.id)
    assert keys.following is not None
    await settle(here, 0.2, step_seconds=60)
    old, new = standard_secret(keys.current).reveal(), standard_secret(keys.following).reveal()
    first, second = receiver.received
    assert [await accepts(here, first, key) for key in (old, new)] == [True, False]
    assert [await accepts(here, second, key) for key in (old, new)] == [True, True]


@asynccontextmanager
async def going_out(
    outbound: Outbound, database: Database, vault: Vault, environment: Environment, clock: SettableClock
) -> AsyncIterator[Site]:
    async with site(database, vault, environment, clock, outbound=outbound) as one:
        yield one


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/"])
async def test_a_forbidden_address_gets_no_socket(
    url: str, database: Database, vault: Vault, environment: Environment, clock: SettableClock
) -> None:
    sockets = NeverConnects()
    outbound = Outbound(AddressPolicy(), open_socket=sockets)
    async with going_out(outbound, database, vault, environment, clock) as here:
        await here.send_to(url)
        await here.happens(await here.connect())
        await send(here)
        assert await here.outcomes() == ["address_refused"]
        assert sockets.opened == []


async def test_a_name_that_turns_to_a_private_address_is_refused_at_the_next_attempt(
    database: Database, vault: Vault, environment: Environment, clock: SettableClock
) -> None:
    public, private = NeverConnects(), NeverConnects()
    before = Outbound(AddressPolicy(), resolve=FixedAnswers(["93.184.216.34"]), open_socket=public)
    async with going_out(before, database, vault, environment, clock) as here:
        await here.send_to("http://rebinding.example.com/")
        await here.happens(await here.connect())
        await send(here)
        assert len(public.opened) > 0
    clock.advance(60)
    # Another process, so that it asks for the name anew.
    after = Outbound(AddressPolicy(), resolve=FixedAnswers(["127.0.0.1"]), open_socket=private)
    async with going_out(after, database, vault, environment, clock) as here:
        await send(here)
        assert await here.outcomes() == ["unreachable", "address_refused"]
        assert private.opened == []


async def test_a_receiver_that_never_answers_is_given_up_and_asked_again(
    here: Site, receiver: Receiver
) -> None:
    hasty = Sender(
        here.webhooks.ledger,
        here.webhooks.configuration,
        here.webhooks.sender._outbound,
        here.clock,
        deadline_seconds=0.2,
    )
    receiver.script.append(Fault.HANG)
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await here.webhooks.dispatcher.dispatch()
    await hasty.deliver(await here.endpoint_id())
    assert await here.outcomes() == ["timed_out"]
    here.clock.advance(60)
    await hasty.deliver(await here.endpoint_id())
    assert await here.statuses() == ["delivered"]


async def test_who_is_killed_between_sending_and_writing_loses_nothing(
    here: Site, receiver: Receiver, postgres_url: str
) -> None:
    receiver.script.extend([Fault.HANG] * 4)
    await here.send_to(receiver.url)
    pk = await here.connect()
    for _ in range(4):
        await here.happens(pk)
    await here.webhooks.dispatcher.dispatch()
    killed = sender_process(postgres_url, await here.endpoint_id())
    killed.start()
    await receiver.arrived(4)
    killed.kill()
    killed.join()
    await send(here)
    # The leases still hold: nobody knows yet that their holder is dead.
    assert len(receiver.received) == 4
    await here.forget_leases()
    await here.sweep()
    before, after = receiver.received[:4], receiver.received[4:]
    assert {one.uid: one.raw for one in before} == {one.uid: one.raw for one in after}
    assert len(after) == 4
    assert await here.statuses() == ["delivered"] * 4
    assert await here.sql("SELECT DISTINCT attempts FROM webhook_deliveries") == [(2,)]


async def test_two_processes_never_send_the_same_message_at_once(
    here: Site,
    receiver: Receiver,
    database: Database,
    vault: Vault,
    environment: Environment,
    clock: SettableClock,
) -> None:
    await here.send_to(receiver.url)
    pk = await here.connect()
    for _ in range(80):
        await here.happens(pk)
    await here.webhooks.dispatcher.dispatch()
    endpoint_id = await here.endpoint_id()
    async with site(database, vault, environment, clock, seed="neighbour") as neighbour:
        await asyncio.gather(
            here.webhooks.sender.deliver(endpoint_id), neighbour.webhooks.sender.deliver(endpoint_id)
        )
    assert len(receiver.uids) == len(set(receiver.uids)) == 80


async def test_those_that_answer_do_not_wait_for_one_that_does_not(
    here: Site, receiver: Receiver, other_receiver: Receiver
) -> None:
    receiver.otherwise = lambda: Fault.HANG
    await here.send_to(receiver.url, other_receiver.url)
    pk = await here.connect()
    for _ in range(40):
        await here.happens(pk)
    await here.webhooks.dispatcher.dispatch()
    dead = asyncio.create_task(here.webhooks.sender.deliver(await here.endpoint_id("primary")))
    await receiver.arrived(1)
    await here.webhooks.sender.deliver(await here.endpoint_id("secondary"))
    assert not dead.done()
    assert len(other_receiver.accepted) == 40
    dead.cancel()
    await asyncio.gather(dead, return_exceptions=True)


async def test_more_endpoints_than_are_served_at_once_take_their_turns(here: Site) -> None:
    async with receiving() as slow:
        slow.otherwise = lambda: Fault.HANG
        await here.send_to("")
        numbers = range(MOST_ENDPOINTS + 2)
        for number in numbers:
            name = f"c{number}"
            pk = await here.connect(name, webhook_url_override=f"{slow.origin}/{number}")
            await here.happens(pk, connection_id=name)
        await here.webhooks.dispatcher.dispatch()
        ids = [row[0] for row in await here.sql("SELECT id FROM webhook_endpoints ORDER BY id")][
            -len(numbers) :
        ]
        running = [
            asyncio.create_task(here.webhooks.sender.deliver(number)) for number in ids[:MOST_ENDPOINTS]
        ]
        await slow.arrived(MOST_ENDPOINTS)
        for number in ids[MOST_ENDPOINTS:]:
            assert await here.webhooks.sender.deliver(number) == {}
        # Asked for again while it is being sent to: whoever is at it says so at the end.
        assert await here.webhooks.sender.deliver(ids[0]) == {}
        slow.otherwise = lambda: Reply(200)
        await slow.cut()
        calls = [await task for task in running]
    asked = {number for one in calls for number, seconds in one.items() if seconds == 0.0}
    assert {ids[0], *ids[MOST_ENDPOINTS:]} <= asked
