"""Deliveries of triggers: a message for each happening, attempts by Sage's schedule, a log of both.

Only the answer 200 is success. 408, 429, 500, 502, 503 and 504 are tried again after 10, 30 and 90 seconds on
the sandbox's clock, anything else is the end. An address that the operator does not allow is never posted to.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from sqlite3 import Row
from typing import Any, Final

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.identity import companies, developers
from intacct_sandbox.objects.happenings import Happening, take
from intacct_sandbox.outbound import AddressPolicy, Posted, post
from intacct_sandbox.outbound.signing import Signer
from intacct_sandbox.store import Store
from intacct_sandbox.triggers import definitions, signing
from intacct_sandbox.triggers.definitions import Trigger

AGAIN_AFTER: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 90))
TRIED_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
MOST_MESSAGES: Final = 1000
_LOOK_SECONDS: Final = 0.25
_LOG: Final = logging.getLogger(__name__)

SCHEMA: Final = """
CREATE TABLE webhook_message (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    company_key INTEGER NOT NULL REFERENCES company (key),
    trigger_name TEXT NOT NULL,
    url TEXT NOT NULL,
    client_id TEXT NOT NULL,
    object_name TEXT NOT NULL,
    event TEXT NOT NULL,
    record_key TEXT NOT NULL,
    context TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL,
    made_at TEXT NOT NULL,
    next_at TEXT
);
CREATE INDEX webhook_message_due ON webhook_message (next_at);
CREATE TABLE webhook_attempt (
    number INTEGER NOT NULL REFERENCES webhook_message (number),
    at TEXT NOT NULL,
    status INTEGER,
    problem TEXT
);
CREATE INDEX webhook_attempt_number ON webhook_attempt (number);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try.

    Attributes:
        status: The HTTP status; None where there was no answer.
        problem: Why there was none; None where there was one.
    """

    at: datetime
    status: int | None
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One delivery, with all its attempts.

    Attributes:
        state: `waiting`, `delivered` or `failed`.
        next_at: When it is tried next; None where it is not.
    """

    number: int
    company_key: int
    trigger_name: str
    url: str
    client_id: str
    object_name: str
    event: str
    record_key: str
    context: Mapping[str, str]
    body: bytes
    state: str
    made_at: datetime
    next_at: datetime | None
    attempts: tuple[Attempt, ...]

    @property
    def key(self) -> str:
        """What stays the same for every attempt, and differs between messages."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.number} {self.made_at.isoformat()}"))


def every(store: Store, company_key: int | None = None, most: int = MOST_MESSAGES) -> list[Message]:
    """The latest deliveries, the newest first; of one company or of all."""
    rows = store.query(
        "SELECT * FROM webhook_message WHERE ?1 IS NULL OR company_key = ?1 ORDER BY number DESC LIMIT ?2",
        (company_key, most),
    )
    return [_message(store, row) for row in rows]


class Deliveries:
    """Makes messages of what happened and sends them.

    Args:
        store: Holds triggers, messages and attempts.
        clock: Says when something is due.
        quirks: What Sage's documentation leaves open.
        policy: Where may be posted to.
    """

    def __init__(self, store: Store, clock: SandboxClock, quirks: Quirks, policy: AddressPolicy) -> None:
        self._store = store
        self._clock = clock
        self._quirks = quirks
        self._policy = policy
        self._sending: set[int] = set()

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        while True:
            try:
                await self.deliver()
            except Exception:
                # One round that fails must not be the last one; the sandbox goes on either way.
                _LOG.exception("Deliveries failed; the next round tries again.")
            await asyncio.sleep(_LOOK_SECONDS)

    async def deliver(self, *, ahead: bool = False) -> list[Message]:
        """Send what is due now.

        Args:
            ahead: Send also what waits for its next attempt.

        Returns:
            What was sent, as it stands now.
        """
        self.collect()
        due = self._due(ahead=ahead)
        self._sending |= {message.number for message in due}
        try:
            await asyncio.gather(*(self._attempt(message) for message in due))
        finally:
            self._sending -= {message.number for message in due}
        rows = [self._row(message.number) for message in due]
        return [_message(self._store, row) for row in rows if row is not None]

    def collect(self) -> int:
        """Make messages of what happened, and say how many."""
        made = 0
        for happening in take(self._store):
            for trigger in definitions.every(self._store, happening.company_key):
                if _fires(trigger, happening):
                    self._add(trigger, happening)
                    made += 1
        return made

    def _due(self, *, ahead: bool) -> list[Message]:
        rows = self._store.query(
            "SELECT * FROM webhook_message WHERE state = 'waiting' AND (? OR next_at <= ?) ORDER BY number",
            (ahead, _text(self._clock.now())),
        )
        return [_message(self._store, row) for row in rows if row["number"] not in self._sending]

    def _row(self, number: int) -> Row | None:
        return self._store.one("SELECT * FROM webhook_message WHERE number = ?", (number,))

    def _add(self, trigger: Trigger, happening: Happening) -> None:
        now = _text(self._clock.now())
        body = json.dumps(self._payload(happening)).encode()
        self._store.execute(
            "INSERT INTO webhook_message (company_key, trigger_name, url, client_id, object_name, event,"
            " record_key, context, body, state, made_at, next_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)",
            (
                happening.company_key,
                trigger.name,
                trigger.url,
                trigger.client_id,
                happening.object_name,
                happening.event,
                happening.record_key,
                json.dumps(self._context(trigger, happening)),
                body,
                now,
                now,
            ),
        )

        self._forget()

    def _forget(self) -> None:
        """Keep the log at a length that can be read."""
        oldest = "number <= (SELECT max(number) FROM webhook_message) - ?"
        self._store.execute(
            f"DELETE FROM webhook_message WHERE {oldest} AND state <> 'waiting'",  # noqa: S608 - own text
            (MOST_MESSAGES,),
        )
        self._store.execute(
            "DELETE FROM webhook_attempt WHERE number NOT IN (SELECT number FROM webhook_message)"
            " AND number <= (SELECT max(number) FROM webhook_message) - ?",
            (MOST_MESSAGES,),
        )

    def _payload(self, happening: Happening) -> dict[str, Any]:
        reference = {
            "object": happening.object_name,
            "event": happening.event,
            "key": happening.record_key,
            "id": happening.record_id,
            "href": happening.record.get("href"),
        }
        if self._quirks.value("webhook-payload") == "reference":
            return reference
        return {**reference, "record": happening.record}

    def _context(self, trigger: Trigger, happening: Happening) -> dict[str, str]:
        company = companies.by_key(self._store, happening.company_key)
        entities = companies.entities(self._store, happening.company_key)
        entity = next((one.id for one in entities if one.key == happening.entity_key), "")
        name, _, document = happening.object_name.partition("::")
        return {
            "COMPANY": company.id if company is not None else "",
            "ENTITY": entity,
            "USER": happening.user_id,
            "OBJECTNAME": name.rpartition("/")[2].replace("-", "").upper(),
            "RESTOBJECTNAME": happening.object_name,
            "DOCTYPE": document,
            "VID": happening.record_id,
            "EVENT": happening.event.upper(),
            "EVENTNAME": trigger.name,
        }

    async def _attempt(self, message: Message) -> None:
        signer = self._signer(message)
        at = self._clock.now()
        if signer is None:
            self._settle(message, at, Posted(None, "The client application is gone.", is_forbidden=True))
            return
        headers = signing.headers(self._quirks, signer, message.context, message.body, message.key, at)
        self._settle(message, at, await post(self._policy, message.url, headers, message.body))

    def _signer(self, message: Message) -> Signer | None:
        company = companies.by_key(self._store, message.company_key)
        keys = developers.find_client(self._store, message.client_id)
        if company is None or keys is None:
            return None
        return Signer(company_id=company.id, client_id=message.client_id, client_secret=keys.client_secret)

    def _settle(self, message: Message, at: datetime, posted: Posted) -> None:
        """Write down what came of an attempt, unless the message has gone in a reset meanwhile."""
        row = self._row(message.number)
        if row is None or row["made_at"] != _text(message.made_at):
            return
        self._store.execute(
            "INSERT INTO webhook_attempt (number, at, status, problem) VALUES (?, ?, ?, ?)",
            (message.number, _text(at), posted.status, posted.problem),
        )
        next_at = self._next(len(message.attempts), at, posted)
        state = "delivered" if posted.status == 200 else "waiting" if next_at is not None else "failed"
        self._store.execute(
            "UPDATE webhook_message SET state = ?, next_at = ? WHERE number = ?",
            (state, _text(next_at) if next_at is not None else None, message.number),
        )

    def _next(self, attempts_before: int, at: datetime, posted: Posted) -> datetime | None:
        unanswered = self._quirks.value("webhook-connection-failures") == "retried"
        again = posted.status in TRIED_AGAIN if posted.status is not None else unanswered
        if not again or posted.is_forbidden or attempts_before >= len(AGAIN_AFTER):
            return None
        return at + AGAIN_AFTER[attempts_before]


def _fires(trigger: Trigger, happening: Happening) -> bool:
    return (
        trigger.status == "active"
        and trigger.object_name == happening.object_name.partition("::")[0]
        and happening.event in trigger.events
    )


def _message(store: Store, row: Row) -> Message:
    attempts = store.query("SELECT * FROM webhook_attempt WHERE number = ? ORDER BY rowid", (row["number"],))
    return Message(
        number=row["number"],
        company_key=row["company_key"],
        trigger_name=row["trigger_name"],
        url=row["url"],
        client_id=row["client_id"],
        object_name=row["object_name"],
        event=row["event"],
        record_key=row["record_key"],
        context=json.loads(row["context"]),
        body=bytes(row["body"]),
        state=row["state"],
        made_at=datetime.fromisoformat(row["made_at"]),
        next_at=datetime.fromisoformat(row["next_at"]) if row["next_at"] is not None else None,
        attempts=tuple(
            Attempt(at=datetime.fromisoformat(one["at"]), status=one["status"], problem=one["problem"])
            for one in attempts
        ),
    )


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
