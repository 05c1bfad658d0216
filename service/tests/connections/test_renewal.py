"""One renewal: what it writes down, what it leaves alone, what it never sends again.

Who waits for whom and what is served meanwhile is shown in `test_tokens`.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
from service.tests.connections.provider_server import Fault, ProviderServer, Reply, Rotation, refused
from service.tests.connections.service_process import BY_SESSION, SHORT_LIMITS, Process
from service.tests.doubles import PredictableIds

from counterfoil.connections import ConnectionUnusable, RenewalPending, TokenLimits, UnknownConnection
from counterfoil.connections.renewal import MOST_YOUNG_REJECTIONS, Renewals, Why
from counterfoil.db import Database, DatabaseUnavailable
from counterfoil.outbound import AddressPolicy, Outbound
from counterfoil.vault import MasterKey, Vault


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    outbound = Outbound(AddressPolicy.from_cidrs(["127.0.0.1/32"]))
    yield outbound
    await outbound.close()


def _renewals(
    service: Process, vault: Vault, outbound: Outbound, limits: TokenLimits = SHORT_LIMITS, seed: str = "r"
) -> Renewals:
    ids = PredictableIds(seed)
    return Renewals(service.database, vault, service.integrations, outbound, service.clock, ids, limits)


@pytest.fixture
async def renewals(service: Process, vault: Vault, outbound: Outbound) -> Renewals:
    """Renewals of a database with the connection `c1`."""
    await service.connect()
    return _renewals(service, vault, outbound)


async def _pk(service: Process) -> int:
    return int(await service.column("id"))


async def _refused(renewals: Renewals, pk: int, version: int = 1, why: Why = Why.DUE) -> ConnectionUnusable:
    with pytest.raises(ConnectionUnusable) as unusable:
        await renewals.run(pk, version, why)
    return unusable.value


# Success.


async def test_a_renewal_writes_the_new_token_and_leaves_no_lease(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    await renewals.run(await _pk(service), 1, Why.DUE)

    assert len(provider.calls) == 2
    [row] = await service.sql(
        "SELECT token_version, status, lease_owner, lease_until, refresh_sent_at, errors FROM connections"
    )
    assert row == (2, "active", None, None, None, [])
    assert await service.events() == ["connection.created", "connection.refreshed"]
    assert (await service.live()).authorization.reveal() == "Bearer access-2"


async def test_a_token_that_is_newer_already_is_not_renewed(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    pk = await _pk(service)
    await renewals.run(pk, 1, Why.DUE)
    for why in Why:
        await renewals.run(pk, 1, why)
    assert len(provider.calls) == 2


async def test_success_ends_the_trouble_and_says_so(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    pk = await _pk(service)
    provider.script.append(Reply(503))
    await _refused(renewals, pk)
    await service.sql("UPDATE connections SET retry_at = now()")

    await renewals.run(pk, 1, Why.DUE)

    [row] = await service.sql("SELECT status, cause, retry_at, refresh_failures, errors FROM connections")
    assert row == ("active", None, None, 0, [])
    assert (await service.events())[-1] == "connection.recovered"


async def test_a_connection_that_is_gone_is_said_so(renewals: Renewals) -> None:
    with pytest.raises(UnknownConnection):
        await renewals.run(0, 1, Why.DUE)


# Failure.


async def test_what_may_pass_by_itself_is_kept_in_the_row_with_the_next_try(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    provider.script.append(Reply(503))

    refusal = await _refused(renewals, await _pk(service))

    assert (refusal.cause.recoverable, refusal.attempted) == (True, True)
    connection = await service.read()
    assert connection.status == "failing"
    [error] = connection.errors
    assert (error["cause"], error["recoverable"], error["status"]) == (refusal.cause.code, True, "failing")
    assert refusal.retry_at is not None
    assert error["retry_at"] == refusal.retry_at.isoformat()
    assert await service.column("retry_at") == refusal.retry_at
    assert await service.column("lease_owner") is None
    assert await service.events() == ["connection.created", "connection.refresh_failed"]


async def test_what_needs_a_person_is_kept_in_the_row_without_a_next_try(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    provider.script.append(refused("invalid_grant"))

    refusal = await _refused(renewals, await _pk(service))

    assert (refusal.cause.recoverable, refusal.attempted, refusal.retry_at) == (False, True, None)
    connection = await service.read()
    assert connection.status == "needs_reconnect"
    [error] = connection.errors
    assert (error["cause"], error["recoverable"], error["retry_at"]) == (refusal.cause.code, False, None)
    assert error["remedy"] == refusal.cause.remedy
    assert await service.events() == ["connection.created", "connection.needs_reconnect"]


async def test_an_earlier_failure_holds_until_its_pause_is_over(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    pk = await _pk(service)
    provider.script.append(Reply(503))
    first = await _refused(renewals, pk)

    for why in (Why.DUE, Why.REJECTED):
        again = await _refused(renewals, pk, why=why)
        assert (again.cause, again.retry_at, again.attempted) == (first.cause, first.retry_at, False)
    assert len(provider.calls) == 2

    await service.sql("UPDATE connections SET retry_at = now()")
    await renewals.run(pk, 1, Why.DUE)
    assert len(provider.calls) == 3


async def test_one_who_insists_is_not_held_up(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    pk = await _pk(service)
    provider.script.append(refused("invalid_grant"))
    await _refused(renewals, pk)

    await renewals.run(pk, 1, Why.FORCED)

    assert (await service.read()).status == "active"


async def test_failures_in_a_row_are_counted_and_announced_once(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    pk = await _pk(service)
    provider.script.extend([Reply(503)] * 3)
    for count in (1, 2, 3):
        await _refused(renewals, pk, why=Why.FORCED)
        assert await service.column("refresh_failures") == count
    assert await service.events() == ["connection.created", "connection.refresh_failed"]


async def test_a_provider_that_is_away_does_not_change_why_a_person_is_needed(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    pk = await _pk(service)
    provider.script.extend([refused("invalid_grant"), Reply(503)])
    first = await _refused(renewals, pk)

    second = await _refused(renewals, pk, why=Why.FORCED)

    assert second.cause.code == first.cause.code
    assert (await service.read()).errors[0]["cause"] == first.cause.code
    assert await service.column("retry_at") is None


# An outcome that is not known.


@pytest.mark.parametrize("fault", [Fault.ISSUE_AND_CUT, Fault.HANG])
async def test_a_refresh_token_whose_answer_was_lost_is_never_sent_again_by_itself(
    service: Process, vault: Vault, outbound: Outbound, provider: ProviderServer, fault: Fault
) -> None:
    provider.rotation = Rotation.STRICT
    await service.connect(BY_SESSION)
    renewals, pk = _renewals(service, vault, outbound), await _pk(service)
    provider.script.append(fault)
    sent_before = len(provider.calls)

    first = await _refused(renewals, pk)
    for why in (Why.DUE, Why.REJECTED, Why.DUE):
        assert (await _refused(renewals, pk, why=why)).cause.code == "refresh_outcome_unknown"

    assert (first.cause.code, first.cause.recoverable) == ("refresh_outcome_unknown", False)
    assert len(provider.calls) == sent_before + 1
    assert (await service.read()).status == "needs_reconnect"


async def test_what_a_dead_holder_sent_is_not_sent_again_unless_a_person_insists(
    service: Process, vault: Vault, outbound: Outbound, provider: ProviderServer
) -> None:
    await service.connect(BY_SESSION)
    renewals, pk = _renewals(service, vault, outbound), await _pk(service)
    await service.sql("UPDATE connections SET refresh_sent_at = now() - interval '1 hour'")
    sent_before = len(provider.calls)

    assert (await _refused(renewals, pk)).cause.code == "refresh_outcome_unknown"
    assert len(provider.calls) == sent_before

    await renewals.run(pk, 1, Why.FORCED)
    assert len(provider.calls) == sent_before + 1
    assert (await service.read()).status == "active"


async def test_the_sending_is_on_record_while_the_answer_is_awaited(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    gate = provider.hold_next()
    running = asyncio.create_task(renewals.run(await _pk(service), 1, Why.DUE))
    await provider.received(2)

    assert await service.column("refresh_sent_at") is not None
    assert await service.column("lease_owner") is not None

    gate.set()
    await running
    assert await service.column("refresh_sent_at") is None


async def test_with_the_lease_lost_before_sending_nothing_is_sent(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    """The row is taken over at the very moment of the mark, as often as a trigger says so."""
    await service.sql(
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "NEW.lease_until := now() - interval '1 second'; NEW.token_version := NEW.token_version + 1; "
        "RETURN NEW; END $$"
    )
    await service.sql(
        "CREATE TRIGGER lose BEFORE UPDATE ON connections FOR EACH ROW "
        "WHEN (NEW.lease_owner IS NOT NULL AND OLD.lease_owner IS NULL) EXECUTE FUNCTION lose()"
    )

    await renewals.run(await _pk(service), 1, Why.DUE)

    assert len(provider.calls) == 1
    assert await service.column("refresh_sent_at") is None


# Waiting for somebody else.


async def test_a_holder_that_never_ends_is_waited_for_only_so_long(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    await service.sql("UPDATE connections SET lease_owner = 'x', lease_until = now() + interval '1 hour'")
    waiting = asyncio.create_task(renewals.run(await _pk(service), 1, Why.DUE))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    service.clock.advance(SHORT_LIMITS.wait_seconds)

    with pytest.raises(RenewalPending):
        await waiting
    assert len(provider.calls) == 1


async def test_who_waited_is_told_of_the_failure_as_one_that_was_just_tried(
    service: Process, vault: Vault, outbound: Outbound, renewals: Renewals, provider: ProviderServer
) -> None:
    pk = await _pk(service)
    provider.script.append(refused("invalid_grant"))
    gate = provider.hold_next()
    holder = asyncio.create_task(renewals.run(pk, 1, Why.DUE))
    await provider.received(2)
    waiting = asyncio.create_task(_renewals(service, vault, outbound, seed="w").run(pk, 1, Why.DUE))
    await asyncio.sleep(0.05)
    gate.set()

    for task in (holder, waiting):
        with pytest.raises(ConnectionUnusable) as unusable:
            await task
        assert unusable.value.attempted
    assert len(provider.calls) == 2


async def test_a_connection_that_is_deleted_meanwhile_is_gone_for_who_waits(
    service: Process, renewals: Renewals
) -> None:
    await service.sql("UPDATE connections SET lease_owner = 'x', lease_until = now() + interval '1 hour'")
    waiting = asyncio.create_task(renewals.run(await _pk(service), 1, Why.DUE))
    await asyncio.sleep(0.05)
    await service.sql("UPDATE connections SET deleted_at = now()")

    with pytest.raises(UnknownConnection):
        await waiting


# Tokens that are refused as soon as they are issued.


async def test_a_provider_that_refuses_what_it_issues_is_not_asked_for_ever(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    pk = await _pk(service)
    for version in range(1, MOST_YOUNG_REJECTIONS + 1):
        await renewals.run(pk, version, Why.REJECTED)

    refusal = await _refused(renewals, pk, MOST_YOUNG_REJECTIONS + 1, Why.REJECTED)

    assert (refusal.cause.code, refusal.attempted) == ("fresh_tokens_refused", False)
    assert len(provider.calls) == 1 + MOST_YOUNG_REJECTIONS


async def test_an_old_token_that_is_refused_is_renewed_as_ever(
    service: Process, renewals: Renewals, provider: ProviderServer
) -> None:
    await service.sql(
        "UPDATE connections SET token_rejections = 9, token_obtained_at = now() - interval '1 hour'"
    )

    await renewals.run(await _pk(service), 1, Why.REJECTED)

    assert await service.column("token_version") == 2
    assert await service.column("token_rejections") == 0


# A database that comes and goes.


async def test_a_token_that_was_issued_is_written_as_soon_as_the_database_is_back(
    service: Process, renewals: Renewals, provider: ProviderServer, database: Database
) -> None:
    gate = provider.hold_next()
    running = asyncio.create_task(renewals.run(await _pk(service), 1, Why.DUE))
    await provider.received(2)
    # The first write finds its connection cut under it; nothing but another try can keep the token.
    await service.sql(
        "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF nextval('cuts') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; "
        "RETURN NEW; END $$"
    )
    await service.sql("CREATE SEQUENCE cuts")
    await service.sql(
        "CREATE TRIGGER cut BEFORE UPDATE ON connections FOR EACH ROW "
        "WHEN (NEW.token_version > OLD.token_version) EXECUTE FUNCTION cut()"
    )
    gate.set()

    await running

    assert await service.column("token_version") == 2
    assert len(provider.calls) == 2


async def test_a_database_that_is_away_from_the_start_is_said_so(
    service: Process, master_key: MasterKey, vault: Vault, outbound: Outbound, unused_tcp_port: int
) -> None:
    away = Database(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/nothing")
    renewals = Renewals(
        away, vault, service.integrations, outbound, service.clock, PredictableIds(), SHORT_LIMITS
    )
    with pytest.raises(DatabaseUnavailable):
        await renewals.run(1, 1, Why.DUE)
