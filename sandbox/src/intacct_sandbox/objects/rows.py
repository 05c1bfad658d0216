"""Writing records in bulk, as fixtures do: many rows of many objects, in few statements.

Values come as Python values by dotted path; what is not given gets the definition's default. Sage's rules
for writing (required fields, read-only fields, workflows) are not applied: a fixture states what is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.definitions import TYPE_MARK, Definition, Kind
from intacct_sandbox.objects.errors import UnknownField
from intacct_sandbox.objects.kinds import Native, Stored, stored
from intacct_sandbox.objects.schema import column_of_reference, columns, own_columns, quoted
from intacct_sandbox.objects.views import VIEWS
from intacct_sandbox.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Who wrote a record and when.

    Attributes:
        created_at: Aware.
        modified_at: Aware.
        user_key: The key of the user, for both; None where nobody is known.
    """

    created_at: datetime
    modified_at: datetime
    user_key: int | None = None


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the values of an object's rows go.

    Attributes:
        places: Path -> place in a row, and kind.
        defaults: A row without values.
    """

    definition: Definition
    insert: str
    places: Mapping[str, tuple[int, Kind]]
    defaults: tuple[Stored, ...]


class RowWriter:
    """Gathers rows of one company and writes them together.

    Args:
        store: Where they go.
        company_key: Whose they are.
        find: The definitions, where the company has some of its own.
    """

    def __init__(
        self,
        store: Store,
        company_key: int,
        find: Callable[[str], Definition | None] = registry.find,
    ) -> None:
        self._find = find
        self._store = store
        self._company_key = company_key
        self._tables: dict[str, _Table] = {}
        self._last_keys: dict[str, int] = {}
        self._rows: dict[str, list[list[Stored]]] = {}

    def add(
        self,
        name: str,
        values: Mapping[str, Native],
        *,
        stamp: Stamp | None = None,
        entity_key: int | None = None,
        private: bool = False,
    ) -> int:
        """Take one record.

        Args:
            name: The object, with a document's type where it has one.
            values: By dotted path; a reference is given by its own path and the target's key.
            stamp: For the audit group, where the object has one.
            entity_key: The entity that owns the record; None for the top level.
            private: Seen in that entity only.

        Returns:
            The record's key.

        Raises:
            UnknownField: A path is none that is stored.
            ValueError: A value does not fit, or the object's records are kept by `identity`.
        """
        plain, _, document = name.partition(TYPE_MARK)
        if plain in registry.ALL:
            name = plain
        else:
            document = ""
        table = self._table(name)
        key = self._next_key(name)
        row = list(table.defaults)
        row[:4] = (self._company_key, key, entity_key, int(private))
        if document:
            row[4] = document
        if stamp is not None:
            _put(table, row, _audit(stamp), missing_is_fine=True)
        _put(table, row, values, missing_is_fine=False)
        self._rows[name].append(row)
        return key

    def flush(self) -> None:
        """Write everything taken since the last time."""
        with self._store.transaction():
            for name, rows in self._rows.items():
                self._store.execute_many(self._tables[name].insert, rows)
                rows.clear()
            self._store.execute_many(
                "INSERT OR REPLACE INTO object_sequence (company_key, object, last_key) VALUES (?, ?, ?)",
                [(self._company_key, name, key) for name, key in self._last_keys.items()],
            )
        # Another writer may go on from here.
        self._last_keys.clear()

    def _table(self, name: str) -> _Table:
        table = self._tables.get(name)
        if table is None:
            table = self._tables[name] = _table(_known(self._find, name))
            self._rows[name] = []
        return table

    def _next_key(self, name: str) -> int:
        if name not in self._last_keys:
            row = self._store.one(
                "SELECT last_key FROM object_sequence WHERE company_key = ? AND object = ?",
                (self._company_key, name),
            )
            self._last_keys[name] = int(row[0]) if row is not None else 0
        self._last_keys[name] += 1
        return self._last_keys[name]


def _known(find: Callable[[str], Definition | None], name: str) -> Definition:
    definition = find(name)
    if definition is None:
        raise ValueError(f"There is no object {name}")
    return definition


def _table(definition: Definition) -> _Table:
    if definition.name in VIEWS:
        raise ValueError(f"Records of {definition.name} are kept by identity")
    names = [*own_columns(definition), *columns(definition)]
    marks = ", ".join("?" * len(names))
    listed = ", ".join(quoted(name) for name in names)
    places = {name: (place, _kind(definition, name)) for place, name in enumerate(names)}
    defaults = [
        stored(field.kind, _native(field.default)) if field is not None else None
        for field in (definition.fields.get(name) for name in names)
    ]
    return _Table(
        definition,
        f"INSERT INTO {definition.table} ({listed}) VALUES ({marks})",  # noqa: S608 - names of the definitions
        {path: places[path] for path in columns(definition)} | _entity_place(definition, places),
        tuple(defaults),
    )


def _entity_place(
    definition: Definition, places: Mapping[str, tuple[int, Kind]]
) -> dict[str, tuple[int, Kind]]:
    return {
        path: places["entity_key"]
        for path in definition.references
        if column_of_reference(definition, path) == "entity_key"
    }


def _kind(definition: Definition, name: str) -> Kind:
    if name in definition.lists:
        return Kind.JSON
    field = definition.fields.get(name)
    return field.kind if field is not None else Kind.KEY


def _native(default: object) -> Native:
    return default if isinstance(default, (str, int, float, bool)) else None


def _audit(stamp: Stamp) -> dict[str, Native]:
    return {
        "audit.createdDateTime": stamp.created_at,
        "audit.modifiedDateTime": stamp.modified_at,
        "audit.createdDate": stamp.created_at,
        "audit.modifiedDate": stamp.modified_at,
        "audit.createdByUser": stamp.user_key,
        "audit.modifiedByUser": stamp.user_key,
        # Columns of their own where an object does not name the users by reference.
        "audit.createdBy": stamp.user_key,
        "audit.modifiedBy": stamp.user_key,
    }


def _put(table: _Table, row: list[Any], values: Mapping[str, Native], *, missing_is_fine: bool) -> None:
    places = table.places
    for path, value in values.items():
        place = places.get(path)
        if place is not None:
            row[place[0]] = stored(place[1], value)
        elif not missing_is_fine:
            raise UnknownField(table.definition.name, path)
