"""One record in its full nested shape, and pages of references (`sage-intacct-rest.md` §6.4, §8.5).

What a record shows is worked out once for an object, then every read is one statement for the record and one
for each of its owned lists.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.definitions import Definition, ListOf
from intacct_sandbox.objects.kinds import Show
from intacct_sandbox.objects.paths import Column, href, resolve
from intacct_sandbox.objects.query import DEFAULT_SIZE, Page, fetch
from intacct_sandbox.objects.schema import quoted
from intacct_sandbox.objects.statements import Relations
from intacct_sandbox.objects.views import LISTS, VIEWS
from intacct_sandbox.objects.visibility import Scope, condition
from intacct_sandbox.store import Store

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One value of a record: the objects on the way to it, its name, and how it is shown."""

    groups: tuple[str, ...]
    name: str
    column: Column
    show: Show | None


@dataclass(frozen=True, slots=True)
class _Shape:
    """Everything a record of an object shows but its lists.

    Attributes:
        references: Where references are; one without a target loses its href.
    """

    leaves: tuple[_Leaf, ...]
    references: tuple[tuple[str, ...], ...]


def get(store: Store, definition: Definition, key: str, scope: Scope, *, today: date) -> Json | None:
    """The record of a key, with its owned lists; None where the caller sees none.

    Args:
        store: Holds the records.
        definition: The object.
        key: The system key as the wire writes it; an id finds nothing (§6.4).
        scope: Whose records the caller sees.
        today: The sandbox's date, for what is counted from it.
    """
    if not (key.isascii() and key.isdigit()) or len(key) > 18:
        return None
    where = f"{condition(definition, scope)} AND t.key = ?"
    found = _read(store, definition, where, (int(key),), scope, today)
    return found[0] if found else None


def references(
    store: Store, definition: Definition, scope: Scope, *, start: int = 1, size: int = DEFAULT_SIZE
) -> Page:
    """A page of `{key, id, href}`, in the order of the keys."""
    where = condition(definition, scope)
    counted = store.one(f"SELECT count(*) FROM {definition.table} AS t WHERE {where}")  # noqa: S608 - own names
    total = int(counted[0]) if counted is not None else 0
    sql = (
        f"SELECT t.key, t.{_id_column(definition)} FROM {definition.table} AS t"  # noqa: S608 - own names
        f" WHERE {where} ORDER BY t.key LIMIT ? OFFSET ?"
    )
    rows = [_reference(definition.name, key, id_) for key, id_ in fetch(store, sql, (size, start - 1))]
    return Page(rows=rows, total=total, start=start, size=size)


def _id_column(definition: Definition) -> str:
    return "key" if definition.fields["id"].computed == "key" else quoted("id")


def _reference(name: str, key: int, id_: object) -> Json:
    return {"key": str(key), "id": str(id_), "href": href(name, key)}


def _read(
    store: Store, definition: Definition, where: str, operands: Sequence[int], scope: Scope, today: date
) -> list[Json]:
    shape = _shape(definition)
    relations = Relations(definition, today)
    shown = ", ".join(["t.key", *(relations.expression(leaf.column) for leaf in shape.leaves)])
    sql = f"SELECT {shown} FROM {relations.source} WHERE {where} ORDER BY t.key"  # noqa: S608 - own names
    return [
        _record(store, definition, shape, row[0], row[1:], scope, today)
        for row in fetch(store, sql, operands)
    ]


def _record(
    store: Store,
    definition: Definition,
    shape: _Shape,
    key: int,
    values: Sequence[Any],
    scope: Scope,
    today: date,
) -> Json:
    record: Json = {}
    for leaf, value in zip(shape.leaves, values, strict=True):
        show = leaf.show
        shown = value if show is None or value is None else show(value)
        _group(record, leaf.groups)[leaf.name] = shown
    for path in shape.references:
        target = _group(record, path)
        if target["key"] is None:
            target.pop("href", None)
    for name, one in definition.lists.items():
        *groups, last = name.split(".")
        _group(record, tuple(groups))[last] = _elements(store, definition, one, key, scope, today)
    return record


def _group(record: Json, path: tuple[str, ...]) -> Json:
    group = record
    for name in path:
        group = group.setdefault(name, {})
    return group


def _elements(
    store: Store, definition: Definition, one: ListOf, key: int, scope: Scope, today: date
) -> list[Json]:
    target = registry.beside(definition, one.target)
    known = LISTS.get((definition.name, one.path))
    if known is not None and target is not None:
        return _listed(store, target, known.keys, key, scope)
    if not one.owned:
        return _kept(store, definition, one, target, key, scope)
    way = registry.way_back(definition, one, target) if target is not None else None
    if target is None or way is None:
        return []
    where = f"t.company_key = {scope.company_key:d} AND t.{quoted(way)} = ?"
    if one.hides is not None:
        where += f" AND t.{quoted(one.hides)} IS NULL"
    return _read(store, target, where, (key,), scope, today)


def _kept(
    store: Store, definition: Definition, one: ListOf, target: Definition | None, key: int, scope: Scope
) -> list[Json]:
    """A list that stands in the record's own row: keys of other records, or elements as they were given."""
    if definition.name in VIEWS:
        return []
    kept = store.one(
        f"SELECT {quoted(one.path)} FROM {definition.table} WHERE company_key = ? AND key = ?",  # noqa: S608 - own names
        (scope.company_key, key),
    )
    elements: list[Any] = json.loads(kept[0]) if kept is not None and kept[0] is not None else []
    if target is None or one.fields:
        return elements
    return _references_to(store, target, elements, scope)


def _listed(store: Store, target: Definition, keys: str, key: int, scope: Scope) -> list[Json]:
    found = [listed for (listed,) in fetch(store, keys, (scope.company_key, key))]
    return _references_to(store, target, found, scope)


def _references_to(store: Store, target: Definition, keys: Sequence[int], scope: Scope) -> list[Json]:
    id_column = _id_column(target)
    sql = f"SELECT key, {id_column} FROM {target.table} WHERE company_key = ? AND key = ?"  # noqa: S608 - own names
    found = [row for key in keys for row in fetch(store, sql, (scope.company_key, key))]
    return [_reference(target.name, key, id_) for key, id_ in found]


@lru_cache(maxsize=1024)
def _shape(definition: Definition) -> _Shape:
    leaves = [
        _leaf(path.split("."), resolve(definition, path))
        for path, field in definition.fields.items()
        if not field.write_only
    ]
    for path, reference in definition.references.items():
        target = registry.beside(definition, reference.target)
        leaves += [
            _leaf([*path.split("."), *member.split(".")], resolve(definition, f"{path}.{member}"))
            for member in ("key", "id", *reference.members)
        ]
        if target is not None:
            leaves.append(_leaf([*path.split("."), "href"], resolve(definition, f"{path}.href")))
    return _Shape(tuple(leaves), tuple(tuple(path.split(".")) for path in definition.references))


def _leaf(path: Sequence[str], column: Column) -> _Leaf:
    return _Leaf(tuple(path[:-1]), path[-1], column, column.show)
