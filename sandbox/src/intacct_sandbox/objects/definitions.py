"""What an object is: its fields, references and lists, read from the data files of this package.

A definition says what Sage's model service would say and what the sandbox needs besides: which table
columns there are, who owns an owned object, how entities bound its records. Paths are dotted as in the
query service (`audit.modifiedDateTime`, `contacts.default`), so groups need no type of their own. Values
are not known here; `kinds` turns them, `schema` stores them.

The data files are derived by `sandbox/scripts/derive_definitions.py`; marks in them keep how sure a fact is:
`guess` (judged by name), `"weak"` flags (never seen being written, which proves little), `words` (enumeration
words that were seen) against `enum` (a closed list from a live model).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal

# Stands between an object's name and a document's type.
TYPE_MARK: Final = "::"


class Kind(StrEnum):
    """How a value is stored, compared and shown."""

    TEXT = "text"
    TEXTS = "texts"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"
    KEY = "key"
    JSON = "json"


_KINDS = {
    ("string", "date"): Kind.DATE,
    ("string", "date-time"): Kind.DATETIME,
    ("string", "decimal-precision-2"): Kind.MONEY,
    ("string", "decimal"): Kind.DECIMAL,
    ("boolean", None): Kind.BOOLEAN,
    ("integer", None): Kind.INTEGER,
    ("number", None): Kind.NUMBER,
    ("array", None): Kind.TEXTS,
    ("object", None): Kind.JSON,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A plain value of an object.

    Attributes:
        path: Dotted, as the query service names it.
        type: The JSON type of the wire.
        format: The wire's format, such as `date` or `decimal-precision-2`.
        enum: The closed list of words, where a live model shows one; may hold None.
        words: Words seen in examples; never a reason to refuse another.
        default: What Sage fills in where nothing is given.
        read_only: Known to be read-only; `weak_read_only` merely never seen being written.
        computed: What it is computed from, instead of being stored: `key`, `href`, `webURL`, `daysPastDue`,
            `keyOf:<reference>`.
    """

    path: str
    type: str
    format: str | None
    kind: Kind
    enum: tuple[str | None, ...] | None = None
    words: tuple[str, ...] = ()
    default: object = None
    read_only: bool = False
    weak_read_only: bool = False
    write_only: bool = False
    immutable: bool = False
    deprecated: bool = False
    guess: bool = False
    computed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What a reference shows of its target besides key, id and href.

    Attributes:
        path: The member's own path below the reference.
        of: The target's path it is read from.
        field: Type and format where the data file says them; None where the target's field tells.
    """

    path: str
    of: str
    field: Field | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A link to one record of another object, stored as that record's key.

    Attributes:
        target: The other object; it may be one that the sandbox does not serve, or unknown (None).
    """

    path: str
    target: str | None
    members: Mapping[str, Member]
    read_only: bool = False
    guess: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """A collection: owned records, references, or elements described inline.

    Attributes:
        hides: A field of the owned object; elements that have a value there are left out when the owner is
            read (Sage hides subtotal lines of AR invoices so).
    """

    path: str
    target: str | None
    owned: bool
    read_only: bool
    hides: str | None
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Definition:
    """An object of the REST API.

    Attributes:
        name: Application and name, `accounts-payable/bill`.
        kind: `root`, or `owned` by the object that the reference `owner` points to.
        methods: What Sage serves; what the sandbox serves of it is `rest`'s affair.
        evidence: `recorded` (a live model), `schema` (Sage's published schema) or `examples`.
        scope: `shared`: a record of the top level is seen in every entity; `entity`: only in its own.
        indexes: Sets of paths worth an index in a large company.
        required_on_create: What every example of a create shows: an upper bound of what is required.
        required: What a rule states; `a|b` for one of two.
        longest_id: How many characters an id may have, where that is known.
        typed_methods: Where records have a document's type that can stand in the object's name
            (`order-entry/document::Sales Invoice`): the methods of the object under such a name.
        singleton: There is one record, found under `setup` in place of a key.
        document: The type in the name, where this is the object under such a name.
        beside: Finds the objects that this one refers to, where a company has them its own way.

    Two are the same only if they are one: what is worked out for a definition is remembered under it.
    """

    name: str
    kind: Literal["root", "owned"]
    owner: str | None
    methods: tuple[str, ...]
    evidence: str
    scope: Literal["shared", "entity"]
    fields: Mapping[str, Field]
    references: Mapping[str, Reference]
    lists: Mapping[str, ListOf]
    indexes: tuple[tuple[str, ...], ...]
    workflows: tuple[str, ...]
    required_on_create: tuple[str, ...]
    required: tuple[str, ...] = ()
    longest_id: int | None = None
    typed_methods: tuple[str, ...] = ()
    singleton: bool = False
    document: str | None = None
    beside: Callable[[str], "Definition | None"] | None = None

    @property
    def application(self) -> str:
        """The part before the slash."""
        return self.name.partition("/")[0]

    @property
    def table(self) -> str:
        """The SQLite table or view of its records."""
        return self.untyped_name.replace("-", "_").replace("/", "__").replace(TYPE_MARK, "_")

    @property
    def untyped_name(self) -> str:
        """The name without a document's type."""
        return self.name.partition(TYPE_MARK)[0] if self.document is not None else self.name

    @property
    def has_private(self) -> bool:
        """Whether its records can be private to an entity."""
        return self.kind == "root" and self.scope == "shared"


def typed(definition: Definition, document: str) -> Definition:
    """The object for one document type, `order-entry/document::Sales Invoice`."""
    mark = f"{TYPE_MARK}{document}"
    lists = {
        path: replace(one, target=one.target + mark) if one.target is not None and path == "lines" else one
        for path, one in definition.lists.items()
    }
    return replace(
        definition,
        name=definition.name + mark,
        methods=definition.typed_methods,
        lists=lists,
        document=document,
    )


def read(path: Path) -> dict[str, Definition]:
    """The definitions of one data file, by name."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return {name: _definition(name, raw) for name, raw in document.items()}


def _definition(name: str, raw: Mapping[str, Any]) -> Definition:
    return Definition(
        name=name,
        kind=raw["kind"],
        owner=raw.get("owner"),
        methods=tuple(raw["methods"]),
        evidence=raw["evidence"],
        scope=raw["scope"],
        fields={path: read_field(path, one) for path, one in raw["fields"].items()},
        references={path: _reference(path, one) for path, one in raw["references"].items()},
        lists={path: _list(path, one) for path, one in raw["lists"].items()},
        indexes=tuple(tuple(paths) for paths in raw.get("indexes", ())),
        workflows=tuple(raw.get("workflows", ())),
        required_on_create=tuple(raw.get("requiredOnCreate", ())),
        required=tuple(raw.get("required", ())),
        longest_id=raw.get("longestId"),
        typed_methods=tuple(raw.get("typedMethods", ())),
        singleton=bool(raw.get("singleton")),
    )


def read_field(path: str, raw: Mapping[str, Any]) -> Field:
    """A field from how a data file writes it."""
    shown = raw.get("format")
    computed = raw.get("computed")
    kind = _KINDS.get((raw["type"], shown), Kind.TEXT)
    if kind is Kind.TEXTS and raw.get("items", "string") != "string":
        kind = Kind.JSON
    # A key is a number in the table and a string on the wire; so is everything made from it.
    if computed == "key" or (computed or "").startswith("keyOf:"):
        kind = Kind.KEY
    return Field(
        path=path,
        type=raw["type"],
        format=shown,
        kind=kind,
        enum=tuple(raw["enum"]) if "enum" in raw else None,
        words=tuple(raw.get("words", ())),
        default=raw.get("default"),
        read_only=raw.get("readOnly") is True,
        weak_read_only=raw.get("readOnly") == "weak",
        # Seen in requests only is no proof that it cannot be read.
        write_only=raw.get("writeOnly") is True,
        immutable=bool(raw.get("immutable")),
        deprecated=bool(raw.get("deprecated")),
        guess=bool(raw.get("guess")),
        computed=computed,
    )


def _reference(path: str, raw: Mapping[str, Any]) -> Reference:
    members = {
        name: Member(
            path=name, of=one.get("of", name), field=read_field(name, one) if "type" in one else None
        )
        for name, one in raw.get("members", {}).items()
    }
    return Reference(
        path=path,
        target=raw["object"],
        members=members,
        read_only=raw.get("readOnly") is True,
        guess=bool(raw.get("guess")),
    )


def _list(path: str, raw: Mapping[str, Any]) -> ListOf:
    return ListOf(
        path=path,
        target=raw["object"],
        owned=bool(raw.get("owned")),
        read_only=raw.get("readOnly") is True,
        hides=raw.get("hides"),
        fields={name: read_field(name, one) for name, one in raw.get("fields", {}).items()},
    )
