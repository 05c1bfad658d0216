"""Credentials in a row: sealed for this row alone, and all that was known of the old ones gone."""

from datetime import timedelta

import pytest
from service.tests.connections.service_process import Process

from counterfoil.auth_modes import Fingerprint, Obtained
from counterfoil.connections import TokenLimits
from counterfoil.connections.leases import Leases, Standing
from counterfoil.connections.models import ConnectionRow
from counterfoil.connections.sealed import credentials_context, open_credentials, set_token
from counterfoil.db import Database
from counterfoil.vault import MasterKey, UnsealFailed, Vault

_LIMITS = TokenLimits()


@pytest.fixture
async def vault(service: Process, master_key: MasterKey) -> Vault:
    return await Vault.open_with(service.database, master_key)


async def _standing(service: Process, pk: int) -> Standing:
    standing = await Leases(service.database, 60).read(pk)
    assert standing is not None
    return standing


async def _obtained(service: Process, vault: Vault, pk: int, expires_in_seconds: int | None) -> Obtained:
    """What the connection holds, as if it had just been obtained."""
    standing = await _standing(service, pk)
    integration = await service.integrations.with_id(standing.integration_id)
    credentials = open_credentials(vault, standing, integration.provider.mode.load)
    return Obtained(credentials, Fingerprint("", "", ""), expires_in_seconds)


async def _set(
    database: Database, vault: Vault, pk: int, obtained: Obtained, elapsed_seconds: float = 0.0
) -> None:
    async with database.session() as session:
        row = await session.get_one(ConnectionRow, pk)
        set_token(row, obtained, vault, _LIMITS, elapsed_seconds=elapsed_seconds)


async def test_credentials_open_in_their_own_row_only(service: Process, vault: Vault) -> None:
    first = (await service.connect()).pk
    second = (await service.connect({"username": "Reader@MyCompany"}, "c2")).pk
    integration = await service.integrations.with_id((await _standing(service, first)).integration_id)
    load = integration.provider.mode.load
    opened = open_credentials(vault, await _standing(service, first), load)
    assert "access-1" in str(opened.dump())
    await service.sql(
        "UPDATE connections SET sealed_credentials = "
        "(SELECT sealed_credentials FROM connections WHERE id = %s) WHERE id = %s",
        first,
        second,
    )
    with pytest.raises(UnsealFailed):
        open_credentials(vault, await _standing(service, second), load)


def test_the_place_names_environment_and_row() -> None:
    places = {credentials_context(environment, pk) for environment in (1, 2) for pk in (1, 2)}
    assert len(places) == 4


async def test_nothing_of_a_token_is_readable_in_the_row(service: Process) -> None:
    await service.connect()
    sealed = bytes(await service.column("sealed_credentials"))
    assert b"access-1" not in sealed
    assert b"MyCompany" not in sealed


async def test_new_credentials_clear_what_was_known_of_the_old_ones(service: Process, vault: Vault) -> None:
    pk = (await service.connect()).pk
    obtained = await _obtained(service, vault, pk, 3600)
    await service.sql(
        "UPDATE connections SET cause = 'x', retry_at = now(), lease_owner = 'x', lease_until = now(), "
        "refresh_sent_at = now(), refresh_failures = 3, errors = '[{}]', token_expires_at = now()"
    )
    await _set(service.database, vault, pk, obtained)
    [row] = await service.sql(
        "SELECT cause, retry_at, lease_owner, lease_until, refresh_sent_at, refresh_failures, errors, "
        "token_version FROM connections"
    )
    assert row == (None, None, None, None, None, 0, [], 2)


async def test_the_time_it_took_counts_towards_the_tokens_life(service: Process, vault: Vault) -> None:
    pk = (await service.connect()).pk
    await _set(service.database, vault, pk, await _obtained(service, vault, pk, 3600), elapsed_seconds=100)
    [(life,)] = await service.sql("SELECT token_expires_at - token_obtained_at FROM connections")
    assert life == timedelta(seconds=3500)


async def test_a_token_is_due_before_it_expires(service: Process, vault: Vault) -> None:
    pk = (await service.connect()).pk
    await _set(service.database, vault, pk, await _obtained(service, vault, pk, 43_200))
    [(left,)] = await service.sql("SELECT token_expires_at - refresh_at FROM connections")
    assert left >= timedelta(seconds=_LIMITS.margin_seconds)


async def test_a_token_of_unknown_life_is_renewed_all_the_same(service: Process, vault: Vault) -> None:
    pk = (await service.connect()).pk
    await _set(service.database, vault, pk, await _obtained(service, vault, pk, None))
    [(expires_at, due_in)] = await service.sql(
        "SELECT token_expires_at, refresh_at - token_obtained_at FROM connections"
    )
    assert expires_at is None
    assert timedelta() < due_in < timedelta(seconds=_LIMITS.assumed_lifetime_seconds)


async def test_a_token_that_died_on_the_way_is_due_at_once(service: Process, vault: Vault) -> None:
    pk = (await service.connect()).pk
    await _set(service.database, vault, pk, await _obtained(service, vault, pk, 5), elapsed_seconds=10)
    standing = await _standing(service, pk)
    assert standing.is_due
    assert not standing.is_usable_for(0)
