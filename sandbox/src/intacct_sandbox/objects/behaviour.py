"""What behaviour beside definitions is made of: the draft of a record, and the moments at which it is asked.

An object without behaviour is stored as it is written. Which object has which is in `behaviours`; the
modules with behaviour are in the folders of their applications.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.objects import registry
from intacct_sandbox.objects.definitions import Definition, Kind
from intacct_sandbox.objects.errors import Breach, RuleBroken
from intacct_sandbox.objects.kinds import Native, stored
from intacct_sandbox.objects.rows import RowWriter, Stamp
from intacct_sandbox.objects.schema import column_of_reference, columns, own_columns, quoted
from intacct_sandbox.objects.visibility import Scope
from intacct_sandbox.store import Store

_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who writes, when, and in which scope.

    Attributes:
        user_key: The user's key; None where nobody is known.
        user_id: The user's ID, for the audit trail.
        now: Aware.
    """

    scope: Scope
    user_key: int | None
    user_id: str
    now: datetime

    @property
    def company_key(self) -> int:
        """The company."""
        return self.scope.company_key


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows of one company as behaviour reads and writes them: stored values by path."""

    store: Store
    quirks: Quirks
    author: Author

    def row(self, name: str, key: int, paths: tuple[str, ...]) -> dict[str, Any]:
        """Stored values of a record; empty where there is none."""
        definition = registry.ALL[name]
        columns = ", ".join(quoted(column_of(definition, path)) for path in paths)
        found = self.store.one(
            f"SELECT {columns} FROM {definition.table} WHERE company_key = ? AND key = ?",  # noqa: S608 - own names
            (self.author.company_key, key),
        )
        return dict(zip(paths, found, strict=True)) if found is not None else {}

    def rows(self, name: str, reference: str, key: int, paths: tuple[str, ...]) -> list[dict[str, Any]]:
        """Stored values of the records that refer to a key."""
        definition = registry.ALL[name]
        columns = ", ".join(quoted(column_of(definition, path)) for path in paths)
        found = self.store.query(
            f"SELECT {columns} FROM {definition.table}"  # noqa: S608 - own names
            f" WHERE company_key = ? AND {quoted(reference)} = ? ORDER BY key",
            (self.author.company_key, key),
        )
        return [dict(zip(paths, one, strict=True)) for one in found]

    def entity_of(self, name: str, key: int) -> int | None:
        """The entity that owns a record; None for the top level."""
        found = self.store.one(
            f"SELECT entity_key FROM {registry.ALL[name].table} WHERE company_key = ? AND key = ?",  # noqa: S608 - own names
            (self.author.company_key, key),
        )
        return int(found[0]) if found is not None and found[0] is not None else None

    def key_of(self, name: str, id_: str) -> int | None:
        """The key of the record with an id; None where there is none."""
        definition = registry.ALL[name]
        column = "id" if definition.fields["id"].computed is None else "key"
        found = self.store.one(
            f"SELECT key FROM {definition.table} WHERE company_key = ? AND {column} = ?",  # noqa: S608 - own names
            (self.author.company_key, id_),
        )
        return int(found[0]) if found is not None else None

    def add(self, name: str, values: Mapping[str, Native], *, entity_key: int | None) -> int:
        """Write one more record, as a consequence of another; no behaviour is asked."""
        writer = RowWriter(self.store, self.author.company_key)
        now = self.author.now
        stamp = Stamp(created_at=now, modified_at=now, user_key=self.author.user_key)
        key = writer.add(name, values, stamp=stamp, entity_key=entity_key)
        writer.flush()
        return key

    def copy(self, name: str, key: int, changes: Mapping[str, Native]) -> int:
        """Write a record once more under a key of its own, with other values in places."""
        definition = registry.ALL[name]
        kept = [column for column in columns(definition) if column not in changes]
        own = [column for column in own_columns(definition) if column not in {"company_key", "key"}]
        made = self.add(name, changes, entity_key=None)
        sets = ", ".join(f"{quoted(column)} = old.{quoted(column)}" for column in (*own, *kept))
        table = definition.table
        self.store.execute(
            f"UPDATE {table} SET {sets} FROM {table} AS old"  # noqa: S608 - own names
            f" WHERE {table}.company_key = ? AND {table}.key = ? AND old.company_key = ? AND old.key = ?",
            (self.author.company_key, made, self.author.company_key, key),
        )
        return made

    def remove(self, name: str, reference: str, key: int) -> None:
        """Delete the records that refer to a key."""
        self.store.execute(
            f"DELETE FROM {registry.ALL[name].table} WHERE company_key = ? AND {quoted(reference)} = ?",  # noqa: S608 - own names
            (self.author.company_key, key),
        )

    def put(self, name: str, key: int, values: Mapping[str, Native]) -> None:
        """Set values of a record; without values nothing is done."""
        if not values:
            return
        definition = registry.ALL[name]
        sets = ", ".join(f"{quoted(column_of(definition, path))} = ?" for path in values)
        bound = [stored(kind_of(definition, path), value) for path, value in values.items()]
        self.store.execute(
            f"UPDATE {definition.table} SET {sets} WHERE company_key = ? AND key = ?",  # noqa: S608 - own names
            (*bound, self.author.company_key, key),
        )


@dataclass(slots=True)
class Draft:
    """A record about to be written, after its payload was read and its links were found.

    Attributes:
        key: The record's key; None while it is new.
        values: Stored path -> value, of what the payload gives; behaviour may add.
        links: Reference path -> key or None.
        pointer: Where the record stands in the payload.
        members: Reference path -> what the payload says there of the target beside key and id.
        kept: Lists that stand in the record's own row -> their elements or links, where the payload has them.
    """

    definition: Definition
    key: int | None
    values: dict[str, Native]
    links: dict[str, int | None]
    pointer: str = ""
    members: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    kept: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Whether the record is being created."""
        return self.key is None

    def default(self, path: str, value: Native) -> None:
        """Give a value where the payload has none."""
        if self.values.get(path) is None:
            self.values[path] = value


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """The moments at which an object is asked.

    Attributes:
        prepare: Before a row is written; completes the draft or refuses.
        settle: After a record and its owned lists are written, or one of its owned records alone.
        release: Before a record is deleted; refuses, or gives what is to be done once it is gone.
    """

    prepare: Callable[[Ledger, Draft], None] | None = None
    settle: Callable[[Ledger, int], None] | None = None
    release: Callable[[Ledger, int], Callable[[], None] | None] | None = None


def column_of(definition: Definition, path: str) -> str:
    """The column of a field or reference."""
    return column_of_reference(definition, path) if path in definition.references else path


def kind_of(definition: Definition, path: str) -> Kind:
    """How a path is stored; references are keys."""
    if path in definition.lists:
        return Kind.JSON
    found = definition.fields.get(path)
    return found.kind if found is not None else Kind.KEY


def money(cents: int | None) -> Decimal:
    """An amount from its stored cents."""
    return (Decimal(cents or 0) * _CENT).quantize(_CENT)


def day(value: Native) -> date | None:
    """A date from a draft's value or a stored one."""
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def check_period(ledger: Ledger, posting: Native, pointer: str) -> None:
    """Refuse a day whose books are closed (quirk `closed-periods`).

    Raises:
        RuleBroken: The period is closed.
    """
    closed = ledger.quirks.value("closed-periods")
    posted_on = day(posting)
    if closed != "none" and posted_on is not None and posted_on <= date.fromisoformat(closed):
        raise RuleBroken(
            Breach(
                f"The period of {posted_on.isoformat()} is closed", "invalidConfiguration", pointer=pointer
            )
        )


def refuse_state(draft: Draft, *, default: str) -> None:
    """Only `draft` can be asked for at a create; a state is changed by its workflows (§8.4, §10 no. 15).

    Raises:
        RuleBroken: Another state is given.
    """
    given = draft.values.get("state")
    if given is None:
        draft.values.pop("state", None)
        if draft.is_new:
            draft.values["state"] = default
        return
    if given != "draft" or not draft.is_new:
        raise RuleBroken(
            Breach("State must be draft or not included in the request.", pointer=f"{draft.pointer}/state")
        )
