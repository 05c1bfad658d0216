"""The query service: which rows and columns of an object, in which order (`sage-intacct-rest.md` §6.6).

Rows come out flat; paths and aggregates, as asked for, are their names. Reading a request's JSON and
rendering refusals is `rest`'s affair; conditions are built in `filters`.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile
from typing import Any, Final, TypeAlias

from intacct_sandbox.objects.aggregates import Aggregate
from intacct_sandbox.objects.aggregates import read as read_aggregate
from intacct_sandbox.objects.asked_indexes import Asked, made_for, served
from intacct_sandbox.objects.definitions import Definition
from intacct_sandbox.objects.errors import BadOrder, TooComplex
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
from intacct_sandbox.objects.visibility import Scope, condition, looked_at
from intacct_sandbox.store import Store

_Row: TypeAlias = tuple[Any, ...]

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
        fields: The paths and aggregates to select, in the order of the answer.
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
    if not query.case_sensitive:
        _register_folding(store)
    meaning = Meaning(
        anchor=query.as_of or today, week_starts_on=week_starts_on, case_sensitive=query.case_sensitive
    )
    relations = Relations(definition, today)
    where = _where(store, definition, relations, query, scope, meaning)
    asking = _Asking(store, definition, query, scope, relations, where)
    aggregates = [read_aggregate(path) for path in query.fields]
    return _grouped(asking, aggregates) if any(aggregates) else _plain(asking)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A query on its way: the tables of its statements, and which of their rows are wanted."""

    store: Store
    definition: Definition
    query: Query
    scope: Scope
    relations: Relations
    where: Condition

    def asked(self, order: Sequence[str]) -> Asked:
        """What is looked at, in which order."""
        scope = _seen_with(self.query, self.scope)
        visible = looked_at(self.definition, scope)
        return Asked(equal=self.where.fixed, order=tuple(order), others=(*self.relations.looked_at, *visible))

    def fetch(self, asked: Asked, sql: Callable[[str], str], operands: Sequence[Stored]) -> list[_Row]:
        """The rows of a statement that is told which index to use."""
        return served(self.store, self.definition, asked, lambda hint: fetch(self.store, sql(hint), operands))

    def page(self, rows: Sequence[Mapping[str, object]], total: int) -> Page:
        return Page(rows=rows, total=total, start=self.query.start, size=self.query.size)


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
    visible = condition(definition, _seen_with(query, scope))
    return Condition(f"{visible} AND {asked.sql}", asked.operands, asked.fixed)


def _seen_with(query: Query, scope: Scope) -> Scope:
    return replace(scope, include_private=scope.include_private or query.include_private)


def _plain(asking: _Asking) -> Page:
    query, relations, where = asking.query, asking.relations, asking.where
    selected = [resolve_for_query(asking.definition, path) for path in query.fields]
    # Taken before further tables are joined for what is only shown or sorted by.
    joins = relations.joins
    order, sorted_by = _order(asking.definition, query, relations)
    asked = asking.asked(sorted_by)
    table = asking.definition.table
    counted = asking.fetch(
        asked,
        lambda hint: f"SELECT count(*) FROM {table} AS t {hint} {joins} WHERE {where.sql}",  # noqa: S608 - own names
        where.operands,
    )
    total = int(counted[0][0])
    if total < query.start:
        return asking.page((), total)
    return asking.page(_shown(selected, _rows(asking, selected, order, asked)), total)


def _rows(asking: _Asking, selected: Sequence[Column], order: Sequence[str], asked: Asked) -> list[_Row]:
    """The rows of a page.

    Skipping and sorting handle keys alone, which an index often holds; only the page's own rows are read in
    full. The first page in the order of keys has nothing to skip or sort and is read at once.
    """
    store, query, relations, where = asking.store, asking.query, asking.relations, asking.where
    operands = (*where.operands, query.size, query.start - 1)
    found = f"WHERE {where.sql} ORDER BY {', '.join(order)} LIMIT ? OFFSET ?"
    if query.start == 1 and not query.order_by and made_for(store, asking.definition, asked) is None:
        shown = _expressions(selected, relations)
        # The FROM clause grew by what is shown.
        return fetch(store, f"SELECT {shown} FROM {relations.source} {found}", operands)  # noqa: S608 - own names
    keys = asking.fetch(
        asked,
        lambda hint: f"SELECT t.key FROM {relations.hinted(hint)} {found}",  # noqa: S608 - own names
        operands,
    )
    page = Relations(asking.definition, relations.today)
    shown = _expressions(selected, page)
    return fetch(
        store,
        f"SELECT {shown} FROM json_each(?) AS place CROSS JOIN {asking.definition.table} AS t"  # noqa: S608 - own names
        f" ON t.company_key = {asking.scope.company_key:d} AND t.key = place.value {page.joins}"
        " ORDER BY place.key",
        (json.dumps([key for (key,) in keys]),),
    )


def _expressions(selected: Sequence[Column], relations: Relations) -> str:
    return ", ".join(relations.expression(column) for column in selected) or "NULL"


def _order(definition: Definition, query: Query, relations: Relations) -> tuple[list[str], tuple[str, ...]]:
    """The terms of ORDER BY, and the columns of the object's own that an index would hold in that order."""
    steps = [(resolve_for_filter(definition, step.path), step.descending) for step in query.order_by]
    terms = [relations.expression(column) + (" DESC" if descending else "") for column, descending in steps]
    own = takewhile(lambda step: not step[0].steps and not step[0].days_past_due, steps)
    return [*terms, "t.key"], tuple(column.name for column, _ in own if column.name is not None)


def _grouped(asking: _Asking, aggregates: Sequence[Aggregate | None]) -> Page:
    """A page of a query with aggregates: the fields without one are its groups."""
    query, relations, where = asking.query, asking.relations, asking.where
    selected, shown = _aggregated(asking, aggregates)
    groups = [place for place, one in enumerate(aggregates) if one is None]
    by = ", ".join(shown[place] for place in groups)
    grouped = f"WHERE {where.sql}" + (f" GROUP BY {by}" if by else "")
    own = takewhile(lambda column: not column.steps, (selected[place] for place in groups))
    asked = asking.asked([column.name for column in own if column.name is not None])
    listed, order = ", ".join(shown), _order_of_groups(query, groups)

    def read(hint: str) -> str:
        return f"SELECT {listed} FROM {relations.hinted(hint)} {grouped} {order} LIMIT ? OFFSET ?"  # noqa: S608 - own names

    def count(hint: str) -> str:
        return f"SELECT count(*) FROM (SELECT 1 FROM {relations.hinted(hint)} {grouped})"  # noqa: S608 - own names

    # Without groups there is one row, even of no records.
    total = int(asking.fetch(asked, count, where.operands)[0][0]) if by else 1
    try:
        rows = asking.fetch(asked, read, (*where.operands, query.size, query.start - 1))
    except sqlite3.OperationalError as failure:
        if "integer overflow" in str(failure):
            raise TooComplex("A sum is larger than the sandbox counts") from None
        raise
    return asking.page(_shown(selected, rows), total)


def _aggregated(asking: _Asking, aggregates: Sequence[Aggregate | None]) -> tuple[list[Column], list[str]]:
    """The selected columns with the functions that show them, and their SQL."""
    selected: list[Column] = []
    shown: list[str] = []
    for text, one in zip(asking.query.fields, aggregates, strict=True):
        column = resolve_for_query(asking.definition, one.path if one is not None else text)
        sql = asking.relations.expression(column)
        shown.append(sql if one is None else one.expression(sql))
        selected.append(replace(column, path=text, show=column.show if one is None else one.show(column)))
    return selected, shown


def _order_of_groups(query: Query, groups: Sequence[int]) -> str:
    """ORDER BY as asked, then by the groups in the order in which they are selected."""
    places = {text: place for place, text in enumerate(query.fields)}
    terms: dict[int, str] = {}
    for step in query.order_by:
        if step.path not in places:
            raise BadOrder(step.path)
        terms.setdefault(places[step.path], " DESC" if step.descending else "")
    terms = {**terms, **{place: "" for place in groups if place not in terms}}
    listed = ", ".join(f"{place + 1}{direction}" for place, direction in terms.items())
    return f"ORDER BY {listed}" if listed else ""


def fetch(store: Store, sql: str, operands: Sequence[Stored]) -> list[_Row]:
    """All rows of a statement as plain tuples, which cost a fraction of named rows."""
    cursor = store.connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, operands).fetchall()


def _shown(selected: Sequence[Column], rows: Sequence[_Row]) -> list[dict[str, object]]:
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
