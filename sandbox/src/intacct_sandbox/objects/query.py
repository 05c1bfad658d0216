"""The query service: which rows and columns of an object, in which order (`sage-intacct-rest.md` §6.6).

Rows come out flat, with the paths as asked for as their names. Reading a request's JSON and rendering
refusals is `rest`'s affair; conditions are built in `filters`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from intacct_sandbox.objects.definitions import Definition
from intacct_sandbox.objects.errors import TooComplex
from intacct_sandbox.objects.expressions import parse
from intacct_sandbox.objects.filters import (
    FEW_KEYS,
    FOLD,
    Condition,
    Filter,
    Meaning,
    compile_filter,
    joined,
)
from intacct_sandbox.objects.kinds import Stored
from intacct_sandbox.objects.macros import FirstWeekday
from intacct_sandbox.objects.paths import Column, resolve_for_filter, resolve_for_query
from intacct_sandbox.objects.statements import Relations
from intacct_sandbox.objects.visibility import Scope, condition
from intacct_sandbox.store import Store

DEFAULT_SIZE: Final = 100
LARGEST_SIZE: Final = 4000
MOST_FIELDS: Final = 500
MOST_FILTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Order:
    """One step of `orderBy`."""

    path: str
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query as a caller means it.

    Attributes:
        fields: The paths to select, in the order of the answer.
        expression: `and`, `or`, or numbered filters.
        start: The first row's place, from 1.
        size: How many rows a page has.
        as_of: The day that date macros count from; None for the sandbox's date.
        include_private: At the top level, records private to an entity too.
    """

    fields: tuple[str, ...]
    filters: tuple[Filter, ...] = ()
    expression: str = "and"
    order_by: tuple[Order, ...] = ()
    start: int = 1
    size: int = DEFAULT_SIZE
    as_of: date | None = None
    case_sensitive: bool = True
    include_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the rows, and where they stand among all.

    Attributes:
        rows: JSON objects.
        total: How many rows there are on all pages.
        start: The first row's place, from 1.
        size: How many rows a page has; this one may have fewer.
    """

    rows: Sequence[Mapping[str, object]]
    total: int
    start: int
    size: int

    @property
    def next(self) -> int | None:
        """Where the page behind this one starts; None if there is none."""
        following = self.start + self.size
        return following if following <= self.total else None

    @property
    def previous(self) -> int | None:
        """Where the page before this one starts; None if this is the first."""
        return max(1, self.start - self.size) if self.start > 1 else None


def run(
    store: Store,
    definition: Definition,
    query: Query,
    scope: Scope,
    *,
    today: date,
    week_starts_on: FirstWeekday = "sunday",
) -> Page:
    """Run a query.

    Args:
        store: Holds the records.
        definition: The queried object.
        query: What is asked for.
        scope: Whose records the caller sees.
        today: The sandbox's date.
        week_starts_on: For the macros of weeks.

    Raises:
        ObjectsError: A path, an operand, the expression or the size of the whole does not do.
    """
    _check_size(query)
    selected = [resolve_for_query(definition, path) for path in query.fields]
    meaning = Meaning(
        anchor=query.as_of or today, week_starts_on=week_starts_on, case_sensitive=query.case_sensitive
    )
    if not query.case_sensitive:
        _register_folding(store)
    relations = Relations(definition, today)
    where = _where(store, definition, relations, query, scope, meaning)
    # Taken before further tables are joined for what is only shown or sorted by.
    counting = f"SELECT count(*) FROM {relations.source} WHERE {where.sql}"  # noqa: S608 - names from the definitions
    order = [*_order(definition, query, relations), "t.key"]
    found = f"FROM {relations.source} WHERE {where.sql} ORDER BY {', '.join(order)} LIMIT ? OFFSET ?"
    total = int(fetch(store, counting, where.operands)[0][0])
    if total < query.start:
        return Page(rows=(), total=total, start=query.start, size=query.size)
    operands = (*where.operands, query.size, query.start - 1)
    rows = _rows(store, definition, selected, query, relations, found, operands, scope)
    return Page(rows=_shown(selected, rows), total=total, start=query.start, size=query.size)


def _check_size(query: Query) -> None:
    if len(query.fields) > MOST_FIELDS:
        raise TooComplex(f"A query selects {MOST_FIELDS} fields at most")
    if len(query.filters) > MOST_FILTERS:
        raise TooComplex(f"A query has {MOST_FILTERS} filters at most")


def _register_folding(store: Store) -> None:
    store.connection.create_function(
        FOLD, 1, lambda text: text.casefold() if isinstance(text, str) else text, deterministic=True
    )


def _where(
    store: Store,
    definition: Definition,
    relations: Relations,
    query: Query,
    scope: Scope,
    meaning: Meaning,
) -> Condition:
    def find_keys(source: str, passing: Condition) -> list[int]:
        sql = (
            f"SELECT t.key FROM {source} WHERE t.company_key = {scope.company_key:d}"  # noqa: S608 - own names
            f" AND {passing.sql} LIMIT {FEW_KEYS + 1}"
        )
        return [key for (key,) in fetch(store, sql, passing.operands)]

    conditions = tuple(
        compile_filter(definition, relations, one, meaning, find_keys) for one in query.filters
    )
    asked = joined(parse(query.expression, len(conditions)), conditions)
    visible = condition(
        definition, replace(scope, include_private=scope.include_private or query.include_private)
    )
    return Condition(f"{visible} AND {asked.sql}", asked.operands)


def _rows(
    store: Store,
    definition: Definition,
    selected: Sequence[Column],
    query: Query,
    relations: Relations,
    found: str,
    operands: Sequence[Stored],
    scope: Scope,
) -> list[tuple[Any, ...]]:
    """The rows of a page.

    Skipping and sorting handle keys alone, which an index often holds; only the page's own rows are read in
    full. The first page in the order of keys has nothing to skip or sort and is read at once.
    """
    if query.start == 1 and not query.order_by:
        shown = _expressions(selected, relations)
        # The FROM clause grew by what is shown.
        _, _, rest = found.partition(" WHERE ")
        return fetch(store, f"SELECT {shown} FROM {relations.source} WHERE {rest}", operands)  # noqa: S608 - own names
    keys = [key for (key,) in fetch(store, f"SELECT t.key {found}", operands)]
    page = Relations(definition, relations.today)
    shown = _expressions(selected, page)
    return fetch(
        store,
        f"SELECT {shown} FROM json_each(?) AS place CROSS JOIN {definition.table} AS t"  # noqa: S608 - own names
        f" ON t.company_key = {scope.company_key:d} AND t.key = place.value {page.joins} ORDER BY place.key",
        (json.dumps(keys),),
    )


def _expressions(selected: Sequence[Column], relations: Relations) -> str:
    return ", ".join(relations.expression(column) for column in selected) or "NULL"


def _order(definition: Definition, query: Query, relations: Relations) -> list[str]:
    return [
        relations.expression(resolve_for_filter(definition, step.path)) + (" DESC" if step.descending else "")
        for step in query.order_by
    ]


def fetch(store: Store, sql: str, operands: Sequence[Stored]) -> list[tuple[Any, ...]]:
    """All rows of a statement as plain tuples, which cost a fraction of named rows."""
    cursor = store.connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, operands).fetchall()


def _shown(selected: Sequence[Column], rows: Sequence[tuple[Any, ...]]) -> list[dict[str, object]]:
    """The rows as JSON objects. Values are turned column by column: most columns need no turning at all."""
    if not rows:
        return []
    columns: list[Sequence[object]] = list(zip(*rows, strict=True))
    for place, column in enumerate(selected):
        show = column.show
        if show is not None:
            columns[place] = [None if value is None else show(value) for value in columns[place]]
    names = [column.path for column in selected]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
