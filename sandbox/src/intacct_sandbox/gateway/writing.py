"""`create` and `update` of vendors and customers: elements turned into the JSON that `objects` takes.

A contact given in full is not taken: name an existing one in `CONTACTNAME`. Other objects can be read only.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, Final, TypeAlias

from intacct_sandbox.gateway import legacy
from intacct_sandbox.gateway.legacy import LegacyField, LegacyObject
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.refusals import BUSINESS, QUERY, Refused
from intacct_sandbox.gateway.values import operand
from intacct_sandbox.objects import (
    BadPayload,
    Changes,
    Filter,
    KeptElsewhere,
    NoSuchRecord,
    ObjectsError,
    Query,
    RuleBroken,
    Scope,
    Taken,
    Written,
    run,
)
from intacct_sandbox.objects.definitions import Kind
from intacct_sandbox.store import Store

WRITABLE: Final = frozenset({"VENDOR", "CUSTOMER"})

Write: TypeAlias = Callable[[Store, Changes, LegacyObject, Node, Scope], Node]

# No field that a record is found by counts from today.
_ANY_DAY: Final = date(2000, 1, 1)


def writable(name: str) -> LegacyObject:
    """The object of that name, if the sandbox writes it here.

    Raises:
        Refused: There is none, or it can be read only.
    """
    found = legacy.find(name)
    if found.name not in WRITABLE:
        raise Refused(f"The sandbox does not write {found.name} through the XML gateway.", BUSINESS)
    return found


def create(_store: Store, changes: Changes, found: LegacyObject, record: Node, _scope: Scope) -> Node:
    """Create a record, and name it.

    Raises:
        Refused: A field that is not there, or a value that does not fit it.
        ObjectsError: The record is refused.
    """
    return _named(found, changes.create(found.definition, _body(found, record)))


def update(store: Store, changes: Changes, found: LegacyObject, record: Node, scope: Scope) -> Node:
    """Change a record named by RECORDNO or by its ID, and name it.

    Raises:
        Refused: As for `create`, or no record is named.
        ObjectsError: The record is not there, or refused.
    """
    key = record.value("RECORDNO") or _key_of(store, found, record.value(found.named_by), scope)
    return _named(found, changes.update(found.definition, key, _body(found, record)))


def number_of(error: ObjectsError) -> str:
    """The number of an error of `objects`: what concerns a record is business, the rest the query."""
    about_records = (BadPayload, KeptElsewhere, NoSuchRecord, RuleBroken, Taken)
    return BUSINESS if isinstance(error, about_records) else QUERY


def _key_of(store: Store, found: LegacyObject, name: str, scope: Scope) -> str:
    if not name:
        raise Refused(f"The update needs RECORDNO or {found.named_by}.", BUSINESS)
    path = found.field(found.named_by).path
    query = Query(fields=("key",), filters=(Filter("$eq", path, name),), size=1, include_private=True)
    page = run(store, found.definition, query, scope, today=_ANY_DAY)
    if not page.rows:
        raise Refused(f"There is no {found.name} with {found.named_by} {name}.", BUSINESS)
    return str(page.rows[0]["key"])


def _body(found: LegacyObject, record: Node) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, text in _texts(record, ""):
        field = found.comparable(name)
        if field.path != "key":
            _put(body, field.path.split("."), _json(field, text))
    return body


def _texts(node: Node, prefix: str) -> list[tuple[str, str]]:
    """Dotted names and texts of all elements that hold no others."""
    found = []
    for child in node.children:
        name = f"{prefix}{child.name}"
        found += _texts(child, f"{name}.") if child.children else [(name, child.text)]
    return found


def _json(field: LegacyField, text: str) -> object:
    if not text:
        return None
    if field.kind not in {Kind.INTEGER, Kind.NUMBER}:
        return operand(field, text)
    try:
        return int(text) if field.kind is Kind.INTEGER else float(text)
    except ValueError:
        raise Refused(f"The value '{text}' of {field.name} is not a number.", BUSINESS) from None


def _put(body: dict[str, Any], path: list[str], value: object) -> None:
    for name in path[:-1]:
        body = body.setdefault(name, {})
    body[path[-1]] = value


def _named(found: LegacyObject, written: Written) -> Node:
    return Node(
        found.name.lower(),
        children=(Node("RECORDNO", str(written.key)), Node(found.named_by, written.id)),
    )
