"""What happened to records of objects that somebody listens to, until it is taken: written with the change.

Whoever listens, and what becomes of it, is a higher feature's affair. Where nobody listens nothing is kept.
The tables are in `schema`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row
from typing import Any

from intacct_sandbox.objects.behaviour import Author
from intacct_sandbox.objects.definitions import Definition
from intacct_sandbox.objects.records import get
from intacct_sandbox.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A change of one record.

    Attributes:
        entity_key: Of the entity it was made in; None at the top level.
        object_name: With a document's type, where there is one.
        event: `create`, `update` or `delete`.
        at: On the sandbox's clock, aware, in UTC.
        record: The record as it was after the change, or before it was deleted.
    """

    company_key: int
    entity_key: int | None
    user_id: str
    object_name: str
    record_key: str
    record_id: str
    event: str
    at: datetime
    record: Mapping[str, Any]


def listen(store: Store, company_key: int, object_names: Iterable[str]) -> None:
    """Listen to these objects of a company, and to no others."""
    with store.transaction():
        store.execute("DELETE FROM listened_object WHERE company_key = ?", (company_key,))
        store.execute_many(
            "INSERT INTO listened_object (company_key, object_name) VALUES (?, ?)",
            [(company_key, name) for name in sorted(set(object_names))],
        )


def seen(store: Store, author: Author, definition: Definition, key: int) -> Mapping[str, Any] | None:
    """A record as it is now; None where nobody listens to its object."""
    listened = store.one(
        "SELECT 1 FROM listened_object WHERE company_key = ? AND object_name = ?",
        (author.company_key, definition.untyped_name),
    )
    if listened is None:
        return None
    return get(store, definition, str(key), author.scope, today=author.now.date())


def remember(
    store: Store, author: Author, definition: Definition, event: str, record: Mapping[str, Any] | None
) -> None:
    """Keep what happened to a record, if `seen` saw it."""
    if record is None:
        return
    store.execute(
        "INSERT INTO happening (company_key, entity_key, user_id, object_name, record_key, record_id, event,"
        " at, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            author.company_key,
            author.scope.entity_key,
            author.user_id,
            definition.name,
            str(record["key"]),
            str(record["id"]),
            event,
            author.now.isoformat(),
            json.dumps(record),
        ),
    )


def take(store: Store) -> list[Happening]:
    """What happened since the last time, in its order; it is not kept any longer."""
    rows = store.query("SELECT * FROM happening ORDER BY number")
    if rows:
        store.execute("DELETE FROM happening WHERE number <= ?", (rows[-1]["number"],))
    return [_happening(row) for row in rows]


def _happening(row: Row) -> Happening:
    return Happening(
        company_key=row["company_key"],
        entity_key=row["entity_key"],
        user_id=row["user_id"],
        object_name=row["object_name"],
        record_key=row["record_key"],
        record_id=row["record_id"],
        event=row["event"],
        at=datetime.fromisoformat(row["at"]),
        record=json.loads(row["record"]),
    )
