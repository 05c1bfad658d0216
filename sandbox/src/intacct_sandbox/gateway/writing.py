"""`create`, `update` and `delete`: elements turned into the JSON that `objects` takes.

Written is what the REST API writes of an object; its rules are `objects`' affair. Lines stand in the element
that `read` shows them in. A contact given in full inside a record is a record of its own: it is made, or
changed where there is one. That a contact's name is made of the print-as name and the ID of the vendor or
customer is seen in companies; that lines without a RECORDNO replace all lines on update is a guess.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from intacct_sandbox import objects
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.gateway.additions import Names
from intacct_sandbox.gateway.legacy import LegacyField, LegacyObject, Lines
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.notation import Notation
from intacct_sandbox.gateway.refusals import BUSINESS, QUERY, Refused
from intacct_sandbox.gateway.values import operand
from intacct_sandbox.objects import (
    Author,
    BadPayload,
    Changes,
    Definition,
    Filter,
    KeptElsewhere,
    NoSuchRecord,
    ObjectsError,
    Query,
    RuleBroken,
    Taken,
    Written,
    run,
    workflows,
)
from intacct_sandbox.objects.definitions import TYPE_MARK, Kind
from intacct_sandbox.objects.paths import DOCUMENT
from intacct_sandbox.store import Store

# No field that a record is found by counts from today.
_ANY_DAY: Final = date(2000, 1, 1)
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CONTACT: Final = "company-config/contact"
_CONTACTS: Final = frozenset({_CONTACT, "company-config/contact-version"})
# What clients send for a field that they do not use.
_NOTHING: Final = frozenset({"", "false"})
_MARK_OF_NAME: Final = {"VENDOR": "V", "CUSTOMER": "C"}
_METHODS: Final = {"create": "POST", "update": "PATCH", "delete": "DELETE"}
# What is submitted when it is created, as Sage documents it of bills and invoices.
_SUBMITTED: Final = frozenset({"APBILL", "ARINVOICE", "APADJUSTMENT", "ARADJUSTMENT"})
_ACTION: Final = "ACTION"
_SUBMIT: Final = "submit"
_DRAFT: Final = "draft"
_TYPE_OF_DOCUMENT: Final = "DOCPARID"


@dataclass(slots=True)
class _Body:
    """A record's JSON in the making, and the contacts in it by the reference that leads to them."""

    json: dict[str, Any] = field(default_factory=dict)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)


class Writer:
    """Writes of one caller, in the notation and by the names of the caller's company."""

    def __init__(
        self, store: Store, quirks: Quirks, author: Author, notation: Notation, names: Names
    ) -> None:
        self.notation = notation
        self.names = names
        self._store = store
        self._quirks = quirks
        self._author = author
        self._changes = Changes(store, quirks, author)
        self._scope = author.scope

    def create(self, found: LegacyObject, record: Node) -> Written:
        """Create a record.

        Raises:
            Refused: A field that is not there, or a value that does not fit it.
            ObjectsError: The record is refused.
        """
        definition = self._writable(found, "create", record.value(_TYPE_OF_DOCUMENT))
        body = self._body(found, record)
        self._name_contacts(found, record, body)
        if found.name in _SUBMITTED and record.value(_ACTION).lower() == _DRAFT:
            body.json["state"] = _DRAFT
        written = self._changes.create(definition, body.json)
        self._submit(found, str(written.key), record, default=_SUBMIT)
        return written

    def update(self, found: LegacyObject, record: Node) -> Written:
        """Change a record named by its key or by its ID.

        Raises:
            Refused: As for `create`, or no record is named.
            ObjectsError: The record is not there, or refused.
        """
        name = record.value(found.named_by)
        key = record.value(found.keyed_by) or self.key_of(found, name, found.named_by)
        return self.change(found, key, record, replacing=True)

    def change(self, found: LegacyObject, key: str, record: Node, *, replacing: bool) -> Written:
        """Change the record with that key.

        Args:
            found: Its object.
            key: Its key.
            record: What is changed.
            replacing: Whether new lines take the place of those that are there.

        Raises:
            Refused, ObjectsError: As for `update`.
        """
        definition = self._writable(found, "update", self._type_of(found, key))
        body = self._body(found, record)
        self._name_known_contacts(found, key, body)
        if replacing and found.lines is not None and found.lines.path in body.json:
            body.json[found.lines.path] += self._replaced(found.lines, key, body.json[found.lines.path])
        written = self._changes.update(definition, key, body.json)
        self._submit(found, key, record, default=_DRAFT)
        return written

    def delete(self, found: LegacyObject, key: str) -> None:
        """Delete the record with that key.

        Raises:
            Refused: Records of the object are not deleted.
            ObjectsError: It is not there, or refused.
        """
        self._changes.delete(self._writable(found, "delete", self._type_of(found, key)), key)

    def key_of(self, found: LegacyObject, name: str, named_by: str) -> str:
        """The key of the record that a field names.

        Raises:
            Refused: No record is named, or none is there.
        """
        if not name:
            raise Refused(f"The function needs {found.keyed_by} or {named_by} of a {found.name}.", BUSINESS)
        row = self._row(found.definition, found.field(named_by).path, name, "key")
        if row is None:
            raise Refused(f"There is no {found.name} with {named_by} {name}.", BUSINESS)
        return str(row["key"])

    def act(self, found: LegacyObject, action: str, body: dict[str, str]) -> None:
        """Do an action of the REST API to the record that the body names.

        Raises:
            Refused: The sandbox does not have the action.
            ObjectsError: The record is not there, or not in a state for it.
        """
        if workflows.find(found.definition.name, action) is None:
            raise Refused(f"The sandbox does not {action} {found.name}.", BUSINESS)
        workflows.run(self._store, self._quirks, self._author, found.definition, action, body)

    def line_keys(self, found: LegacyObject, key: str) -> list[str]:
        """The keys of a record's lines, in their order."""
        if found.lines is None:
            return []
        owned = self.names.find(found.lines.object_name).definition
        filters = (Filter("$eq", found.lines.owner, key),)
        query = Query(fields=("key",), filters=filters, size=objects.LARGEST_SIZE)
        return [str(row["key"]) for row in run(self._store, owned, query, self._scope, today=_ANY_DAY).rows]

    def document(self, found: LegacyObject, kind: str, number: str) -> str | None:
        """The key of a document of that type and number."""
        numbered = Filter("$eq", found.field("DOCNO").path, number)
        return self.find(found.definition, Filter("$eq", DOCUMENT, kind), numbered)

    def document_name(self, found: LegacyObject, key: str) -> tuple[str, str]:
        """The type and number of a document.

        Raises:
            Refused: It is not there.
        """
        number = found.field("DOCNO").path
        row = self._row(found.definition, "key", key, DOCUMENT, number)
        if row is None:
            raise Refused(f"There is no {found.name} with the key {key}.", BUSINESS)
        return str(row[DOCUMENT] or ""), str(row[number] or "")

    # Objects without a name of today's XML API, by their JSON

    def find(self, definition: Definition, *filters: Filter) -> str | None:
        """The key of a record."""
        query = Query(fields=("key",), filters=filters, size=1, include_private=True)
        page = run(self._store, definition, query, self._scope, today=_ANY_DAY)
        return str(page.rows[0]["key"]) if page.rows else None

    def json_of(self, definition: Definition, key: str) -> dict[str, Any]:
        """A record as the REST API shows it; empty where there is none."""
        return objects.get(self._store, definition, key, self._scope, today=_ANY_DAY) or {}

    def create_json(self, definition: Definition, body: dict[str, Any]) -> str:
        """Create a record, and tell its key. Raises ObjectsError."""
        return str(self._changes.create(definition, body).key)

    def update_json(self, definition: Definition, key: str, body: dict[str, Any]) -> str:
        """Change a record, and tell its key. Raises ObjectsError."""
        return str(self._changes.update(definition, key, body).key)

    def delete_json(self, definition: Definition, key: str) -> str:
        """Delete a record, and tell the key it had. Raises ObjectsError."""
        self._changes.delete(definition, key)
        return key

    # JSON

    def _body(self, found: LegacyObject, record: Node) -> _Body:
        body = _Body()
        for child in record.children:
            if found.lines is not None and child.name.upper() == found.lines.element:
                body.json[found.lines.path] = self._lines(found.lines, child)
                continue
            if found.name in _SUBMITTED and child.name.upper() == _ACTION:
                continue
            for name, text in _texts(child, ""):
                self._add(body, found, name, text)
        return body

    def _add(self, body: _Body, found: LegacyObject, name: str, text: str) -> None:
        known = found.field(name)
        if known.path in {"key", DOCUMENT} or (not known.path and text.lower() in _NOTHING):
            return
        comparable = found.comparable(name)
        contact = _contact_of(found.definition, comparable.path)
        value = _json(comparable, text, self.notation)
        if contact is None:
            _put(body.json, comparable.path.split("."), value)
        else:
            at = comparable.path.removeprefix(f"{contact}.").split(".")
            _put(body.contacts.setdefault(contact, {}), at, value)

    def _submit(self, found: LegacyObject, key: str, record: Node, *, default: str) -> None:
        """Take a draft on its way, unless it is to stay one: the REST API leaves that to a second call."""
        if found.name not in _SUBMITTED:
            return
        action = (record.value(_ACTION) or record.value("STATE") or default).lower()
        if action not in {_SUBMIT, _DRAFT}:
            raise Refused(f"The action '{action}' of {found.name} is neither Draft nor Submit.", BUSINESS)
        row = self._row(found.definition, "key", key, "state") or {}
        if action == _SUBMIT and row.get("state") == _DRAFT:
            self.act(found, _SUBMIT, {"key": key})

    def _lines(self, lines: Lines, element: Node) -> list[dict[str, Any]]:
        owned = self.names.find(lines.object_name)
        found = []
        for line in element.children:
            if line.name.upper() != lines.object_name:
                raise Refused(f"{lines.element} holds {lines.object_name}, not {line.name}.", BUSINESS)
            body = self._body(owned, line).json
            key = line.value(owned.keyed_by)
            found.append({"key": key, **body} if key else body)
        return found

    def _replaced(self, lines: Lines, key: str, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What becomes of the lines there are: nothing, unless new ones come in their place."""
        if all("key" in line for line in given):
            return []
        kept = {line.get("key") for line in given}
        owned = self.names.find(lines.object_name).definition
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

    def _writable(self, found: LegacyObject, function: str, document: str) -> Definition:
        definition = found.definition
        if definition.typed_methods and document:
            definition = self.names.definition(f"{definition.name}{TYPE_MARK}{document}") or definition
        if found.is_read_only or _METHODS[function] not in definition.methods:
            raise Refused(f"The sandbox does not {function} {found.name} through the XML gateway.", BUSINESS)
        return definition

    def _type_of(self, found: LegacyObject, key: str) -> str:
        """The type of a document, which its name among `objects` ends with."""
        if not found.definition.typed_methods:
            return ""
        row = self._row(found.definition, "key", key, DOCUMENT) or {}
        return str(row.get(DOCUMENT) or "")

    def _row(self, definition: Definition, path: str, value: str, *wanted: str) -> dict[str, Any] | None:
        if path == "key" and not (value.isascii() and value.isdigit()):
            return None
        query = Query(
            fields=("key", *wanted), filters=(Filter("$eq", path, value),), size=1, include_private=True
        )
        page = run(self._store, definition, query, self._scope, today=_ANY_DAY)
        return dict(page.rows[0]) if page.rows else None


def named(found: LegacyObject, written: Written) -> Node:
    """A written record as `create` and `update` answer it: its key, and its ID where it has one."""
    key = Node(found.keyed_by, str(written.key))
    has_id = found.field(found.named_by).path == "id"
    return Node(found.name.lower(), children=(key, Node(found.named_by, written.id)) if has_id else (key,))


def number_of(error: ObjectsError) -> str:
    """The number of an error of `objects`: what concerns a record is business, the rest the query."""
    about_records = (BadPayload, KeptElsewhere, NoSuchRecord, RuleBroken, Taken)
    return BUSINESS if isinstance(error, about_records) else QUERY


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


def _json(field: LegacyField, text: str, notation: Notation) -> object:
    if not text:
        return None
    if field.is_custom and field.kind in {Kind.DATE, Kind.DATETIME} and _ISO.match(text):
        # Sage's own example of a create writes custom dates so, and another one as the company does.
        return text
    if field.kind not in {Kind.INTEGER, Kind.NUMBER}:
        return operand(field, text, notation)
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
