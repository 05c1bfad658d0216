"""Connect sessions: short-lived permission for one browser to make or renew one connection.

A session's token is shown once and kept as a digest. It may be used until it expires or is deleted: success
does not consume it, because pages retry.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update

from counterfoil.access.environments import Environment, environment_of
from counterfoil.access.errors import InvalidConnectSessionTokenFormat, UnknownConnectSessionToken
from counterfoil.access.models import ConnectSessionRow, EnvironmentRow
from counterfoil.clock import Clock
from counterfoil.db import Database
from counterfoil.ids import Ids
from counterfoil.vault import Secret

SESSION_TTL_SECONDS: Final = 30 * 60
# The published clients and pages tell session tokens from API keys by this prefix.
SESSION_TOKEN_PREFIX: Final = "nango_connect_session_"  # noqa: S105 - what every token begins with
_TOKEN_RANDOM_BYTES: Final = 32
_TOKEN: Final = re.compile(SESSION_TOKEN_PREFIX + r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnectSession:
    """What a session is made of.

    Attributes:
        end_user: The end user as sent (`id`, `email`, `display_name`, `tags`), or None.
        organization: The end user's organization as sent (`id`, `display_name`), or None.
        tags: Copied to the connection.
        allowed_integrations: Integration keys that may be chosen; empty means all.
        integrations_config_defaults: By integration key: prefilled connection settings.
        overrides: By integration key: other links for the page.
        webhook_url_override: Where this connection's webhooks go instead, or None.
        connection_pk: The connection that a reconnect renews, or None.
    """

    end_user: Mapping[str, Any] | None = None
    organization: Mapping[str, Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    allowed_integrations: Sequence[str] = ()
    integrations_config_defaults: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)
    webhook_url_override: str | None = None
    connection_pk: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectSessionRecord(NewConnectSession):
    """A session that exists; its token is not part of it."""

    id: int
    environment: Environment
    created_at: datetime
    expires_at: datetime

    @property
    def environment_id(self) -> int:
        """The environment's primary key."""
        return self.environment.id

    def allows(self, integration_key: str) -> bool:
        """Whether this integration may be chosen in the session."""
        return not self.allowed_integrations or integration_key in self.allowed_integrations


class ConnectSessions:
    """The connect sessions of all environments."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def create(
        self, environment: Environment, new: NewConnectSession
    ) -> tuple[ConnectSessionRecord, Secret]:
        """Make a session of 30 minutes; the token is given this once."""
        token = SESSION_TOKEN_PREFIX + self._ids.token_hex(_TOKEN_RANDOM_BYTES)
        now = self._clock.now()
        row = ConnectSessionRow(
            environment_id=environment.id,
            token_digest=_digest(token),
            end_user=_plain(new.end_user),
            organization=_plain(new.organization),
            tags=dict(new.tags),
            allowed_integrations=list(new.allowed_integrations),
            integrations_config_defaults=dict(new.integrations_config_defaults),
            overrides=dict(new.overrides),
            webhook_url_override=new.webhook_url_override,
            connection_pk=new.connection_pk,
            created_at=now,
            expires_at=now + timedelta(seconds=SESSION_TTL_SECONDS),
        )
        async with self._database.session() as session:
            session.add(row)
            await session.flush()
        return _record(row, environment), Secret(token)

    async def find(self, token: Secret) -> ConnectSessionRecord:
        """The live session of this token.

        Raises:
            InvalidConnectSessionTokenFormat: It can't be a session token; checked before any database work.
            UnknownConnectSessionToken: It is unknown, deleted or expired; which one is not told.
        """
        text = token.reveal()
        if not _TOKEN.fullmatch(text):
            raise InvalidConnectSessionTokenFormat("This is not a connect session token.")
        return await self._one(
            ConnectSessionRow.token_digest == _digest(text), ConnectSessionRow.expires_at > self._clock.now()
        )

    async def begun(self, pk: int) -> ConnectSessionRecord:
        """The session with this primary key, for what was begun in it while it lived; it may have expired.

        Raises:
            UnknownConnectSessionToken: It was deleted.
        """
        return await self._one(ConnectSessionRow.id == pk)

    async def _one(self, *conditions: ColumnElement[bool]) -> ConnectSessionRecord:
        query = (
            select(ConnectSessionRow, EnvironmentRow)
            .join(EnvironmentRow, EnvironmentRow.id == ConnectSessionRow.environment_id)
            .where(ConnectSessionRow.deleted_at.is_(None), *conditions)
        )
        async with self._database.session() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            raise UnknownConnectSessionToken(
                "This connect session is not known, or it has ended. Start again."
            )
        row, environment = found
        return _record(row, environment_of(environment))

    async def delete(self, record: ConnectSessionRecord) -> None:
        """End the session now; its token is unknown from here on."""
        statement = (
            update(ConnectSessionRow)
            .where(ConnectSessionRow.id == record.id, ConnectSessionRow.deleted_at.is_(None))
            .values(deleted_at=self._clock.now())
        )
        async with self._database.session() as session:
            await session.execute(statement)


def _record(row: ConnectSessionRow, environment: Environment) -> ConnectSessionRecord:
    return ConnectSessionRecord(
        id=row.id,
        environment=environment,
        end_user=row.end_user,
        organization=row.organization,
        tags=row.tags,
        allowed_integrations=tuple(row.allowed_integrations),
        integrations_config_defaults=row.integrations_config_defaults,
        overrides=row.overrides,
        webhook_url_override=row.webhook_url_override,
        connection_pk=row.connection_pk,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _plain(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if value is None else dict(value)


def _digest(token: str) -> bytes:
    # 256 random bits need no pepper and no slow hash: nothing can be guessed from the digest.
    return hashlib.sha256(token.encode()).digest()
