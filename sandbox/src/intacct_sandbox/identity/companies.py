"""Companies, their subscriptions and their entities. Who works in them is in `users`."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Row
from typing import Final

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.store import Store

WEB_SERVICES: Final = "Web Services"
SUBSCRIPTIONS: Final = (
    WEB_SERVICES,
    "General Ledger",
    "Accounts Payable",
    "Accounts Receivable",
    "Cash Management",
    "Order Entry",
    "Purchasing",
    "Inventory Control",
    "Projects",
    "Expenses",
    "Tax",
    "Platform Services",
)
DEFAULT_SESSION_TIMEOUT_SECONDS: Final = 21600

SCHEMA: Final = """
CREATE TABLE company (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    is_production INTEGER NOT NULL,
    is_multi_entity INTEGER NOT NULL,
    subscriptions TEXT NOT NULL,
    permission_type TEXT NOT NULL,
    session_timeout_seconds INTEGER NOT NULL
);
CREATE TABLE entity (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    company_key INTEGER NOT NULL REFERENCES company (key),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    UNIQUE (company_key, id)
);
"""

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._&-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company as its administrator knows it; `id` is what goes behind the `@` of a username."""

    key: int
    id: str
    title: str
    is_production: bool
    is_multi_entity: bool
    subscriptions: frozenset[str]
    permission_type: str
    session_timeout_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A part of a multi-entity company; `status` is `active` or `inactive`."""

    key: int
    company_key: int
    id: str
    name: str
    status: str


def create(
    store: Store,
    *,
    company_id: str,
    title: str,
    is_production: bool = True,
    is_multi_entity: bool = False,
    subscriptions: Iterable[str] = SUBSCRIPTIONS,
    permission_type: str = "role",
    session_timeout_seconds: int = DEFAULT_SESSION_TIMEOUT_SECONDS,
) -> Company:
    """Install a company. Its Company ID can't be changed afterwards.

    Raises:
        InvalidInput: The id is taken or can't be an id.
    """
    if not _ID.fullmatch(company_id):
        raise InvalidInput("company_id", "A Company ID has up to 40 letters, digits, blanks and . _ & -")
    if find(store, company_id) is not None:
        raise InvalidInput("company_id", f"There is already a company {company_id}.")
    cursor = store.execute(
        "INSERT INTO company (id, title, is_production, is_multi_entity, subscriptions, permission_type,"
        " session_timeout_seconds) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            company_id,
            title,
            is_production,
            is_multi_entity,
            json.dumps(sorted(subscriptions)),
            permission_type,
            session_timeout_seconds,
        ),
    )
    return _existing(store, cursor.lastrowid)


def find(store: Store, company_id: str) -> Company | None:
    """The company of exactly that id."""
    row = store.one("SELECT * FROM company WHERE id = ?", (company_id,))
    return _company(row) if row is not None else None


def by_key(store: Store, key: int) -> Company | None:
    """The company of that key."""
    row = store.one("SELECT * FROM company WHERE key = ?", (key,))
    return _company(row) if row is not None else None


def every(store: Store) -> list[Company]:
    """All companies, in the order they were installed."""
    return [_company(row) for row in store.query("SELECT * FROM company ORDER BY key")]


def rename(store: Store, key: int, title: str) -> Company:
    """Give a company another title.

    Raises:
        InvalidInput: The title is empty or too long.
    """
    title = title.strip()
    if not title or len(title) > 100:
        raise InvalidInput("title", "Enter a company name of 1 to 100 characters.")
    store.execute("UPDATE company SET title = ? WHERE key = ?", (title, key))
    return _existing(store, key)


def subscribe(store: Store, key: int, subscriptions: Iterable[str]) -> Company:
    """Replace the set of subscriptions that are on.

    Raises:
        InvalidInput: One of them is not a subscription.
    """
    wanted = frozenset(subscriptions)
    unknown = wanted - frozenset(SUBSCRIPTIONS)
    if unknown:
        raise InvalidInput("subscriptions", f"There is no subscription {', '.join(sorted(unknown))}.")
    store.execute("UPDATE company SET subscriptions = ? WHERE key = ?", (json.dumps(sorted(wanted)), key))
    return _existing(store, key)


def entities(store: Store, company_key: int) -> list[Entity]:
    """The entities of a company, in the order they were made."""
    rows = store.query("SELECT * FROM entity WHERE company_key = ? ORDER BY key", (company_key,))
    return [_entity(row) for row in rows]


def find_entity(store: Store, company_key: int, entity_id: str) -> Entity | None:
    """The entity of exactly that id."""
    row = store.one("SELECT * FROM entity WHERE company_key = ? AND id = ?", (company_key, entity_id))
    return _entity(row) if row is not None else None


def add_entity(store: Store, company_key: int, *, entity_id: str, name: str) -> Entity:
    """Add an entity to a multi-entity company.

    Raises:
        InvalidInput: The id is taken or can't be an id, or the company has a single entity.
    """
    company = _existing(store, company_key)
    if not company.is_multi_entity:
        raise InvalidInput("entity_id", f"{company.id} is a single-entity company.")
    if not _ID.fullmatch(entity_id):
        raise InvalidInput("entity_id", "An entity ID has up to 40 letters, digits, blanks and . _ & -")
    if find_entity(store, company_key, entity_id) is not None:
        raise InvalidInput("entity_id", f"There is already an entity {entity_id}.")
    store.execute(
        "INSERT INTO entity (company_key, id, name, status) VALUES (?, ?, ?, 'active')",
        (company_key, entity_id, name),
    )
    entity = find_entity(store, company_key, entity_id)
    if entity is None:
        raise UnknownThing(entity_id)
    return entity


def _existing(store: Store, key: int | None) -> Company:
    company = by_key(store, key) if key is not None else None
    if company is None:
        raise UnknownThing("There is no such company.")
    return company


def _company(row: Row) -> Company:
    return Company(
        key=row["key"],
        id=row["id"],
        title=row["title"],
        is_production=bool(row["is_production"]),
        is_multi_entity=bool(row["is_multi_entity"]),
        subscriptions=frozenset(json.loads(row["subscriptions"])),
        permission_type=row["permission_type"],
        session_timeout_seconds=row["session_timeout_seconds"],
    )


def _entity(row: Row) -> Entity:
    return Entity(
        key=row["key"],
        company_key=row["company_key"],
        id=row["id"],
        name=row["name"],
        status=row["status"],
    )
