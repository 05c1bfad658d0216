"""Web Services authorizations: which senders of the XML gateway a company lets in.

Sender IDs are case-sensitive. The sender itself, with its password, belongs to a developer (`developers`).
"""

import re
from dataclasses import dataclass
from sqlite3 import Row
from typing import Final

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.store import Store

SCHEMA: Final = """
CREATE TABLE web_services_authorization (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    company_key INTEGER NOT NULL REFERENCES company (key),
    sender_id TEXT NOT NULL,
    description TEXT NOT NULL,
    status TEXT NOT NULL,
    UNIQUE (company_key, sender_id)
);
"""

_SENDER_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,49}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebServicesAuthorization:
    """One sender on a company's list; the id is fixed once added."""

    key: int
    company_key: int
    sender_id: str
    description: str
    status: str


def every(store: Store, company_key: int) -> list[WebServicesAuthorization]:
    """The list of a company, in the order it was made."""
    rows = store.query(
        "SELECT * FROM web_services_authorization WHERE company_key = ? ORDER BY key", (company_key,)
    )
    return [_authorization(row) for row in rows]


def find(store: Store, company_key: int, sender_id: str) -> WebServicesAuthorization | None:
    """The entry of exactly that sender."""
    row = store.one(
        "SELECT * FROM web_services_authorization WHERE company_key = ? AND sender_id = ?",
        (company_key, sender_id),
    )
    return _authorization(row) if row is not None else None


def by_key(store: Store, key: int) -> WebServicesAuthorization | None:
    """The entry of that key."""
    row = store.one("SELECT * FROM web_services_authorization WHERE key = ?", (key,))
    return _authorization(row) if row is not None else None


def add(
    store: Store, company_key: int, sender_id: str, description: str, status: str = "active"
) -> WebServicesAuthorization:
    """Let a sender in.

    Raises:
        InvalidInput: The id can't be one, or is on the list.
    """
    sender_id = sender_id.strip()
    if not _SENDER_ID.fullmatch(sender_id):
        raise InvalidInput("sender_id", "Enter a sender ID of up to 50 letters, digits and . _ -")
    if find(store, company_key, sender_id) is not None:
        raise InvalidInput("sender_id", "This sender is already on the list.")
    store.execute(
        "INSERT INTO web_services_authorization (company_key, sender_id, description, status)"
        " VALUES (?, ?, ?, ?)",
        (company_key, sender_id, description, _status(status)),
    )
    return _existing(find(store, company_key, sender_id))


def update(store: Store, key: int, *, description: str, status: str) -> WebServicesAuthorization:
    """Change an entry; its sender ID stays.

    Raises:
        InvalidInput: The status is another word.
    """
    store.execute(
        "UPDATE web_services_authorization SET description = ?, status = ? WHERE key = ?",
        (description, _status(status), key),
    )
    return _existing(by_key(store, key))


def set_status(store: Store, key: int, status: str) -> WebServicesAuthorization:
    """Make an entry active or inactive.

    Raises:
        InvalidInput: Another word.
    """
    store.execute("UPDATE web_services_authorization SET status = ? WHERE key = ?", (_status(status), key))
    return _existing(by_key(store, key))


def remove(store: Store, key: int) -> None:
    """Take a sender off the list."""
    store.execute("DELETE FROM web_services_authorization WHERE key = ?", (key,))


def _status(status: str) -> str:
    if status not in {"active", "inactive"}:
        raise InvalidInput("status", "An entry is active or inactive.")
    return status


def _existing(authorization: WebServicesAuthorization | None) -> WebServicesAuthorization:
    if authorization is None:
        raise UnknownThing("There is no such Web Services authorization.")
    return authorization


def _authorization(row: Row) -> WebServicesAuthorization:
    return WebServicesAuthorization(
        key=row["key"],
        company_key=row["company_key"],
        sender_id=row["sender_id"],
        description=row["description"],
        status=row["status"],
    )
