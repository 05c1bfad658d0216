"""A company's triggers: of which object, on which events, to which address, signed with whose secret.

Sage's triggers of type HTTP post with webhook delivery have these; conditions and templates of their own for
the body, which Platform Services has as well, are not emulated.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Row
from typing import Final

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.identity import clients
from intacct_sandbox.objects import happenings, registry
from intacct_sandbox.outbound.policy import check_url
from intacct_sandbox.store import Store

EVENTS: Final = ("create", "update", "delete")
_MOST_TRIGGERS: Final = 100
_LONGEST_NAME: Final = 100

SCHEMA: Final = """
CREATE TABLE platform_trigger (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    company_key INTEGER NOT NULL REFERENCES company (key),
    name TEXT NOT NULL,
    object_name TEXT NOT NULL,
    events TEXT NOT NULL,
    url TEXT NOT NULL,
    client_id TEXT NOT NULL,
    status TEXT NOT NULL,
    UNIQUE (company_key, name)
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTrigger:
    """What a trigger is made from, as it was typed.

    Attributes:
        name: Unique in the company.
        object_name: Application and name, `accounts-payable/vendor`.
        events: Of `EVENTS`.
        url: Where it posts to.
        client_id: An authorized client application of the company, whose secret signs.
        status: `active` or `inactive`.
    """

    name: str
    object_name: str
    events: tuple[str, ...]
    url: str
    client_id: str
    status: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(NewTrigger):
    """A trigger that is kept."""

    key: int
    company_key: int


def every(store: Store, company_key: int) -> list[Trigger]:
    """The triggers of a company, in the order they were made."""
    rows = store.query("SELECT * FROM platform_trigger WHERE company_key = ? ORDER BY key", (company_key,))
    return [_trigger(row) for row in rows]


def by_key(store: Store, key: int) -> Trigger | None:
    """The trigger of that key."""
    row = store.one("SELECT * FROM platform_trigger WHERE key = ?", (key,))
    return _trigger(row) if row is not None else None


def add(store: Store, company_key: int, wanted: NewTrigger) -> Trigger:
    """Make a trigger.

    Raises:
        InvalidInput: A value can't be used, or the name is taken.
    """
    if len(every(store, company_key)) >= _MOST_TRIGGERS:
        raise InvalidInput("name", f"A company has at most {_MOST_TRIGGERS} triggers.")
    checked = _checked(store, company_key, wanted, key=None)
    cursor = store.execute(
        "INSERT INTO platform_trigger (company_key, name, object_name, events, url, client_id, status)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (company_key, *_columns(checked)),
    )
    _listen(store, company_key)
    return _existing(store, cursor.lastrowid)


def update(store: Store, key: int, wanted: NewTrigger) -> Trigger:
    """Replace what a trigger is made from.

    Raises:
        InvalidInput: As for `add`.
        UnknownThing: There is none of that key.
    """
    held = _existing(store, key)
    checked = _checked(store, held.company_key, wanted, key=key)
    store.execute(
        "UPDATE platform_trigger SET name = ?, object_name = ?, events = ?, url = ?, client_id = ?,"
        " status = ? WHERE key = ?",
        (*_columns(checked), key),
    )
    _listen(store, held.company_key)
    return _existing(store, key)


def set_status(store: Store, key: int, status: str) -> Trigger:
    """Make a trigger active or inactive.

    Raises:
        InvalidInput: Another word.
        UnknownThing: There is none of that key.
    """
    held = _existing(store, key)
    store.execute("UPDATE platform_trigger SET status = ? WHERE key = ?", (_status(status), key))
    _listen(store, held.company_key)
    return _existing(store, key)


def remove(store: Store, key: int) -> None:
    """Delete a trigger; what it has sent stays in the log, what waits is still sent.

    Raises:
        UnknownThing: There is none of that key.
    """
    held = _existing(store, key)
    store.execute("DELETE FROM platform_trigger WHERE key = ?", (key,))
    _listen(store, held.company_key)


def _listen(store: Store, company_key: int) -> None:
    active = [one.object_name for one in every(store, company_key) if one.status == "active"]
    happenings.listen(store, company_key, active)


def _checked(store: Store, company_key: int, wanted: NewTrigger, key: int | None) -> NewTrigger:
    name = wanted.name.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise InvalidInput("name", f"Enter a name of 1 to {_LONGEST_NAME} characters.")
    if any(one.name == name and one.key != key for one in every(store, company_key)):
        raise InvalidInput("name", "There is already a trigger of this name.")
    if wanted.object_name not in registry.ALL:
        raise InvalidInput("object_name", "Choose an object such as accounts-payable/vendor.")
    if clients.find_authorized(store, company_key, wanted.client_id) is None:
        raise InvalidInput("client_id", "Choose an authorized client application of this company.")
    return NewTrigger(
        name=name,
        object_name=wanted.object_name,
        events=_events(wanted.events),
        url=check_url("url", wanted.url.strip()),
        client_id=wanted.client_id,
        status=_status(wanted.status),
    )


def _events(wanted: Iterable[str]) -> tuple[str, ...]:
    chosen = set(wanted)
    if not chosen or chosen - set(EVENTS):
        raise InvalidInput("events", f"Choose at least one of {', '.join(EVENTS)}.")
    return tuple(event for event in EVENTS if event in chosen)


def _status(status: str) -> str:
    if status not in {"active", "inactive"}:
        raise InvalidInput("status", "A trigger is active or inactive.")
    return status


def _columns(wanted: NewTrigger) -> tuple[str, ...]:
    events = json.dumps(wanted.events)
    return wanted.name, wanted.object_name, events, wanted.url, wanted.client_id, wanted.status


def _existing(store: Store, key: int | None) -> Trigger:
    trigger = by_key(store, key) if key is not None else None
    if trigger is None:
        raise UnknownThing("There is no such trigger.")
    return trigger


def _trigger(row: Row) -> Trigger:
    return Trigger(
        key=row["key"],
        company_key=row["company_key"],
        name=row["name"],
        object_name=row["object_name"],
        events=tuple(json.loads(row["events"])),
        url=row["url"],
        client_id=row["client_id"],
        status=row["status"],
    )
