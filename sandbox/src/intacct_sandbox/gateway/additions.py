"""The XML API's names of one company: Sage's in `legacy`, with what the company added to them.

A custom field stands among the others by its own name, without the REST API's `nsp::`; where Sage has a field
of that name, Sage's is meant. A custom object is called by its integration name, and its records by `id`
where Sage's are called by RECORDNO. A line refers to a record of a user-defined dimension by `GLDIM` and the
dimension's name, and the record's key. These are the names of Sage's documents and of clients in the field;
who made a custom record is told by the user's key, which is a guess.

A query reaches fields of related records by the other object's name. Sage's paths are names of their own, of
which only some are known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from intacct_sandbox.gateway import legacy
from intacct_sandbox.gateway.legacy import LegacyField, LegacyObject
from intacct_sandbox.gateway.refusals import BUSINESS, Refused
from intacct_sandbox.objects import custom
from intacct_sandbox.objects.custom import Additions, CustomField, CustomObject
from intacct_sandbox.objects.definitions import TYPE_MARK, Definition, Kind
from intacct_sandbox.store import Store

_DIMENSION: Final = "GLDIM"
_NAMED_BY: Final = "name"
_MOST_STEPS: Final = 4
# What every custom object has: its name here -> its path.
_OWN_FIELDS: Final = {
    "id": "key",
    "name": "name",
    "createdBy": "audit.createdByUser.key",
    "createdAt": "audit.createdDateTime",
    "updatedBy": "audit.modifiedByUser.key",
    "updatedAt": "audit.modifiedDateTime",
}


class Names:
    """The names of a company that has these additions."""

    def __init__(self, additions: Additions) -> None:
        self._additions = additions
        self._own = {one.name.upper(): one for one in additions.objects}
        self._made: dict[str, LegacyObject] = {}
        self._by_definition = {one.definition.name: name for name, one in legacy.ALL.items()}
        self._by_definition |= {one.object_name: one.name for one in additions.objects}

    def find(self, name: str) -> LegacyObject:
        """The object of that name, whatever the case.

        Raises:
            Refused: The company has none.
        """
        key = name.upper()
        if key not in self._made:
            self._made[key] = self._make(key, name)
        return self._made[key]

    def every(self) -> dict[str, LegacyObject]:
        """All objects, by their names: Sage's first."""
        own = [one.name for one in self._additions.objects if one.name.upper() not in legacy.ALL]
        return {name: self.find(name) for name in (*legacy.ALL, *own)}

    @property
    def dimensions(self) -> tuple[CustomObject, ...]:
        """The user-defined dimensions."""
        return self._additions.dimensions

    def of_document(self, found: LegacyObject, document: str) -> LegacyObject:
        """The object for documents of one type only; itself where none is named.

        Raises:
            Refused: Records of the object have no type, or there can be none of that name.
        """
        if not document:
            return found
        name = f"{found.definition.untyped_name}{TYPE_MARK}{document}"
        definition = self._additions.find(name) if found.definition.typed_methods else None
        if definition is None:
            raise Refused(f"The object {found.name} has no documents of the type '{document}'.", BUSINESS)
        return replace(found, definition=definition)

    def related(self, found: LegacyObject) -> LegacyObject:
        """The same object, whose fields are those of related records too: `VENDOR.CREDITLIMIT` of a bill."""
        return replace(found, relate=lambda name: self._related(found, name))

    def _related(self, found: LegacyObject, name: str) -> LegacyField | None:
        head, dot, rest = name.partition(".")
        if not dot or rest.count(".") >= _MOST_STEPS:
            return None
        for one, target in self.relationships(found):
            if target.name.upper() == head.upper():
                field = self.related(target).field(rest)
                path = f"{one.path.rpartition('.')[0]}.{field.path}"
                if not field.path or field.only is not None or not legacy.leads(found.definition, path):
                    return None
                return replace(field, name=f"{target.name}.{field.name}", path=path)
        return None

    def relationships(self, found: LegacyObject) -> Iterator[tuple[LegacyField, LegacyObject]]:
        """The fields of an object that name a record of another, and the other."""
        for field in found.fields.values():
            head, _, last = field.path.rpartition(".")
            # A standard dimension is referred to by its ID, a user-defined one by its key.
            related_by = "key" if field.is_custom else "id"
            reference = found.definition.references.get(head) if last == related_by else None
            target = self._by_definition.get(reference.target or "") if reference is not None else None
            if target is not None:
                yield field, self.find(target)

    def definition(self, name: str) -> Definition | None:
        """The object of the REST API of that name, as the company has it."""
        return self._additions.find(name)

    def _make(self, key: str, name: str) -> LegacyObject:
        own = self._own.get(key) if key not in legacy.ALL else None
        definition = self._additions.find(own.object_name) if own is not None else None
        if own is None or definition is None:
            plain = legacy.find(name)
            as_here = self._additions.find(plain.definition.name) or plain.definition
            return replace(plain, definition=as_here, fields=self._with_own(plain.fields, as_here))
        fields = {one.upper(): legacy.plain_field(definition, one, path) for one, path in _OWN_FIELDS.items()}
        return LegacyObject(
            name=own.name,
            label=own.label,
            definition=definition,
            named_by=_NAMED_BY,
            fields=self._with_own(fields, definition),
            lines=None,
            is_dimension=False,
            keyed_by="id",
        )

    def _with_own(
        self, fields: Mapping[str, LegacyField], definition: Definition
    ) -> Mapping[str, LegacyField]:
        added = {
            one.name.upper(): _field(one, definition)
            for one in self._additions.fields
            if one.object_name == definition.untyped_name
        }
        referred = {
            f"{_DIMENSION}{one.name.upper()}": _reference(one)
            for one in self._additions.dimensions
            if one.dimension_path in definition.references
        }
        return {**fields, **{name: one for name, one in {**added, **referred}.items() if name not in fields}}


def of(store: Store, company_key: int) -> Names:
    """The names of a company."""
    return _names(custom.of(store, company_key))


@lru_cache(maxsize=64)
def _names(additions: Additions) -> Names:
    return Names(additions)


def _field(one: CustomField, definition: Definition) -> LegacyField:
    return LegacyField(
        name=one.name,
        path=one.path,
        kind=definition.fields[one.path].kind,
        is_read_only=False,
        words={word: (word,) for word in one.values},
        label=one.label,
        is_custom=True,
        is_required=one.is_required,
    )


def _reference(one: CustomObject) -> LegacyField:
    return LegacyField(
        name=f"{_DIMENSION}{one.name.upper()}",
        path=f"{one.dimension_path}.key",
        kind=Kind.KEY,
        is_read_only=False,
        words={},
        label=one.label,
        is_custom=True,
    )
