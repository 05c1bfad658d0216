"""The XML API's names of objects and fields, and what they stand for among `objects`.

The table is `legacy.json`: the common fields, by the names in Sage's XML documentation. What stands behind a
name was matched by meaning; a word such as `Posted` stands for the REST API's `posted`. Fields of the REST
API that the table has no name for cannot be reached here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from intacct_sandbox import objects
from intacct_sandbox.gateway.refusals import BUSINESS, Refused
from intacct_sandbox.objects.definitions import Definition, Kind
from intacct_sandbox.objects.paths import resolve_for_query


@dataclass(frozen=True, slots=True)
class LegacyField:
    """A field.

    Attributes:
        name: `VENDORID`; dotted below another object, `PAYTO.CONTACTNAME`.
        path: Where `objects` has it; empty for a field of Sage that nothing there corresponds to.
        words: From a word of the REST API to its names here: the one shown first, then the query's codes.
    """

    name: str
    path: str
    kind: Kind
    is_read_only: bool
    words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Lines:
    """Owned records that `read` shows: in which element, of which object, and the path that leads back."""

    element: str
    object_name: str
    owner: str


@dataclass(frozen=True, slots=True)
class LegacyObject:
    """An object.

    Attributes:
        name: `VENDOR`.
        named_by: The field that `readByName` looks into.
        is_dimension: Whether `getDimensions` lists it.
    """

    name: str
    label: str
    definition: Definition
    named_by: str
    fields: Mapping[str, LegacyField]
    lines: Lines | None
    is_dimension: bool

    def field(self, name: str) -> LegacyField:
        """The field of that name, whatever the case.

        Raises:
            Refused: There is none.
        """
        found = self.fields.get(name.upper())
        if found is None:
            raise Refused(f"There is no field {name} on the object {self.name}.")
        return found

    def comparable(self, name: str) -> LegacyField:
        """The field of that name, for a condition, an order or a write.

        Raises:
            Refused: There is none, or the sandbox keeps nothing for it.
        """
        found = self.field(name)
        if not found.path:
            raise Refused(f"The sandbox keeps nothing for the field {found.name} of {self.name}.")
        return found

    def select(self, names: str) -> tuple[LegacyField, ...]:
        """The fields of a comma-separated list; all of them for nothing or `*`.

        Raises:
            Refused: One of them is not there.
        """
        if names.strip() in {"", "*"}:
            return tuple(self.fields.values())
        return tuple(self.field(name.strip()) for name in names.split(","))


def paths(fields: tuple[LegacyField, ...]) -> tuple[str, ...]:
    """What to ask of `objects` for fields, the key with them."""
    return tuple(dict.fromkeys(("key", *(field.path for field in fields if field.path))))


def find(name: str) -> LegacyObject:
    """The object of that name, whatever the case.

    Raises:
        Refused: The sandbox has none.
    """
    found = ALL.get(name.upper())
    if found is None:
        raise Refused(f"Object definition {name} not found", BUSINESS)
    return found


def _read(path: Path) -> dict[str, LegacyObject]:
    table = json.loads(path.read_text(encoding="utf-8"))
    return {name: _object(name, raw, table["words"]) for name, raw in table["objects"].items()}


def _object(name: str, raw: Mapping[str, Any], words: Mapping[str, Any]) -> LegacyObject:
    definition = objects.ALL[raw["of"]]
    lines = raw.get("lines")
    return LegacyObject(
        name=name,
        label=raw["label"],
        definition=definition,
        named_by=raw["name"],
        fields={one: _field(definition, one, path, words) for one, path in raw["fields"].items()},
        lines=Lines(lines["element"], lines["object"], lines["owner"]) if lines is not None else None,
        is_dimension=bool(raw.get("dimension")),
    )


def _field(definition: Definition, name: str, text: str | None, words: Mapping[str, Any]) -> LegacyField:
    if text is None:
        return LegacyField(name=name, path="", kind=Kind.TEXT, is_read_only=True, words={})
    path, _, vocabulary = text.partition("|")
    known = words[vocabulary] if vocabulary else {}
    own = definition.fields.get(path)
    return LegacyField(
        name=name,
        path=path,
        kind=resolve_for_query(definition, path).kind,
        is_read_only=path == "key" or (own is not None and (own.read_only or own.weak_read_only)),
        words={word: tuple(names) for word, names in known.items()},
    )


ALL: Final[Mapping[str, LegacyObject]] = _read(Path(__file__).parent / "legacy.json")
