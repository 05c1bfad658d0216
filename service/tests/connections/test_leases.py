"""The lease on a connection's row: one holder at a time, by the database's clock.

What renewals do with it is `test_renewal`'s and `test_tokens`'.
"""

import asyncio

import pytest
from service.tests.connections.service_process import KEY, Process

from counterfoil.connections.leases import Leases, Standing


@pytest.fixture
async def pk(service: Process) -> int:
    """An active connection with a token of version 1."""
    return (await service.connect()).pk


@pytest.fixture
def leases(service: Process) -> Leases:
    return Leases(service.database, lease_seconds=60)


async def _standing(leases: Leases, pk: int) -> Standing:
    standing = await leases.read(pk)
    assert standing is not None
    return standing


async def test_a_connection_is_found_by_its_names_and_by_its_primary_key(
    service: Process, leases: Leases, pk: int
) -> None:
    found = await leases.find(service.environment.id, KEY, "c1")
    assert found is not None
    assert (found.pk, found.integration_key, found.connection_id, found.token_version) == (pk, KEY, "c1", 1)
    assert await leases.find(service.environment.id + 1, KEY, "c1") is None
    assert await leases.find(service.environment.id, "other", "c1") is None
    assert await leases.find(service.environment.id, KEY, "nobody") is None


async def test_a_deleted_connection_is_neither_found_nor_leased(
    service: Process, leases: Leases, pk: int
) -> None:
    await service.connections.delete(service.environment.id, KEY, "c1")
    assert await leases.read(pk) is None
    assert await leases.find(service.environment.id, KEY, "c1") is None
    assert await leases.take(pk, 1, "me", anyway=True) is None


async def test_sealed_credentials_do_not_show_in_print(leases: Leases, pk: int) -> None:
    assert "sealed_credentials" not in repr(await _standing(leases, pk))


async def test_a_fresh_connection_is_neither_due_nor_leased_nor_cooling_down(leases: Leases, pk: int) -> None:
    standing = await _standing(leases, pk)
    assert (standing.is_due, standing.is_leased, standing.is_cooling_down) == (False, False, False)
    assert standing.is_usable_for(3600)
    assert not standing.is_usable_for(1_000_000)


async def test_a_token_that_is_not_known_to_expire_is_usable(
    service: Process, leases: Leases, pk: int
) -> None:
    await service.sql("UPDATE connections SET token_expires_at = NULL, refresh_at = NULL")
    standing = await _standing(leases, pk)
    assert standing.is_usable_for(1e9)
    assert not standing.is_due


async def test_one_of_many_takes_the_lease(leases: Leases, pk: int) -> None:
    taken = await asyncio.gather(
        *(leases.take(pk, 1, f"owner-{number}", anyway=False) for number in range(8))
    )
    [lease] = [one for one in taken if one is not None]
    assert (await _standing(leases, pk)).is_leased
    assert lease.standing.pk == pk


async def test_a_lease_given_back_can_be_taken(leases: Leases, pk: int) -> None:
    lease = await leases.take(pk, 1, "one", anyway=False)
    assert lease is not None
    assert await leases.take(pk, 1, "two", anyway=True) is None
    await leases.release(lease)
    assert not (await _standing(leases, pk)).is_leased
    assert await leases.take(pk, 1, "two", anyway=False) is not None


async def test_who_lost_the_lease_does_not_give_back_the_next_ones(
    service: Process, leases: Leases, pk: int
) -> None:
    lost = await leases.take(pk, 1, "one", anyway=False)
    assert lost is not None
    await service.sql("UPDATE connections SET lease_until = now()")
    assert await leases.take(pk, 1, "two", anyway=False) is not None
    await leases.release(lost)
    assert await service.column("lease_owner") == "two"


async def test_a_newer_token_needs_no_renewal(leases: Leases, pk: int) -> None:
    assert await leases.take(pk, 0, "one", anyway=True) is None


@pytest.mark.parametrize(
    "trouble",
    ["status = 'needs_reconnect'", "status = 'failing', retry_at = now() + interval '1 minute'"],
)
async def test_only_who_insists_takes_the_lease_of_a_connection_in_trouble(
    service: Process, leases: Leases, pk: int, trouble: str
) -> None:
    await service.sql(f"UPDATE connections SET {trouble}")
    assert await leases.take(pk, 1, "one", anyway=False) is None
    assert await leases.take(pk, 1, "two", anyway=True) is not None


async def test_a_pause_that_is_over_keeps_nobody_away(service: Process, leases: Leases, pk: int) -> None:
    await service.sql("UPDATE connections SET status = 'failing', retry_at = now() - interval '1 second'")
    assert not (await _standing(leases, pk)).is_cooling_down
    assert await leases.take(pk, 1, "one", anyway=False) is not None


async def test_sending_is_noted_while_the_lease_holds(service: Process, leases: Leases, pk: int) -> None:
    lease = await leases.take(pk, 1, "one", anyway=False)
    assert lease is not None
    await service.sql("UPDATE connections SET lease_until = now() + interval '1 second'")
    assert await leases.mark_sending(lease)
    standing = await _standing(leases, pk)
    assert standing.refresh_sent_at is not None
    assert standing.leased_for_seconds is not None
    assert standing.leased_for_seconds > 2


@pytest.mark.parametrize(
    "loss",
    ["lease_until = now()", "lease_owner = 'two'", "token_version = 2"],
    ids=["time is up", "somebody else has it", "the token is newer"],
)
async def test_sending_without_the_lease_is_refused_and_not_noted(
    service: Process, leases: Leases, pk: int, loss: str
) -> None:
    lease = await leases.take(pk, 1, "one", anyway=False)
    assert lease is not None
    await service.sql(f"UPDATE connections SET {loss}")
    assert not await leases.mark_sending(lease)
    assert (await _standing(leases, pk)).refresh_sent_at is None


async def test_a_rejected_token_has_expired_for_everybody_and_counts_once(leases: Leases, pk: int) -> None:
    for _ in range(3):
        await leases.mark_rejected(pk, 1, young_seconds=300)
    standing = await _standing(leases, pk)
    assert not standing.is_usable_for(0)
    assert standing.is_due
    assert standing.token_rejections == 1


async def test_the_rejection_of_an_old_token_says_nothing_against_fresh_ones(
    service: Process, leases: Leases, pk: int
) -> None:
    await service.sql(
        "UPDATE connections SET token_obtained_at = now() - interval '1 hour', token_rejections = 2"
    )
    await leases.mark_rejected(pk, 1, young_seconds=300)
    assert (await _standing(leases, pk)).token_rejections == 0


async def test_the_rejection_of_an_earlier_version_is_no_news(leases: Leases, pk: int) -> None:
    await leases.mark_rejected(pk, 0, young_seconds=300)
    assert (await _standing(leases, pk)).is_usable_for(60)


async def test_what_is_due_comes_longest_due_first_up_to_a_limit(service: Process, leases: Leases) -> None:
    pks = [(await service.connect({"username": f"u{n}@MyCompany"}, f"c{n}")).pk for n in range(4)]
    for n in range(4):
        await service.sql(
            "UPDATE connections SET refresh_at = now() - make_interval(mins => %s) WHERE id = %s", n, pks[n]
        )
    assert await leases.due(10, ()) == [(pk, 1) for pk in reversed(pks)]
    assert await leases.due(2, ()) == [(pks[3], 1), (pks[2], 1)]
    assert await leases.due(2, (pks[3],)) == [(pks[2], 1), (pks[1], 1)]


@pytest.mark.parametrize(
    "state",
    [
        "refresh_at = now() + interval '1 minute'",
        "refresh_at = NULL",
        "status = 'needs_reconnect'",
        "retry_at = now() + interval '1 minute'",
        "lease_until = now() + interval '1 minute'",
        "deleted_at = now()",
    ],
)
async def test_what_can_not_be_renewed_now_is_not_due(
    service: Process, leases: Leases, pk: int, state: str
) -> None:
    await service.make_due()
    assert await leases.due(10, ()) == [(pk, 1)]
    await service.sql(f"UPDATE connections SET {state}")
    assert await leases.due(10, ()) == []
