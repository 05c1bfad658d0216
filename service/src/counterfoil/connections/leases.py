"""The exact statements on a connection's row: reading where it stands, taking the lease to renew its token.

All times are judged by the database's clock; what leaves here are durations from now. Writing new
credentials is `renewal`'s and `authorization`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

from counterfoil.db import Database

_STANDING: Final = """
    c.id AS pk, c.environment_id, c.connection_id, c.integration_id, i.unique_key AS integration_key,
    i.provider AS provider_id, c.status, c.errors, c.retry_at, c.sealed_credentials, c.token_version,
    c.token_expires_at, c.token_rejections, c.refresh_sent_at, c.refresh_failures, c.secret_refusals,
    EXTRACT(EPOCH FROM now() - c.token_obtained_at)::float8 AS token_age_seconds,
    EXTRACT(EPOCH FROM c.token_expires_at - now())::float8 AS expires_in_seconds,
    EXTRACT(EPOCH FROM c.refresh_at - now())::float8 AS due_in_seconds,
    EXTRACT(EPOCH FROM c.retry_at - now())::float8 AS retry_in_seconds,
    EXTRACT(EPOCH FROM c.lease_until - now())::float8 AS leased_for_seconds
"""
_ALIVE: Final = "i.id = c.integration_id AND i.deleted_at IS NULL AND c.deleted_at IS NULL"

_BY_KEY: Final = f"""
    SELECT {_STANDING} FROM connections c JOIN integrations i ON {_ALIVE}
    WHERE i.environment_id = %s AND i.unique_key = %s AND c.connection_id = %s
"""  # noqa: S608 - only constants of this module
_BY_PK: Final = f"SELECT {_STANDING} FROM connections c JOIN integrations i ON {_ALIVE} WHERE c.id = %s"  # noqa: S608

_TAKE: Final = f"""
    UPDATE connections c SET lease_owner = %(owner)s, lease_until = now() + make_interval(secs => %(lease)s)
    FROM integrations i
    WHERE {_ALIVE} AND c.id = %(pk)s AND c.token_version = %(version)s
      AND (c.lease_until IS NULL OR c.lease_until <= now())
      AND (%(anyway)s OR (c.status <> 'needs_reconnect' AND (c.retry_at IS NULL OR c.retry_at <= now())))
    RETURNING {_STANDING}
"""  # noqa: S608

_SENDING: Final = """
    UPDATE connections
    SET refresh_sent_at = now(), lease_until = now() + make_interval(secs => %(lease)s)
    WHERE id = %(pk)s AND token_version = %(version)s AND lease_owner = %(owner)s AND lease_until > now()
"""

_RELEASE: Final = (
    "UPDATE connections SET lease_owner = NULL, lease_until = NULL WHERE id = %s AND lease_owner = %s"
)

_REJECTED: Final = """
    UPDATE connections SET token_expires_at = now(), refresh_at = now(),
        token_rejections = CASE WHEN token_obtained_at > now() - make_interval(secs => %(young)s)
                                THEN token_rejections + 1 ELSE 0 END
    WHERE id = %(pk)s AND token_version = %(version)s AND deleted_at IS NULL
      AND (token_expires_at IS NULL OR token_expires_at > now())
"""

# A token that was refused meanwhile stays so, whatever an answer of before says.
_PROLONG: Final = """
    UPDATE connections
    SET token_expires_at = greatest(token_expires_at, now() + make_interval(secs => %(lives)s))
    WHERE id = %(pk)s AND token_version = %(version)s AND deleted_at IS NULL AND token_expires_at > now()
"""

_DUE: Final = f"""
    SELECT c.id, c.token_version FROM connections c JOIN integrations i ON {_ALIVE}
    WHERE c.refresh_at <= now() AND c.status <> 'needs_reconnect' AND c.id <> ALL (%s)
      AND (c.retry_at IS NULL OR c.retry_at <= now()) AND (c.lease_until IS NULL OR c.lease_until <= now())
    ORDER BY c.refresh_at LIMIT %s
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a connection stood when its row was read; durations are seconds from then, negative if passed.

    Attributes:
        pk: The connection's primary key.
        errors: Its present cause, as `causes` writes it.
        secret_refusals: How many times the provider has refused the secrets that are sealed here.
        token_age_seconds: Since the present token was issued.
        expires_in_seconds: Of the token; None if it is not known to expire.
        due_in_seconds: Until the token is to be renewed.
        retry_in_seconds: Until the provider may be asked again after a failure; None if it may be now.
        leased_for_seconds: How long somebody still has the lease; None if nobody had it.
        refresh_sent_at: When a request was sent whose outcome nobody has written down.
    """

    pk: int
    environment_id: int
    connection_id: str
    integration_id: int
    integration_key: str
    provider_id: str
    status: str
    errors: list[dict[str, Any]]
    retry_at: datetime | None
    sealed_credentials: bytes = field(repr=False)
    token_version: int
    token_expires_at: datetime | None
    token_rejections: int
    refresh_sent_at: datetime | None
    refresh_failures: int
    secret_refusals: int
    token_age_seconds: float
    expires_in_seconds: float | None
    due_in_seconds: float | None
    retry_in_seconds: float | None
    leased_for_seconds: float | None

    @property
    def is_leased(self) -> bool:
        """Whether somebody is renewing the token."""
        return self.leased_for_seconds is not None and self.leased_for_seconds > 0

    @property
    def is_cooling_down(self) -> bool:
        """Whether the provider is to be left alone for now."""
        return self.retry_in_seconds is not None and self.retry_in_seconds > 0

    @property
    def is_due(self) -> bool:
        """Whether the token is to be renewed, valid as it may still be."""
        return self.due_in_seconds is not None and self.due_in_seconds <= 0

    def is_usable_for(self, seconds: float) -> bool:
        """Whether the token is valid that much longer, as far as is known."""
        return self.expires_in_seconds is None or self.expires_in_seconds > seconds


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to renew one version of one connection's token, until the database's clock says otherwise."""

    owner: str
    standing: Standing


class Leases:
    """The statements, on the raw pool of one database. Raise DatabaseUnavailable when it does not answer."""

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database = database
        self._lease_seconds = lease_seconds

    async def find(self, environment_id: int, integration_key: str, connection_id: str) -> Standing | None:
        """The living connection by its names."""
        return await self._one(_BY_KEY, (environment_id, integration_key, connection_id))

    async def read(self, pk: int) -> Standing | None:
        """The living connection by its primary key."""
        return await self._one(_BY_PK, (pk,))

    async def take(self, pk: int, version: int, owner: str, *, anyway: bool) -> Lease | None:
        """Take the lease on this version of the token, if nobody has it.

        Args:
            pk: The connection's primary key.
            version: The token's version; a newer one needs no renewal.
            owner: A name that no other taker has.
            anyway: Also where the connection needs a person or is to be left alone for now.
        """
        parameters = {
            "pk": pk,
            "version": version,
            "owner": owner,
            "anyway": anyway,
            "lease": self._lease_seconds,
        }
        standing = await self._one(_TAKE, parameters)
        return None if standing is None else Lease(owner, standing)

    async def mark_sending(self, lease: Lease) -> bool:
        """Note that a request is about to be sent, and begin the lease anew; False if the lease is lost."""
        return await self._changed(
            _SENDING,
            {
                "pk": lease.standing.pk,
                "version": lease.standing.token_version,
                "owner": lease.owner,
                "lease": self._lease_seconds,
            },
        )

    async def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still ours; whoever renewed or failed has done so already."""
        await self._changed(_RELEASE, (lease.standing.pk, lease.owner))

    async def mark_rejected(self, pk: int, version: int, *, young_seconds: float) -> None:
        """Note, once per version, that the provider refuses this token: it has expired for everybody."""
        await self._changed(_REJECTED, {"pk": pk, "version": version, "young": young_seconds})

    async def prolong(self, pk: int, version: int, lives_seconds: int) -> None:
        """Note that a use has let this token live longer."""
        await self._changed(_PROLONG, {"pk": pk, "version": version, "lives": lives_seconds})

    async def due(self, limit: int, passed_over: Sequence[int]) -> list[tuple[int, int]]:
        """Primary keys and token versions of connections to renew, the longest due first."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(_DUE, (list(passed_over), limit))
            return [(int(row[0]), int(row[1])) for row in await cursor.fetchall()]

    async def _one(self, statement: str, parameters: Any) -> Standing | None:  # noqa: ANN401 - psycopg's own
        async with self._database.connection() as connection:
            return await _standing(connection, statement, parameters)

    async def _changed(self, statement: str, parameters: Any) -> bool:  # noqa: ANN401 - psycopg's own
        async with self._database.connection() as connection:
            cursor = await connection.execute(statement.encode(), parameters)
            return cursor.rowcount == 1


async def _standing(
    connection: AsyncConnection[Any],
    statement: str,
    parameters: Any,  # noqa: ANN401 - psycopg's own
) -> Standing | None:
    async with connection.cursor(row_factory=class_row(Standing)) as cursor:
        await cursor.execute(statement.encode(), parameters)
        return await cursor.fetchone()
