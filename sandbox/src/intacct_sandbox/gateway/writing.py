"""`create`, `update` and `delete`: elements turned into the JSON that `objects` takes.

Written is what the REST API writes of an object; its rules are `objects`' affair. Lines stand in the element
that `read` shows them in. A contact given in full inside a record is a record of its own: it is made, or
changed where there is one. That a contact's name is made of the print-as name and the ID of the vendor or
customer is seen in companies; that lines without a RECORDNO replace all lines on update is a guess.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from intacct_sandbox import objects
from intacct_sandbox.gateway import legacy
from intacct_sandbox.gateway.legacy import LegacyField, LegacyObject, Lines
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.refusals import BUSINESS, QUERY, Refused
from intacct_sandbox.gateway.values import operand
from intacct_sandbox.objects import (
    BadPayload,
    Changes,
    Definition,
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
from intacct_sandbox.objects.definitions import TYPE_MARK, Kind
from intacct_sandbox.store import Store

# No field that a record is found by counts from today.
_ANY_DAY: Final = date(2000, 1, 1)
_CONTACT: Final = "company-config/contact"
_CONTACTS: Final = frozenset({_CONTACT, "company-config/contact-version"})
# What clients send for a field that they do not use.
_NOTHING: Final = frozenset({"", "false"})
_MARK_OF_NAME: Final = {"VENDOR": "V", "CUSTOMER": "C"}
_METHODS: Final = {"create": "POST", "update": "PATCH", "delete": "DELETE"}
_TYPE_OF_DOCUMENT: Final = "DOCPARID"


@dataclass(slots=True)
class _Body:
    """A record's JSON in the making, and the contacts in it by the reference that leads to them."""

    json: dict[str, Any] = field(default_factory=dict)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)


class Writer:
    """Writes of one caller."""

    def __init__(self, store: Store, changes: Changes, scope: Scope) -> None:
        self._store = store
        self._changes = changes
        self._scope = scope

    def create(self, found: LegacyObject, record: Node) -> Written:
        """Create a record.

        Raises:
            Refused: A field that is not there, or a value that does not fit it.
            ObjectsError: The record is refused.
        """
        definition = _writable(found, "create", record.value(_TYPE_OF_DOCUMENT))
        body = self._body(found, record)
        self._name_contacts(found, record, body)
        return self._changes.create(definition, body.json)

    def update(self, found: LegacyObject, record: Node) -> Written:
        """Change a record named by RECORDNO or by its ID.

        Raises:
            Refused: As for `create`, or no record is named.
            ObjectsError: The record is not there, or refused.
        """
        name = record.value(found.named_by)
        key = record.value("RECORDNO") or self.key_of(found, name, found.named_by)
        return self.change(found, key, record)

    def change(self, found: LegacyObject, key: str, record: Node) -> Written:
        """Change the record with that key.

        Raises:
            Refused, ObjectsError: As for `update`.
        """
        definition = _writable(found, "update", self._type_of(found, key))
        body = self._body(found, record)
        self._name_known_contacts(found, key, body)
        if found.lines is not None and found.lines.path in body.json:
            body.json[found.lines.path] += self._replaced(found.lines, key, body.json[found.lines.path])
        return self._changes.update(definition, key, body.json)

    def delete(self, found: LegacyObject, key: str) -> None:
        """Delete the record with that key.

        Raises:
            Refused: Records of the object are not deleted.
            ObjectsError: It is not there, or refused.
        """
        self._changes.delete(_writable(found, "delete", self._type_of(found, key)), key)

    def key_of(self, found: LegacyObject, name: str, named_by: str) -> str:
        """The key of the record that a field names.

        Raises:
            Refused: No record is named, or none is there.
        """
        if not name:
            raise Refused(f"The function needs RECORDNO or {named_by} of a {found.name}.", BUSINESS)
        row = self._row(found.definition, found.field(named_by).path, name, "key")
        if row is None:
            raise Refused(f"There is no {found.name} with {named_by} {name}.", BUSINESS)
        return str(row["key"])

    # JSON

    def _body(self, found: LegacyObject, record: Node) -> _Body:
        body = _Body()
        for child in record.children:
            if found.lines is not None and child.name.upper() == found.lines.element:
                body.json[found.lines.path] = self._lines(found.lines, child)
                continue
            for name, text in _texts(child, ""):
                _add(body, found, name, text)
        return body

    def _lines(self, lines: Lines, element: Node) -> list[dict[str, Any]]:
        owned = legacy.ALL[lines.object_name]
        found = []
        for line in element.children:
            if line.name.upper() != lines.object_name:
                raise Refused(f"{lines.element} holds {lines.object_name}, not {line.name}.", BUSINESS)
            body = self._body(owned, line).json
            key = line.value("RECORDNO")
            found.append({"key": key, **body} if key else body)
        return found

    def _replaced(self, lines: Lines, key: str, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What becomes of the lines there are: nothing, unless new ones come in their place."""
        if all("key" in line for line in given):
            return []
        kept = {line.get("key") for line in given}
        owned = legacy.ALL[lines.object_name].definition
        query = Query(fields=("key",), filters=(Filter("$eq", lines.owner, key),), size=objects.LARGEST_SIZE)
        page = run(self._store, owned, query, self._scope, today=_ANY_DAY)
        return [{"key": row["key"], "ia::operation": "delete"} for row in page.rows if row["key"] not in kept]

    # Contacts inside a record

    def _name_contacts(self, found: LegacyObject, record: Node, body: _Body) -> None:
        for path, details in body.contacts.items():
            name = _get(body.json, [*path.split("."), "id"]) or _contact_name(found, record, details)
            self._keep_contact(name, details)
            _put(body.json, [*path.split("."), "id"], name)

    def _name_known_contacts(self, found: LegacyObject, key: str, body: _Body) -> None:
        for path, details in body.contacts.items():
            name = _get(body.json, [*path.split("."), "id"])
            if not name:
                row = self._row(found.definition, "key", key, f"{path}.id") or {}
                name = row.get(f"{path}.id")
            if not name:
                raise Refused(f"A contact of {found.name} is given without CONTACTNAME.", BUSINESS)
            self._keep_contact(str(name), details)
            if _get(body.json, [*path.split("."), "id"]):
                _put(body.json, [*path.split("."), "id"], str(name))

    def _keep_contact(self, name: str, details: dict[str, Any]) -> None:
        definition = objects.ALL[_CONTACT]
        row = self._row(definition, "id", name, "key")
        if row is None:
            self._changes.create(definition, {"printAs": name, **details, "id": name})
        else:
            self._changes.update(definition, str(row["key"]), details)

    # Finding

    def _type_of(self, found: LegacyObject, key: str) -> str:
        """The type of a document, which its name among `objects` ends with."""
        if not found.definition.typed_methods:
            return ""
        row = self._row(found.definition, "key", key, "txnDefinition.id") or {}
        return str(row.get("txnDefinition.id") or "")

    def _row(self, definition: Definition, path: str, value: str, wanted: str) -> dict[str, Any] | None:
        if path == "key" and not (value.isascii() and value.isdigit()):
            return None
        query = Query(
            fields=("key", wanted), filters=(Filter("$eq", path, value),), size=1, include_private=True
        )
        page = run(self._store, definition, query, self._scope, today=_ANY_DAY)
        return dict(page.rows[0]) if page.rows else None


def named(found: LegacyObject, written: Written) -> Node:
    """A written record as `create` and `update` answer it."""
    return Node(
        found.name.lower(),
        children=(Node("RECORDNO", str(written.key)), Node(found.named_by, written.id)),
    )


def number_of(error: ObjectsError) -> str:
    """The number of an error of `objects`: what concerns a record is business, the rest the query."""
    about_records = (BadPayload, KeptElsewhere, NoSuchRecord, RuleBroken, Taken)
    return BUSINESS if isinstance(error, about_records) else QUERY


def _writable(found: LegacyObject, function: str, document: str) -> Definition:
    definition = found.definition
    if definition.typed_methods and document:
        definition = objects.find(f"{definition.name}{TYPE_MARK}{document}") or definition
    if found.is_read_only or _METHODS[function] not in definition.methods:
        raise Refused(f"The sandbox does not {function} {found.name} through the XML gateway.", BUSINESS)
    return definition


def _add(body: _Body, found: LegacyObject, name: str, text: str) -> None:
    known = found.field(name)
    if known.path == "key" or (not known.path and text.lower() in _NOTHING):
        return
    comparable = found.comparable(name)
    contact = _contact_of(found.definition, comparable.path)
    if contact is None:
        _put(body.json, comparable.path.split("."), _json(comparable, text))
    else:
        at = comparable.path.removeprefix(f"{contact}.").split(".")
        _put(body.contacts.setdefault(contact, {}), at, _json(comparable, text))


def _contact_of(definition: Definition, path: str) -> str | None:
    """The reference to a contact that a path goes through, unless it only names the contact."""
    for at, reference in definition.references.items():
        rest = path.removeprefix(f"{at}.")
        if reference.target in _CONTACTS and rest not in {path, "id", "key"}:
            return at
    return None


def _contact_name(found: LegacyObject, record: Node, details: dict[str, Any]) -> str:
    print_as = details.get("printAs")
    if not print_as:
        raise Refused(f"A contact of {found.name} is given without CONTACTNAME and PRINTAS.", BUSINESS)
    own = record.value(found.named_by)
    return f"{print_as} ({_MARK_OF_NAME.get(found.name, '')}{own})" if own else str(print_as)


def _texts(node: Node, prefix: str) -> list[tuple[str, str]]:
    """Dotted names and texts of all elements that hold no others."""
    name = f"{prefix}{node.name}"
    if not node.children:
        return [(name, node.text)]
    return [one for child in node.children for one in _texts(child, f"{name}.")]


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


def _get(body: dict[str, Any], path: list[str]) -> str | None:
    found: Any = body
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return str(found) if found else None
