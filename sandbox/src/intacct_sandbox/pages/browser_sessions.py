"""Browser sessions: what a cookie of the consoles stands for. Sage's session IDs are in `identity`.

A visitor has a session from the first form on, because its CSRF token lives there. Signing in makes a new
one.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from sqlite3 import Row
from typing import Final, Literal

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.store import Store

SCHEMA: Final = """
CREATE TABLE browser_session (
    token TEXT PRIMARY KEY,
    door TEXT NOT NULL,
    csrf TEXT NOT NULL,
    subject TEXT,
    notice TEXT,
    expires_at TEXT NOT NULL
);
"""

VISITOR_TTL: Final = timedelta(hours=2)
SIGNED_IN_TTL: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSession:
    """One browser at one door; `subject` says who signed in, in the words of that door, or None."""

    token: str
    door: str
    csrf: str
    subject: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """What the next page says once.

    Attributes:
        text: The sentence.
        kind: How it is meant.
        once: Values that only this one page may show, such as a new secret.
    """

    text: str
    kind: Literal["success", "warning"] = "success"
    once: Mapping[str, str] = field(default_factory=dict)


class BrowserSessions:
    """The sessions of all doors.

    Args:
        store: Holds them.
        clock: Ends them.
        new_token: Text that never comes again, a reset or not: otherwise one browser would be handed the
            session of another. Sessions are `SameSite`, and nothing real is behind them.
    """

    def __init__(self, store: Store, clock: SandboxClock, new_token: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._new_token = new_token

    def find(self, door: str, token: str) -> BrowserSession | None:
        """The session of a cookie, unless it has expired or belongs to another door."""
        row = self._store.one("SELECT * FROM browser_session WHERE token = ? AND door = ?", (token, door))
        if row is None:
            return None
        session = _session(row)
        return session if session.expires_at > self._clock.now() else None

    def begin(self, door: str, subject: str | None = None) -> BrowserSession:
        """A new session; the expired ones go."""
        now = self._clock.now()
        session = BrowserSession(
            token=self._new_token(),
            door=door,
            csrf=self._new_token(),
            subject=subject,
            expires_at=now + (VISITOR_TTL if subject is None else SIGNED_IN_TTL),
        )
        self._store.execute("DELETE FROM browser_session WHERE expires_at <= ?", (now.isoformat(),))
        self._store.execute(
            "INSERT INTO browser_session (token, door, csrf, subject, expires_at) VALUES (?, ?, ?, ?, ?)",
            (session.token, door, session.csrf, subject, session.expires_at.isoformat()),
        )
        return session

    def end(self, session: BrowserSession) -> None:
        """Forget a session."""
        self._store.execute("DELETE FROM browser_session WHERE token = ?", (session.token,))

    def leave(self, session: BrowserSession, notice: Notice) -> None:
        """Keep a notice for the next page of this browser."""
        self._store.execute(
            "UPDATE browser_session SET notice = ? WHERE token = ?",
            (json.dumps([notice.text, notice.kind, dict(notice.once)]), session.token),
        )

    def take(self, session: BrowserSession) -> Notice | None:
        """The notice left for this browser; a second call finds none."""
        row = self._store.one("SELECT notice FROM browser_session WHERE token = ?", (session.token,))
        if row is None or row["notice"] is None:
            return None
        self._store.execute("UPDATE browser_session SET notice = NULL WHERE token = ?", (session.token,))
        text, kind, once = json.loads(row["notice"])
        return Notice(text, kind, once)


def _session(row: Row) -> BrowserSession:
    return BrowserSession(
        token=row["token"],
        door=row["door"],
        csrf=row["csrf"],
        subject=row["subject"],
        expires_at=datetime.fromisoformat(row["expires_at"]),
    )
