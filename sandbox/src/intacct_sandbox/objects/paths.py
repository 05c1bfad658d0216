"""Dotted paths of the query service, resolved to columns.

A path names a field of the object, a member of one of its groups, or, through references, a field of a
related object: `vendor.term.id`. One can go from child to owner and to whatever a record refers to, never
down into a list. SQL is built in `statements`; nothing is read here.
"""

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import Final

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.definitions import Definition, Field, Kind, Reference
from intacct_sandbox.objects.errors import UnknownField, UnqueryableField
from intacct_sandbox.objects.kinds import Show, shown
from intacct_sandbox.objects.schema import column_of_reference

# The type of a document, which stands in its object's name; no field of Sage's.
DOCUMENT: Final = "ia::document"
# Deep enough for every path Sage's documents show (they stop at three relations).
DEEPEST: Final = 5


@dataclass(frozen=True, slots=True)
class Step:
    """One relation on the way: the column that holds the key, and the object it leads to."""

    column: str
    target: Definition


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Where a path's value comes from.

    Attributes:
        path: The path as asked for.
        steps: The relations to follow from the queried object.
        name: The column of the last table; None where nothing is ever there (the object referred to is not
            served by the sandbox).
        kind: How the value is stored and compared.
        show: From a stored value to JSON; None where they are the same.
        days_past_due: The value is counted from the record's due date instead of being stored.
        derived: Made from the key for showing only; filters and orders refuse it.
        deprecated: Shown in records only; the query service refuses it.
    """

    path: str
    steps: tuple[Step, ...]
    name: str | None
    kind: Kind
    show: Show | None
    days_past_due: bool = False
    derived: bool = False
    deprecated: bool = False


def resolve(definition: Definition, path: str) -> Column:
    """The column behind a path.

    Raises:
        UnknownField: There is no such path, or it goes through a list.
        UnqueryableField: The field can only be written.
    """
    column = _resolve(definition, path, ())
    if column is None:
        raise UnknownField(definition.name, path)
    if isinstance(column, Field):
        raise UnqueryableField(definition.name, path)
    return replace(column, path=path)


def resolve_for_query(definition: Definition, path: str) -> Column:
    """The column behind a path that the query service selects.

    Raises:
        UnknownField: There is no such path, or it goes through a list.
        UnqueryableField: The field can only be written, or is deprecated.
    """
    column = resolve(definition, path)
    if column.deprecated:
        raise UnqueryableField(definition.name, path)
    return column


def resolve_for_filter(definition: Definition, path: str) -> Column:
    """The column behind a path of a filter or an order.

    Raises:
        UnknownField: There is no such path, or it goes through a list.
        UnqueryableField: The field can only be written, is deprecated, or is derived from the key.
    """
    column = resolve_for_query(definition, path)
    if column.derived:
        raise UnqueryableField(definition.name, path)
    return column


def href(name: str, key: object) -> str:
    """The relative address of a record."""
    return f"/objects/{name}/{key}"


def web_url(name: str, key: object) -> str:
    """An address in the shape of Sage's opaque links into its pages; always the same for a record."""
    digest = hashlib.sha256(f"{name}:{key}".encode()).digest()
    return f"https://www.intacct.com/ia/acct/ur.phtml?.r={base64.urlsafe_b64encode(digest).decode()[:43]}"


def _resolve(definition: Definition, path: str, steps: tuple[Step, ...]) -> Column | Field | None:
    field = definition.fields.get(path)
    if field is not None:
        own = _own(definition, field, steps)
        return field if field.write_only else replace(own, deprecated=field.deprecated)
    if path == DOCUMENT and definition.typed_methods:
        return _column(path, steps, "document", Kind.TEXT)
    parts = path.split(".")
    for length in range(1, len(parts)):
        reference = definition.references.get(".".join(parts[:length]))
        if reference is not None:
            return _through(definition, reference, ".".join(parts[length:]), steps)
    return None


def _own(definition: Definition, field: Field, steps: tuple[Step, ...]) -> Column:
    computed = field.computed
    if computed is None:
        return _column(field.path, steps, field.path, field.kind)
    if computed == "daysPastDue":
        return Column(
            path=field.path,
            steps=steps,
            name=field.path,
            kind=field.kind,
            show=shown(field.kind),
            days_past_due=True,
        )
    if computed.startswith("keyOf:"):
        return _column(
            field.path, steps, column_of_reference(definition, computed.removeprefix("keyOf:")), Kind.KEY
        )
    return _from_key(definition.name, field, steps, "key")


def _from_key(target: str, field: Field, steps: tuple[Step, ...], column: str) -> Column:
    if field.computed == "key":
        return _column(field.path, steps, column, Kind.KEY)
    address = href if field.computed == "href" else web_url
    return Column(
        path=field.path,
        steps=steps,
        name=column,
        kind=Kind.TEXT,
        show=lambda key: address(target, key),
        derived=True,
    )


def _through(
    definition: Definition, reference: Reference, rest: str, steps: tuple[Step, ...]
) -> Column | Field | None:
    member = reference.members.get(rest)
    target = registry.beside(definition, reference.target)
    if target is None:
        if member is None and rest not in {"key", "id", "href"}:
            return None
        return _nothing(rest, member.field.kind if member is not None and member.field is not None else None)
    column = column_of_reference(definition, reference.path)
    path = member.of if member is not None else rest
    field = target.fields.get(path)
    # The key is already in this table: no need to visit the other one for what is made from it.
    if field is not None and field.computed in {"key", "href", "webURL"}:
        return _from_key(target.name, field, steps, column)
    found = _resolve(target, path, (*steps, Step(column, target))) if len(steps) < DEEPEST else None
    if found is None and member is not None:
        return _nothing(rest, member.field.kind if member.field is not None else None)
    return found


def _nothing(path: str, kind: Kind | None) -> Column:
    return _column(path, (), None, kind or Kind.TEXT)


def _column(path: str, steps: tuple[Step, ...], name: str | None, kind: Kind) -> Column:
    return Column(path=path, steps=steps, name=name, kind=kind, show=shown(kind))
