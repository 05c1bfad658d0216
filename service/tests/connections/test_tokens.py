"""Tokens under faults: a real database, a real socket, and the provider's own log as the judge.

The names F1 to F18 are those of the fault list that the reliability goals go by.
"""

import asyncio

import pytest
from service.tests.connections.provider_server import Fault, ProviderServer, Reply, Rotation, refused
from service.tests.connections.service_process import BY_SESSION, KEY, Process

from counterfoil.connections import ConnectionUnusable, RenewalPending, TokenLimits, UnknownConnection
from counterfoil.integrations import UnknownIntegration

# What is remembered, and for how long.


async def test_a_live_connection_is_remembered_for_five_seconds(service: Process) -> None:
    await service.connect()
    environment_id = service.environment.id
    assert service.tokens.cached(environment_id, KEY, "c1") is None
    live = await service.live()
    assert service.tokens.cached(environment_id, KEY, "c1") is live
    service.clock.advance(4.9)
    assert service.tokens.cached(environment_id, KEY, "c1") is live
    service.clock.advance(0.2)
    assert service.tokens.cached(environment_id, KEY, "c1") is None


async def test_nothing_is_remembered_longer_than_the_token_lives(service: Process) -> None:
    await service.connect()
    await service.sql("UPDATE connections SET token_expires_at = now() + interval '12 seconds'")
    assert (await service.live()).token_version == 1
    service.clock.advance(3)
    assert service.tokens.cached(service.environment.id, KEY, "c1") is None


async def test_a_change_elsewhere_is_seen_when_memory_ends(service: Process, neighbour: Process) -> None:
    await service.connect()
    assert (await service.live()).token_version == 1
    await neighbour.connect({"username": "Reader@MyCompany"})
    assert (await service.live()).token_version == 1
    service.clock.advance(5)
    assert (await service.live()).token_version == 2


async def test_what_is_not_there_is_named(service: Process) -> None:
    with pytest.raises(UnknownConnection):
        await service.live("nobody")
    with pytest.raises(UnknownIntegration):
        await service.tokens.live(service.environment.id, "other", "c1")
    with pytest.raises(UnknownIntegration):
        await service.tokens.live(service.environment.id + 1, KEY, "c1")


async def test_a_deleted_connection_is_gone_at_once_in_the_process_that_deleted_it(service: Process) -> None:
    await service.connect()
    await service.live()
    await service.connections.delete(service.environment.id, KEY, "c1")
    with pytest.raises(UnknownConnection):
        await service.live()


# One renewal.


async def test_fifty_callers_of_an_expired_token_cause_one_token_request(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    await service.expire()
    gate = provider.hold_next()
    callers = [asyncio.create_task(service.live()) for _ in range(50)]
    await provider.received(2)
    gate.set()
    lives = await asyncio.gather(*callers)
    assert {live.authorization.reveal() for live in lives} == {"Bearer access-2"}
    assert len(provider.calls) == 2


async def test_fifty_callers_with_a_refused_token_cause_one_token_request(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    stale = await service.live()
    provider.end_all_tokens()
    lives = await asyncio.gather(*(service.tokens.renew(stale) for _ in range(50)))
    assert {live.token_version for live in lives} == {2}
    # Also those who come late with the same old token.
    assert (await service.tokens.renew(stale)).token_version == 2
    assert len(provider.calls) == 2


async def test_two_processes_with_many_callers_cause_one_token_request(
    service: Process, neighbour: Process, provider: ProviderServer
) -> None:
    await service.connect()
    stale = await service.live()
    assert (await neighbour.live()).token_version == 1
    provider.end_all_tokens()
    gate = provider.hold_next()
    callers = [
        asyncio.create_task(one.tokens.renew(stale)) for one in (service, neighbour) for _ in range(25)
    ]
    await provider.received(2)
    await asyncio.sleep(0.1)
    gate.set()
    lives = await asyncio.gather(*callers)
    assert {live.authorization.reveal() for live in lives} == {"Bearer access-2"}
    assert len(provider.calls) == 2


async def test_a_renewed_token_is_proven_by_the_provider(service: Process, provider: ProviderServer) -> None:
    await service.connect()
    await service.expire()
    await service.live()
    assert [call.grant_type for call in provider.calls] == ["client_credentials"] * 2
    assert await service.events() == ["connection.created", "connection.refreshed"]
    assert await service.column("lease_owner") is None
    assert await service.column("refresh_sent_at") is None


async def test_a_token_that_is_due_is_served_while_it_is_renewed(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    await service.make_due()
    gate = provider.hold_next()
    assert (await service.live()).token_version == 1
    await provider.received(2)
    gate.set()
    await service.tokens.close()
    service.clock.advance(60)
    assert (await service.live()).token_version == 2


async def test_a_caller_who_goes_away_does_not_stop_the_renewal(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    await service.expire()
    gate = provider.hold_next()
    caller = asyncio.create_task(service.live())
    await provider.received(2)
    caller.cancel()
    gate.set()
    await service.tokens.close()
    assert (await service.live()).token_version == 2
    assert len(provider.calls) == 2


async def test_a_provider_that_does_not_say_how_long_a_token_lives_is_asked_again_in_time(
    service: Process, provider: ProviderServer
) -> None:
    provider.expires_in = None
    await service.connect()
    assert await service.column("token_expires_at") is None
    assert await service.column("refresh_at < now() + interval '1 hour'")
    assert (await service.live()).token_version == 1


# Who holds the lease.


def test_a_lease_shorter_than_the_token_call_is_refused_at_construction() -> None:
    with pytest.raises(ValueError, match="make the lease longer"):
        TokenLimits(call_deadline_seconds=20, lease_seconds=20)


async def test_after_the_death_of_a_holder_another_renews_once(
    hasty: Process, provider: ProviderServer
) -> None:
    """F1: it died before it sent anything."""
    await hasty.connect()
    await hasty.expire()
    await hasty.sql("UPDATE connections SET lease_owner = 'dead', lease_until = now() + interval '0.5 s'")
    assert (await hasty.live()).token_version == 2
    assert len(provider.calls) == 2


async def test_while_somebody_else_holds_the_lease_a_caller_waits_no_longer_than_its_deadline(
    hasty: Process, provider: ProviderServer
) -> None:
    await hasty.connect()
    await hasty.expire()
    await hasty.sql("UPDATE connections SET lease_owner = 'slow', lease_until = now() + interval '1 hour'")
    caller = asyncio.create_task(hasty.live())
    await asyncio.sleep(0.1)
    hasty.clock.advance(60)
    with pytest.raises(RenewalPending):
        await caller
    assert len(provider.calls) == 1


async def test_a_mint_that_was_sent_by_a_dead_holder_is_simply_repeated(
    service: Process, provider: ProviderServer
) -> None:
    """F2, with credentials that may be sent as often as one likes."""
    await service.connect()
    await service.expire()
    await service.sql("UPDATE connections SET refresh_sent_at = now() - interval '1 minute'")
    assert (await service.live()).token_version == 2
    assert await service.column("refresh_sent_at") is None


async def test_a_refresh_token_that_was_sent_by_a_dead_holder_is_not_sent_again(
    service: Process, provider: ProviderServer
) -> None:
    """F2, with a refresh token: it may be spent."""
    provider.rotation = Rotation.STRICT
    await service.connect(BY_SESSION)
    await service.expire()
    await service.sql("UPDATE connections SET refresh_sent_at = now() - interval '1 minute'")
    with pytest.raises(ConnectionUnusable) as unusable:
        await service.live()
    assert unusable.value.cause.code == "refresh_outcome_unknown"
    assert len(provider.calls) == 1
    assert (await service.read()).status == "needs_reconnect"


async def test_a_late_answer_never_overwrites_a_newer_token(
    service: Process, neighbour: Process, provider: ProviderServer
) -> None:
    """F6 and F7: the first holder's answer comes when the connection has been made anew."""
    await service.connect()
    await service.expire()
    gate = provider.hold_next()
    late = asyncio.create_task(service.live())
    await provider.received(2)
    await neighbour.connect({"username": "Reader@MyCompany"})
    gate.set()
    assert (await late).authorization.reveal() == "Bearer access-3"
    assert await service.column("user_id") == "Reader"
    assert await service.column("token_version") == 2
    assert await service.events() == ["connection.created", "connection.replaced"]


async def test_of_two_renewals_after_a_lost_lease_the_first_one_written_stays(
    service: Process, neighbour: Process, provider: ProviderServer
) -> None:
    """F6: the holder was paused past its lease, and somebody else has renewed meanwhile."""
    await service.connect()
    await service.expire()
    gate = provider.hold_next()
    late = asyncio.create_task(service.live())
    await provider.received(2)
    await service.sql("UPDATE connections SET lease_until = now()")
    assert (await neighbour.live()).authorization.reveal() == "Bearer access-3"
    gate.set()
    assert (await late).authorization.reveal() == "Bearer access-3"
    assert await service.column("token_version") == 2


async def test_a_late_answer_is_kept_where_nothing_newer_is_there(
    service: Process, provider: ProviderServer
) -> None:
    """F6: the lease has ended, but the token is the only one there is."""
    await service.connect()
    await service.expire()
    gate = provider.hold_next()
    late = asyncio.create_task(service.live())
    await provider.received(2)
    await service.sql("UPDATE connections SET lease_until = now(), lease_owner = 'somebody else'")
    gate.set()
    assert (await late).authorization.reveal() == "Bearer access-2"


async def test_a_late_failure_is_not_written_over_somebody_elses_lease(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    await service.make_due()
    provider.script.append(refused())
    gate = provider.hold_next()
    await service.live()
    await provider.received(2)
    await service.sql("UPDATE connections SET token_version = 7")
    gate.set()
    await service.tokens.close()
    assert (await service.read()).status == "active"


async def test_a_connection_deleted_during_its_renewal_stays_deleted(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    await service.expire()
    gate = provider.hold_next()
    caller = asyncio.create_task(service.live())
    await provider.received(2)
    await service.connections.delete(service.environment.id, KEY, "c1")
    gate.set()
    with pytest.raises(UnknownConnection):
        await caller
    assert bytes(await service.column("sealed_credentials")) == b""


# What the provider may say.


async def test_a_refusal_that_needs_a_person_is_told_once_and_never_repeated(
    service: Process, provider: ProviderServer
) -> None:
    """F10."""
    await service.connect()
    await service.expire()
    provider.script.append(refused("invalid_grant"))
    with pytest.raises(ConnectionUnusable) as first:
        await service.live()
    assert (first.value.cause.code, first.value.attempted) == ("user_not_accepted", True)
    service.clock.advance(86_400)
    for _ in range(3):
        with pytest.raises(ConnectionUnusable) as later:
            await service.live()
        assert (later.value.cause.code, later.value.attempted) == ("user_not_accepted", False)
    assert len(provider.calls) == 2
    assert await service.events() == ["connection.created", "connection.needs_reconnect"]
    connection = await service.read()
    assert connection.status == "needs_reconnect"
    assert connection.errors[0]["type"] == "auth"
    assert connection.errors[0]["cause"] == "user_not_accepted"
    assert connection.errors[0]["retry_at"] is None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Reply(500), "provider_down"),
        (Reply(503, b"<html>maintenance</html>"), "provider_down"),
        (Reply(429), "throttled"),
        (Reply(200, b"<html>login</html>"), "answer_unreadable"),
        (Reply(200, b'{"access_token": "cut o'), "answer_unreadable"),
        (Reply(200, b"[" * 100_000), "answer_unreadable"),
        (Reply(200, b'{"access_token": 7}'), "answer_unreadable"),
        (Reply(200, b"x" * 2_000_000), "provider_unreachable"),
        (Reply(204), "answer_unreadable"),
        (Fault.CUT, "provider_unreachable"),
        (Fault.HANG, "provider_unreachable"),
    ],
)
async def test_what_may_pass_by_itself_is_tried_again_later(
    hasty: Process, provider: ProviderServer, answer: Reply | Fault, code: str
) -> None:
    """F11 and F12: the present token is served while it is valid."""
    await hasty.connect()
    await hasty.make_due()
    provider.script.append(answer)
    assert (await hasty.live()).token_version == 1
    await hasty.tokens.close()
    connection = await hasty.read()
    assert connection.status == "failing"
    assert connection.errors[0]["cause"] == code
    assert await hasty.column("retry_at > now() + interval '25 seconds'")
    hasty.clock.advance(60)
    assert (await hasty.live()).token_version == 1
    await hasty.tokens.close()
    assert len(provider.calls) == 2
    assert await hasty.events() == ["connection.created", "connection.refresh_failed"]


async def test_after_a_failure_the_provider_is_left_alone_and_callers_are_told_when(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    await service.expire()
    provider.script.append(Reply(503))
    with pytest.raises(ConnectionUnusable) as first:
        await service.live()
    with pytest.raises(ConnectionUnusable) as second:
        await service.live()
    assert (first.value.attempted, second.value.attempted) == (True, False)
    assert second.value.retry_at == await service.column("retry_at")
    assert len(provider.calls) == 2


async def test_pauses_grow_and_end_with_success(service: Process, provider: ProviderServer) -> None:
    await service.connect()
    await service.expire()
    provider.script.extend([Reply(503)] * 6)
    pauses: list[float] = []
    for _ in range(6):
        with pytest.raises(ConnectionUnusable):
            await service.live()
        pauses.append(float(await service.column("EXTRACT(EPOCH FROM retry_at - updated_at)")))
        await service.sql("UPDATE connections SET retry_at = now()")
    assert max(pauses) > 60
    assert (await service.live()).token_version == 2
    connection = await service.read()
    assert (connection.status, list(connection.errors)) == ("active", [])
    assert await service.column("refresh_failures") == 0
    assert await service.events() == [
        "connection.created",
        "connection.refresh_failed",
        "connection.recovered",
    ]


async def test_a_provider_that_asks_for_patience_gets_it(service: Process, provider: ProviderServer) -> None:
    await service.connect()
    await service.expire()
    provider.script.append(Reply(429, b'{"error":"slow_down"}', (("Retry-After", "900"),)))
    with pytest.raises(ConnectionUnusable):
        await service.live()
    assert await service.column("retry_at > now() + interval '890 seconds'")


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.ISSUE_AND_CUT, Fault.HANG])
async def test_a_refresh_token_whose_answer_was_lost_is_never_sent_again_by_itself(
    hasty: Process, provider: ProviderServer, fault: Fault
) -> None:
    provider.rotation = Rotation.STRICT
    await hasty.connect(BY_SESSION)
    await hasty.make_due()
    provider.script.append(fault)
    assert (await hasty.live()).token_version == 1
    await hasty.tokens.close()
    connection = await hasty.read()
    assert connection.status == "needs_reconnect"
    assert connection.errors[0]["cause"] == "refresh_outcome_unknown"
    # The token that is there goes on being served, until it ends.
    hasty.clock.advance(60)
    assert (await hasty.live()).token_version == 1
    await hasty.expire()
    with pytest.raises(ConnectionUnusable):
        await hasty.live()
    await hasty.tokens.sweep()
    assert len(provider.calls) == 2


async def test_a_refresh_token_that_provably_never_left_may_be_sent_later(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect(BY_SESSION)
    await service.expire()
    async with provider.unreachable():
        with pytest.raises(ConnectionUnusable) as failed:
            await service.live()
    assert failed.value.cause.code == "provider_unreachable"
    assert (await service.read()).status == "failing"
    assert await service.column("refresh_sent_at") is None


async def test_a_session_is_kept_alive_with_each_new_refresh_token(
    service: Process, provider: ProviderServer
) -> None:
    provider.rotation = Rotation.STRICT
    await service.connect(BY_SESSION)
    for version in (2, 3, 4):
        await service.expire()
        assert (await service.live()).token_version == version
    used = [call.parameters.get("refresh_token") for call in provider.calls]
    assert used == [None, "refresh-1", "refresh-2", "refresh-3"]


async def test_when_a_session_can_not_be_renewed_a_person_is_needed(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect(BY_SESSION)
    await service.expire()
    provider.script.append(refused("invalid_grant"))
    with pytest.raises(ConnectionUnusable) as unusable:
        await service.live()
    assert unusable.value.cause.code == "session_ended"
    assert (await service.read()).status == "needs_reconnect"


# A provider that refuses its own tokens.


async def test_a_provider_that_refuses_every_token_is_not_asked_for_more_and_more(
    service: Process, provider: ProviderServer
) -> None:
    """F14."""
    await service.connect()
    provider.refuses_every_token = True
    live = await service.live()
    for _ in range(3):
        live = await service.tokens.renew(live)
    for _ in range(5):
        with pytest.raises(ConnectionUnusable) as unusable:
            await service.tokens.renew(live)
        assert unusable.value.cause.code == "fresh_tokens_refused"
    assert len(provider.calls) == 4
    # The token goes on being served: it may be good for other calls.
    service.clock.advance(60)
    assert (await service.live()).token_version == 4


async def test_a_refused_token_is_not_served_again_while_it_can_not_be_renewed(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    live = await service.live()
    provider.script.append(Reply(503))
    for _ in range(2):
        with pytest.raises(ConnectionUnusable):
            await service.tokens.renew(live)
        with pytest.raises(ConnectionUnusable):
            await service.live()
    assert len(provider.calls) == 2


# Asking for more than what is due.


async def test_force_renews_a_token_that_is_still_good(service: Process, provider: ProviderServer) -> None:
    await service.connect()
    opened = await service.tokens.open(service.environment.id, KEY, "c1", force=True)
    assert opened.credentials.dump()["token"] == "access-2"
    assert (await service.live()).token_version == 2


async def test_force_passes_over_the_pause_and_the_need_of_a_person(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    await service.expire()
    for answer in (Reply(503), refused()):
        provider.script.append(answer)
        with pytest.raises(ConnectionUnusable):
            await service.tokens.open(service.environment.id, KEY, "c1", force=True)
    assert (await service.read()).status == "needs_reconnect"
    await service.tokens.open(service.environment.id, KEY, "c1", force=True)
    assert (await service.read()).status == "active"
    assert (await service.events())[-1] == "connection.recovered"


async def test_a_forced_try_that_finds_nobody_home_does_not_change_why_a_person_is_needed(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    await service.expire()
    for answer in (refused(), Reply(503)):
        provider.script.append(answer)
        with pytest.raises(ConnectionUnusable):
            await service.tokens.open(service.environment.id, KEY, "c1", force=True)
    connection = await service.read()
    assert connection.status == "needs_reconnect"
    assert connection.errors[0]["cause"] == "user_not_accepted"


async def test_opening_renews_what_is_due_and_falls_back_to_what_is_valid(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    await service.make_due()
    provider.script.append(Reply(503))
    opened = await service.tokens.open(service.environment.id, KEY, "c1", force=False)
    assert opened.credentials.dump()["token"] == "access-1"
    await service.sql("UPDATE connections SET retry_at = now()")
    opened = await service.tokens.open(service.environment.id, KEY, "c1", force=False)
    assert opened.credentials.dump()["token"] == "access-2"
    assert len(provider.calls) == 3


async def test_reconnecting_ends_the_trouble(service: Process, provider: ProviderServer) -> None:
    await service.connect()
    await service.expire()
    provider.script.append(refused())
    with pytest.raises(ConnectionUnusable):
        await service.live()
    await service.connect()
    connection = await service.read()
    assert (connection.status, list(connection.errors)) == ("active", [])
    service.clock.advance(60)
    assert (await service.live()).token_version == 2


# The sweep.


async def test_the_sweep_renews_what_is_due_and_nothing_else(
    service: Process, provider: ProviderServer
) -> None:
    for name in ("c1", "c2", "c3", "c4"):
        await service.connect({"username": f"{name}@MyCompany"}, name)
    await service.make_due("c2")
    await service.expire("c3")
    await service.sql(
        "UPDATE connections SET refresh_at = now(), status = 'needs_reconnect' WHERE connection_id = 'c4'"
    )
    assert await service.tokens.sweep() == 2
    asked = sorted(call.parameters["username"] for call in provider.calls[4:])
    assert asked == ["c2@MyCompany", "c3@MyCompany"]
    assert await service.tokens.sweep() == 0


async def test_the_sweep_goes_on_past_a_connection_that_can_not_be_renewed(
    service: Process, provider: ProviderServer
) -> None:
    for name in ("c1", "c2"):
        await service.connect({"username": f"{name}@MyCompany"}, name)
        await service.make_due(name)
    await service.sql("UPDATE connections SET sealed_credentials = '\\x00' WHERE connection_id = 'c1'")
    await service.sql("UPDATE connections SET refresh_at = now() - interval '1 h' WHERE connection_id = 'c1'")
    assert await service.tokens.sweep() == 2
    assert await service.column("token_version", "c2") == 2
    assert await service.column("lease_owner", "c1") is None


async def test_two_sweeps_at_once_renew_everything_once(
    service: Process, neighbour: Process, provider: ProviderServer
) -> None:
    for number in range(12):
        await service.connect({"username": f"u{number}@MyCompany"}, f"c{number}")
        await service.make_due(f"c{number}")
    await asyncio.gather(service.tokens.sweep(), neighbour.tokens.sweep())
    assert len(provider.calls) == 24
    [(least, most)] = await service.sql("SELECT min(token_version), max(token_version) FROM connections")
    assert (least, most) == (2, 2)


async def test_a_failing_connection_is_tried_again_when_its_pause_is_over(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    live = await service.live()
    provider.script.append(Reply(503))
    with pytest.raises(ConnectionUnusable):
        await service.tokens.renew(live)
    assert await service.tokens.sweep() == 0
    await service.sql("UPDATE connections SET retry_at = now()")
    assert await service.tokens.sweep() == 1
    assert (await service.read()).status == "active"
