"""The vault of a database: one canary, keys that every process learns, uses that are counted before they
happen."""

import asyncio

import pytest

from counterfoil.db import Database
from counterfoil.vault import MasterKey, SealContext, SealsExhausted, Vault, WrongMasterKey
from counterfoil.vault.service import SEALS_NEVER_PASSED, SEALS_RESERVED_AT_ONCE, SEALS_UNTIL_ROTATION

_PLACE = SealContext(1, "connections", "sealed_credentials", "11")


async def test_what_one_process_seals_another_opens(database: Database, master_key: MasterKey) -> None:
    sealed = (await Vault.open_with(database, master_key)).seal(b"token", _PLACE)
    assert (await Vault.open_with(database, master_key)).open(sealed, _PLACE) == b"token"


async def test_a_wrong_master_key_is_refused_and_changes_nothing(database: Database, vault: Vault) -> None:
    before = await _rows(database, "SELECT * FROM vault_keys")
    with pytest.raises(WrongMasterKey, match="COUNTERFOIL_MASTER_KEY_FILE"):
        await Vault.open_with(database, MasterKey(b"another key, thirty-two bytes it"))
    assert await _rows(database, "SELECT * FROM vault_keys") == before


async def test_processes_that_begin_at_once_make_one_key(database: Database, master_key: MasterKey) -> None:
    vaults = await asyncio.gather(*(Vault.open_with(database, master_key) for _ in range(6)))
    assert len(await _rows(database, "SELECT id FROM vault_keys")) == 1
    assert len(await _rows(database, "SELECT id FROM vault_canary")) == 1
    sealed = [vault.seal(b"token", _PLACE) for vault in vaults]
    assert {vaults[0].open(one, _PLACE) for one in sealed} == {b"token"}


async def test_neither_keys_nor_plaintexts_are_in_the_database(database: Database, vault: Vault) -> None:
    [(wrapped,)] = await _rows(database, "SELECT wrapped_key FROM vault_keys")
    [(canary,)] = await _rows(database, "SELECT sealed FROM vault_canary")
    assert isinstance(wrapped, bytes)
    assert isinstance(canary, bytes)
    assert len(wrapped) == 12 + 32 + 16
    assert b"counterfoil" not in canary
    assert b"plain text" not in vault.seal(b"plain text", _PLACE)


async def test_uses_are_counted_before_they_happen(database: Database, vault: Vault) -> None:
    assert await _rows(database, "SELECT seals FROM vault_keys") == [(SEALS_RESERVED_AT_ONCE,)]
    for _ in range(SEALS_RESERVED_AT_ONCE // 2 + 1):
        vault.seal(b"", _PLACE)
    await vault.maintain()
    assert await _rows(database, "SELECT seals FROM vault_keys") == [(2 * SEALS_RESERVED_AT_ONCE,)]
    await vault.maintain()
    assert await _rows(database, "SELECT seals FROM vault_keys") == [(2 * SEALS_RESERVED_AT_ONCE,)]


@pytest.mark.parametrize(
    "wear",
    [
        f"UPDATE vault_keys SET seals = {SEALS_UNTIL_ROTATION}",
        "UPDATE vault_keys SET created_at = now() - interval '91 days'",
    ],
)
async def test_a_worn_key_is_followed_by_a_new_one(
    database: Database, master_key: MasterKey, vault: Vault, wear: str
) -> None:
    sealed_before = vault.seal(b"old", _PLACE)
    await _run(database, wear)
    neighbour = await Vault.open_with(database, master_key)

    await asyncio.gather(vault.maintain(), neighbour.maintain())
    assert len(await _rows(database, "SELECT id FROM vault_keys")) == 2
    assert _key_id(vault.seal(b"", _PLACE)) == _key_id(sealed_before), "the old key seals during the handover"

    await _run(database, "UPDATE vault_keys SET retired_at = now() WHERE retired_at IS NOT NULL")
    await vault.maintain()
    sealed_after = vault.seal(b"new", _PLACE)
    assert _key_id(sealed_after) != _key_id(sealed_before)
    assert neighbour.open(sealed_after, _PLACE) == b"new"
    assert neighbour.open(sealed_before, _PLACE) == b"old"


async def test_a_key_is_never_used_past_its_limit(
    database: Database, master_key: MasterKey, vault: Vault
) -> None:
    await _run(database, f"UPDATE vault_keys SET seals = {SEALS_NEVER_PASSED - 1}")
    with pytest.raises(SealsExhausted):
        await Vault.open_with(database, master_key)


def _key_id(sealed: bytes) -> bytes:
    return sealed[1:5]


async def _rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    async with database.pool.connection() as connection:
        return await (await connection.execute(statement.encode())).fetchall()


async def _run(database: Database, statement: str) -> None:
    async with database.pool.connection() as connection:
        await connection.execute(statement.encode())
