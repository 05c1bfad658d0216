"""The XML API's names of objects and fields, and what they stand for among `objects`.

The tables are in `names`, a file for each application: names from Sage's XML documentation and from what the
published clients send and select. What stands behind a name was matched by meaning; a word such as `Posted`
stands for the REST API's `posted`, and where no table has the word it is made of it (`Partially Approved`).
Fields of the REST API that the tables have no name for cannot be reached here; a name with nothing behind it
is a field of Sage's that the sandbox keeps nothing for: empty where it is read.

What every object has is in no table: who made and changed it and when, and whose entity it is. Nor are the
dimensions of lines, and the fields of contacts that a record refers to. What one company adds is in
`additions`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from intacct_sandbox import objects
from intacct_sandbox.gateway.refusals import BUSINESS, Refused
from intacct_sandbox.objects.definitions import Definition, Kind
from intacct_sandbox.objects.errors import ObjectsError
from intacct_sandbox.objects.paths import resolve_for_query

_WORDS: Final = "words.json"
_LABELLED: Final = "~"
_EVERYWHERE: Final = {
    "RECORD_URL": "webURL",
    "WHENCREATED": "audit.createdDateTime",
    "WHENMODIFIED": "audit.modifiedDateTime",
    "CREATEDBY": "audit.createdByUser.key",
    "MODIFIEDBY": "audit.modifiedByUser.key",
}
_OF_ENTITIES: Final = {
    "MEGAENTITYKEY": "entity.key",
    "MEGAENTITYID": "entity.id",
    "MEGAENTITYNAME": "entity.name",
}
_DIMENSIONS: Final = {
    "department": "DEPARTMENT",
    "location": "LOCATION",
    "project": "PROJECT",
    "task": "TASK",
    "costType": "COSTTYPE",
    "customer": "CUSTOMER",
    "vendor": "VENDOR",
    "employee": "EMPLOYEE",
    "item": "ITEM",
    "class": "CLASS",
    "contract": "CONTRACT",
    "warehouse": "WAREHOUSE",
}
_CONTACT: Final = {
    "CONTACTNAME": "id",
    "PREFIX": "prefix",
    "FIRSTNAME": "firstName",
    "INITIAL": "middleName",
    "LASTNAME": "lastName",
    "COMPANYNAME": "companyName",
    "PRINTAS": "printAs",
    "TAXABLE": "tax.isTaxable",
    "TAXID": "tax.taxId",
    "TAXGROUP": "tax.group.id",
    "TAXGROUP.NAME": "tax.group.id",
    "TAXGROUP.RECORDNO": "tax.group.key",
    "PHONE1": "phone1",
    "PHONE2": "phone2",
    "CELLPHONE": "mobile",
    "PAGER": "pager",
    "FAX": "fax",
    "EMAIL1": "email1",
    "EMAIL2": "email2",
    "URL1": "URL1",
    "URL2": "URL2",
    "VISIBLE": "showInContactList",
    "MAILADDRESS.ADDRESS1": "mailingAddress.addressLine1",
    "MAILADDRESS.ADDRESS2": "mailingAddress.addressLine2",
    "MAILADDRESS.CITY": "mailingAddress.city",
    "MAILADDRESS.STATE": "mailingAddress.state",
    "MAILADDRESS.ZIP": "mailingAddress.postCode",
    "MAILADDRESS.COUNTRY": "mailingAddress.country",
    "MAILADDRESS.COUNTRYCODE": "mailingAddress.isoCountryCode",
}


@dataclass(frozen=True, slots=True)
class LegacyField:
    """A field.

    Attributes:
        name: `VENDORID`; dotted below another object, `PAYTO.CONTACTNAME`.
        path: Where `objects` has it; empty for a field of Sage that nothing there corresponds to.
        words: From a word of the REST API to its names here: the one shown first, then the query's codes.
        is_labelled: Whether a word without a name here is shown as a label made of it.
        only: A path and its value: elsewhere the field is empty (the credit amount of a debit).
        label: What people read, where that is known.
        is_custom: Whether the company added it.
        is_required: Whether a create must have it.
    """

    name: str
    path: str
    kind: Kind
    is_read_only: bool
    words: Mapping[str, tuple[str, ...]]
    is_labelled: bool = False
    only: tuple[str, str] | None = None
    label: str = ""
    is_custom: bool = False
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """Owned records that `read` shows and `create` takes.

    Attributes:
        element: The element around them.
        object_name: Of each of them.
        owner: The path that leads back.
        path: The list in the owner's payload.
    """

    element: str
    object_name: str
    owner: str
    path: str


@dataclass(frozen=True, slots=True)
class LegacyObject:
    """An object.

    Attributes:
        name: `VENDOR`.
        named_by: The field that `readByName` looks into.
        is_dimension: Whether `getDimensions` lists it.
        is_read_only: Whether it is a view in the XML API, whatever the REST API does.
        keyed_by: The field that holds the key.
        relate: Finds fields of related records, where they may be asked for.
    """

    name: str
    label: str
    definition: Definition
    named_by: str
    fields: Mapping[str, LegacyField]
    lines: Lines | None
    is_dimension: bool
    is_read_only: bool = False
    keyed_by: str = "RECORDNO"
    relate: Callable[[str], LegacyField | None] | None = None

    def field(self, name: str) -> LegacyField:
        """The field of that name, whatever the case.

        Raises:
            Refused: There is none.
        """
        found = self.fields.get(name.upper())
        if found is None and self.relate is not None:
            found = self.relate(name)
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
    shown = [field.path for field in fields if field.path]
    needed = [field.only[0] for field in fields if field.only is not None]
    return tuple(dict.fromkeys(("key", *shown, *needed)))


def find(name: str) -> LegacyObject:
    """Sage's object of that name, whatever the case.

    Raises:
        Refused: The sandbox has none.
    """
    found = ALL.get(name.upper())
    if found is None:
        raise Refused(f"Object definition {name} not found", BUSINESS)
    return found


def plain_field(definition: Definition, name: str, path: str) -> LegacyField:
    """The field of that name with a path behind it."""
    return _field(definition, name, path, {}, None)


def _read(directory: Path) -> dict[str, LegacyObject]:
    words = json.loads((directory / _WORDS).read_text(encoding="utf-8"))
    found: dict[str, LegacyObject] = {}
    for path in sorted(directory.glob("*.json")):
        if path.name != _WORDS:
            table = json.loads(path.read_text(encoding="utf-8"))
            found |= {name: _object(name, raw, words) for name, raw in table.items()}
    return found


def _object(name: str, raw: Mapping[str, Any], words: Mapping[str, Any]) -> LegacyObject:
    definition = objects.ALL[raw["of"]]
    lines = raw.get("lines")
    only = raw.get("only", {})
    # Its own names first: the key stands at the head of a record.
    names = {**raw["fields"], **_implied(definition, raw), **raw["fields"]}
    return LegacyObject(
        name=name,
        label=raw["label"],
        definition=definition,
        named_by=raw["name"],
        fields={one: _field(definition, one, path, words, only.get(one)) for one, path in names.items()},
        lines=Lines(lines["element"], lines["object"], lines["owner"], lines.get("list", "lines"))
        if lines is not None
        else None,
        is_dimension=bool(raw.get("dimension")),
        is_read_only=bool(raw.get("readOnly")),
    )


def _implied(definition: Definition, raw: Mapping[str, Any]) -> dict[str, str]:
    """Names that an object has without being told: only those that lead somewhere."""
    candidates = dict(_EVERYWHERE)
    if definition.kind == "root":
        candidates |= _OF_ENTITIES
    at = raw.get("dimensions")
    if at is not None:
        for dimension, name in _DIMENSIONS.items():
            candidates |= _of_dimension(name, f"{at}.{dimension}")
    for name, reference in raw.get("contacts", {}).items():
        candidates |= {f"{name}.{one}": f"{reference}.{path}" for one, path in _CONTACT.items()}
    return {name: path for name, path in candidates.items() if leads(definition, path)}


def _of_dimension(name: str, path: str) -> dict[str, str]:
    return {f"{name}DIMKEY": f"{path}.key", f"{name}ID": f"{path}.id", f"{name}NAME": f"{path}.name"}


def leads(definition: Definition, path: str) -> bool:
    """Whether there is something to read behind a path."""
    try:
        resolve_for_query(definition, path)
    except ObjectsError:
        return False
    return True


def _field(
    definition: Definition,
    name: str,
    text: str | None,
    words: Mapping[str, Any],
    only: list[str] | None,
) -> LegacyField:
    if text is None:
        return LegacyField(name=name, path="", kind=Kind.TEXT, is_read_only=True, words={})
    path, _, vocabulary = text.partition("|")
    own = definition.fields.get(path)
    is_labelled = vocabulary == _LABELLED
    return LegacyField(
        name=name,
        path=path,
        kind=resolve_for_query(definition, path).kind,
        is_read_only=path == "key" or (own is not None and (own.read_only or own.weak_read_only)),
        words={} if is_labelled or not vocabulary else _vocabulary(words[vocabulary]),
        is_labelled=bool(vocabulary),
        only=(only[0], only[1]) if only is not None else None,
    )


def _vocabulary(raw: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {word: tuple(names) for word, names in raw.items()}


ALL: Final[Mapping[str, LegacyObject]] = _read(Path(__file__).parent / "names")
