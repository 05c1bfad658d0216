"""Creating, updating and deleting records as the API does: one payload, one transaction, one reference back.

Owned records are written through their owner or alone; either way the owner's behaviour settles what follows
from them. Links are kept as keys and must lead to records the author sees. A write leaves a line in
`company-config/audit-history`. What JSON means is read in `payloads`, rules of accounting are `behaviours`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.objects import behaviours, custom, happenings, payloads, registry, singletons
from intacct_sandbox.objects.behaviour import Author, Draft, Ledger, kind_of
from intacct_sandbox.objects.definitions import Definition, ListOf
from intacct_sandbox.objects.errors import (
    BadPayload,
    Breach,
    KeptElsewhere,
    NoSuchRecord,
    Problem,
    RuleBroken,
    Taken,
)
from intacct_sandbox.objects.kinds import Native, stored
from intacct_sandbox.objects.lagging import written
from intacct_sandbox.objects.paths import href
from intacct_sandbox.objects.payloads import Element, Link, Payload
from intacct_sandbox.objects.rows import RowWriter, Stamp
from intacct_sandbox.objects.schema import column_of_reference, columns, quoted
from intacct_sandbox.objects.views import VIEWS
from intacct_sandbox.objects.visibility import Scope, condition
from intacct_sandbox.store import Store

CONTACT: Final = "company-config/contact"
HISTORY: Final = "company-config/audit-history"
_LONGEST_KEY: Final = 18


@dataclass(frozen=True, slots=True)
class Written:
    """The reference that a write answers with."""

    name: str
    key: int
    id: str

    def as_json(self) -> dict[str, str]:
        """The wire form."""
        return {"key": str(self.key), "id": self.id, "href": href(self.name, self.key)}


class Changes:
    """Writes of one author.

    Args:
        store: Holds the records.
        quirks: How behaviour without evidence is set.
        author: Who writes, when, and in which scope.
    """

    def __init__(self, store: Store, quirks: Quirks, author: Author) -> None:
        self._store = store
        self._quirks = quirks
        # What is written must be found again, private or not.
        self._author = replace(author, scope=replace(author.scope, include_private=True))
        self._ledger = Ledger(store, quirks, self._author)
        self._additions = custom.of(store, author.company_key)
        self._rows = RowWriter(store, author.company_key, find=self._additions.find)

    def create(self, definition: Definition, body: object) -> Written:
        """Create a record from its JSON.

        Raises:
            ObjectsError: BadPayload, Taken, RuleBroken or KeptElsewhere; nothing is written then.
        """
        payload = self._read(definition, body, creating=True)
        self._refuse_second(definition)
        with written(self._store, self._quirks, self._author.now):
            key = self._insert(definition, payload, owner=None)
            self._settle(definition, key)
            made = self._written(definition, key)
            self._remember(definition, made, "create")
            self._tell(definition, key, "create")
        return made

    def update(self, definition: Definition, key: str, body: object) -> Written:
        """Change what a payload mentions of a record.

        Raises:
            ObjectsError: NoSuchRecord, or as for `create`; nothing is written then.
        """
        number = self._find(definition, key)
        payload = self._read(definition, _without_identity(definition, body, key), creating=False)
        with written(self._store, self._quirks, self._author.now):
            self._refuse_above(definition, number)
            self._change(definition, number, payload)
            self._settle(definition, number)
            made = self._written(definition, number)
            self._remember(definition, made, "update")
            self._tell(definition, number, "update")
        return made

    def delete(self, definition: Definition, key: str) -> None:
        """Delete a record with what it owns.

        Raises:
            ObjectsError: NoSuchRecord, RuleBroken or KeptElsewhere; nothing is deleted then.
        """
        number = self._find(definition, key)
        if definition.name in VIEWS and behaviours.keeper(definition.name) is None:
            raise KeptElsewhere(definition.name)
        with written(self._store, self._quirks, self._author.now):
            self._refuse_above(definition, number)
            made = self._written(definition, number)
            before = happenings.seen(self._store, self._author, definition, number)
            owner = self._owner_key(definition, number)
            self._remove(definition, number)
            if owner is not None and definition.owner is not None:
                self._settle(registry.ALL[definition.references[definition.owner].target or ""], owner)
            self._remember(definition, made, "delete")
            happenings.remember(self._store, self._author, definition, "delete", before)

    # Reading what is asked

    def _read(self, definition: Definition, body: object, *, creating: bool) -> Payload:
        if definition.name in VIEWS and behaviours.keeper(definition.name) is None:
            raise KeptElsewhere(definition.name)
        payload = payloads.read(
            definition,
            body,
            creating=creating,
            strict_types=self._quirks.value("payload-types") == "strict",
            examples=self._quirks.value("required-fields") == "examples",
        )
        if definition.name in VIEWS and (payload.elements or payload.kept):
            lists = ", ".join((*payload.elements, *payload.kept))
            raise RuleBroken(Breach(f"This sandbox keeps {lists} on the company's pages", "operationFailed"))
        longest = definition.longest_id
        given = payload.values.get("id")
        if longest is not None and isinstance(given, str) and len(given) > longest:
            raise BadPayload(Problem("value", "/id", f"/id must have {longest} characters at most"))
        return payload

    def _find(self, definition: Definition, key: str) -> int:
        if not (key.isascii() and key.isdigit()) or len(key) > _LONGEST_KEY:
            raise NoSuchRecord(definition.name, key)
        found = self._store.one(
            f"SELECT 1 FROM {definition.table} AS t"  # noqa: S608 - own names
            f" WHERE {condition(definition, self._findable())} AND t.key = ?",
            (int(key),),
        )
        if found is None:
            raise NoSuchRecord(definition.name, key)
        return int(key)

    def _refuse_second(self, definition: Definition) -> None:
        if (
            definition.singleton
            and singletons.key_of(self._store, definition, self._author.scope) is not None
        ):
            message = f"There is a {definition.name} already; a company has one"
            raise RuleBroken(Breach(message, "operationFailed"))

    def _findable(self) -> Scope:
        shows_private = self._quirks.value("private-records-by-key") == "shown"
        return replace(self._author.scope, include_private=shows_private)

    def _refuse_above(self, definition: Definition, key: int) -> None:
        """In an entity, shared records of the top level are only read."""
        if (
            self._author.scope.entity_key is None
            or self._quirks.value("top-level-records-in-entities") == "writable"
        ):
            return
        row = self._store.one(
            f"SELECT entity_key FROM {definition.table} WHERE company_key = ? AND key = ?",  # noqa: S608 - own names
            (self._author.company_key, key),
        )
        if row is not None and row[0] is None:
            raise RuleBroken(
                Breach("A record of the top level cannot be changed in an entity", "operationFailed")
            )

    # Writing rows

    def _insert(self, definition: Definition, payload: Payload, owner: tuple[str, int] | None) -> int:
        draft = Draft(
            definition,
            None,
            dict(payload.values),
            {},
            payload.pointer,
            _members(payload),
            dict(payload.kept),
        )
        if owner is not None:
            draft.links[owner[0]] = owner[1]
        draft.links |= dict(self._resolved(definition, payload.links))
        self._check_owner(definition, draft)
        behaviour = behaviours.of(definition.untyped_name)
        if behaviour.prepare is not None:
            behaviour.prepare(self._ledger, draft)
        self._check_id(definition, draft)
        keeper = behaviours.keeper(definition.name)
        if keeper is not None:
            return keeper.add(self._store, self._author.company_key, draft.values)
        now = self._author.now
        values = {path: value for path, value in draft.values.items() if value is not None}
        links = {path: key for path, key in draft.links.items() if key is not None}
        key = self._rows.add(
            definition.name,
            {**values, **links, **self._kept(definition, draft)},
            stamp=Stamp(created_at=now, modified_at=now, user_key=self._author.user_key),
            entity_key=self._entity_of(definition, owner, draft),
            private=self._is_private(definition),
        )
        self._rows.flush()
        self._complete(definition, key, draft)
        for path, elements in payload.elements.items():
            self._elements(definition, definition.lists[path], key, elements)
        return key

    def _complete(self, definition: Definition, key: int, draft: Draft) -> None:
        """What a new row gets once its key is known."""
        after: dict[str, Native] = {}
        if definition.fields["id"].computed is None and draft.values.get("id") is None:
            after["id"] = str(key)
        if (
            self._quirks.value("modified-time-of-new-records") == "null"
            and "audit.modifiedDateTime" in definition.fields
        ):
            after["audit.modifiedDateTime"] = None
        if after:
            self._put(definition, key, after)

    def _change(self, definition: Definition, key: int, payload: Payload) -> None:
        draft = Draft(
            definition,
            key,
            dict(payload.values),
            dict(self._resolved(definition, payload.links)),
            payload.pointer,
            _members(payload),
            dict(payload.kept),
        )
        self._check_unmoved(definition, key, draft)
        behaviour = behaviours.of(definition.untyped_name)
        if behaviour.prepare is not None:
            behaviour.prepare(self._ledger, draft)
        self._check_id(definition, draft)
        keeper = behaviours.keeper(definition.name)
        if keeper is not None:
            keeper.change(self._store, key, draft.values)
            return
        self._put(
            definition,
            key,
            {**draft.values, **draft.links, **self._kept(definition, draft), **self._stamp(definition)},
        )
        for path, elements in payload.elements.items():
            self._elements(definition, definition.lists[path], key, elements)

    def _put(self, definition: Definition, key: int, values: Mapping[str, Native]) -> None:
        if not values:
            return
        sets = ", ".join(f"{quoted(_column(definition, path))} = ?" for path in values)
        bound = [stored(kind_of(definition, path), value) for path, value in values.items()]
        self._store.execute(
            f"UPDATE {definition.table} SET {sets} WHERE company_key = ? AND key = ?",  # noqa: S608 - own names
            (*bound, self._author.company_key, key),
        )

    def _elements(self, definition: Definition, one: ListOf, key: int, elements: Iterable[Element]) -> None:
        target = registry.beside(definition, one.target)
        way = registry.way_back(definition, one, target) if target is not None else None
        if target is None or way is None:
            return
        for element in elements:
            if element.operation == "add":
                self._insert(target, element.payload, owner=(way, key))
                continue
            number = self._element_key(target, way, key, element)
            if element.operation == "update":
                self._change(target, number, element.payload)
            else:
                self._remove(target, number)

    def _element_key(self, target: Definition, way: str, owner: int, element: Element) -> int:
        text = element.key or ""
        pointer = f"{element.payload.pointer}/key"
        found = None
        if text.isascii() and text.isdigit() and len(text) <= _LONGEST_KEY:
            found = self._store.one(
                f"SELECT key FROM {target.table}"  # noqa: S608 - own names
                f" WHERE company_key = ? AND key = ? AND {quoted(way)} = ?",
                (self._author.company_key, int(text), owner),
            )
        if found is None:
            raise RuleBroken(
                Breach(f"There is no {target.name} with key {text}", "invalidKey", pointer=pointer)
            )
        return int(found[0])

    def _stamp(self, definition: Definition) -> dict[str, Native]:
        known = columns(definition)
        stamp: dict[str, Native] = {
            "audit.modifiedDateTime": self._author.now,
            "audit.modifiedDate": self._author.now,
            "audit.modifiedByUser": self._author.user_key,
        }
        if "audit.modifiedByUser" not in known:
            stamp["audit.modifiedBy"] = self._author.user_key
        return {path: value for path, value in stamp.items() if path in known}

    def _kept(self, definition: Definition, draft: Draft) -> dict[str, Native]:
        kept: dict[str, Native] = {}
        for path, elements in draft.kept.items():
            one = definition.lists[path]
            target = registry.beside(definition, one.target)
            if target is None or one.fields:
                kept[path] = elements
            else:
                kept[path] = [self._target_key(target, link) for link in elements if not link.is_empty]
        return kept

    # Links

    def _resolved(
        self, definition: Definition, links: Mapping[str, Link]
    ) -> Iterator[tuple[str, int | None]]:
        for path, link in links.items():
            reference = definition.references[path]
            target = registry.beside(definition, reference.target)
            if target is None:
                # What the sandbox does not serve cannot be looked up; the key is kept as it was given.
                yield path, int(link.key) if link.key is not None and _is_key(link.key) else None
            elif link.is_empty and link.members and target.name == CONTACT:
                yield path, self._contact(target, link)
            else:
                yield path, None if link.is_empty else self._target_key(target, link)

    def _target_key(self, target: Definition, link: Link) -> int:
        seen = condition(target, self._author.scope)
        wanted: list[str] = []
        operands: list[Any] = []
        for name, text in (("key", link.key), ("id", link.id)):
            if text is None:
                continue
            column = "key" if name == "key" or target.fields["id"].computed == "key" else "id"
            if column == "key" and not _is_key(text):
                raise _no_target(target, link)
            wanted.append(f"t.{column} = ?")
            operands.append(int(text) if column == "key" else text)
        found = self._store.one(
            f"SELECT t.key FROM {target.table} AS t WHERE {seen} AND {' AND '.join(wanted)} LIMIT 1",  # noqa: S608 - own names
            operands,
        )
        if found is None:
            raise _no_target(target, link)
        return int(found[0])

    def _contact(self, target: Definition, link: Link) -> int:
        """The contact that a payload describes in place of naming one."""
        payload = payloads.read(target, dict(link.members), creating=True)
        return self._insert(target, payload, owner=None)

    def _check_owner(self, definition: Definition, draft: Draft) -> None:
        if definition.owner is None or any(
            draft.links.get(path) is not None for path in _ways_to_owners(definition.untyped_name)
        ):
            return
        at = f"{draft.pointer}/{definition.owner.replace('.', '/')}"
        raise BadPayload(Problem("required", at, f"{at} is required"))

    def _check_unmoved(self, definition: Definition, key: int, draft: Draft) -> None:
        """An owned record stays with its owner."""
        path = definition.owner
        if path is None or path not in draft.links:
            return
        if draft.links[path] != self._owner_key(definition, key):
            at = f"{draft.pointer}/{path}"
            raise BadPayload(Problem("readOnly", at, f"{at} cannot be changed"))

    def _owner_key(self, definition: Definition, key: int) -> int | None:
        if definition.owner is None:
            return None
        found = self._ledger.row(definition.untyped_name, key, (definition.owner,))[definition.owner]
        return int(found) if found is not None else None

    def _check_id(self, definition: Definition, draft: Draft) -> None:
        given = draft.values.get("id")
        field = definition.fields["id"]
        if field.computed is not None or given is None or definition.kind == "owned":
            return
        found = self._store.one(
            f"SELECT key FROM {definition.table} WHERE company_key = ? AND id = ?",  # noqa: S608 - own names
            (self._author.company_key, given),
        )
        if found is not None and int(found[0]) != draft.key:
            raise Taken(str(given))
        if field.immutable and draft.key is not None and found is None:
            at = f"{draft.pointer}/id"
            raise BadPayload(Problem("readOnly", at, f"{at} cannot be changed"))

    def _entity_of(self, definition: Definition, owner: tuple[str, int] | None, draft: Draft) -> int | None:
        way = owner[0] if owner is not None else definition.owner
        key = owner[1] if owner is not None else draft.links.get(way) if way is not None else None
        if way is None or key is None:
            return self._author.scope.entity_key
        table = registry.ALL[definition.references[way].target or ""].table
        row = self._store.one(
            f"SELECT entity_key FROM {table} WHERE company_key = ? AND key = ?",  # noqa: S608 - own names
            (self._author.company_key, key),
        )
        return int(row[0]) if row is not None and row[0] is not None else None

    def _is_private(self, definition: Definition) -> bool:
        """Whether a new record is private to the entity it is created in."""
        return (
            definition.has_private
            and self._author.scope.entity_key is not None
            and self._quirks.value("records-created-in-entities") == "private"
        )

    # Deleting

    def _remove(self, definition: Definition, key: int) -> None:
        behaviour = behaviours.of(definition.untyped_name)
        after = behaviour.release(self._ledger, key) if behaviour.release is not None else None
        for owned, path in _owned(definition.untyped_name):
            for row in self._ledger_keys(owned, path, key):
                self._remove(owned, row)
        referring = (*_referring(definition.untyped_name), *self._additions.referring(definition.name))
        for other, path in referring:
            self._refuse_or_clear(definition, key, other, path)
        keeper = behaviours.keeper(definition.name)
        if keeper is not None:
            keeper.remove(self._store, key)
            return
        self._store.execute(
            f"DELETE FROM {definition.table} WHERE company_key = ? AND key = ?",  # noqa: S608 - own names
            (self._author.company_key, key),
        )
        if after is not None:
            after()

    def _ledger_keys(self, definition: Definition, path: str, key: int) -> list[int]:
        found = self._store.query(
            f"SELECT key FROM {definition.table} WHERE company_key = ? AND {quoted(path)} = ?",  # noqa: S608 - own names
            (self._author.company_key, key),
        )
        return [int(row[0]) for row in found]

    def _refuse_or_clear(self, definition: Definition, key: int, other: Definition, path: str) -> None:
        column = quoted(path)
        row = self._store.one(
            f"SELECT key FROM {other.table} WHERE company_key = ? AND {column} = ?"  # noqa: S608 - own names
            + (" AND key <> ?" if other.untyped_name == definition.untyped_name else "")
            + " LIMIT 1",
            (self._author.company_key, key, key)
            if other.untyped_name == definition.untyped_name
            else (self._author.company_key, key),
        )
        if row is None:
            return
        if self._quirks.value("deletion-of-used-records") == "refused":
            message = f"The {definition.name} is used by {other.name} {row[0]} and cannot be deleted"
            raise RuleBroken(Breach(message, "operationFailed"))
        self._store.execute(
            f"UPDATE {other.table} SET {column} = NULL WHERE company_key = ? AND {column} = ?",  # noqa: S608 - own names
            (self._author.company_key, key),
        )

    # What follows from a write

    def _settle(self, definition: Definition, key: int) -> None:
        """Let the record's behaviour and that of its owner work out what follows."""
        behaviour = behaviours.of(definition.untyped_name)
        if behaviour.settle is not None:
            behaviour.settle(self._ledger, key)
        owner = self._owner_key(definition, key)
        if owner is not None and definition.owner is not None:
            target = registry.find(definition.references[definition.owner].target or "")
            if target is not None:
                self._settle(target, owner)

    def _written(self, definition: Definition, key: int) -> Written:
        if definition.fields["id"].computed == "key":
            return Written(definition.name, key, str(key))
        row = self._ledger.row(definition.untyped_name, key, ("id",))
        return Written(definition.name, key, str(row["id"]))

    def _tell(self, definition: Definition, key: int, event: str) -> None:
        """Keep what happened for those who listen."""
        now = happenings.seen(self._store, self._author, definition, key)
        happenings.remember(self._store, self._author, definition, event, now)

    def _remember(self, definition: Definition, written: Written, action: str) -> None:
        """A line in the audit trail; deletes are seen nowhere else."""
        self._rows.add(
            HISTORY,
            {
                "changeDetails.objectName": definition.name,
                "changeDetails.objectId": written.id,
                "changeSource.completedBy": self._author.user_id,
                "changeSource.accessDateTime": self._author.now,
                "changeSource.actionPerformed": action,
                "changeSource.source": "api",
            },
        )
        self._rows.flush()


def _without_identity(definition: Definition, body: object, key: str) -> object:
    """A payload without the key and the id that it merely repeats."""
    if not isinstance(body, dict):
        return body
    repeated = {"key"} if body.get("key") == key else set()
    if definition.fields["id"].computed == "key" and body.get("id") == key:
        repeated.add("id")
    return {name: value for name, value in body.items() if name not in repeated}


def _members(payload: Payload) -> dict[str, Mapping[str, Any]]:
    return {path: link.members for path, link in payload.links.items() if link.members}


def _column(definition: Definition, path: str) -> str:
    return column_of_reference(definition, path) if path in definition.references else path


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_KEY


def _no_target(target: Definition, link: Link) -> RuleBroken:
    said = f"key {link.key}" if link.key is not None else f"id {link.id}"
    return RuleBroken(Breach(f"There is no {target.name} with {said}", "invalidKey", pointer=link.pointer))


@cache
def _ways_to_owners(name: str) -> tuple[str, ...]:
    """The references of an owned object that lead to an owner: its own, and that of a second owner's list."""
    definition = registry.ALL[name]
    found = [definition.owner] if definition.owner is not None else []
    for other in registry.ALL.values():
        for one in other.lists.values():
            if one.target == name:
                way = registry.way_back(other, one, definition)
                found += [way] if way is not None else []
    return tuple(dict.fromkeys(found))


@cache
def _owned(name: str) -> tuple[tuple[Definition, str], ...]:
    """The objects a record owns, with their references to it."""
    found: dict[tuple[str, str], Definition] = {}
    for other in registry.ALL.values():
        for path in _ways_to_owners(other.name) if other.kind == "owned" else ():
            if other.references[path].target == name and other.name not in VIEWS:
                found[other.name, path] = other
    return tuple((definition, path) for (_, path), definition in found.items())


@cache
def _referring(name: str) -> tuple[tuple[Definition, str], ...]:
    """The references that lead to an object and are not an owned record's to its owner."""
    owned = {(definition.name, path) for definition, path in _owned(name)}
    return tuple(
        (other, path)
        for other in registry.ALL.values()
        if other.name not in VIEWS
        for path, reference in other.references.items()
        if reference.target == name
        and not path.startswith("audit.")
        and (other.name, path) not in owned
        and column_of_reference(other, path) != "entity_key"
    )
