"""The rows of deliveries and endpoints as sending needs them: what is due, who is at it, what came of it.

Claims are leases on the database's clock; what is due is judged by the service's. A result is written over
the attempt that it belongs to (`attempts` is the fence), except that a success always counts: the receiver
has the message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from psycopg.rows import class_row
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil import events
from counterfoil.connections.states import spread
from counterfoil.db import Database
from counterfoil.events import EventType
from counterfoil.webhooks.answers import Answer, Outcome
from counterfoil.webhooks.configuration import ACTIVE, DEACTIVATED, fail_pending
from counterfoil.webhooks.health import TRIAL_SECONDS, Health, after_failure
from counterfoil.webhooks.models import AttemptRow, DeliveryRow, EndpointRow
from counterfoil.webhooks.schedule import next_attempt

_TARGET: Final = """
SELECT id, environment_id, url, failures, open_until FROM webhook_endpoints
 WHERE id = %s AND status = 'active'
"""
_TAKE_TRIAL: Final = """
UPDATE webhook_endpoints e SET open_until = %(now)s + make_interval(secs => %(trial)s)
 WHERE id = %(endpoint)s AND status = 'active' AND open_until <= %(now)s
   AND EXISTS (SELECT 1 FROM webhook_deliveries WHERE endpoint_id = e.id AND status = 'pending'
                  AND next_attempt_at <= %(now)s AND (lease_until IS NULL OR lease_until < now()))
RETURNING id
"""
_CLAIM: Final = """
UPDATE webhook_deliveries d
   SET attempts = d.attempts + 1, lease_until = now() + make_interval(secs => %(lease)s)
  FROM webhook_messages m
 WHERE m.id = d.message_id
   AND d.id IN (SELECT id FROM webhook_deliveries
                 WHERE endpoint_id = %(endpoint)s AND status = 'pending' AND next_attempt_at <= %(now)s
                   AND (lease_until IS NULL OR lease_until < now())
                 ORDER BY next_attempt_at, id LIMIT %(most)s
                   FOR UPDATE SKIP LOCKED)
RETURNING d.id AS delivery_id, d.attempts AS number, m.uid, m.body
"""
_RELEASE: Final = """
UPDATE webhook_deliveries SET attempts = attempts - 1, lease_until = NULL
 WHERE id = %s AND attempts = %s AND status = 'pending'
"""
_DELIVERED: Final = """
WITH delivered AS (
    UPDATE webhook_deliveries
       SET status = 'delivered', outcome = 'delivered', finished_at = %(now)s, lease_until = NULL
     WHERE id = %(id)s AND status = 'pending')
INSERT INTO webhook_attempts (delivery_id, number, at, outcome, status_code, duration_ms, answer)
VALUES (%(id)s, %(number)s, %(now)s, 'delivered', %(status)s, %(duration)s, %(answer)s)
"""
# Apart from the above, so that no two statements ever wait for each other's rows.
_WELL_AGAIN: Final = """
WITH before AS (
    SELECT id, open_until FROM webhook_endpoints
     WHERE id = %s AND (failures > 0 OR open_until IS NOT NULL) FOR UPDATE)
UPDATE webhook_endpoints e SET failures = 0, failing_since = NULL, openings = 0, open_until = NULL
  FROM before WHERE e.id = before.id
RETURNING before.open_until IS NOT NULL
"""
_MAKE_DUE: Final = """
UPDATE webhook_deliveries SET next_attempt_at = %(now)s
 WHERE endpoint_id = %(endpoint)s AND status = 'pending' AND next_attempt_at > %(now)s
"""
_NEXT_DUE: Final = """
SELECT greatest(e.open_until, min(d.next_attempt_at))
  FROM webhook_endpoints e JOIN webhook_deliveries d ON d.endpoint_id = e.id AND d.status = 'pending'
 WHERE e.id = %s AND e.status = 'active' AND (d.lease_until IS NULL OR d.lease_until < now())
 GROUP BY e.open_until
"""
_WAITED_FOR: Final = """
SELECT e.id FROM webhook_endpoints e
 WHERE e.status = 'active' AND (e.open_until IS NULL OR e.open_until <= %(now)s)
   AND EXISTS (SELECT 1 FROM webhook_deliveries WHERE endpoint_id = e.id AND status = 'pending'
                  AND next_attempt_at <= %(now)s AND (lease_until IS NULL OR lease_until < now()))
"""
_EXPIRE: Final = """
UPDATE webhook_deliveries d SET status = 'failed', outcome = 'expired', finished_at = %(now)s
  FROM webhook_endpoints e
 WHERE e.id = d.endpoint_id AND e.open_until > %(now)s AND d.status = 'pending' AND d.gives_up_at <= %(now)s
   AND (d.lease_until IS NULL OR d.lease_until < now())
"""
_PRUNE_DELIVERIES: Final = "DELETE FROM webhook_deliveries WHERE status <> 'pending' AND finished_at < %s"
_PRUNE_MESSAGES: Final = """
DELETE FROM webhook_messages m
 WHERE created_at < %s AND NOT EXISTS (SELECT 1 FROM webhook_deliveries WHERE message_id = m.id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An active endpoint as sending sees it.

    Attributes:
        id: Primary key.
        environment_id: The environment's primary key.
        url: Its address.
        failures: Failed attempts since the last success.
        open_until: When the next trial is due; None while the breaker is closed.
    """

    id: int
    environment_id: int
    url: str
    failures: int
    open_until: datetime | None

    @property
    def is_ailing(self) -> bool:
        """Whether it failed last time."""
        return self.failures > 0 or self.open_until is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """One attempt that is ours to make.

    Attributes:
        delivery_id: Of what.
        number: Which attempt it is, from 1 on.
        uid: The message's id, the same at every attempt.
        body: The message, the same at every attempt.
    """

    delivery_id: int
    number: int
    uid: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of an attempt.

    Attributes:
        claimed: Of which.
        answer: What was answered.
        at: When it ended.
        duration_ms: How long it took.
    """

    claimed: Claimed
    answer: Answer
    at: datetime
    duration_ms: int


class Ledger:
    """The statements of sending.

    Args:
        database: Where the rows are.
        lease_seconds: How long an attempt may take, waiting for its turn included.
    """

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database = database
        self._lease_seconds = lease_seconds

    async def target(self, endpoint_id: int) -> Target | None:
        """The endpoint, or None if nothing is sent to it."""
        async with self._database.pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Target))
            return await (await cursor.execute(_TARGET, (endpoint_id,))).fetchone()

    async def take_trial(self, endpoint_id: int, now: datetime) -> bool:
        """Whether the caller may send the one message that an open breaker lets through."""
        parameters = {"endpoint": endpoint_id, "now": now, "trial": TRIAL_SECONDS}
        async with self._database.pool.connection() as connection:
            return await (await connection.execute(_TAKE_TRIAL, parameters)).fetchone() is not None

    async def claim(self, endpoint_id: int, now: datetime, most: int) -> list[Claimed]:
        """Some of what is due, oldest first; it is the caller's as long as the lease lasts."""
        parameters = {"endpoint": endpoint_id, "now": now, "most": most, "lease": self._lease_seconds}
        async with self._database.pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Claimed))
            found = await (await cursor.execute(_CLAIM, parameters)).fetchall()
        return sorted(found, key=lambda one: one.delivery_id)

    async def release(self, unsent: Sequence[Claimed]) -> None:
        """Give back what was claimed and not sent."""
        if not unsent:
            return
        async with self._database.pool.connection() as connection:
            await connection.cursor().executemany(_RELEASE, [(one.delivery_id, one.number) for one in unsent])

    async def delivered(self, endpoint_id: int, result: Result) -> None:
        """Write a success down; if the endpoint was ailing, it is well again."""
        parameters = {
            "id": result.claimed.delivery_id,
            "number": result.claimed.number,
            "now": result.at,
            "status": result.answer.status_code,
            "duration": result.duration_ms,
            "answer": result.answer.excerpt,
        }
        async with self._database.pool.connection() as connection:
            await connection.execute(_DELIVERED, parameters)
            row = await (await connection.execute(_WELL_AGAIN, (endpoint_id,))).fetchone()
            if row is not None and row[0]:
                # What waited for the endpoint need not wait any longer.
                await connection.execute(_MAKE_DUE, {"endpoint": endpoint_id, "now": result.at})

    async def failed(self, endpoint_id: int, result: Result, *, on_trial: bool) -> Health:
        """Write a failure down; how the endpoint is doing now."""
        async with self._database.session() as session:
            endpoint = await session.get_one(EndpointRow, endpoint_id, with_for_update=True)
            health = after_failure(
                _health(endpoint),
                result.answer,
                now=result.at,
                spread=spread(endpoint_id, endpoint.openings),
                on_trial=on_trial,
            )
            session.add(_attempt(result))
            await _write_failure(session, result)
            await _write_health(session, endpoint, health, result.at)
            return health

    async def next_due(self, endpoint_id: int) -> datetime | None:
        """When something is to be sent next; None if nothing waits."""
        async with self._database.pool.connection() as connection:
            row = await (await connection.execute(_NEXT_DUE, (endpoint_id,))).fetchone()
        return None if row is None else row[0]

    async def waited_for(self, now: datetime) -> list[int]:
        """The endpoints for which something is due."""
        async with self._database.pool.connection() as connection:
            rows = await (await connection.execute(_WAITED_FOR, {"now": now})).fetchall()
        return [row[0] for row in rows]

    async def expire(self, now: datetime) -> None:
        """Give up what is past its time while its endpoint is left alone."""
        async with self._database.pool.connection() as connection:
            await connection.execute(_EXPIRE, {"now": now})

    async def prune(self, before: datetime) -> None:
        """Forget what was finished before, attempts and messages too."""
        async with self._database.pool.connection() as connection:
            await connection.execute(_PRUNE_DELIVERIES, (before,))
            await connection.execute(_PRUNE_MESSAGES, (before,))


async def _write_failure(session: AsyncSession, result: Result) -> None:
    statement = (
        select(DeliveryRow)
        .where(
            DeliveryRow.id == result.claimed.delivery_id,
            DeliveryRow.attempts == result.claimed.number,
            DeliveryRow.status == "pending",
        )
        .with_for_update()
    )
    row = await session.scalar(statement)
    if row is None:
        # Somebody else has it by now, or it has arrived after all.
        return
    row.failures += 1
    row.outcome, row.lease_until = result.answer.outcome, None
    following = next_attempt(
        now=result.at,
        failures=row.failures,
        gives_up_at=row.gives_up_at,
        spread=spread(row.id, row.failures),
        asked_seconds=result.answer.asked_seconds,
    )
    if following is None or result.answer.outcome is Outcome.GONE:
        row.status, row.finished_at = "failed", result.at
    else:
        row.next_attempt_at = following


async def _write_health(session: AsyncSession, row: EndpointRow, health: Health, now: datetime) -> None:
    row.failures, row.failing_since = health.failures, health.failing_since
    row.openings, row.open_until = health.openings, health.open_until
    if health.deactivated is None or row.status != ACTIVE:
        return
    row.status, row.reason, row.open_until = DEACTIVATED, health.deactivated, None
    await session.flush()
    await fail_pending(session, row.id, now)
    host = urlsplit(row.url).hostname or ""
    payload = {"id": row.id, "slot": row.slot, "host": host, "reason": health.deactivated}
    await events.record(session, row.environment_id, EventType.WEBHOOK_ENDPOINT_DEACTIVATED, host, payload)


def _health(row: EndpointRow) -> Health:
    return Health(
        failures=row.failures,
        failing_since=row.failing_since,
        openings=row.openings,
        open_until=row.open_until,
    )


def _attempt(result: Result) -> AttemptRow:
    return AttemptRow(
        delivery_id=result.claimed.delivery_id,
        number=result.claimed.number,
        at=result.at,
        outcome=result.answer.outcome,
        status_code=result.answer.status_code,
        duration_ms=result.duration_ms,
        answer=result.answer.excerpt,
    )
