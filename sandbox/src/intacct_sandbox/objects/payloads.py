"""A record's JSON as a request writes it, read against its object: values, links and elements of lists.

Everything that is wrong is gathered before anything is refused. The catalogue's limits are kept: a field that
is only weakly read-only is written, words outside `enum` are refused only where a live model lists them.
Whether the records that links point to exist is asked in `writing`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final, Literal

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.definitions import Definition, Field, Kind, ListOf, Reference
from intacct_sandbox.objects.errors import BadPayload, Problem, ProblemKind
from intacct_sandbox.objects.kinds import Native, stored

Operation = Literal["add", "update", "delete"]

OPERATION: Final = "ia::operation"
_OPERATIONS: Final[tuple[Operation, ...]] = ("add", "update", "delete")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_NUMBER: Final = re.compile(r"-?\d{1,17}(\.\d{1,17})?", re.ASCII)
_LARGEST_INTEGER: Final = 2**53
MOST_ELEMENTS: Final = 2000


@dataclass(frozen=True, slots=True)
class Link:
    """What a payload says of a reference.

    Attributes:
        key: The target's key; None where it is not given.
        id: The target's id; None where it is not given.
        pointer: Where in the payload.
        members: The target's own values, which are used where the target is made along.
    """

    key: str | None
    id: str | None
    pointer: str
    members: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether it says that nothing is referred to."""
        return self.key is None and self.id is None


@dataclass(frozen=True, slots=True)
class Payload:
    """A record's JSON, read.

    Attributes:
        values: Stored path -> value.
        links: Reference path -> link.
        elements: Owned list -> what to do with its elements.
        kept: Other list -> its elements as they are kept, or links.
        pointer: Where in the whole payload this record stands; empty for the whole.
    """

    values: dict[str, Native] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    elements: dict[str, list["Element"]] = field(default_factory=dict)
    kept: dict[str, list[Any]] = field(default_factory=dict)
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of an owned list."""

    operation: Operation
    key: str | None
    payload: Payload


def read(
    definition: Definition,
    body: object,
    *,
    creating: bool,
    strict_types: bool = False,
    examples: bool = False,
) -> Payload:
    """Read the JSON of one record.

    Args:
        definition: The object.
        body: Parsed JSON.
        creating: For a new record: required fields are asked for.
        strict_types: Whether a number may not stand in a string, nor a number's digits in one.
        examples: Whether everything that each example shows is required, beside what a rule states.

    Raises:
        BadPayload: With everything that is wrong.
    """
    reader = _Reader(strict_types=strict_types, examples=examples)
    payload = reader.record(definition, body, "", creating=creating)
    if reader.problems:
        raise BadPayload(*reader.problems)
    return payload


def is_date(value: object) -> bool:
    """Whether a JSON value is a day as the wire writes it."""
    try:
        return isinstance(value, str) and bool(_DAY.fullmatch(value)) and bool(date.fromisoformat(value))
    except ValueError:
        return False


class _Reader:
    """Gathers problems while it reads."""

    def __init__(self, *, strict_types: bool, examples: bool) -> None:
        self._strict_types = strict_types
        self._examples = examples
        self.problems: list[Problem] = []

    def record(self, definition: Definition, body: object, pointer: str, *, creating: bool) -> Payload:
        payload = Payload(pointer=pointer)
        if not isinstance(body, dict):
            self._add("type", pointer or "/", f"{pointer or '/'} must be an object")
            return payload
        self._members(definition, body, "", pointer, payload, creating=creating)
        if creating:
            self._required(definition, payload)
        return payload

    def _members(
        self,
        definition: Definition,
        body: Mapping[str, Any],
        prefix: str,
        pointer: str,
        payload: Payload,
        *,
        creating: bool,
    ) -> None:
        for name, value in body.items():
            path, at = f"{prefix}{name}", f"{pointer}/{_escaped(name)}"
            if path in definition.fields:
                self._field(definition.fields[path], value, at, payload)
            elif path in definition.references:
                self._reference(definition, path, value, at, payload)
            elif path in definition.lists:
                self._list(definition, definition.lists[path], value, at, payload, creating=creating)
            elif path not in _groups(definition):
                self._add("unknown", at, f"{at} is not a valid field")
            elif isinstance(value, dict):
                self._members(definition, value, f"{path}.", at, payload, creating=creating)
            elif value is not None:
                self._add("type", at, f"{at} must be an object")

    def _field(self, one: Field, value: object, at: str, payload: Payload) -> None:
        if one.read_only or one.computed is not None:
            self._add("readOnly", at, f"{at} is a read-only field")
            return
        try:
            native = _native(one, value, strict=self._strict_types)
        except ValueError as error:
            kind: Literal["type", "value"] = "type" if isinstance(error, _WrongType) else "value"
            self._add(kind, at, f"{at} {error}")
            return
        if one.enum is not None and native is not None and native not in one.enum:
            words = ", ".join(str(word) for word in one.enum if word is not None)
            self._add("value", at, f"{at} must be one of {words}")
            return
        if one.path == "id" and native == "":
            self._add("value", at, f"{at} must not be empty")
            return
        payload.values[one.path] = native

    def _reference(self, definition: Definition, path: str, value: object, at: str, payload: Payload) -> None:
        reference = definition.references[path]
        if reference.read_only:
            self._add("readOnly", at, f"{at} is a read-only field")
            return
        if value is None:
            payload.links[path] = Link(None, None, at)
            return
        if not isinstance(value, dict):
            self._add("type", at, f'{at} must be an object such as {{"id": "…"}}')
            return
        link = self._link(value, at)
        for name in value:
            if name not in {"key", "id", "href"} and not _is_member(definition, reference, name):
                self._add("unknown", f"{at}/{_escaped(name)}", f"{at}/{_escaped(name)} is not a valid field")
        if link is not None:
            payload.links[path] = link

    def _link(self, value: Mapping[str, Any], at: str) -> Link | None:
        parts: dict[str, str | None] = {}
        for name in ("key", "id"):
            part = value.get(name)
            if isinstance(part, int) and not isinstance(part, bool) and not self._strict_types:
                part = str(part)
            if part is not None and not isinstance(part, str):
                self._add("type", f"{at}/{name}", f"{at}/{name} must be a string")
                return None
            if part == "":
                self._add("value", f"{at}/{name}", f"{at}/{name} must not be empty")
                return None
            parts[name] = part
        members = {name: one for name, one in value.items() if name not in {"key", "id", "href"}}
        return Link(parts["key"], parts["id"], at, members)

    def _list(
        self,
        definition: Definition,
        one: ListOf,
        value: object,
        at: str,
        payload: Payload,
        *,
        creating: bool,
    ) -> None:
        if one.read_only:
            self._add("readOnly", at, f"{at} is a read-only field")
            return
        if value is None:
            value = []
        if not isinstance(value, list) or not all(isinstance(element, dict) for element in value):
            self._add("type", at, f"{at} must be an array of objects")
            return
        if len(value) > MOST_ELEMENTS:
            self._add("value", at, f"{at} must have {MOST_ELEMENTS} elements at most")
            return
        target = registry.beside(definition, one.target)
        if one.owned and target is not None:
            payload.elements[one.path] = list(self._elements(target, value, at, creating=creating))
        elif target is not None and not one.fields:
            links = (self._link(element, f"{at}/{place}") for place, element in enumerate(value))
            payload.kept[one.path] = [link for link in links if link is not None]
        else:
            payload.kept[one.path] = value

    def _elements(
        self, target: Definition, value: list[dict[str, Any]], at: str, *, creating: bool
    ) -> Iterator[Element]:
        for place, element in enumerate(value):
            pointer = f"{at}/{place}"
            key = element.get("key")
            operation = element.get(OPERATION, "add" if key is None else "update")
            # Sage's pages call a change by either word.
            operation = "update" if operation == "patch" else operation
            if operation not in _OPERATIONS:
                self._add(
                    "value", f"{pointer}/{OPERATION}", f"{pointer}/{OPERATION} must be add, update or delete"
                )
                continue
            if operation == "add":
                body = {name: one for name, one in element.items() if name != OPERATION}
                yield Element("add", None, self.record(target, body, pointer, creating=True))
                continue
            if creating or not isinstance(key, str):
                why = "is a read-only field" if creating else "must be the key of an element"
                self._add("readOnly" if creating else "required", f"{pointer}/key", f"{pointer}/key {why}")
                continue
            rest = {
                name: one for name, one in element.items() if name not in {OPERATION, "key", "id", "href"}
            }
            if operation == "delete":
                rest = {}
            yield Element(operation, key, self.record(target, rest, pointer, creating=False))

    def _required(self, definition: Definition, payload: Payload) -> None:
        required = list(definition.required)
        if self._examples:
            required += [path for path in definition.required_on_create if "[]" not in path]
        for wanted in dict.fromkeys(required):
            choices = [_own_path(definition, path) for path in wanted.split("|")]
            if not any(_is_given(payload, path) for path in choices):
                at = f"{payload.pointer}/{choices[0].replace('.', '/')}"
                self._add("required", at, f"{at} is required")

    def _add(self, kind: ProblemKind, pointer: str, message: str) -> None:
        self.problems.append(Problem(kind, pointer, message))


class _WrongType(ValueError):
    """The JSON type is another."""


def _own_path(definition: Definition, path: str) -> str:
    """The field or reference that a path of an example stands for: `vendor.id` -> `vendor`."""
    parent, _, last = path.rpartition(".")
    return parent if parent in definition.references and last in {"key", "id"} else path


def _is_given(payload: Payload, path: str) -> bool:
    if path in payload.links:
        link = payload.links[path]
        return not link.is_empty or bool(link.members)
    if path in payload.elements:
        return bool(payload.elements[path])
    return path in payload.kept or payload.values.get(path) is not None


@lru_cache(maxsize=1024)
def _groups(definition: Definition) -> frozenset[str]:
    """Every path that is a group."""
    found = set()
    for path in (*definition.fields, *definition.references, *definition.lists):
        parts = path.split(".")
        found |= {".".join(parts[:length]) for length in range(1, len(parts))}
    return frozenset(found)


def _is_member(definition: Definition, reference: Reference, name: str) -> bool:
    """Whether a reference shows such a member; what is given there is the target's and has no effect."""
    if any(path == name or path.startswith(f"{name}.") for path in reference.members):
        return True
    target = registry.beside(definition, reference.target)
    if target is None:
        return reference.target is None
    return name in target.fields or name in target.references or name in _groups(target)


def _escaped(name: str) -> str:
    """A name inside a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _native(one: Field, value: object, *, strict: bool) -> Native:
    """A JSON value as the field's own.

    Raises:
        ValueError: It does not fit; the text ends the sentence that starts with where it stands.
    """
    if value is None:
        return None
    native = _CONVERT[one.kind](one, value, strict)
    if one.kind in {Kind.MONEY, Kind.DECIMAL}:
        try:
            stored(one.kind, native)
        except ValueError:
            places = 2 if one.kind is Kind.MONEY else 8
            raise ValueError(f"must be a number with {places} decimal places at most") from None
    return native


def _text(one: Field, value: object, strict: bool) -> Native:
    if isinstance(value, str):
        return value
    # A type that was guessed from a name proves nothing against a number.
    if (not strict or one.guess) and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise _WrongType("must be a string")


def _texts(_one: Field, value: object, _strict: bool) -> Native:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return value
    raise _WrongType("must be an array of strings")


def _boolean(_one: Field, value: object, strict: bool) -> Native:
    if isinstance(value, bool):
        return value
    if not strict and isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    raise _WrongType("must be true or false")


def _digits(value: object, strict_string: bool | None) -> Decimal:
    """A number from JSON's number or string; `strict_string` says which one alone is taken."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if strict_string is True and not isinstance(value, str):
        raise _WrongType("must be a number in a string")
    if strict_string is False and not is_number:
        raise _WrongType("must be a number")
    text = str(value)
    if not (is_number or isinstance(value, str)) or not (is_number or _NUMBER.fullmatch(text)):
        raise _WrongType("must be a number")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _WrongType("must be a number") from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 17:
        raise ValueError("is too large")
    return number


def _decimal(_one: Field, value: object, strict: bool) -> Native:
    return _digits(value, True if strict else None)


def _number(_one: Field, value: object, strict: bool) -> Native:
    return float(_digits(value, False if strict else None))


def _integer(_one: Field, value: object, strict: bool) -> Native:
    number = _digits(value, False if strict else None)
    if number != number.to_integral_value():
        raise _WrongType("must be a whole number")
    if abs(number) > _LARGEST_INTEGER:
        raise ValueError("is too large")
    return int(number)


def _date(_one: Field, value: object, _strict: bool) -> Native:
    if isinstance(value, str) and is_date(value):
        return date.fromisoformat(value)
    raise ValueError("must be a date such as 2026-01-31")


def _datetime(_one: Field, value: object, _strict: bool) -> Native:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else datetime.fromisoformat(f"{value}+00:00")).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise ValueError("must be a date and time such as 2026-01-31T12:00:00Z")


def _json(one: Field, value: object, _strict: bool) -> Native:
    if one.type == "array" and isinstance(value, list):
        return value
    if one.type == "object" and isinstance(value, dict):
        return value
    raise _WrongType(f"must be an {one.type}")


_CONVERT: Final = {
    Kind.TEXT: _text,
    Kind.TEXTS: _texts,
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.MONEY: _decimal,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.KEY: _text,
    Kind.JSON: _json,
}
