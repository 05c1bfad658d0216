"""API keys: how they are made, told apart, checked and taken back.

A key is `cf_<environment>_<40 hexadecimal digits>_<CRC-32 of all before it>`. The prefix and the checksum let
secret scanners recognise it and let us refuse a mistyped key before any database work. The database holds an
HMAC-SHA256 under a pepper that is derived from the master key, so that a stolen table can't be searched with
guesses.
"""

import hashlib
import hmac
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from counterfoil.access.callers import ApiKeyCaller
from counterfoil.access.environments import Environment, Environments
from counterfoil.access.errors import (
    ApiKeyExists,
    InvalidScope,
    InvalidSecretKeyFormat,
    MalformedAuthHeader,
    MissingAuthHeader,
    TooManyApiKeys,
    UnknownAccount,
    UnknownApiKey,
)
from counterfoil.access.models import ApiKeyRow, EnvironmentRow
from counterfoil.clock import Clock
from counterfoil.db import Database
from counterfoil.ids import Ids
from counterfoil.vault import Secret

FULL_ACCESS: Final = "environment:*"
CACHE_TTL_SECONDS: Final = 5.0
_CACHE_SIZE: Final = 4096
_RANDOM_BYTES: Final = 20
_SHOWN_DIGITS: Final = 6
_KEY: Final = re.compile(r"(cf_([a-z0-9_-]{1,255})_([0-9a-f]{40}))_([0-9a-f]{8})")
_BEARER: Final = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +([!-~]+) *")
_SCOPE: Final = re.compile(r"(environment|account)(:[a-z_]+)*(:\*)?")
MOST_KEYS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRecord:
    """A key as lists show it; the key itself is not part of it.

    Attributes:
        id: Primary key.
        environment: The environment's name.
        display_name: What its owner called it.
        key_prefix: The first characters, to recognise it by.
        scopes: What it may do.
        created_at: When it was made.
        last_used_at: When it was last used, to the minute, or None.
        revoked_at: When it was taken back, or None.
    """

    id: int
    environment: str
    display_name: str
    key_prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class ApiKeys:
    """The API keys of all environments, and a memory of those that were good a moment ago.

    A revoked key stops working within `CACHE_TTL_SECONDS` on every process.

    Args:
        database: Where digests are.
        pepper: 32 bytes that are not in the database: `master_key.derive("access/pepper")`.
        clock: For the cache and for times of creation.
        ids: Where the random part comes from.
    """

    def __init__(self, database: Database, pepper: bytes, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock
        self._ids = ids
        self._environments = Environments(database, clock, ids)
        self._known: dict[bytes, tuple[ApiKeyCaller, float]] = {}

    async def create(
        self, environment_name: str, display_name: str, scopes: Sequence[str] = (FULL_ACCESS,)
    ) -> tuple[ApiKeyRecord, Secret]:
        """Make a key; it is given this once. Raises UnknownEnvironment, InvalidScope."""
        for scope in scopes:
            if not _SCOPE.fullmatch(scope):
                raise InvalidScope(f"{scope!r} is not a scope; for example environment:connections:read")
        environment = await self._environments.get(environment_name)
        key = self._new_key(environment)
        row = self._row(environment, display_name, key, scopes)
        async with self._database.session() as session:
            session.add(row)
            await session.flush()
        return _record(row, environment.name), Secret(key)

    async def create_named(self, environment: Environment, display_name: str) -> tuple[ApiKeyRecord, Secret]:
        """Make a key that may do everything in its environment, by a name that no other working key there
        has.

        Raises:
            ApiKeyExists: One is called so.
            TooManyApiKeys: There are `MOST_KEYS` already.
        """
        key = self._new_key(environment)
        row = self._row(environment, display_name, key, (FULL_ACCESS,))
        async with self._database.session() as session:
            # One at a time, so that two can't both be the last one, nor both bear one name.
            await session.execute(
                select(EnvironmentRow.id).where(EnvironmentRow.id == environment.id).with_for_update()
            )
            names = await session.scalars(
                select(ApiKeyRow.display_name).where(
                    ApiKeyRow.environment_id == environment.id, ApiKeyRow.revoked_at.is_(None)
                )
            )
            _check_room(list(names), display_name)
            session.add(row)
            await session.flush()
        return _record(row, environment.name), Secret(key)

    async def of_environment(self, environment_name: str) -> list[ApiKeyRecord]:
        """The keys of an environment, revoked ones too, oldest first. Raises UnknownEnvironment."""
        environment = await self._environments.get(environment_name)
        query = select(ApiKeyRow).where(ApiKeyRow.environment_id == environment.id).order_by(ApiKeyRow.id)
        async with self._database.session() as session:
            return [_record(row, environment.name) for row in await session.scalars(query)]

    async def revoke(self, key_id: int) -> None:
        """Take a key back. Raises UnknownApiKey when there is none that still works."""
        statement = (
            update(ApiKeyRow)
            .where(ApiKeyRow.id == key_id, ApiKeyRow.revoked_at.is_(None))
            .values(revoked_at=self._clock.now())
            .returning(ApiKeyRow.id)
        )
        async with self._database.session() as session:
            revoked = await session.scalar(statement)
        if revoked is None:
            raise UnknownApiKey(f"There is no working key {key_id}. See: counterfoil keys list")
        self._known.clear()

    async def authenticate(self, key: Secret) -> ApiKeyCaller:
        """The caller that holds this key.

        Raises:
            InvalidSecretKeyFormat: It can't be a key of ours; checked before any database work.
            UnknownAccount: It is not known, or it was revoked.
        """
        text = key.reveal()
        if not is_well_formed(text):
            raise InvalidSecretKeyFormat("This is not an API key: its form or its checksum is wrong.")
        memory_key = self._memory_key(b"Bearer " + text.encode())
        remembered = self._remembered(memory_key)
        if remembered is not None:
            return remembered
        caller = await self._look_up(text)
        self._remember(memory_key, caller)
        return caller

    def cached(self, authorization_header: bytes) -> ApiKeyCaller | None:
        """The caller of an `Authorization` header whose key was good within the last five seconds.

        Synchronous and without the database, for the proxy. None means: ask `authenticate`.
        """
        return self._remembered(self._memory_key(authorization_header))

    def _new_key(self, environment: Environment) -> str:
        return _with_checksum(f"cf_{environment.name}_{self._ids.token_hex(_RANDOM_BYTES)}")

    def _row(self, environment: Environment, display_name: str, key: str, scopes: Sequence[str]) -> ApiKeyRow:
        return ApiKeyRow(
            environment_id=environment.id,
            display_name=display_name,
            key_prefix=f"cf_{environment.name}_{key.removeprefix(f'cf_{environment.name}_')[:_SHOWN_DIGITS]}",
            digest=self._digest(key),
            scopes=list(dict.fromkeys(scopes)),
            created_at=self._clock.now(),
        )

    async def _look_up(self, key: str) -> ApiKeyCaller:
        async with self._database.connection() as connection:
            cursor = await connection.execute(_FIND_KEY, (self._digest(key),))
            row = await cursor.fetchone()
            if row is None:
                raise UnknownAccount("This API key is not known, or it was revoked.")
            key_id, scopes, environment_id, uuid, name, origins = row
            await connection.execute(_TOUCH_KEY, (key_id,))
        environment = Environment(id=environment_id, uuid=uuid, name=name, allowed_origins=tuple(origins))
        return ApiKeyCaller(environment=environment, key_id=key_id, scopes=frozenset(scopes))

    def _remembered(self, memory_key: bytes) -> ApiKeyCaller | None:
        entry = self._known.get(memory_key)
        if entry is None or entry[1] <= self._clock.monotonic_seconds():
            return None
        return entry[0]

    def _remember(self, memory_key: bytes, caller: ApiKeyCaller) -> None:
        if len(self._known) >= _CACHE_SIZE:
            self._known.clear()
        self._known[memory_key] = (caller, self._clock.monotonic_seconds() + CACHE_TTL_SECONDS)

    def _digest(self, key: str) -> bytes:
        return hmac.digest(self._pepper, key.encode(), "sha256")

    def _memory_key(self, authorization_header: bytes) -> bytes:
        # Keyed, so that the dictionary's comparisons can't be steered byte by byte from outside.
        return hashlib.blake2b(authorization_header, key=self._pepper, digest_size=32).digest()


_FIND_KEY: Final = """
SELECT k.id, k.scopes, e.id, e.uuid, e.name, e.allowed_origins
FROM api_keys k JOIN environments e ON e.id = k.environment_id
WHERE k.digest = %s AND k.revoked_at IS NULL
"""
# Once a minute is enough to see that a key is in use, and it spares a write per look-up.
_TOUCH_KEY: Final = """
UPDATE api_keys SET last_used_at = now()
WHERE id = %s AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
"""


def bearer_token(authorization_headers: Iterable[bytes]) -> Secret:
    """What follows `Bearer` in the one `Authorization` header (RFC 6750 section 2.1).

    Raises:
        MissingAuthHeader: There is none, or an empty one.
        MalformedAuthHeader: There are several, or it is not `Bearer` and a token.
    """
    headers = list(authorization_headers)
    if not headers or headers == [b""]:
        raise MissingAuthHeader("Send your API key in the header: Authorization: Bearer <key>")
    match = _BEARER.fullmatch(headers[0]) if len(headers) == 1 else None
    if match is None:
        raise MalformedAuthHeader("The Authorization header must read: Bearer <key>")
    return Secret(match.group(1).decode("ascii"))


def is_well_formed(key: str) -> bool:
    """Whether a text has the form and the checksum of an API key."""
    match = _KEY.fullmatch(key)
    return match is not None and _with_checksum(match.group(1)) == key


def _with_checksum(text: str) -> str:
    return f"{text}_{zlib.crc32(text.encode()):08x}"


def _check_room(present: Sequence[str], display_name: str) -> None:
    if display_name in present:
        raise ApiKeyExists(f"There is a key called {display_name!r} already.")
    if len(present) >= MOST_KEYS:
        raise TooManyApiKeys(f"There are {MOST_KEYS} keys already; revoke one that is not used any more.")


def _record(row: ApiKeyRow, environment: str) -> ApiKeyRecord:
    return ApiKeyRecord(
        id=row.id,
        environment=environment,
        display_name=row.display_name,
        key_prefix=row.key_prefix,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
