"""Writing events. Reading them is the business of whoever needs them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil.events.models import EventRow
from counterfoil.events.types import EventType


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
