"""The rows of deliveries and endpoints as sending needs them: what is due, who is at it, what came of it.

Claims are leases on the database's clock; what is due is judged by the service's. A failure is written over
the attempt that it belongs to (`attempts` and `gives_up_at` are the fence), a success always counts: the
receiver has the message.

Many are claimed by one statement and many results written by one, so that a delivery costs a fraction of a
round trip and of a commit. Whoever changes several deliveries locks them in the order of their ids or passes
over those that are locked, and no statement here holds an endpoint's row while it waits for a delivery's:
nobody waits in a circle. What works on many rows is planned anew each time: a plan made while a table was
small is a bad one when a hundred thousand wait.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from psycopg.rows import class_row

from counterfoil import events
from counterfoil.connections.states import spread
from counterfoil.db import Database
from counterfoil.db.database import Connection
from counterfoil.events import EventType
from counterfoil.webhooks.answers import Answer, Outcome
from counterfoil.webhooks.configuration import ACTIVE, DEACTIVATED, fail_pending
from counterfoil.webhooks.health import TRIAL_SECONDS, WELL, Health, after_failure
from counterfoil.webhooks.models import EndpointRow
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
WITH due AS MATERIALIZED (
    SELECT id FROM webhook_deliveries
     WHERE endpoint_id = %(endpoint)s AND status = 'pending' AND next_attempt_at <= %(now)s
       AND (lease_until IS NULL OR lease_until < now())
     ORDER BY next_attempt_at, id LIMIT %(most)s
       FOR NO KEY UPDATE SKIP LOCKED)
UPDATE webhook_deliveries d
   SET attempts = d.attempts + 1, lease_until = now() + make_interval(secs => %(lease)s)
  FROM due, webhook_messages m
 WHERE d.id = due.id AND m.id = d.message_id
RETURNING d.id AS delivery_id, d.attempts AS number, d.failures, d.gives_up_at, m.uid, m.body
"""
_RELEASE: Final = """
WITH given AS (SELECT * FROM unnest(%(ids)s::bigint[], %(numbers)s::int[]) AS one(id, number)),
locked AS MATERIALIZED (
    SELECT id FROM webhook_deliveries WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE)
UPDATE webhook_deliveries d SET attempts = attempts - 1, lease_until = NULL
  FROM given JOIN locked USING (id)
 WHERE d.id = given.id AND d.attempts = given.number AND d.status = 'pending'
"""
_WRITE: Final = """
WITH given AS (
    SELECT * FROM unnest(
        %(ids)s::bigint[], %(numbers)s::int[], %(gives_up_at)s::timestamptz[], %(at)s::timestamptz[],
        %(outcomes)s::text[], %(codes)s::int[], %(durations)s::int[], %(answers)s::text[],
        %(statuses)s::text[], %(failures)s::int[], %(next_attempts)s::timestamptz[])
    AS one(id, number, gives_up_at, at, outcome, status_code, duration_ms, answer,
           status, failures, next_attempt_at)),
locked AS MATERIALIZED (
    SELECT id FROM webhook_deliveries WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE),
written AS (
    UPDATE webhook_deliveries d
       SET status = given.status, outcome = given.outcome, failures = given.failures, lease_until = NULL,
           next_attempt_at = coalesce(given.next_attempt_at, d.next_attempt_at),
           finished_at = CASE given.status WHEN 'pending' THEN NULL ELSE given.at END
      FROM given JOIN locked USING (id)
     WHERE d.id = given.id AND d.status = 'pending'
       AND (given.outcome = 'delivered'
            OR (d.attempts, d.gives_up_at) = (given.number, given.gives_up_at)))
INSERT INTO webhook_attempts (delivery_id, number, at, outcome, status_code, duration_ms, answer)
SELECT id, number, at, outcome, status_code, duration_ms, answer FROM given
"""
_WELL_AGAIN: Final = """
WITH before AS (
    SELECT id, open_until FROM webhook_endpoints
     WHERE id = %s AND (failures > 0 OR open_until IS NOT NULL) FOR NO KEY UPDATE)
UPDATE webhook_endpoints e SET failures = 0, failing_since = NULL, openings = 0, open_until = NULL
  FROM before WHERE e.id = before.id
RETURNING before.open_until IS NOT NULL
"""
_HEALTH: Final = """
SELECT failures, failing_since, openings, open_until FROM webhook_endpoints WHERE id = %s FOR NO KEY UPDATE
"""
_WRITE_HEALTH: Final = """
UPDATE webhook_endpoints
   SET failures = %(failures)s, failing_since = %(failing_since)s, openings = %(openings)s,
       open_until = %(open_until)s
 WHERE id = %(endpoint)s
"""
_MAKE_DUE: Final = """
UPDATE webhook_deliveries SET next_attempt_at = %(now)s
 WHERE id IN (SELECT id FROM webhook_deliveries
               WHERE endpoint_id = %(endpoint)s AND status = 'pending' AND next_attempt_at > %(now)s
                 FOR NO KEY UPDATE SKIP LOCKED)
"""
_NEXT_DUE: Final = """
SELECT greatest(e.open_until, d.next_attempt_at)
  FROM webhook_endpoints e
 CROSS JOIN LATERAL (
        SELECT next_attempt_at FROM webhook_deliveries
         WHERE endpoint_id = e.id AND status = 'pending' AND (lease_until IS NULL OR lease_until < now())
         ORDER BY next_attempt_at LIMIT 1) d
 WHERE e.id = %s AND e.status = 'active'
"""
_WAITED_FOR: Final = """
SELECT e.id FROM webhook_endpoints e
 WHERE e.status = 'active' AND (e.open_until IS NULL OR e.open_until <= %(now)s)
   AND EXISTS (SELECT 1 FROM webhook_deliveries WHERE endpoint_id = e.id AND status = 'pending'
                  AND next_attempt_at <= %(now)s AND (lease_until IS NULL OR lease_until < now()))
"""
_EXPIRE: Final = """
UPDATE webhook_deliveries SET status = 'failed', outcome = 'expired', finished_at = %(now)s
 WHERE id IN (SELECT d.id FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
               WHERE e.open_until > %(now)s AND d.status = 'pending' AND d.gives_up_at <= %(now)s
                 AND (d.lease_until IS NULL OR d.lease_until < now())
                 FOR NO KEY UPDATE OF d SKIP LOCKED)
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
        failures: How many have failed since it was last made pending.
        gives_up_at: A failure from then on is the last.
        uid: The message's id, the same at every attempt.
        body: The message, the same at every attempt.
    """

    delivery_id: int
    number: int
    failures: int
    gives_up_at: datetime
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
            found = await (await cursor.execute(_CLAIM, parameters, prepare=False)).fetchall()
        return sorted(found, key=lambda one: one.delivery_id)

    async def release(self, unsent: Collection[Claimed]) -> None:
        """Give back what was claimed and not sent."""
        if not unsent:
            return
        parameters = {
            "ids": [one.delivery_id for one in unsent],
            "numbers": [one.number for one in unsent],
        }
        async with self._database.pool.connection() as connection:
            await connection.execute(_RELEASE, parameters, prepare=False)

    async def write(self, results: Sequence[Result]) -> None:
        """Write down what came of attempts, at least one; `judge` says what follows for the endpoint."""
        async with self._database.pool.connection() as connection:
            await connection.execute(_WRITE, _columns(results), prepare=False)

    async def judge(self, endpoint_id: int, results: Sequence[Result], *, on_trial: bool = False) -> Health:
        """How the endpoint is doing after results that are written.

        Whoever dies before it leaves an endpoint that seems a little better or worse than it is, until the
        next result.

        Args:
            endpoint_id: The endpoint.
            results: In the order in which they ended; at least one.
            on_trial: Whether it was the one that the open breaker let through.
        """
        async with self._database.pool.connection() as connection:
            if all(one.answer.outcome is Outcome.DELIVERED for one in results):
                row = await (await connection.execute(_WELL_AGAIN, (endpoint_id,))).fetchone()
                health, is_open_no_more = WELL, row is not None and row[0]
            else:
                health, is_open_no_more = await _change_health(connection, endpoint_id, results, on_trial)
            if is_open_no_more:
                # What waited for the endpoint need not wait any longer.
                due = {"endpoint": endpoint_id, "now": results[-1].at}
                await connection.execute(_MAKE_DUE, due, prepare=False)
        if health.deactivated is not None:
            await self._deactivate(endpoint_id, health.deactivated, results[-1].at)
        return health

    async def next_due(self, endpoint_id: int) -> datetime | None:
        """When something is to be sent next; None if nothing waits."""
        async with self._database.pool.connection() as connection:
            row = await (await connection.execute(_NEXT_DUE, (endpoint_id,), prepare=False)).fetchone()
        return None if row is None else row[0]

    async def waited_for(self, now: datetime) -> list[int]:
        """The endpoints for which something is due."""
        async with self._database.pool.connection() as connection:
            rows = await (await connection.execute(_WAITED_FOR, {"now": now}, prepare=False)).fetchall()
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

    async def _deactivate(self, endpoint_id: int, reason: str, now: datetime) -> None:
        """Whoever dies before it leaves an endpoint whose next failure says the same."""
        async with self._database.session() as session:
            lock = {"key_share": True}
            row = await session.get_one(EndpointRow, endpoint_id, with_for_update=lock)
            if row.status != ACTIVE:
                return
            row.status, row.reason, row.open_until = DEACTIVATED, reason, None
            await session.flush()
            await fail_pending(session, row.id, now)
            host = urlsplit(row.url).hostname or ""
            payload = {"id": row.id, "slot": row.slot, "host": host, "reason": reason}
            kind = EventType.WEBHOOK_ENDPOINT_DEACTIVATED
            await events.record(session, row.environment_id, kind, host, payload)


async def _change_health(
    connection: Connection, endpoint_id: int, results: Sequence[Result], on_trial: bool
) -> tuple[Health, bool]:
    """How the endpoint is doing after these results, and whether one of them has closed its breaker."""
    async with connection.transaction():
        cursor = connection.cursor(row_factory=class_row(Health))
        before = await (await cursor.execute(_HEALTH, (endpoint_id,))).fetchone()
        if before is None:
            return WELL, False
        health, is_open_no_more = _after(before, endpoint_id, results, on_trial)
        values = {
            "endpoint": endpoint_id,
            "failures": health.failures,
            "failing_since": health.failing_since,
            "openings": health.openings,
            "open_until": health.open_until,
        }
        await connection.execute(_WRITE_HEALTH, values)
    return health, is_open_no_more


def _after(
    health: Health, endpoint_id: int, results: Sequence[Result], on_trial: bool
) -> tuple[Health, bool]:
    is_open_no_more = False
    for result in results:
        if result.answer.outcome is Outcome.DELIVERED:
            is_open_no_more = is_open_no_more or health.open_until is not None
            health = WELL
            continue
        chance = spread(endpoint_id, health.openings)
        health = after_failure(health, result.answer, now=result.at, spread=chance, on_trial=on_trial)
        if health.deactivated is not None:
            break
    return health, is_open_no_more and health.open_until is None


def _columns(results: Sequence[Result]) -> dict[str, list[Any]]:
    """The results as arrays, one for each column of `_WRITE`."""
    following = [_following(one) for one in results]
    return {
        "ids": [one.claimed.delivery_id for one in results],
        "numbers": [one.claimed.number for one in results],
        "gives_up_at": [one.claimed.gives_up_at for one in results],
        "at": [one.at for one in results],
        "outcomes": [one.answer.outcome.value for one in results],
        "codes": [one.answer.status_code for one in results],
        "durations": [one.duration_ms for one in results],
        "answers": [one.answer.excerpt for one in results],
        "statuses": [status for status, _, _ in following],
        "failures": [failures for _, failures, _ in following],
        "next_attempts": [at for _, _, at in following],
    }


def _following(result: Result) -> tuple[str, int, datetime | None]:
    """What becomes of the delivery: its status, its failures, and when it is tried again."""
    claimed, answer = result.claimed, result.answer
    if answer.outcome is Outcome.DELIVERED:
        return "delivered", claimed.failures, None
    failures = claimed.failures + 1
    following = next_attempt(
        now=result.at,
        failures=failures,
        gives_up_at=claimed.gives_up_at,
        spread=spread(claimed.delivery_id, failures),
        asked_seconds=answer.asked_seconds,
    )
    if following is None or answer.outcome is Outcome.GONE:
        return "failed", failures, None
    return "pending", failures, following
