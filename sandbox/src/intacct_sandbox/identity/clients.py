"""Authorized client applications: which clients a company's administrator has let in, and for which user.

The client itself, with its secret, belongs to a developer (`developers`); a company only knows its id.
"""

import re
from dataclasses import dataclass
from sqlite3 import Row
from typing import Final

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.store import Store

SCHEMA: Final = """
CREATE TABLE authorized_client (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    company_key INTEGER NOT NULL REFERENCES company (key),
    client_id TEXT NOT NULL,
    description TEXT NOT NULL,
    web_services_user_id TEXT,
    status TEXT NOT NULL,
    UNIQUE (company_key, client_id)
);
"""

_CLIENT_ID: Final = re.compile(r"[0-9a-f]{20}(\.[A-Za-z0-9_]+)?\.app\.sage\.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizedClient:
    """One entry of the list.

    Attributes:
        web_services_user_id: Exactly as it was typed; compared letter by letter when a token is asked for.
        status: `active` or `inactive`.
    """

    key: int
    company_key: int
    client_id: str
    description: str
    web_services_user_id: str | None
    status: str


def every(store: Store, company_key: int) -> list[AuthorizedClient]:
    """The list of a company, in the order it was made."""
    rows = store.query("SELECT * FROM authorized_client WHERE company_key = ? ORDER BY key", (company_key,))
    return [_client(row) for row in rows]


def find_authorized(store: Store, company_key: int, client_id: str) -> AuthorizedClient | None:
    """The entry for a client."""
    row = store.one(
        "SELECT * FROM authorized_client WHERE company_key = ? AND client_id = ?", (company_key, client_id)
    )
    return _client(row) if row is not None else None


def by_key(store: Store, key: int) -> AuthorizedClient | None:
    """The entry of that key."""
    row = store.one("SELECT * FROM authorized_client WHERE key = ?", (key,))
    return _client(row) if row is not None else None


def authorize(
    store: Store,
    company_key: int,
    client_id: str,
    description: str,
    web_services_user_id: str | None,
    status: str = "active",
) -> AuthorizedClient:
    """Let a client in.

    The Web Services User ID is kept as it is typed, even where no such user exists: that only shows when a
    token is asked for, as in the real service.

    Raises:
        InvalidInput: The Client ID has not the form of one, or is on the list.
    """
    client_id = client_id.strip()
    if not _CLIENT_ID.fullmatch(client_id):
        raise InvalidInput(
            "client_id",
            "A Client ID has 20 hexadecimal digits and ends in .app.sage.com;"
            " copy it from the developer console.",
        )
    if find_authorized(store, company_key, client_id) is not None:
        raise InvalidInput("client_id", "This client is already on the list.")
    store.execute(
        "INSERT INTO authorized_client (company_key, client_id, description, web_services_user_id, status)"
        " VALUES (?, ?, ?, ?, ?)",
        (company_key, client_id, description, web_services_user_id or None, _status(status)),
    )
    return _existing(find_authorized(store, company_key, client_id))


def update(
    store: Store, key: int, *, description: str, web_services_user_id: str | None, status: str
) -> AuthorizedClient:
    """Change an entry; its Client ID stays.

    Raises:
        InvalidInput: The status is another word.
    """
    store.execute(
        "UPDATE authorized_client SET description = ?, web_services_user_id = ?, status = ? WHERE key = ?",
        (description, web_services_user_id or None, _status(status), key),
    )
    return _existing(by_key(store, key))


def set_status(store: Store, key: int, status: str) -> AuthorizedClient:
    """Make an entry active or inactive.

    Raises:
        InvalidInput: Another word.
    """
    store.execute("UPDATE authorized_client SET status = ? WHERE key = ?", (_status(status), key))
    return _existing(by_key(store, key))


def remove(store: Store, key: int) -> None:
    """Take an entry off the list."""
    store.execute("DELETE FROM authorized_client WHERE key = ?", (key,))


def _status(status: str) -> str:
    if status not in {"active", "inactive"}:
        raise InvalidInput("status", "An entry is active or inactive.")
    return status


def _existing(client: AuthorizedClient | None) -> AuthorizedClient:
    if client is None:
        raise UnknownThing("There is no such authorized client application.")
    return client


def _client(row: Row) -> AuthorizedClient:
    return AuthorizedClient(
        key=row["key"],
        company_key=row["company_key"],
        client_id=row["client_id"],
        description=row["description"],
        web_services_user_id=row["web_services_user_id"],
        status=row["status"],
    )
