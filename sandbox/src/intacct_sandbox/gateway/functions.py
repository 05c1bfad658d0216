"""The functions over business objects: reading, describing, and writing vendors and customers.

Which function answers with element names in small letters is seen in recorded answers: `readByQuery` does.
Sessions are `operation`'s affair; what a result looks like around its data is `answers`'.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from intacct_sandbox import objects
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.gateway import describing, legacy, writing
from intacct_sandbox.gateway.conditions import Filters, compile_tree
from intacct_sandbox.gateway.legacy import LegacyField, LegacyObject
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.pages import Rest, Rests
from intacct_sandbox.gateway.querying import number, read_query, refuse_format
from intacct_sandbox.gateway.querytext import parse
from intacct_sandbox.gateway.refusals import BUSINESS, Refused
from intacct_sandbox.gateway.values import shown
from intacct_sandbox.identity.users import User
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.objects import Author, Filter, ObjectsError, Page, Query, Scope
from intacct_sandbox.store import Store

LARGEST_LEGACY_PAGE: Final = 1000
DEFAULT_LEGACY_PAGE: Final = 100
MOST_KEYS: Final = 100
MOST_LINES: Final = 1000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls a function, whose records are seen, and when it is."""

    user: User
    scope: Scope
    now: datetime


class Functions:
    """The functions, and the rests of pages that `readMore` goes on with."""

    def __init__(self, store: Store, ids: SeededIds, quirks: Quirks) -> None:
        self._store = store
        self._ids = ids
        self._quirks = quirks
        self._rests = Rests()
        self._by_name: Mapping[str, Callable[[Node, Caller], Node]] = {
            "readbyquery": self._read_by_query,
            "readmore": self._read_more,
            "read": self._read,
            "readbyname": self._read_by_name,
            "query": self._query,
            "lookup": self._lookup,
            "inspect": self._inspect,
            "getdimensions": lambda _arguments, _caller: describing.dimensions(),
            "create": self._create,
            "update": self._update,
            "delete": self._delete,
        }

    def perform(self, arguments: Node, caller: Caller) -> Node:
        """The `data` of a function's result.

        Args:
            arguments: The function's own element.
            caller: Who calls.

        Raises:
            Refused: The function fails; nothing is written then.
        """
        function = self._by_name.get(arguments.name.lower())
        if function is None:
            raise Refused(f"The sandbox does not have the function {arguments.name}.", BUSINESS)
        try:
            return function(arguments, caller)
        except ObjectsError as error:
            raise Refused(str(error), writing.number_of(error)) from error

    # Reading

    def _read_by_query(self, arguments: Node, caller: Caller) -> Node:
        found = self._readable(arguments, caller)
        refuse_format(arguments.value("returnFormat"))
        fields = found.select(arguments.value("fields"))
        conditions = compile_tree(found, parse(arguments.value("query")))
        size = number(arguments, "pagesize", default=DEFAULT_LEGACY_PAGE, least=1, most=LARGEST_LEGACY_PAGE)
        query = _query(fields, conditions, size)
        return self._legacy_page(Rest(caller.scope.company_key, found, fields, query), None, caller)

    def _read_more(self, arguments: Node, caller: Caller) -> Node:
        result_id = arguments.value("resultId")
        rest = self._rests.find(result_id, caller.scope.company_key)
        if rest is None:
            raise Refused(f"There is no result with the ID '{result_id}', or all of it was read.")
        self._refuse_unless(caller, rest.legacy, "list", "readonly")
        return self._legacy_page(rest, result_id, caller)

    def _legacy_page(self, rest: Rest, result_id: str | None, caller: Caller) -> Node:
        page = self._run(rest.legacy, rest.query, caller)
        remaining = _remaining(page)
        if remaining:
            result_id = result_id or self._ids.token(22)
            self._rests.keep(
                result_id, replace(rest, query=replace(rest.query, start=page.start + page.size))
            )
        elif result_id is not None:
            self._rests.forget(result_id)
        name = rest.legacy.name.lower()
        return Node(
            "data",
            children=tuple(_flat(name, rest.fields, row) for row in page.rows),
            attributes=(
                ("listtype", name),
                ("count", str(len(page.rows))),
                ("totalcount", str(page.total)),
                ("numremaining", str(remaining)),
                ("resultId", result_id if remaining and result_id is not None else ""),
            ),
        )

    def _query(self, arguments: Node, caller: Caller) -> Node:
        found = self._readable(arguments, caller)
        fields, query = read_query(found, arguments)
        page = self._run(found, query, caller)
        return Node(
            "data",
            children=tuple(_flat(found.name, fields, row) for row in page.rows),
            attributes=(
                ("listtype", found.name),
                ("totalcount", str(page.total)),
                ("offset", str(query.start - 1)),
                ("count", str(len(page.rows))),
                ("numremaining", str(_remaining(page))),
            ),
        )

    def _read(self, arguments: Node, caller: Caller) -> Node:
        return self._read_listed(arguments, caller, named_by=None)

    def _read_by_name(self, arguments: Node, caller: Caller) -> Node:
        found = legacy.find(arguments.value("object"))
        return self._read_listed(arguments, caller, named_by=found.named_by)

    def _read_listed(self, arguments: Node, caller: Caller, *, named_by: str | None) -> Node:
        found = self._readable(arguments, caller)
        refuse_format(arguments.value("returnFormat"))
        fields = found.select(arguments.value("fields"))
        keys = [key.strip() for key in arguments.value("keys").split(",") if key.strip()]
        if not 0 < len(keys) <= MOST_KEYS:
            raise Refused(f"The keys element needs 1 to {MOST_KEYS} keys, separated by commas.")
        path = found.field(named_by).path if named_by is not None else "key"
        # A record's own name may repeat (two bills with one number): all of them are read.
        query = _query(fields, Filters((Filter("$in", path, keys),)), LARGEST_LEGACY_PAGE)
        page = self._run(found, query, caller, by_key=True)
        records = []
        for row in page.rows:
            node = _nested(found.name, fields, row)
            if arguments.value("fields") in {"", "*"}:
                node = replace(node, children=(*node.children, *self._lines(found, str(row["key"]), caller)))
            records.append(node)
        return Node(
            "data",
            children=tuple(records),
            attributes=(("listtype", found.name), ("count", str(len(records)))),
        )

    def _lines(self, found: LegacyObject, key: str, caller: Caller) -> tuple[Node, ...]:
        if found.lines is None:
            return ()
        owned = legacy.ALL[found.lines.object_name]
        fields = tuple(owned.fields.values())
        filters = Filters((Filter("$eq", found.lines.owner, key),))
        page = self._run(owned, _query(fields, filters, MOST_LINES), caller, by_key=True)
        lines = tuple(_nested(found.lines.object_name.lower(), fields, row) for row in page.rows)
        return (Node(found.lines.element, children=lines),)

    def _run(self, found: LegacyObject, query: Query, caller: Caller, *, by_key: bool = False) -> Page:
        # What is read by key is read as it is; queries may fall behind.
        seen = self._store if by_key else objects.seen(self._store, caller.now)
        return objects.run(seen, found.definition, query, caller.scope, today=caller.now.date())

    # Describing

    def _lookup(self, arguments: Node, _caller: Caller) -> Node:
        return describing.lookup(legacy.find(arguments.value("object")))

    def _inspect(self, arguments: Node, _caller: Caller) -> Node:
        name = arguments.value("object")
        if name == "*":
            return describing.inspect_all()
        return describing.inspect(
            legacy.find(name), in_detail=dict(arguments.attributes).get("detail") == "1"
        )

    # Writing

    def _create(self, arguments: Node, caller: Caller) -> Node:
        return self._write(arguments, caller, "add", writing.create)

    def _update(self, arguments: Node, caller: Caller) -> Node:
        return self._write(arguments, caller, "edit", writing.update)

    def _write(self, arguments: Node, caller: Caller, right: str, write: writing.Write) -> Node:
        if not arguments.children:
            raise Refused(f"The {arguments.name} function needs an object.", BUSINESS)
        written = []
        for record in arguments.children:
            found = writing.writable(record.name)
            self._refuse_unless(caller, found, right)
            written.append(write(self._store, self._changes(caller), found, record, caller.scope))
        return Node(
            "data",
            children=tuple(written),
            attributes=(("listtype", "objects"), ("count", str(len(written)))),
        )

    def _delete(self, arguments: Node, caller: Caller) -> Node:
        found = writing.writable(arguments.value("object"))
        self._refuse_unless(caller, found, "delete")
        keys = [key.strip() for key in arguments.value("keys").split(",") if key.strip()]
        if not 0 < len(keys) <= MOST_KEYS:
            raise Refused(f"The keys element needs 1 to {MOST_KEYS} keys, separated by commas.", BUSINESS)
        for key in keys:
            self._changes(caller).delete(found.definition, key)
        return Node("data")

    def _changes(self, caller: Caller) -> objects.Changes:
        author = Author(scope=caller.scope, user_key=caller.user.key, user_id=caller.user.id, now=caller.now)
        return objects.Changes(self._store, self._quirks, author)

    # Permission

    def _readable(self, arguments: Node, caller: Caller) -> LegacyObject:
        found = legacy.find(arguments.value("object"))
        self._refuse_unless(caller, found, "list", "readonly")
        return found

    def _refuse_unless(self, caller: Caller, found: LegacyObject, *rights: str) -> None:
        if not objects.may(self._store, self._quirks, caller.user, found.definition, *rights):
            raise Refused(
                f"You do not have permission for API operation {rights[0].upper()} on objects of type"
                f" {found.name.lower()}",
                BUSINESS,
            )


def _query(fields: tuple[LegacyField, ...], conditions: Filters, size: int) -> Query:
    return Query(
        fields=legacy.paths(fields),
        filters=conditions.filters,
        expression=conditions.expression,
        size=size,
    )


def _remaining(page: Page) -> int:
    return max(0, page.total - (page.start - 1) - len(page.rows))


def _flat(name: str, fields: tuple[LegacyField, ...], row: Mapping[str, object]) -> Node:
    return Node(name, children=tuple(Node(field.name, shown(field, row.get(field.path))) for field in fields))


def _nested(name: str, fields: tuple[LegacyField, ...], row: Mapping[str, object]) -> Node:
    """A record whose dotted fields stand in elements of their own."""
    return _grouped(name, [(field.name.split("."), shown(field, row.get(field.path))) for field in fields])


def _grouped(name: str, values: list[tuple[list[str], str]]) -> Node:
    groups: dict[str, list[tuple[list[str], str]]] = {}
    for path, text in values:
        groups.setdefault(path[0], []).append((path[1:], text))
    return Node(
        name,
        children=tuple(
            _grouped(head, members) if members[0][0] else Node(head, members[0][1])
            for head, members in groups.items()
        ),
    )
