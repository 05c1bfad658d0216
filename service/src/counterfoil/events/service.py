"""Writing events, and reading those whose numbers one knows. Which ones those are, their reader says."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil.events.models import EventRow
from counterfoil.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened.

    Attributes:
        id: Primary key. Of two events of one connection the later one has the greater.
        environment_id: The environment's primary key.
        type: What happened.
        subject: What it happened to, for example a connection's id.
        payload: Facts.
        occurred_at: When.
    """

    id: int
    environment_id: int
    type: EventType
    subject: str
    payload: Mapping[str, Any]
    occurred_at: datetime


async def read(session: AsyncSession, ids: Collection[int]) -> list[Event]:
    """The events with these primary keys, in their order."""
    statement = select(EventRow).where(EventRow.id.in_(ids)).order_by(EventRow.id)
    return [_event(row) for row in await session.scalars(statement)]


async def record(
    session: AsyncSession,
    environment_id: int,
    kind: EventType | str,
    subject: str,
    payload: Mapping[str, Any],
) -> None:
    """Add an event to the session's transaction: it happened if and only if the transaction commits.

    Args:
        session: The transaction in which it happens.
        environment_id: The environment's primary key.
        kind: One of `EventType`.
        subject: What it happened to, for example a connection's id.
        payload: JSON-able facts; never a secret.

    Raises:
        ValueError: The kind is not one of `EventType`.
    """
    session.add(
        EventRow(
            environment_id=environment_id, type=EventType(kind).value, subject=subject, payload=dict(payload)
        )
    )
    await session.flush()


def _event(row: EventRow) -> Event:
    return Event(
        id=row.id,
        environment_id=row.environment_id,
        type=EventType(row.type),
        subject=row.subject,
        payload=row.payload,
        occurred_at=row.occurred_at,
    )
