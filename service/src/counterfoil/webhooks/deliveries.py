"""The log of deliveries, and sending again what is in it: one, a range, or all that failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from procrastinate import App
from sqlalchemy import ColumnElement, Row, Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil.clock import Clock
from counterfoil.db import Database
from counterfoil.webhooks.configuration import ACTIVE
from counterfoil.webhooks.errors import DeliveryPending, EndpointNotActive, UnknownDelivery
from counterfoil.webhooks.models import AttemptRow, DeliveryRow, EndpointRow, MessageRow
from counterfoil.webhooks.schedule import GIVES_UP_AFTER
from counterfoil.webhooks.waking import wake

MOST_LISTED: Final = 100
_MOST_ATTEMPTS_LISTED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message on its way to one endpoint.

    Attributes:
        id: Primary key.
        message_uid: `webhook-id`.
        event_type: What the message tells of.
        connection_id: The connection that it tells of, or None.
        sequence: Its number among those about the connection, or None.
        endpoint_id: Where it goes.
        url: The endpoint's address as it is now.
        status: `pending`, `delivered` or `failed`.
        outcome: How the last attempt ended, or why there was none; None before the first.
        attempts: How many there were.
        created_at: When it came to be.
        next_attempt_at: When it is tried next, while it is pending.
        finished_at: When it was delivered or given up.
    """

    id: int
    message_uid: str
    event_type: str
    connection_id: str | None
    sequence: int | None
    endpoint_id: int
    url: str
    status: str
    outcome: str | None
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try. `answer` is the beginning of what the receiver said: untrusted, bounded, one line."""

    number: int
    at: datetime
    outcome: str
    status_code: int | None
    duration_ms: int
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDetails:
    """A delivery, the message's body, and its attempts, the last hundred, oldest first."""

    delivery: Delivery
    body: bytes
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries to list; what is None does not restrict.

    Attributes:
        status: `pending`, `delivered` or `failed`.
        connection_id: Of messages about this connection.
        endpoint_id: To this endpoint.
        before: Older than the delivery of this number.
        limit: At most so many.
    """

    status: str | None = None
    connection_id: str | None = None
    endpoint_id: int | None = None
    before: int | None = None
    limit: int = MOST_LISTED


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRange:
    """Which deliveries to send again.

    Attributes:
        since: Those that came to be then or later.
        until: And before; None for up to now.
        only_failed: Without those that were delivered.
        endpoint_id: To this endpoint; None for every active one.
    """

    since: datetime
    until: datetime | None = None
    only_failed: bool = True
    endpoint_id: int | None = None


class Deliveries:
    """The deliveries of all environments.

    Args:
        database: Where they are.
        app: The job queue, in which sending is deferred.
        clock: For from when on they are due.
    """

    def __init__(self, database: Database, app: App, clock: Clock) -> None:
        self._database = database
        self._app = app
        self._clock = clock

    async def list(
        self, environment_id: int, wanted: DeliveryFilter
    ) -> "list[Delivery]":  # quoted: the method shadows the type inside the class
        """The deliveries that fit, newest first."""
        statement = (
            _visible(environment_id)
            .where(*_conditions(wanted))
            .order_by(DeliveryRow.id.desc())
            .limit(wanted.limit)
        )
        async with self._database.session() as session:
            return [_delivery(row) for row in await session.execute(statement)]

    async def get(self, environment_id: int, delivery_id: int) -> DeliveryDetails:
        """One of them with its attempts. Raises UnknownDelivery."""
        statement = (
            select(AttemptRow)
            .where(AttemptRow.delivery_id == delivery_id)
            .order_by(AttemptRow.id.desc())
            .limit(_MOST_ATTEMPTS_LISTED)
        )
        async with self._database.session() as session:
            row = await _found(session, environment_id, delivery_id)
            attempts = [_attempt(one) for one in await session.scalars(statement)]
            return DeliveryDetails(delivery=_delivery(row), body=row.body, attempts=attempts[::-1])

    async def replay(self, environment_id: int, delivery_id: int) -> None:
        """Send a finished delivery again: the same message under the same id.

        Raises:
            UnknownDelivery: It is not there.
            DeliveryPending: It is on its way already.
            EndpointNotActive: Nothing is sent to its endpoint.
        """
        async with self._database.session() as session:
            row = await _found(session, environment_id, delivery_id)
            if row.endpoint_status != ACTIVE:
                raise EndpointNotActive(
                    "The endpoint is not active; activate it, or set its URL again, and then replay."
                )
            if not await self._start_again(session, DeliveryRow.id == delivery_id):
                raise DeliveryPending("The delivery is on its way already.")

    async def replay_range(self, environment_id: int, wanted: ReplayRange) -> int:
        """Send again what fits and has an active endpoint; how many."""
        statuses = ("failed",) if wanted.only_failed else ("failed", "delivered")
        conditions: list[ColumnElement[bool]] = [
            DeliveryRow.environment_id == environment_id,
            DeliveryRow.created_at >= wanted.since,
            DeliveryRow.status.in_(statuses),
        ]
        if wanted.until is not None:
            conditions.append(DeliveryRow.created_at < wanted.until)
        if wanted.endpoint_id is not None:
            conditions.append(DeliveryRow.endpoint_id == wanted.endpoint_id)
        async with self._database.session() as session:
            return await self._start_again(session, *conditions)

    async def _start_again(self, session: AsyncSession, *conditions: ColumnElement[bool]) -> int:
        now = self._clock.now()
        statement = (
            update(DeliveryRow)
            .where(
                *conditions,
                DeliveryRow.status != "pending",
                EndpointRow.id == DeliveryRow.endpoint_id,
                EndpointRow.status == ACTIVE,
            )
            .values(
                status="pending",
                failures=0,
                next_attempt_at=now,
                gives_up_at=now + GIVES_UP_AFTER,
                lease_until=None,
                finished_at=None,
            )
            .returning(DeliveryRow.endpoint_id)
            .execution_options(synchronize_session=False)
        )
        endpoint_ids = list(await session.scalars(statement))
        await wake(session, self._app, set(endpoint_ids))
        return len(endpoint_ids)


def _visible(environment_id: int) -> Select[Any]:
    return (
        select(
            *DeliveryRow.__table__.columns,
            MessageRow.uid,
            MessageRow.event_type,
            MessageRow.connection_id,
            MessageRow.sequence,
            MessageRow.body,
            EndpointRow.url,
            EndpointRow.status.label("endpoint_status"),
        )
        .join(MessageRow, MessageRow.id == DeliveryRow.message_id)
        .join(EndpointRow, EndpointRow.id == DeliveryRow.endpoint_id)
        .where(DeliveryRow.environment_id == environment_id)
    )


def _conditions(wanted: DeliveryFilter) -> "list[ColumnElement[bool]]":
    exact = (
        (DeliveryRow.status, wanted.status),
        (MessageRow.connection_id, wanted.connection_id),
        (DeliveryRow.endpoint_id, wanted.endpoint_id),
    )
    conditions: list[ColumnElement[bool]] = [column == value for column, value in exact if value is not None]
    if wanted.before is not None:
        conditions.append(DeliveryRow.id < wanted.before)
    return conditions


async def _found(session: AsyncSession, environment_id: int, delivery_id: int) -> Row[Any]:
    statement = _visible(environment_id).where(DeliveryRow.id == delivery_id)
    row: Row[Any] | None = (await session.execute(statement)).one_or_none()
    if row is None:
        raise UnknownDelivery("There is no such delivery in this environment.")
    return row


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        message_uid=row.uid,
        event_type=row.event_type,
        connection_id=row.connection_id,
        sequence=row.sequence,
        endpoint_id=row.endpoint_id,
        url=row.url,
        status=row.status,
        outcome=row.outcome,
        attempts=row.attempts,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at if row.status == "pending" else None,
        finished_at=row.finished_at,
    )


def _attempt(row: AttemptRow) -> Attempt:
    return Attempt(
        number=row.number,
        at=row.at,
        outcome=row.outcome,
        status_code=row.status_code,
        duration_ms=row.duration_ms,
        answer=row.answer,
    )
