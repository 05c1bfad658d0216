"""An environment's webhook settings: where messages go, which, and the keys they are signed with.

Settings begin to exist with the first change or the first look at the key; until then nothing is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil.clock import Clock
from counterfoil.db import Database
from counterfoil.errors import FieldError
from counterfoil.ids import Ids
from counterfoil.outbound import AddressRefused
from counterfoil.outbound.targets import read_target
from counterfoil.vault import SealContext, Secret, Vault
from counterfoil.webhooks.answers import Outcome
from counterfoil.webhooks.errors import (
    InvalidWebhookUrl,
    NoRotation,
    RotationUnderWay,
    UnknownEndpoint,
)
from counterfoil.webhooks.flags import effective
from counterfoil.webhooks.models import DeliveryRow, EndpointRow, SettingsRow
from counterfoil.webhooks.signing import SigningKeys

PRIMARY: Final = "primary"
SECONDARY: Final = "secondary"
OVERRIDE: Final = "override"
ACTIVE: Final = "active"
DEACTIVATED: Final = "deactivated"
REMOVED: Final = "removed"
DEFAULT_OVERLAP: Final = timedelta(hours=24)
_KEY_BYTES: Final = 32
_LONGEST_URL_CHARACTERS: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where messages go, and how it is doing.

    Attributes:
        id: Primary key.
        slot: `primary`, `secondary` or `override`.
        url: Its address.
        status: `active` or `deactivated`.
        reason: Why it was deactivated: `gone` or `failing_for_days`; else None.
        failures: Failed attempts since the last success.
        failing_since: The first of them, or None.
        paused_until: When the next trial is due, while the breaker is open; else None.
    """

    id: int
    slot: str
    url: str
    status: str
    reason: str | None
    failures: int
    failing_since: datetime | None
    paused_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """An environment's settings.

    Attributes:
        primary_url, secondary_url: Both get every message; None if not set.
        flags: Which messages are sent; all of them by name.
        endpoints: Those that exist, those of connections (`override`) too.
        rotation_ends_at: When the following key takes over, or None.
    """

    primary_url: str | None
    secondary_url: str | None
    flags: Mapping[str, bool]
    endpoints: tuple[Endpoint, ...]
    rotation_ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChange:
    """What changes; None leaves a thing as it is, an empty URL takes the endpoint away."""

    primary_url: str | None = None
    secondary_url: str | None = None
    flags: Mapping[str, bool] = field(default_factory=dict)


class Configuration:
    """The settings of all environments.

    Args:
        database: Where they are.
        vault: Seals signing keys.
        clock: For the end of rotations.
        ids: Where new keys come from.
    """

    def __init__(self, database: Database, vault: Vault, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._ids = ids

    async def read(self, environment_id: int) -> WebhookSettings:
        """The settings, or the defaults where there are none."""
        async with self._database.session() as session:
            return await self._read(session, environment_id)

    async def change(self, environment_id: int, change: SettingsChange) -> WebhookSettings:
        """Change them. What waits for an endpoint follows it to its new URL. Raises InvalidWebhookUrl."""
        for name, url in (("primary_url", change.primary_url), ("secondary_url", change.secondary_url)):
            if url:
                check_url(url, name)
        async with self._database.session() as session:
            row = await self._locked(session, environment_id)
            row.flags = {**row.flags, **change.flags}
            row.updated_at = self._clock.now()
            for slot, url in ((PRIMARY, change.primary_url), (SECONDARY, change.secondary_url)):
                if url is not None:
                    await self._set_endpoint(session, environment_id, slot, url)
            await session.flush()
            return await self._read(session, environment_id)

    async def activate(self, environment_id: int, endpoint_id: int) -> WebhookSettings:
        """Send to a deactivated endpoint again. What it missed can be replayed. Raises UnknownEndpoint."""
        async with self._database.session() as session:
            row = await session.scalar(
                select(EndpointRow)
                .where(
                    EndpointRow.id == endpoint_id,
                    EndpointRow.environment_id == environment_id,
                    EndpointRow.status != REMOVED,
                )
                .with_for_update()
            )
            if row is None:
                raise UnknownEndpoint("There is no such endpoint in this environment.")
            _renew(row)
            await session.flush()
            return await self._read(session, environment_id)

    async def keys(self, environment_id: int) -> SigningKeys:
        """The signing keys, made where there are none yet."""
        async with self._database.session() as session:
            row = await session.get(SettingsRow, environment_id)
            return self.keys_of(row or await self._locked(session, environment_id))

    async def rotate(
        self, environment_id: int, *, key: Secret | None = None, overlap: timedelta = DEFAULT_OVERLAP
    ) -> SigningKeys:
        """Begin to sign with a second key, which takes over when `overlap` has passed.

        Args:
            environment_id: The environment's primary key.
            key: The operator's own; None makes a new one.
            overlap: Nothing at all where the present key must not be used any more.

        Raises:
            RotationUnderWay: The last one has not ended.
        """
        following = key or Secret(self._ids.token_hex(_KEY_BYTES))
        async with self._database.session() as session:
            row = await self._locked(session, environment_id)
            if row.sealed_next_key is not None:
                raise RotationUnderWay("A rotation has begun already; finish it first.")
            if overlap <= timedelta(0):
                row.sealed_key = self._sealed(environment_id, "sealed_key", following)
                return self.keys_of(row)
            row.sealed_next_key = self._sealed(environment_id, "sealed_next_key", following)
            row.next_key_from = self._clock.now() + overlap
            return self.keys_of(row)

    async def finish_rotation(self, environment_id: int) -> SigningKeys:
        """Let the following key take over now. Raises NoRotation."""
        async with self._database.session() as session:
            row = await self._locked(session, environment_id)
            keys = self.keys_of(row)
            if keys.following is None:
                raise NoRotation("No rotation has begun, or it has ended already.")
            self._promote(row, keys.following)
            return self.keys_of(row)

    def keys_of(self, row: SettingsRow) -> SigningKeys:
        """The keys that a row holds, as of now. Raises UnsealFailed."""
        current = self._opened(row.environment_id, "sealed_key", row.sealed_key)
        if row.sealed_next_key is None or row.next_key_from is None:
            return SigningKeys(current)
        following = self._opened(row.environment_id, "sealed_next_key", row.sealed_next_key)
        has_taken_over = row.next_key_from <= self._clock.now()
        return SigningKeys(following) if has_taken_over else SigningKeys(current, following)

    async def _read(self, session: AsyncSession, environment_id: int) -> WebhookSettings:
        row = await session.get(SettingsRow, environment_id)
        statement = (
            select(EndpointRow)
            .where(EndpointRow.environment_id == environment_id, EndpointRow.status != REMOVED)
            .order_by(EndpointRow.id)
        )
        endpoints = tuple(_endpoint(one) for one in await session.scalars(statement))
        urls = {one.slot: one.url for one in endpoints}
        ends_at = None if row is None else row.next_key_from
        return WebhookSettings(
            primary_url=urls.get(PRIMARY),
            secondary_url=urls.get(SECONDARY),
            flags=effective({} if row is None else row.flags),
            endpoints=endpoints,
            rotation_ends_at=ends_at if ends_at is not None and ends_at > self._clock.now() else None,
        )

    async def _locked(self, session: AsyncSession, environment_id: int) -> SettingsRow:
        """The row, locked, made where it is absent, without a rotation that has ended."""
        key = Secret(self._ids.token_hex(_KEY_BYTES))
        await session.execute(
            insert(SettingsRow)
            .values(environment_id=environment_id, sealed_key=self._sealed(environment_id, "sealed_key", key))
            .on_conflict_do_nothing()
        )
        row = (
            await session.scalars(
                select(SettingsRow).where(SettingsRow.environment_id == environment_id).with_for_update()
            )
        ).one()
        if row.sealed_next_key is not None:
            keys = self.keys_of(row)
            if keys.following is None:
                self._promote(row, keys.current)
        return row

    async def _set_endpoint(self, session: AsyncSession, environment_id: int, slot: str, url: str) -> None:
        row = await session.scalar(
            select(EndpointRow)
            .where(EndpointRow.environment_id == environment_id, EndpointRow.slot == slot)
            .with_for_update()
        )
        if row is None:
            if url:
                session.add(EndpointRow(environment_id=environment_id, slot=slot, url=url))
            return
        if not url:
            row.status, row.url, row.reason = REMOVED, "", None
            await fail_pending(session, row.id, self._clock.now())
        elif url != row.url:
            row.url = url
            _renew(row)
            await _make_due(session, row.id, self._clock.now())

    def _promote(self, row: SettingsRow, key: Secret) -> None:
        row.sealed_key = self._sealed(row.environment_id, "sealed_key", key)
        row.sealed_next_key = row.next_key_from = None

    def _sealed(self, environment_id: int, column: str, key: Secret) -> bytes:
        return self._vault.seal(key.reveal().encode(), _context(environment_id, column))

    def _opened(self, environment_id: int, column: str, sealed: bytes) -> Secret:
        return Secret(self._vault.open(sealed, _context(environment_id, column)).decode())


def check_url(url: str, name: str) -> None:
    """Pass an address that could be called; raise InvalidWebhookUrl. Where it leads is checked when it is."""
    try:
        read_target(url)
    except AddressRefused as error:
        raise _invalid(name, error.message) from error
    if len(url) > _LONGEST_URL_CHARACTERS:
        raise _invalid(name, f"The URL is longer than {_LONGEST_URL_CHARACTERS} characters.")


async def fail_pending(session: AsyncSession, endpoint_id: int, now: datetime) -> None:
    """End everything that waits for an endpoint that gets nothing any more; it can be replayed."""
    waiting = _in_order(DeliveryRow.endpoint_id == endpoint_id, DeliveryRow.status == "pending")
    await session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id.in_(waiting), DeliveryRow.status == "pending")
        .values(status="failed", outcome=Outcome.ENDPOINT_NOT_ACTIVE, finished_at=now, lease_until=None)
    )


async def _make_due(session: AsyncSession, endpoint_id: int, now: datetime) -> None:
    later = _in_order(
        DeliveryRow.endpoint_id == endpoint_id,
        DeliveryRow.status == "pending",
        DeliveryRow.next_attempt_at > now,
    )
    await session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id.in_(later), DeliveryRow.status == "pending")
        .values(next_attempt_at=now)
    )


def _in_order(*conditions: ColumnElement[bool]) -> Select[int]:
    """The deliveries, locked one after the other as whoever writes results locks them."""
    return select(DeliveryRow.id).where(*conditions).order_by(DeliveryRow.id).with_for_update(key_share=True)


def _renew(row: EndpointRow) -> None:
    row.status, row.reason = ACTIVE, None
    row.failures = row.openings = 0
    row.failing_since = row.open_until = None


def _endpoint(row: EndpointRow) -> Endpoint:
    return Endpoint(
        id=row.id,
        slot=row.slot,
        url=row.url,
        status=row.status,
        reason=row.reason,
        failures=row.failures,
        failing_since=row.failing_since,
        paused_until=row.open_until,
    )


def _invalid(name: str, message: str) -> InvalidWebhookUrl:
    return InvalidWebhookUrl(
        "Webhooks can't be sent there.", errors=[FieldError((name,), "invalid_format", message)]
    )


def _context(environment_id: int, column: str) -> SealContext:
    return SealContext(environment_id, "webhook_settings", column, str(environment_id))
