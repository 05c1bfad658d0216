"""`Vault`: the keyring of one process, and what keeps it in step with the database. Sealing itself is
`keyring`'s.

A random 96-bit nonce may be used at most 2**32 times with one key (NIST SP 800-38D section 8.3). Each process
therefore reserves uses in the database before it needs them, so that a crash can only lose some, never repeat
them. A key is followed by a new one at 2**30 uses or after 90 days; the old one goes on sealing for five
minutes, in which every process learns the new one.
"""

import secrets
from typing import Any, Final

from psycopg import AsyncConnection

from counterfoil.db import Database
from counterfoil.vault.errors import SealsExhausted, UnsealFailed, WrongMasterKey
from counterfoil.vault.keyring import Keyring, SealContext, canary_lives, seal_canary, unwrap_key, wrap_key
from counterfoil.vault.master_key import MasterKey

SEALS_RESERVED_AT_ONCE: Final = 2**16
SEALS_UNTIL_ROTATION: Final = 2**30
SEALS_NEVER_PASSED: Final = 2**32
KEY_LIFE_DAYS: Final = 90
HANDOVER_SECONDS: Final = 300
MAINTENANCE_INTERVAL_SECONDS: Final = 60
_DATA_KEY_BYTES: Final = 32
# Any number that nothing else on this database uses as an advisory lock.
_VAULT_LOCK: Final = 0x7661756C74

_Connection = AsyncConnection[tuple[Any, ...]]


class Vault:
    """Seals and opens; made by `open_with`. `seal` and `open` are synchronous and touch no database."""

    def __init__(self, database: Database, wrapping_key: bytes, keyring: Keyring) -> None:
        self._database = database
        self._wrapping_key = wrapping_key
        self._keyring = keyring

    @classmethod
    async def open_with(cls, database: Database, master_key: MasterKey) -> "Vault":
        """The vault of this database.

        On a fresh database it makes the canary and the first data key.

        Raises:
            WrongMasterKey: The database was sealed with another master key.
        """
        wrapping_key = master_key.derive("vault/wrap")
        async with database.connection() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_VAULT_LOCK,))
            await _check_canary(connection, wrapping_key)
            if not await _has_keys(connection):
                await _add_key(connection, wrapping_key)
            keys = await _unwrapped(connection, wrapping_key, known=frozenset())
            active_id = await _active_key(connection)
            reserved = await _reserve(connection, active_id, SEALS_RESERVED_AT_ONCE)
        return cls(database, wrapping_key, Keyring(keys, active_id, reserved))

    def seal(self, plaintext: bytes, context: SealContext) -> bytes:
        """Encrypt for one place; 33 bytes longer than the plaintext. Raises SealsExhausted."""
        return self._keyring.seal(plaintext, context)

    def open(self, sealed: bytes, context: SealContext) -> bytes:
        """Decrypt what was sealed for this very place. Raises UnsealFailed."""
        return self._keyring.open(sealed, context)

    async def maintain(self) -> None:
        """Learn keys of other processes, start a new key where one is due, reserve uses.

        Call it every `MAINTENANCE_INTERVAL_SECONDS`; it is two short statements when there is nothing to do.
        """
        async with self._database.connection() as connection, connection.transaction():
            if await _rotation_due(connection):
                await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_VAULT_LOCK,))
                # Asked again under the lock: another process may have been faster.
                if await _rotation_due(connection):
                    await _follow_with_new_key(connection, self._wrapping_key)
            learned = await _unwrapped(connection, self._wrapping_key, known=self._keyring.known_ids)
            active_id = await _active_key(connection)
            wanted = self._wanted_seals(active_id)
            reserved = await _reserve(connection, active_id, wanted) if wanted else 0
        for key_id, key in learned.items():
            self._keyring.learn(key_id, key)
        if active_id != self._keyring.active_id:
            self._keyring.activate(active_id, reserved)
        else:
            self._keyring.allow(reserved)

    def _wanted_seals(self, active_id: int) -> int:
        is_low = self._keyring.seals_left < SEALS_RESERVED_AT_ONCE // 2
        return SEALS_RESERVED_AT_ONCE if is_low or active_id != self._keyring.active_id else 0


async def _check_canary(connection: _Connection, wrapping_key: bytes) -> None:
    row = await (await connection.execute("SELECT sealed FROM vault_canary ORDER BY id LIMIT 1")).fetchone()
    if row is None:
        await connection.execute(
            "INSERT INTO vault_canary (sealed) VALUES (%s)", (seal_canary(wrapping_key),)
        )
        return
    if not canary_lives(wrapping_key, row[0]):
        raise WrongMasterKey(
            "The master key does not belong to this database: what is sealed here was sealed with another "
            "one. Point COUNTERFOIL_MASTER_KEY_FILE at the key that this database was started with."
        )


async def _has_keys(connection: _Connection) -> bool:
    row = await (await connection.execute("SELECT 1 FROM vault_keys LIMIT 1")).fetchone()
    return row is not None


async def _add_key(connection: _Connection, wrapping_key: bytes) -> None:
    cursor = await connection.execute("SELECT nextval(pg_get_serial_sequence('vault_keys', 'id'))")
    [(key_id,)] = await cursor.fetchall()
    wrapped = wrap_key(wrapping_key, secrets.token_bytes(_DATA_KEY_BYTES), key_id)
    await connection.execute("INSERT INTO vault_keys (id, wrapped_key) VALUES (%s, %s)", (key_id, wrapped))


async def _follow_with_new_key(connection: _Connection, wrapping_key: bytes) -> None:
    await connection.execute(
        "UPDATE vault_keys SET retired_at = now() + make_interval(secs => %s) WHERE retired_at IS NULL",
        (HANDOVER_SECONDS,),
    )
    await _add_key(connection, wrapping_key)


async def _rotation_due(connection: _Connection) -> bool:
    row = await (
        await connection.execute(
            "SELECT seals >= %s OR created_at < now() - make_interval(days => %s) "
            "FROM vault_keys WHERE retired_at IS NULL ORDER BY id DESC LIMIT 1",
            (SEALS_UNTIL_ROTATION, KEY_LIFE_DAYS),
        )
    ).fetchone()
    return row is None or bool(row[0])


async def _active_key(connection: _Connection) -> int:
    # The oldest that is not retired yet: a new key waits until its predecessor's handover has passed.
    row = await (
        await connection.execute(
            "SELECT id FROM vault_keys WHERE retired_at IS NULL OR retired_at > now() ORDER BY id LIMIT 1"
        )
    ).fetchone()
    if row is None:
        raise UnsealFailed("The database has no data key that may seal.")
    return int(row[0])


async def _reserve(connection: _Connection, key_id: int, seals: int) -> int:
    row = await (
        await connection.execute(
            "UPDATE vault_keys SET seals = seals + %s WHERE id = %s AND seals + %s <= %s RETURNING id",
            (seals, key_id, seals, SEALS_NEVER_PASSED),
        )
    ).fetchone()
    if row is None:
        raise SealsExhausted(f"The data key {key_id} has been used as often as it may be.")
    return seals


async def _unwrapped(
    connection: _Connection, wrapping_key: bytes, *, known: frozenset[int]
) -> dict[int, bytes]:
    rows = await (await connection.execute("SELECT id, wrapped_key FROM vault_keys ORDER BY id")).fetchall()
    wrapped = {int(row[0]): row[1] for row in rows}
    return {
        key_id: unwrap_key(wrapping_key, blob, key_id)
        for key_id, blob in wrapped.items()
        if key_id not in known
    }
