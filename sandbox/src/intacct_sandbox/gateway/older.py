"""The functions of API 2.1 that the published clients still send, as elements of today's functions.

`create_bill` and its like have small names, dates in three elements and lines in elements of their own. The
table is `older.json`, made of what the clients' classes write; a name with nothing behind it is refused
unless it is empty. What becomes of a record is the affair of the functions that it is turned into.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from intacct_sandbox.gateway import legacy
from intacct_sandbox.gateway.additions import Names
from intacct_sandbox.gateway.legacy import LegacyField, LegacyObject
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.notation import Notation
from intacct_sandbox.gateway.refusals import BUSINESS, Refused
from intacct_sandbox.gateway.values import cell
from intacct_sandbox.objects.definitions import Kind

_ACTION: Final = "@action"
_SOURCE: Final = "@source"
_IGNORED: Final = "@ignored"
_NOTHING: Final = frozenset({"", "false"})
_NUMBER: Final = "line_num"
_CUSTOM: Final = "customfields"


@dataclass(frozen=True, slots=True)
class LinesOf:
    """Where the lines of a shape stand.

    Attributes:
        create: The element around them, empty where there is none, and the element of each.
        update: The same for lines that are changed, by their number.
    """

    create: tuple[str, str]
    update: tuple[str, str] | None
    shape: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What one function takes: names here, and the fields of the object that they stand for."""

    object_name: str
    fields: Mapping[str, str | None]
    lines: LinesOf | None


@dataclass(frozen=True, slots=True)
class OlderFunction:
    """A function.

    Attributes:
        shape: Of what it creates or changes; None for the others.
        attribute: What the record is named by.
        is_named: By the record's own ID, in place of its key.
        date: The member of the workflow that takes the date of a reversal.
        text: The member that takes its description.
    """

    name: str
    does: Literal["create", "update", "delete", "reverse"]
    found: LegacyObject
    shape: Shape | None
    attribute: str
    is_named: bool
    date: str
    text: str


@dataclass(frozen=True, slots=True)
class OlderList:
    """What `get_list` shows of an object: names here, and fields of the object."""

    found: LegacyObject
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What elements of one function are read with."""

    function: str
    notation: Notation
    names: Names


def record_of(
    function: OlderFunction, arguments: Node, notation: Notation, names: Names
) -> tuple[Node, tuple[int, ...]]:
    """A record as `create` and `update` take it, and the numbers of its lines, 0 for a new one.

    Args:
        function: Which one.
        arguments: Its element.
        notation: How the company writes dates.
        names: The company's fields.

    Raises:
        Refused: An element that the function does not take, or that the sandbox keeps nothing for.
    """
    shape = function.shape
    if shape is None:
        raise Refused(f"The function {function.name} takes no record.", BUSINESS)
    lines = list(_lines(shape, arguments))
    around = {name for name in (shape.lines.create if shape.lines else ()) if name}
    around |= set(shape.lines.update or ()) if shape.lines else set()
    own = tuple(child for child in arguments.children if child.name not in around)
    reading = _Reading(function.name, notation, names)
    children = list(_fields(reading, shape, own))
    if lines and function.found.lines is not None:
        element = function.found.lines
        owned = tuple(
            Node(
                element.object_name,
                children=tuple(_fields(reading, SHAPES[shape.lines.shape], one.children)),
            )
            for one in lines
            if shape.lines is not None
        )
        children.append(Node(element.element, children=owned))
    return Node(function.found.name, children=tuple(children)), tuple(_line_number(one) for one in lines)


def date_of(element: Node | None, notation: Notation) -> str:
    """A date in three elements as the company writes it, or the element's text; empty where there is none.

    Raises:
        Refused: Three elements that are no date.
    """
    if element is None:
        return ""
    if not element.children:
        return element.text
    parts = [element.value(name) for name in ("year", "month", "day")]
    try:
        year, month, day = (int(part) if part.isascii() and part.isdigit() else 0 for part in parts)
        return notation.day(date(year, month, day).isoformat())
    except (ValueError, OverflowError):
        raise Refused(f"The element {element.name} is no date: {'-'.join(parts)}.", BUSINESS) from None


def shown(name: str, field: LegacyField, row: Mapping[str, object], notation: Notation) -> Node:
    """A field of a list: a date in three elements, as the functions take it."""
    text = cell(field, row, notation)
    if field.kind is not Kind.DATE or not text or not name.startswith("date"):
        return Node(name, text)
    year, month, day = str(row[field.path]).split("-")
    return Node(name, children=(Node("year", year), Node("month", month), Node("day", day)))


def _lines(shape: Shape, arguments: Node) -> Iterator[Node]:
    if shape.lines is None:
        return
    for places in (shape.lines.create, shape.lines.update):
        if places is not None:
            around, each = places
            holders = arguments.all(around) if around else iter((arguments,))
            for holder in holders:
                # New lines stand among the changed ones, too.
                names = {each, shape.lines.create[1]} if around else {each}
                yield from (one for one in holder.children if one.name in names)


def _line_number(line: Node) -> int:
    number = dict(line.attributes).get(_NUMBER, "0")
    if number.isascii() and number.isdigit() and len(number) < 10:
        return int(number)
    raise Refused(f"The value '{number}' of {_NUMBER} is not a number.", BUSINESS)


def _fields(reading: _Reading, shape: Shape, elements: tuple[Node, ...]) -> Iterator[Node]:
    customs = [one for one in elements if one.name == _CUSTOM and one.children]
    for name, text in _texts(tuple(one for one in elements if one not in customs), "", reading.notation):
        if name not in shape.fields:
            raise Refused(f"The function {reading.function} takes no element {name} here.", BUSINESS)
        target = shape.fields[name]
        if target == _IGNORED or (target is None and text.lower() in _NOTHING):
            continue
        if target is None:
            raise Refused(f"The sandbox keeps nothing for {name} of {reading.function}.", BUSINESS)
        yield from _field(reading.function, target, text)
    for one in customs:
        yield from _custom_fields(reading, shape, one)


def _custom_fields(reading: _Reading, shape: Shape, element: Node) -> Iterator[Node]:
    """Custom fields, which stand in pairs of name and value."""
    found = reading.names.find(shape.object_name)
    for one in element.children:
        field = found.fields.get(one.value("customfieldname").upper())
        if one.name != "customfield" or field is None or not field.is_custom:
            name = one.value("customfieldname") or one.name
            raise Refused(f"There is no custom field {name} on the object {found.name}.", BUSINESS)
        yield Node(field.name, one.value("customfieldvalue"))


def _field(function: str, target: str, text: str) -> Iterator[Node]:
    if target == _ACTION:
        yield Node("ACTION", text)
    elif target == _SOURCE:
        if text:
            raise Refused(f"The sandbox does not convert documents: {function} with createdfrom.", BUSINESS)
    else:
        yield Node(target, text)


def _texts(elements: tuple[Node, ...], prefix: str, notation: Notation) -> Iterator[tuple[str, str]]:
    for one in elements:
        name = f"{prefix}{one.name}"
        if one.child("year") is not None:
            yield name, date_of(one, notation)
        elif one.children:
            yield from _texts(one.children, f"{name}.", notation)
        else:
            yield name, one.text


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _shape(raw: Mapping[str, Any]) -> Shape:
    lines = raw.get("lines")
    return Shape(
        object_name=raw["object"],
        fields=raw["fields"],
        lines=LinesOf(
            create=(lines["create"][0], lines["create"][1]),
            update=(lines["update"][0], lines["update"][1]) if "update" in lines else None,
            shape=lines["shape"],
        )
        if lines is not None
        else None,
    )


def _function(name: str, raw: Mapping[str, Any]) -> OlderFunction:
    return OlderFunction(
        name=name,
        does=raw["does"],
        found=legacy.ALL[raw["object"]],
        shape=SHAPES[raw["shape"]] if "shape" in raw else None,
        attribute=raw.get("attribute", "key"),
        is_named=bool(raw.get("named")),
        date=raw.get("date", ""),
        text=raw.get("text", ""),
    )


_TABLE: Final = _read(Path(__file__).parent / "older.json")
SHAPES: Final[Mapping[str, Shape]] = {name: _shape(raw) for name, raw in _TABLE["shapes"].items()}
FUNCTIONS: Final[Mapping[str, OlderFunction]] = {
    name: _function(name, raw) for name, raw in _TABLE["functions"].items()
}
LISTS: Final[Mapping[str, OlderList]] = {
    name: OlderList(legacy.ALL[raw["object"]], raw["fields"]) for name, raw in _TABLE["lists"].items()
}
