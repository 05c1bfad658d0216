"""Indexes that queries ask for: where a query looks at too many rows of a large table, an index is made.

The indexes of the definitions serve what is often asked. Whatever else is filtered and sorted by would read
every wide row; an index over just the asked columns is narrow, in the wanted order, and serves all further
pages. How much a query looks at is counted in SQLite's own steps, so equal states and equal queries make
equal indexes; answers do not depend on them. Only the queried object's own columns are indexed.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeVar

from intacct_sandbox.objects.definitions import Definition
from intacct_sandbox.objects.schema import columns, indexed, own_columns, quoted
from intacct_sandbox.objects.views import VIEWS
from intacct_sandbox.store import Store

# About ten milliseconds of work; a table of that many steps has some hundred thousand rows.
MOST_STEPS = 1_500_000
_STEPS_BETWEEN_LOOKS: Final = 50_000
# Each takes some twenty megabytes of half a million rows.
MOST_INDEXES: Final = 10
_MOST_COLUMNS: Final = 12
_PREFIX: Final = "asked__"

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which columns of its own table a query looks at.

    Attributes:
        equal: Compared with one value each, all of which must hold.
        order: Sorted by, the first of them first.
        others: Looked at besides, those that say who sees a record included.
    """

    equal: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def columns(self, definition: Definition) -> tuple[str, ...]:
        """The columns of an index that holds all of it; company and key are in every one."""
        known = {*columns(definition), *own_columns(definition)} - {"company_key", "key"}
        asked = dict.fromkeys((*self.equal, *self.order, *self.others))
        return tuple(name for name in asked if name in known)


def made_for(store: Store, definition: Definition, asked: Asked) -> str | None:
    """The index that was made for such a query; None where none was."""
    name = _name(definition, asked.columns(definition))
    there = store.one("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?", (name,))
    return name if there is not None else None


def served(store: Store, definition: Definition, asked: Asked, work: Callable[[str], Result]) -> Result:
    """Do the work of a query, and where it is too much, make an index first.

    Args:
        store: Holds the records.
        definition: The queried object.
        asked: What the query looks at.
        work: Runs the statement; it is given what stands behind the table's name, `INDEXED BY …` or nothing.
    """
    known = made_for(store, definition, asked)
    if known is not None:
        return work(f"INDEXED BY {known}")
    if not _can_be_served(definition, asked):
        return work("")
    with _Limit(store.connection) as limit:
        try:
            return work("")
        except sqlite3.OperationalError:
            if not limit.is_passed:
                raise
    return work(f"INDEXED BY {_make(store, definition, asked.columns(definition))}")


class _Limit:
    """Interrupts a statement that takes more steps than a quick one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._left = MOST_STEPS // _STEPS_BETWEEN_LOOKS
        self.is_passed = False

    def __enter__(self) -> Self:
        self._connection.set_progress_handler(self._look, _STEPS_BETWEEN_LOOKS)
        return self

    def __exit__(self, *_raised: object) -> None:
        self._connection.set_progress_handler(None, 0)

    def _look(self) -> int:
        self._left -= 1
        self.is_passed = self._left < 0
        return int(self.is_passed)


def _can_be_served(definition: Definition, asked: Asked) -> bool:
    wanted = set(asked.columns(definition))
    there = [set(paths) for paths in indexed(definition)]
    return (
        definition.untyped_name not in VIEWS
        and len(wanted) <= _MOST_COLUMNS
        and not any(wanted <= paths for paths in there)
    )


def _make(store: Store, definition: Definition, names: Sequence[str]) -> str:
    made = [row["name"] for row in store.query(_MADE)]
    for oldest in made[: max(0, len(made) - MOST_INDEXES + 1)]:
        store.execute(f"DROP INDEX {oldest}")
    listed = ", ".join(["company_key", *map(quoted, names)])
    name = _name(definition, names)
    store.execute(f"CREATE INDEX {name} ON {definition.table} ({listed})")
    return name


def _name(definition: Definition, names: Sequence[str]) -> str:
    digest = hashlib.sha256(",".join(names).encode()).hexdigest()[:16]
    return f"{_PREFIX}{definition.table}__{digest}"


_MADE: Final = (
    f"SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB '{_PREFIX}*' ORDER BY rowid"  # noqa: S608 - a constant
)
