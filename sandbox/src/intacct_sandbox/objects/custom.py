"""What a company adds to Sage's objects: custom fields, custom objects, user-defined dimensions (`nsp::`).

Additions belong to one company. They are rows of their own, and the columns they need are added to the tables
that are there; from both, definitions are made that take the place of the registered ones for that company,
wherever one object refers to another. Who may define something is not asked here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.objects import registry
from intacct_sandbox.objects.definitions import Definition, Field, Reference, read_field
from intacct_sandbox.objects.schema import create_table, quoted
from intacct_sandbox.objects.views import VIEWS
from intacct_sandbox.store import Store

PREFIX: Final = "nsp::"
APPLICATION: Final = "platform-apps"
# Objects that take dimensions show this one.
_TAKES_DIMENSIONS: Final = "dimensions.department"
MOST: Final = 200

# Type of a custom field -> how the wire shows it.
TYPES: Final[Mapping[str, Mapping[str, str]]] = {
    "text": {"type": "string"},
    "picklist": {"type": "string"},
    "checkbox": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "string", "format": "decimal"},
    "currency": {"type": "string", "format": "decimal-precision-2"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
}

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
_USER: Final = "company-config/user"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A field that a company added.

    Attributes:
        object_name: Of which object.
        name: Without the prefix.
        type: One of `TYPES`.
        label: What people read.
        values: The words of a picklist.
        is_required: Whether a create must have it.
    """

    object_name: str
    name: str
    type: str
    label: str
    values: tuple[str, ...] = ()
    is_required: bool = False

    @property
    def path(self) -> str:
        """Its name on the wire."""
        return PREFIX + self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomObject:
    """An object that a company added.

    Attributes:
        name: The integration name, without the prefix.
        label: What people read.
        dimension_path: Where transactions refer to it, if it is a dimension.
    """

    name: str
    label: str
    dimension_path: str | None = None

    @property
    def object_name(self) -> str:
        """Its name on the wire."""
        return f"{APPLICATION}/{PREFIX}{self.name}"


class Additions:
    """What one company added, and its definitions."""

    def __init__(self, fields: tuple[CustomField, ...], objects: tuple[CustomObject, ...]) -> None:
        self.fields = fields
        self.objects = objects
        self._made: dict[str, Definition] = {}
        self._own = {one.object_name: one for one in objects}

    @property
    def dimensions(self) -> tuple[CustomObject, ...]:
        """The user-defined dimensions."""
        return tuple(one for one in self.objects if one.dimension_path is not None)

    def find(self, name: str) -> Definition | None:
        """The object of that name as the company has it."""
        if not self.fields and not self.objects:
            return registry.find(name)
        if name in self._made:
            return self._made[name]
        own = self._own.get(name)
        plain = _custom_object(own) if own is not None else registry.find(name)
        if plain is None:
            return None
        made = self._with_fields(plain)
        # Typed documents are without number, and are made anew.
        if made.document is None:
            self._made[name] = made
        return made

    def every(self) -> dict[str, Definition]:
        """All objects of the company."""
        names = [*registry.ALL, *self._own]
        return {name: found for name in names if (found := self.find(name)) is not None}

    def referring(self, name: str) -> list[tuple[Definition, str]]:
        """Objects that refer to a custom object, and where."""
        own = self._own.get(name)
        if own is None or own.dimension_path is None:
            return []
        return [(found, own.dimension_path) for found in _with_dimensions()]

    def _with_fields(self, plain: Definition) -> Definition:
        name = plain.untyped_name
        added = [one for one in self.fields if one.object_name == name]
        references = {
            one.dimension_path: _reference(one.dimension_path, one.object_name)
            for one in self.dimensions
            if one.dimension_path is not None and _takes_dimensions(plain)
        }
        return replace(
            plain,
            fields={**plain.fields, **{one.path: _field(one) for one in added}},
            references={**plain.references, **references},
            required=(*plain.required, *(one.path for one in added if one.is_required)),
            beside=self.find,
        )


def of(store: Store, company_key: int) -> Additions:
    """What a company added."""
    rows = store.query(
        "SELECT kind, content FROM custom_definition WHERE company_key = ? ORDER BY number", (company_key,)
    )
    return _additions(tuple((row["kind"], row["content"]) for row in rows))


def find(store: Store, company_key: int, name: str) -> Definition | None:
    """The object of that name as a company has it; None if there is none."""
    return of(store, company_key).find(name)


def add_field(store: Store, company_key: int, new: CustomField) -> None:
    """Add a field to an object.

    Raises:
        InvalidInput: It cannot be one.
    """
    additions = of(store, company_key)
    definition = additions.find(new.object_name)
    if definition is None or definition.document is not None:
        raise InvalidInput("object", f"There is no object {new.object_name}.")
    if definition.name in VIEWS:
        raise InvalidInput("object", f"The sandbox takes no custom fields for {new.object_name}.")
    _check_name(new.name, {one.path for one in additions.fields if one.object_name == new.object_name})
    if new.type not in TYPES:
        raise InvalidInput("type", f"type must be one of {', '.join(TYPES)}.")
    if (new.type == "picklist") != bool(new.values):
        raise InvalidInput("values", "A picklist has values, and nothing else has.")
    with store.transaction():
        _keep(store, company_key, "field", {**_as_json(new), "object_name": new.object_name}, additions)
        _add_column(store, definition, new.path)


def numbered_fields(store: Store, company_key: int) -> list[tuple[int, CustomField]]:
    """The fields that a company added, in their order, each with a number that stays its own."""
    rows = store.query(
        "SELECT number FROM custom_definition WHERE company_key = ? AND kind = 'field' ORDER BY number",
        (company_key,),
    )
    return list(zip([int(row["number"]) for row in rows], of(store, company_key).fields, strict=True))


def remove_field(store: Store, company_key: int, number: int) -> CustomField:
    """Take a field away, with what the company's records have in it.

    Raises:
        UnknownThing: The company has no field of that number.
    """
    field = dict(numbered_fields(store, company_key)).get(number)
    definition = of(store, company_key).find(field.object_name) if field is not None else None
    if field is None or definition is None:
        raise UnknownThing("There is no such custom field.")
    with store.transaction():
        # The column may be another company's too, and stays.
        store.execute(
            f"UPDATE {definition.table} SET {quoted(field.path)} = NULL WHERE company_key = ?",  # noqa: S608 - own names
            (company_key,),
        )
        store.execute("DELETE FROM custom_definition WHERE number = ?", (number,))
    return field


def add_object(store: Store, company_key: int, new: CustomObject) -> None:
    """Add an object; where it is a dimension, transactions can refer to it from now on.

    Raises:
        InvalidInput: It cannot be one.
    """
    additions = of(store, company_key)
    _check_name(new.name, {PREFIX + one.name for one in additions.objects})
    with store.transaction():
        _keep(store, company_key, "object", _as_json(new), additions)
        create_table(store, _custom_object(new))
        if new.dimension_path is not None:
            for definition in _with_dimensions():
                _add_column(store, definition, new.dimension_path)


def _check_name(name: str, taken: set[str]) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidInput("name", "name must be 1 to 40 letters, digits and underscores, a letter first.")
    # Columns and tables of SQLite are told apart without regard to case.
    if f"{PREFIX}{name}".lower() in {one.lower() for one in taken}:
        raise InvalidInput("name", f"There is already a {name}.")


def _keep(store: Store, company_key: int, kind: str, content: Json, additions: Additions) -> None:
    if len(additions.fields) + len(additions.objects) >= MOST:
        raise InvalidInput("name", f"A company has {MOST} custom fields and objects at most.")
    store.execute(
        "INSERT INTO custom_definition (company_key, kind, content) VALUES (?, ?, ?)",
        (company_key, kind, json.dumps(content)),
    )


def _as_json(new: CustomField | CustomObject) -> Json:
    return {name: getattr(new, name) for name in new.__dataclass_fields__}


def _add_column(store: Store, definition: Definition, path: str) -> None:
    """Another company may have a field of that name and another type, so the column takes any."""
    there = {row["name"].lower() for row in store.query(f"PRAGMA table_info({definition.table})")}
    if path.lower() not in there:
        store.execute(f"ALTER TABLE {definition.table} ADD COLUMN {quoted(path)} ANY")


@lru_cache(maxsize=64)
def _additions(rows: tuple[tuple[str, str], ...]) -> Additions:
    read = [(kind, json.loads(content)) for kind, content in rows]
    return Additions(
        tuple(
            CustomField(**{**content, "values": tuple(content["values"])})
            for kind, content in read
            if kind == "field"
        ),
        tuple(CustomObject(**content) for kind, content in read if kind == "object"),
    )


def _field(one: CustomField) -> Field:
    raw: Json = dict(TYPES[one.type])
    if one.values:
        raw["enum"] = [*one.values, None]
    return read_field(one.path, raw)


def _reference(path: str, target: str) -> Reference:
    return Reference(path=path, target=target, members={})


@lru_cache(maxsize=64)
def _custom_object(one: CustomObject) -> Definition:
    """What every custom object has; its key is its id (§6.7)."""
    read_only = {"type": "string", "readOnly": True}
    fields: dict[str, Json] = {
        "key": {**read_only, "computed": "key"},
        "id": {**read_only, "computed": "key"},
        "href": {**read_only, "computed": "href"},
        "name": {"type": "string"},
        "audit.createdDateTime": {**read_only, "format": "date-time"},
        "audit.modifiedDateTime": {**read_only, "format": "date-time"},
    }
    users = ("audit.createdByUser", "audit.modifiedByUser")
    return Definition(
        name=one.object_name,
        kind="root",
        owner=None,
        methods=("GET", "POST", "PATCH", "DELETE"),
        evidence="examples",
        scope="shared",
        fields={path: read_field(path, raw) for path, raw in fields.items()},
        references={path: Reference(path=path, target=_USER, members={}, read_only=True) for path in users},
        lists={},
        indexes=(),
        workflows=(),
        required_on_create=(),
        required=("name",) if one.dimension_path is not None else (),
    )


def _takes_dimensions(definition: Definition) -> bool:
    return _TAKES_DIMENSIONS in definition.references and definition.untyped_name not in VIEWS


def _with_dimensions() -> list[Definition]:
    return [one for one in registry.ALL.values() if _takes_dimensions(one)]
