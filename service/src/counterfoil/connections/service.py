"""The verbs of connections that exist: find, list, change, delete. Making one is `authorization`'s part."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil import events
from counterfoil.connections.end_users import EndUser, derived_tags, end_user_of, save_end_user
from counterfoil.connections.errors import MissingConnection, UnknownConnection
from counterfoil.connections.models import ConnectionRow, EndUserRow
from counterfoil.connections.states import Happening, Status, after
from counterfoil.connections.tokens import Tokens
from counterfoil.db import Database
from counterfoil.integrations import UnknownIntegration
from counterfoil.integrations.models import IntegrationRow

MOST_LISTED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A connection as its operator sees it; credentials are not part of it.

    Attributes:
        pk: Primary key.
        environment_id: The environment's primary key.
        connection_id: As its operator knows it.
        integration_key: The integration's key.
        provider_id: The provider's id.
        status: Its state.
        errors: Why it is not active, as `causes` writes it; empty if it is.
        end_user: Whose it is in the operator's product, or None.
        tags: By which it is found.
        metadata: The operator's own; None if it was never set.
        connection_config: Settings that were given when it was made.
        webhook_url_override: Where its webhooks go instead, or None.
        created_at: When it was made.
        updated_at: When it was last changed.
        last_fetched_at: When its credentials were last read, or None.
    """

    pk: int
    environment_id: int
    connection_id: str
    integration_key: str
    provider_id: str
    status: Status
    errors: Sequence[Mapping[str, Any]]
    end_user: EndUser | None
    tags: Mapping[str, str]
    metadata: Mapping[str, Any] | None
    connection_config: Mapping[str, Any]
    webhook_url_override: str | None
    created_at: datetime
    updated_at: datetime
    last_fetched_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFilter:
    """Which connections to list; what is None does not restrict.

    Attributes:
        connection_id: Exactly this id.
        search: A part of the id, or of the end user's name or e-mail address, whatever the letter case.
        end_user_id: The end user's id.
        organization_id: The id of the end user's organization.
        integration_keys: One of these.
        tags: All of these, with these values.
        limit: At most so many.
        page: From 0 on.
    """

    connection_id: str | None = None
    search: str | None = None
    end_user_id: str | None = None
    organization_id: str | None = None
    integration_keys: Collection[str] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    limit: int = MOST_LISTED
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionChange:
    """What changes; None leaves a thing as it is.

    Attributes:
        end_user: Becomes the connection's.
        tags: With `end_user` or this, all tags are replaced: by the end user's, and these over them.
        webhook_url_override: An empty text clears it.
    """

    end_user: EndUser | None = None
    tags: Mapping[str, str] | None = None
    webhook_url_override: str | None = None


class Connections:
    """The connections of all environments."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database = database
        self.tokens = tokens

    async def list(self, environment_id: int, wanted: ConnectionFilter) -> "list[Connection]":
        """The connections that fit, newest first."""
        statement = (
            _visible(environment_id)
            .where(*_conditions(wanted))
            .order_by(ConnectionRow.created_at.desc(), ConnectionRow.id.desc())
            .limit(wanted.limit)
            .offset(wanted.limit * wanted.page)
        )
        async with self._database.session() as session:
            return [_connection(row) for row in await session.execute(statement)]

    async def get(self, environment_id: int, integration_key: str, connection_id: str) -> Connection:
        """The connection. Raises UnknownIntegration, UnknownConnection."""
        async with self._database.session() as session:
            return await _found(session, environment_id, integration_key, connection_id)

    async def find_by_pk(self, environment_id: int, pk: int) -> Connection | None:
        """The living connection with this primary key, or None."""
        async with self._database.session() as session:
            row = (
                await session.execute(_visible(environment_id).where(ConnectionRow.id == pk))
            ).one_or_none()
        return None if row is None else _connection(row)

    async def fetched(self, environment_id: int, integration_key: str, connection_id: str) -> Connection:
        """The connection, with the time of now as that of the last reading. Raises as `get` does."""
        async with self._database.session() as session:
            found = await _found(session, environment_id, integration_key, connection_id)
            await session.execute(
                update(ConnectionRow).where(ConnectionRow.id == found.pk).values(last_fetched_at=func.now())
            )
            return await _found(session, environment_id, integration_key, connection_id)

    async def change(
        self, environment_id: int, integration_key: str, connection_id: str, change: ConnectionChange
    ) -> None:
        """Change a connection. Raises UnknownIntegration, UnknownConnection."""
        async with self._database.session() as session:
            found = await _found(session, environment_id, integration_key, connection_id)
            row = await _locked(session, found.pk)
            if change.end_user is not None:
                end_user = _in_same_organization(change.end_user, found.end_user)
                row.end_user_pk = await save_end_user(session, environment_id, end_user)
            if change.end_user is not None or change.tags is not None:
                derived = {} if change.end_user is None else derived_tags(change.end_user)
                row.tags = {**derived, **(change.tags or {})}
            if change.webhook_url_override is not None:
                row.webhook_url_override = change.webhook_url_override or None
            row.updated_at = func.now()

    async def set_metadata(
        self,
        environment_id: int,
        integration_key: str,
        connection_ids: Collection[str],
        metadata: Mapping[str, Any],
        *,
        merge: bool,
    ) -> None:
        """Replace the metadata of all these connections, or merge it at its top level; all of them or none.

        Raises:
            UnknownIntegration: No integration by that key.
            MissingConnection: One of them is not there.
        """
        async with self._database.session() as session:
            integration_id = await _integration_id(session, environment_id, integration_key)
            statement = (
                select(ConnectionRow)
                .where(
                    ConnectionRow.integration_id == integration_id,
                    ConnectionRow.connection_id.in_(set(connection_ids)),
                    ConnectionRow.deleted_at.is_(None),
                )
                .order_by(ConnectionRow.id)
                .with_for_update()
            )
            rows = (await session.scalars(statement)).all()
            _refuse_missing(set(connection_ids), rows)
            for row in rows:
                present = (row.user_metadata or {}) if merge else {}
                row.user_metadata = {**present, **metadata}
                row.updated_at = func.now()

    async def delete(self, environment_id: int, integration_key: str, connection_id: str) -> None:
        """Delete a connection; its credentials are gone at once, its token at the provider stays as it is.

        Tokens of one user are one pool at some providers: revoking one would end others' connections.
        Raises UnknownIntegration, UnknownConnection.
        """
        async with self._database.session() as session:
            found = await _found(session, environment_id, integration_key, connection_id)
            await _delete(session, await _locked(session, found.pk), found.integration_key, found.provider_id)
        self.tokens.forget(environment_id, integration_key, connection_id)


class OfIntegration:
    """What `integrations` asks of the connections above it."""

    async def exist(self, session: AsyncSession, integration_id: int) -> bool:
        """Whether the integration has living connections."""
        found = await session.scalar(select(ConnectionRow.id).where(*_living(integration_id)).limit(1))
        return found is not None

    async def delete_all(self, session: AsyncSession, integration_id: int) -> None:
        """Delete them all, in the session's transaction."""
        integration = await session.get_one(IntegrationRow, integration_id)
        statement = select(ConnectionRow).where(*_living(integration_id)).with_for_update()
        for row in await session.scalars(statement):
            await _delete(session, row, integration.unique_key, integration.provider)


def _visible(environment_id: int) -> Select[Any]:
    # Column by column: a list must not carry every connection's credentials out of the database.
    return (
        select(
            ConnectionRow.id,
            ConnectionRow.environment_id,
            ConnectionRow.connection_id,
            ConnectionRow.status,
            ConnectionRow.errors,
            ConnectionRow.tags,
            ConnectionRow.user_metadata,
            ConnectionRow.connection_config,
            ConnectionRow.webhook_url_override,
            ConnectionRow.created_at,
            ConnectionRow.updated_at,
            ConnectionRow.last_fetched_at,
            IntegrationRow.unique_key,
            IntegrationRow.provider,
            EndUserRow,
        )
        .join(IntegrationRow, IntegrationRow.id == ConnectionRow.integration_id)
        .outerjoin(EndUserRow, EndUserRow.id == ConnectionRow.end_user_pk)
        .where(
            ConnectionRow.environment_id == environment_id,
            ConnectionRow.deleted_at.is_(None),
            IntegrationRow.deleted_at.is_(None),
        )
    )


def _conditions(wanted: ConnectionFilter) -> "list[ColumnElement[bool]]":
    exact = (
        (ConnectionRow.connection_id, wanted.connection_id),
        (EndUserRow.end_user_id, wanted.end_user_id),
        (EndUserRow.organization_id, wanted.organization_id),
    )
    conditions: list[ColumnElement[bool]] = [column == value for column, value in exact if value is not None]
    if wanted.integration_keys is not None:
        conditions.append(IntegrationRow.unique_key.in_(wanted.integration_keys))
    if wanted.tags:
        conditions.append(ConnectionRow.tags.contains(dict(wanted.tags)))
    if wanted.search is not None:
        searched = (ConnectionRow.connection_id, EndUserRow.display_name, EndUserRow.email)
        conditions.append(or_(*(column.icontains(wanted.search, autoescape=True) for column in searched)))
    return conditions


def _connection(row: Row[Any]) -> Connection:
    return Connection(
        pk=row.id,
        environment_id=row.environment_id,
        connection_id=row.connection_id,
        integration_key=row.unique_key,
        provider_id=row.provider,
        status=Status(row.status),
        errors=row.errors,
        end_user=end_user_of(row.EndUserRow),
        tags=row.tags,
        metadata=row.user_metadata,
        connection_config=row.connection_config,
        webhook_url_override=row.webhook_url_override,
        created_at=row.created_at,
        updated_at=row.updated_at,
        last_fetched_at=row.last_fetched_at,
    )


async def _found(
    session: AsyncSession, environment_id: int, integration_key: str, connection_id: str
) -> Connection:
    statement = _visible(environment_id).where(
        IntegrationRow.unique_key == integration_key, ConnectionRow.connection_id == connection_id
    )
    row = (await session.execute(statement)).one_or_none()
    if row is not None:
        return _connection(row)
    await _integration_id(session, environment_id, integration_key)
    raise UnknownConnection(f"There is no connection {connection_id!r} in {integration_key!r}.")


async def _integration_id(session: AsyncSession, environment_id: int, integration_key: str) -> int:
    found: int | None = await session.scalar(
        select(IntegrationRow.id).where(
            IntegrationRow.environment_id == environment_id,
            IntegrationRow.unique_key == integration_key,
            IntegrationRow.deleted_at.is_(None),
        )
    )
    if found is None:
        raise UnknownIntegration(f"There is no integration {integration_key!r} in this environment.")
    return found


async def _locked(session: AsyncSession, pk: int) -> ConnectionRow:
    statement = select(ConnectionRow).where(ConnectionRow.id == pk, ConnectionRow.deleted_at.is_(None))
    row: ConnectionRow | None = await session.scalar(statement.with_for_update())
    if row is None:
        raise UnknownConnection("The connection was deleted.")
    return row


async def _delete(session: AsyncSession, row: ConnectionRow, integration_key: str, provider_id: str) -> None:
    transition = after(Status(row.status), Happening.DELETED)
    row.status, row.deleted_at, row.updated_at = transition.status, func.now(), func.now()
    row.sealed_credentials = b""
    row.retry_at = row.refresh_at = row.lease_owner = row.lease_until = None
    if transition.announce is not None:
        payload = {"connection": row.id, "integration": integration_key, "provider": provider_id}
        await events.record(session, row.environment_id, transition.announce, row.connection_id, payload)


def _living(integration_id: int) -> "tuple[ColumnElement[bool], ColumnElement[bool]]":
    return (ConnectionRow.integration_id == integration_id, ConnectionRow.deleted_at.is_(None))


def _in_same_organization(new: EndUser, present: EndUser | None) -> EndUser:
    """A change that names the same end user does not take them out of their organization."""
    if present is None or present.id != new.id:
        return new
    return EndUser(
        id=new.id,
        email=new.email,
        display_name=new.display_name,
        tags=new.tags,
        organization_id=present.organization_id,
        organization_display_name=present.organization_display_name,
    )


def _refuse_missing(connection_ids: set[str], rows: Sequence[ConnectionRow]) -> None:
    missing = sorted(connection_ids - {row.connection_id for row in rows})
    if missing:
        raise MissingConnection(f"Nothing was changed: there is no connection {', '.join(missing)}.")
