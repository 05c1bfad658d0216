"""The verbs of integrations. HTTP is `routes`' business, what a provider is, `providers`'."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import orjson
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil import events
from counterfoil.access import Environment
from counterfoil.auth_modes import ClientSettings
from counterfoil.clock import Clock
from counterfoil.db import Database
from counterfoil.errors import FieldError
from counterfoil.events import EventType
from counterfoil.integrations.errors import InvalidIntegration, UnknownIntegration
from counterfoil.integrations.models import IntegrationRow
from counterfoil.providers import Catalogue, Provider, missing_settings, setting_error
from counterfoil.vault import SealContext, Secret, Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """An operator's configured use of a provider.

    Attributes:
        id: Primary key.
        environment_id: The environment's primary key.
        unique_key: What its operator calls it by.
        provider: Whose it is, as these settings make it.
        display_name: Its own, or the provider's.
        settings: What it holds, open: a client, empty if it is asked from every end user, and what only its
            operator sets.
        custom: Texts of the operator for providers that know no client fields.
        forward_webhooks: Whether the provider's own webhooks are passed on.
        created_at: When it was made.
        updated_at: When it was last changed.
    """

    id: int
    environment_id: int
    unique_key: str
    provider: Provider
    display_name: str
    settings: ClientSettings
    custom: Mapping[str, str]
    forward_webhooks: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIntegration:
    """What an integration is made of.

    Attributes:
        unique_key: 1 to 255 characters, unique in the environment.
        provider: A provider's id.
        display_name: Shown to end users; None for the provider's.
        settings: Client fields and the provider's settings by name; empty ones are as good as absent.
        custom: Texts of the operator, for providers without client fields.
        forward_webhooks: Whether the provider's own webhooks are passed on.
    """

    unique_key: str
    provider: str
    display_name: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    custom: Mapping[str, str] = field(default_factory=dict)
    forward_webhooks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationChange:
    """What changes; None leaves a thing as it is. Settings and custom texts are merged, empty ones go."""

    unique_key: str | None = None
    display_name: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    custom: Mapping[str, str] = field(default_factory=dict)
    forward_webhooks: bool | None = None


class DependentConnections(Protocol):
    """What is asked of an integration's connections, which lie above this package."""

    async def exist(self, session: AsyncSession, integration_id: int) -> bool:
        """Whether the integration has living connections."""
        ...

    async def delete_all(self, session: AsyncSession, integration_id: int) -> None:
        """Delete them all, in the session's transaction."""
        ...


class Integrations:
    """The integrations of all environments.

    Args:
        database: Where they are.
        vault: Seals what they hold as clients.
        catalogue: The providers there are.
        clock: For times of creation and change.
        connections: What becomes of an integration's connections.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        catalogue: Catalogue,
        clock: Clock,
        connections: DependentConnections,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._connections = connections
        self.catalogue = catalogue

    async def create(self, environment: Environment, new: NewIntegration) -> Integration:
        """Make an integration. Raises InvalidIntegration."""
        provider = self.catalogue.find(new.provider)
        if provider is None:
            raise _invalid(
                "provider", "invalid_value", "There is no such provider; GET /providers lists them."
            )
        settings = _checked_settings(self.catalogue, provider, {}, new.settings)
        now = self._clock.now()
        row = IntegrationRow(
            environment_id=environment.id,
            unique_key=new.unique_key,
            provider=provider.id,
            display_name=new.display_name,
            settings_fields=sorted(settings),
            custom=_checked_custom(provider, {}, new.custom),
            forward_webhooks=new.forward_webhooks,
            created_at=now,
            updated_at=now,
        )
        try:
            async with self._database.session() as session:
                session.add(row)
                # The row's number is part of what its settings are sealed for.
                await session.flush()
                row.sealed_settings = self._seal(row, settings)
                await _announce(session, row, EventType.INTEGRATION_CREATED)
        except IntegrityError as error:
            raise _key_taken(new.unique_key) from error
        return self._integration(row)

    async def list(
        self, environment: Environment, only: Collection[str] | None = None
    ) -> "list[Integration]":  # quoted: the method shadows the type inside the class
        """The environment's integrations, oldest first; with `only`, those of these keys."""
        statement = (
            select(IntegrationRow)
            .where(IntegrationRow.environment_id == environment.id, IntegrationRow.deleted_at.is_(None))
            .order_by(IntegrationRow.id)
        )
        if only is not None:
            statement = statement.where(IntegrationRow.unique_key.in_(only))
        async with self._database.session() as session:
            return [self._integration(row) for row in await session.scalars(statement)]

    async def get(self, environment_id: int, unique_key: str) -> Integration:
        """The integration of this key. Raises UnknownIntegration."""
        async with self._database.session() as session:
            return self._integration(await _row(session, environment_id, unique_key))

    async def with_id(self, integration_id: int) -> Integration:
        """The living integration with this primary key. Raises UnknownIntegration."""
        statement = select(IntegrationRow).where(
            IntegrationRow.id == integration_id, IntegrationRow.deleted_at.is_(None)
        )
        async with self._database.session() as session:
            row = await session.scalar(statement)
        if row is None:
            raise UnknownIntegration("The integration was deleted.")
        return self._integration(row)

    async def update(
        self, environment: Environment, unique_key: str, change: IntegrationChange
    ) -> Integration:
        """Change an integration. Raises UnknownIntegration, InvalidIntegration."""
        try:
            async with self._database.session() as session:
                row = await _row(session, environment.id, unique_key, lock=True)
                await self._rename(session, row, change.unique_key)
                self._apply(row, change)
                await _announce(session, row, EventType.INTEGRATION_UPDATED)
        except IntegrityError as error:
            raise _key_taken(change.unique_key or unique_key) from error
        return self._integration(row)

    async def delete(self, environment: Environment, unique_key: str) -> None:
        """Delete an integration and all its connections. Raises UnknownIntegration."""
        async with self._database.session() as session:
            row = await _row(session, environment.id, unique_key, lock=True)
            await self._connections.delete_all(session, row.id)
            row.deleted_at = row.updated_at = self._clock.now()
            row.sealed_settings, row.settings_fields = None, []
            await _announce(session, row, EventType.INTEGRATION_DELETED)

    async def _rename(self, session: AsyncSession, row: IntegrationRow, unique_key: str | None) -> None:
        if unique_key is None or unique_key == row.unique_key:
            return
        if await self._connections.exist(session, row.id):
            raise _invalid("unique_key", "custom", "An integration that has connections can't be renamed.")
        row.unique_key = unique_key
        await session.flush()

    def _apply(self, row: IntegrationRow, change: IntegrationChange) -> None:
        provider = self.catalogue.get(row.provider)
        if change.display_name is not None:
            row.display_name = change.display_name
        if change.forward_webhooks is not None:
            row.forward_webhooks = change.forward_webhooks
        if change.custom:
            row.custom = _checked_custom(provider, row.custom, change.custom)
        if change.settings:
            settings = _checked_settings(self.catalogue, provider, self._open(row), change.settings)
            row.sealed_settings, row.settings_fields = self._seal(row, settings), sorted(settings)
        row.updated_at = self._clock.now()

    def _integration(self, row: IntegrationRow) -> Integration:
        settings = ClientSettings({name: Secret(value) for name, value in self._open(row).items()})
        provider = self.catalogue.get(row.provider).under(settings)
        return Integration(
            id=row.id,
            environment_id=row.environment_id,
            unique_key=row.unique_key,
            provider=provider,
            display_name=row.display_name or provider.display_name,
            settings=settings,
            custom=row.custom,
            forward_webhooks=row.forward_webhooks,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    def _seal(self, row: IntegrationRow, settings: Mapping[str, str]) -> bytes | None:
        return self._vault.seal(orjson.dumps(settings), _context(row)) if settings else None

    def _open(self, row: IntegrationRow) -> dict[str, str]:
        if row.sealed_settings is None:
            return {}
        opened: dict[str, str] = orjson.loads(self._vault.open(row.sealed_settings, _context(row)))
        return opened


def _context(row: IntegrationRow) -> SealContext:
    return SealContext(row.environment_id, "integrations", "sealed_settings", str(row.id))


async def _row(
    session: AsyncSession, environment_id: int, unique_key: str, *, lock: bool = False
) -> IntegrationRow:
    statement = select(IntegrationRow).where(
        IntegrationRow.environment_id == environment_id,
        IntegrationRow.unique_key == unique_key,
        IntegrationRow.deleted_at.is_(None),
    )
    row: IntegrationRow | None = await session.scalar(statement.with_for_update() if lock else statement)
    if row is None:
        raise UnknownIntegration(f"There is no integration {unique_key!r} in this environment.")
    return row


async def _announce(session: AsyncSession, row: IntegrationRow, what: EventType) -> None:
    payload = {"provider": row.provider, "settings": row.settings_fields}
    await events.record(session, row.environment_id, what, row.unique_key, payload)


def _checked_settings(
    catalogue: Catalogue, provider: Provider, present: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    """The present settings with those given over them; an empty text takes one away."""
    known = {asked.name: asked for asked in (*provider.mode.client_fields(provider), *provider.settings)}
    unknown = [
        FieldError(("integration_config",), "unrecognized_keys", f"Unknown: {name!r}")
        for name in given
        if name not in known
    ]
    wrong = [
        error
        for name, value in given.items()
        if name in known
        and (error := setting_error(known[name], value, catalogue.address_policy)) is not None
    ]
    merged = {**present, **{name: value.strip() for name, value in given.items()}}
    errors = [*unknown, *wrong, *missing_settings(provider.settings, merged)]
    if errors:
        raise InvalidIntegration("The integration's configuration can't be used.", errors=errors)
    return {name: value for name, value in merged.items() if value}


def _checked_custom(
    provider: Provider, present: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, Any]:
    if given and (provider.mode.client_fields(provider) or provider.settings):
        raise _invalid("custom", "custom", "This provider takes its configuration in integration_config.")
    return {name: value for name, value in {**present, **given}.items() if value}


def _invalid(name: str, code: str, message: str) -> InvalidIntegration:
    return InvalidIntegration(message, errors=[FieldError((name,), code, message)])


def _key_taken(unique_key: str) -> InvalidIntegration:
    message = f"There is an integration {unique_key!r} already."
    return InvalidIntegration(message, errors=[FieldError(("uniqueKey",), "custom", message)])
