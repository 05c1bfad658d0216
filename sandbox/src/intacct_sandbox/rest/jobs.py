"""Work that is accepted now and done later: who asked for it, when it is due, what came of it, who is told.

Time is the sandbox's own. A job that is due is done before the next request is answered, as if it had been
done at the moment it was due; so nobody sees whether anything ran in between. Jobs are rows like everything
else: they outlive a restart, and a job's effects and its end are one transaction. What the work is, `bulk`
and `asynchronous` know; sending is `deliveries`' affair.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.identity import companies, users
from intacct_sandbox.oauth2 import Access
from intacct_sandbox.oauth2.refusals import token_invalid
from intacct_sandbox.rest.answers import Answer, refused
from intacct_sandbox.rest.callers import Caller, Sandbox, place
from intacct_sandbox.store import Store

_LOG: Final = logging.getLogger(__name__)

Kind = Literal["bulk", "async"]
Json = dict[str, Any]

SCHEMA: Final = """
CREATE TABLE rest_job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    company_key INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    entity_id TEXT,
    created_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    asked TEXT NOT NULL,
    content BLOB NOT NULL,
    outcome BLOB,
    status INTEGER,
    webhook TEXT,
    deliver_at TEXT,
    deliveries TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX rest_job__due ON rest_job (due_at) WHERE outcome IS NULL;
CREATE INDEX rest_job__delivery ON rest_job (deliver_at) WHERE deliver_at IS NOT NULL;
"""

# Jobs and how they were delivered are remembered for four days (§6.7).
REMEMBERED: Final = timedelta(days=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work.

    Attributes:
        client_id: The application whose token asked for it.
        entity_id: The entity it is done in; None at the top level.
        due_at: When its work is done.
        asked: What to do, as its kind writes it.
        content: What to do it with.
        outcome: What came of it; None until it is done.
        status: The HTTP status of the outcome, where it is an answer.
        webhook: The address that is told; None for none.
        deliver_at: When the next attempt to tell is due; None where there will be none.
        deliveries: The attempts so far.
    """

    id: str
    kind: Kind
    company_key: int
    user_key: int
    client_id: str
    session_id: str
    entity_id: str | None
    created_at: datetime
    due_at: datetime
    asked: Json
    content: bytes
    outcome: bytes | None = None
    status: int | None = None
    webhook: str | None = None
    deliver_at: datetime | None = None
    deliveries: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job."""

    body: bytes
    status: int | None = None


# Does a job for a known caller, at the clock of the moment it was due; waits for nothing.
Work = Callable[[Sandbox, Caller, Job], Awaitable[Outcome]]


def step(sandbox: Sandbox) -> timedelta:
    """How long a job stays in each of its states (quirk `job-step-seconds`)."""
    return timedelta(seconds=int(sandbox.quirks.value("job-step-seconds")))


def add(
    sandbox: Sandbox,
    caller: Caller,
    *,
    kind: Kind,
    entity_id: str | None,
    due_in: timedelta,
    asked: Json,
    content: bytes,
    webhook: str | None,
) -> Job:
    """Accept a job."""
    now = sandbox.clock.now()
    sandbox.store.execute("DELETE FROM rest_job WHERE created_at < ?", (_written(now - REMEMBERED),))
    access = caller.access
    job = Job(
        id=sandbox.ids.uuid() if kind == "bulk" else sandbox.ids.token(50),
        kind=kind,
        company_key=access.company.key,
        user_key=access.user.key,
        client_id=access.client_id,
        session_id=access.session_id,
        entity_id=entity_id,
        created_at=now,
        due_at=now + due_in,
        asked=asked,
        content=content,
        webhook=webhook,
    )
    sandbox.store.execute(
        "INSERT INTO rest_job (id, kind, company_key, user_key, client_id, session_id, entity_id, created_at,"
        " due_at, asked, content, webhook) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            job.id,
            job.kind,
            job.company_key,
            job.user_key,
            job.client_id,
            job.session_id,
            job.entity_id,
            _written(job.created_at),
            _written(job.due_at),
            json.dumps(job.asked),
            job.content,
            job.webhook,
        ),
    )
    return job


def find(sandbox: Sandbox, caller: Caller, kind: Kind, job_id: str) -> Job | None:
    """A job that the caller's application asked for in the company, as long as it is remembered."""
    row = sandbox.store.one(
        "SELECT * FROM rest_job WHERE id = ? AND kind = ? AND company_key = ? AND client_id = ?",
        (job_id, kind, caller.access.company.key, caller.access.client_id),
    )
    job = _job(row) if row is not None else None
    return job if job is not None and sandbox.clock.now() < job.created_at + REMEMBERED else None


async def advance(sandbox: Sandbox, works: Mapping[Kind, Work]) -> None:
    """Do everything that is due, in the order in which it was due.

    Args:
        sandbox: The state.
        works: What does the jobs of each kind.
    """
    while (job := _next_due(sandbox)) is not None:
        then = replace(sandbox, clock=_stopped(job.due_at))
        try:
            with sandbox.store.transaction():
                _end(sandbox.store, job, await _done(then, works[job.kind], job))
        # The edge of a job: one that the sandbox itself fails at must not be tried before every request.
        except Exception:
            _LOG.exception("The job %s failed", job.id)
            _end(sandbox.store, job, Outcome(b"{}", 500))


def is_anything_left(store: Store) -> bool:
    """Whether a job is still to be done, or somebody still to be told."""
    return (
        store.one("SELECT 1 FROM rest_job WHERE outcome IS NULL OR deliver_at IS NOT NULL LIMIT 1")
        is not None
    )


def to_deliver(sandbox: Sandbox) -> list[Job]:
    """Jobs whose next delivery is due."""
    rows = sandbox.store.query(
        "SELECT * FROM rest_job WHERE deliver_at <= ? ORDER BY deliver_at, rowid",
        (_written(sandbox.clock.now()),),
    )
    return [_job(row) for row in rows]


def record_delivery(store: Store, job: Job, attempt: Json, next_at: datetime | None) -> None:
    """Remember an attempt to tell, and when the next one is due."""
    store.execute(
        "UPDATE rest_job SET deliveries = ?, deliver_at = ? WHERE id = ?",
        (
            json.dumps([*job.deliveries, attempt]),
            _written(next_at) if next_at is not None else None,
            job.id,
        ),
    )


def wire_time(moment: datetime) -> str:
    """A moment as answers write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _end(store: Store, job: Job, outcome: Outcome) -> None:
    deliver_at = _written(job.due_at) if job.webhook is not None else None
    store.execute(
        "UPDATE rest_job SET outcome = ?, status = ?, content = x'', deliver_at = ? WHERE id = ?",
        (outcome.body, outcome.status, deliver_at, job.id),
    )


async def _done(sandbox: Sandbox, work: Work, job: Job) -> Outcome:
    caller = _caller(sandbox, job)
    if isinstance(caller, Answer):
        return Outcome(caller.body, caller.status)
    return await work(sandbox, caller, job)


def _caller(sandbox: Sandbox, job: Job) -> Caller | Answer:
    """Who asked, as they are at the moment of the work; a token may have ended since."""
    company = companies.by_key(sandbox.store, job.company_key)
    user = users.by_key(sandbox.store, job.user_key)
    if company is None or user is None or user.status != "active":
        return refused(token_invalid(sandbox.ids))
    access = Access(
        company=company,
        user=user,
        entity_id=job.entity_id,
        client_id=job.client_id,
        session_id=job.session_id,
        token_expires_at=sandbox.clock.now(),
    )
    return place(sandbox, access, method="POST", resource=str(job.asked.get("path", "")), entity_header=None)


def _next_due(sandbox: Sandbox) -> Job | None:
    row = sandbox.store.one(
        "SELECT * FROM rest_job WHERE outcome IS NULL AND due_at <= ? ORDER BY due_at, rowid LIMIT 1",
        (_written(sandbox.clock.now()),),
    )
    return _job(row) if row is not None else None


def _stopped(moment: datetime) -> SandboxClock:
    clock = SandboxClock()
    clock.stop_at(moment)
    return clock


def _written(moment: datetime) -> str:
    """A moment in the one form that sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None


def _job(row: Any) -> Job:  # noqa: ANN401 - a row of SQLite
    return Job(
        id=row["id"],
        kind=row["kind"],
        company_key=row["company_key"],
        user_key=row["user_key"],
        client_id=row["client_id"],
        session_id=row["session_id"],
        entity_id=row["entity_id"],
        created_at=datetime.fromisoformat(row["created_at"]),
        due_at=datetime.fromisoformat(row["due_at"]),
        asked=json.loads(row["asked"]),
        content=bytes(row["content"]),
        outcome=bytes(row["outcome"]) if row["outcome"] is not None else None,
        status=row["status"],
        webhook=row["webhook"],
        deliver_at=_read(row["deliver_at"]),
        deliveries=tuple(json.loads(row["deliveries"])),
    )
