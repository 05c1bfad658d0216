"""Sessions: one user at work in one company, known by an opaque ID. Cookies of the consoles are not here but
in `pages`.

A session slides: each use lets it live for its timeout again. Its ID is good for the XML gateway and for a
    token.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from sqlite3 import Row
from typing import Final, Literal

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.errors import UnknownThing
from intacct_sandbox.identity import companies
from intacct_sandbox.identity.users import User
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.store import Store

SCHEMA: Final = """
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    company_key INTEGER NOT NULL REFERENCES company (key),
    user_key INTEGER NOT NULL REFERENCES company_user (key),
    entity_id TEXT,
    origin TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    timeout_seconds INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_expiry ON session (expires_at);
CREATE INDEX session_user ON session (user_key);
"""

Origin = Literal["ui", "api", "token"]
_ID_LENGTH: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A living session.

    Attributes:
        id: Opaque, case-sensitive.
        entity_id: The entity it works in; None at the top level.
        origin: `ui` (signed in at a page), `api` (XML gateway) or `token` (behind an access token).
        expires_at: When it ends unless it is used before; aware, in UTC.
        timeout_seconds: How long each use lets it live.
    """

    id: str
    company_key: int
    user_key: int
    entity_id: str | None
    origin: Origin
    expires_at: datetime
    timeout_seconds: int


def start(
    store: Store, clock: SandboxClock, ids: SeededIds, user: User, entity_id: str | None, origin: Origin
) -> Session:
    """Begin a session of a user; those whose time is over are forgotten.

    Raises:
        UnknownThing: The user's company is gone.
    """
    company = companies.by_key(store, user.company_key)
    if company is None:
        raise UnknownThing("There is no such company.")
    now = clock.now()
    session = Session(
        id=ids.token(_ID_LENGTH),
        company_key=user.company_key,
        user_key=user.key,
        entity_id=entity_id,
        origin=origin,
        expires_at=now + timedelta(seconds=company.session_timeout_seconds),
        timeout_seconds=company.session_timeout_seconds,
    )
    store.execute("DELETE FROM session WHERE expires_at <= ?", (now.isoformat(timespec="microseconds"),))
    store.execute(
        "INSERT INTO session (id, company_key, user_key, entity_id, origin, expires_at, timeout_seconds)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            session.id,
            session.company_key,
            session.user_key,
            session.entity_id,
            session.origin,
            session.expires_at.isoformat(timespec="microseconds"),
            session.timeout_seconds,
        ),
    )
    return session


def find(store: Store, clock: SandboxClock, session_id: str) -> Session | None:
    """The living session of that ID; None where it is unknown or its time is over."""
    row = store.one("SELECT * FROM session WHERE id = ?", (session_id,))
    if row is None:
        return None
    session = _session(row)
    return session if session.expires_at > clock.now() else None


def touch(store: Store, clock: SandboxClock, session: Session) -> Session:
    """The session after a use: it lives for its timeout from now on."""
    expires_at = clock.now() + timedelta(seconds=session.timeout_seconds)
    store.execute(
        "UPDATE session SET expires_at = ? WHERE id = ?",
        (expires_at.isoformat(timespec="microseconds"), session.id),
    )
    return replace(session, expires_at=expires_at)


def end(store: Store, session_id: str) -> None:
    """End a session; one that is unknown is no error."""
    store.execute("DELETE FROM session WHERE id = ?", (session_id,))


def _session(row: Row) -> Session:
    return Session(
        id=row["id"],
        company_key=row["company_key"],
        user_key=row["user_key"],
        entity_id=row["entity_id"],
        origin=row["origin"],
        expires_at=datetime.fromisoformat(row["expires_at"]),
        timeout_seconds=row["timeout_seconds"],
    )
