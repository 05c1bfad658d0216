"""The functions over business objects: reading, describing and writing.

Which function answers with element names in small letters is seen in recorded answers: `readByQuery` does.
Sessions are `operation`'s affair; what a result looks like around its data is `answers`'.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from intacct_sandbox import objects
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.gateway import attachments, describing, documents, legacy, older, older_calls, writing
from intacct_sandbox.gateway.additions import Names
from intacct_sandbox.gateway.conditions import Filters, compile_tree
from intacct_sandbox.gateway.documents import Document
from intacct_sandbox.gateway.legacy import LegacyField, LegacyObject
from intacct_sandbox.gateway.listing import Asked, read_list, renamed
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.notation import Notation
from intacct_sandbox.gateway.older import OlderFunction
from intacct_sandbox.gateway.pages import Rest, Rests
from intacct_sandbox.gateway.querying import format_of, number, read_query, refuse_format
from intacct_sandbox.gateway.querytext import parse
from intacct_sandbox.gateway.refusals import BUSINESS, Refused
from intacct_sandbox.gateway.values import cell, read_cell
from intacct_sandbox.gateway.writing import Writer
from intacct_sandbox.identity import formats, permissions, users
from intacct_sandbox.identity.users import User
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.objects import Author, Filter, ObjectsError, Order, Page, Query, Scope, Written
from intacct_sandbox.store import Store

LARGEST_LEGACY_PAGE: Final = 1000
DEFAULT_LEGACY_PAGE: Final = 100
MOST_KEYS: Final = 100
MOST_LINES: Final = 1000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls a function, and when it is.

    Attributes:
        scope: Whose records are seen.
        notation: How the company writes dates.
        names: The company's objects and fields.
        is_alone: Whether the request has no other function, so that an answer may be without envelope.
    """

    user: User
    scope: Scope
    now: datetime
    notation: Notation
    names: Names
    is_alone: bool = False


class Functions:
    """The functions, and the rests of pages that `readMore` goes on with."""

    def __init__(self, store: Store, ids: SeededIds, quirks: Quirks) -> None:
        self._store = store
        self._ids = ids
        self._quirks = quirks
        self._rests = Rests()
        self._by_name: Mapping[str, Callable[[Node, Caller], Node | Document]] = {
            "readbyquery": self._read_by_query,
            "readmore": self._read_more,
            "read": self._read,
            "readbyname": self._read_by_name,
            "query": self._query,
            "lookup": self._lookup,
            "inspect": self._inspect,
            "readuserformatting": self._read_user_formatting,
            "getdimensions": lambda _arguments, caller: describing.dimensions(caller.names),
            "create": self._create,
            "update": self._update,
            "delete": self._delete,
        }

    def perform(self, arguments: Node, caller: Caller) -> tuple[Node, ...] | Document:
        """What a function's result holds after its control ID: `data`, or a key; or the whole answer.

        Args:
            arguments: The function's own element.
            caller: Who calls.

        Raises:
            Refused: The function fails; nothing is written then.
        """
        name = arguments.name.lower()
        function = self._by_name.get(name)
        try:
            if function is not None:
                found = function(arguments, caller)
                return found if isinstance(found, Document) else (found,)
            if name == "get_list":
                return self._get_list(arguments, caller)
            if name in older.FUNCTIONS:
                return self._older(older.FUNCTIONS[name], arguments, caller)
            if name in attachments.FUNCTIONS:
                return self._attachment(name, arguments, caller)
        except ObjectsError as error:
            raise Refused(str(error), writing.number_of(error)) from error
        raise Refused(f"The sandbox does not have the function {arguments.name}.", BUSINESS)

    # Reading

    def _read_by_query(self, arguments: Node, caller: Caller) -> Node:
        found = self._readable(arguments, caller)
        refuse_format(arguments.value("returnFormat"))
        fields = found.select(arguments.value("fields"))
        conditions = compile_tree(found, parse(arguments.value("query")), caller.notation)
        size = number(arguments, "pagesize", default=DEFAULT_LEGACY_PAGE, least=1, most=LARGEST_LEGACY_PAGE)
        query = _query(fields, conditions, size)
        return self._legacy_page(Rest(caller.scope.company_key, found, fields, query), None, caller)

    def _read_more(self, arguments: Node, caller: Caller) -> Node:
        company_key, result_id = caller.scope.company_key, arguments.value("resultId")
        rest = self._rests.find(result_id, company_key)
        if not result_id and arguments.value("object"):
            # Without an ID it is the last query of the object that goes on.
            last = self._rests.last_of(company_key, arguments.value("object"))
            result_id, rest = last if last is not None else ("", None)
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
            children=tuple(_flat(name, rest.fields, row, caller.notation) for row in page.rows),
            attributes=(
                ("listtype", name),
                ("count", str(len(page.rows))),
                ("totalcount", str(page.total)),
                ("numremaining", str(remaining)),
                ("resultId", result_id if remaining and result_id is not None else ""),
            ),
        )

    def _query(self, arguments: Node, caller: Caller) -> Node | Document:
        found = caller.names.related(self._readable(arguments, caller))
        form = format_of(arguments)
        if form != "xml" and not caller.is_alone:
            raise Refused(f"A query that is answered as {form} is the only function of its request.")
        selected, query = read_query(found, arguments, caller.notation)
        naming = self._quirks.value("gateway-aggregate-names")
        page = self._run(found, query, caller)
        names = [one.name(naming) for one in selected]
        rows = [[one.cell(row, caller.notation) for one in selected] for row in page.rows]
        if form != "xml":
            return documents.written(form, names, rows)
        return Node(
            "data",
            children=tuple(Node(found.name, children=tuple(map(Node, names, texts))) for texts in rows),
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
        found = caller.names.find(arguments.value("object"))
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
            node = _nested(found.name, fields, row, caller.notation)
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
        owned = caller.names.find(found.lines.object_name)
        fields = tuple(owned.fields.values())
        filters = Filters((Filter("$eq", found.lines.owner, key),))
        page = self._run(owned, _query(fields, filters, MOST_LINES), caller, by_key=True)
        lines = tuple(
            _nested(found.lines.object_name.lower(), fields, row, caller.notation) for row in page.rows
        )
        return (Node(found.lines.element, children=lines),)

    def _run(self, found: LegacyObject, query: Query, caller: Caller, *, by_key: bool = False) -> Page:
        # What is read by key is read as it is; queries may fall behind.
        seen = self._store if by_key else objects.seen(self._store, caller.now)
        return objects.run(seen, found.definition, query, caller.scope, today=caller.now.date())

    # Describing

    def _lookup(self, arguments: Node, caller: Caller) -> Node:
        found = caller.names.find(arguments.value("object"))
        return describing.lookup(found, caller.names)

    def _inspect(self, arguments: Node, caller: Caller) -> Node:
        name = arguments.value("object") or arguments.value("name")
        if name == "*":
            return describing.inspect_all(caller.names)
        return describing.inspect(
            caller.names.find(name), in_detail=dict(arguments.attributes).get("detail") == "1"
        )

    def _read_user_formatting(self, arguments: Node, caller: Caller) -> Node:
        company_key = caller.scope.company_key
        user = _named_user(self._store, company_key, arguments.value("key"), arguments.value("userId"))
        return describing.user_formatting(user.key, formats.of(self._store, company_key))

    # Writing

    def _create(self, arguments: Node, caller: Caller) -> Node:
        return self._write(arguments, caller, "add", Writer.create)

    def _update(self, arguments: Node, caller: Caller) -> Node:
        return self._write(arguments, caller, "edit", Writer.update)

    def _write(
        self,
        arguments: Node,
        caller: Caller,
        right: str,
        write: Callable[[Writer, LegacyObject, Node], Written],
    ) -> Node:
        if not 0 < len(arguments.children) <= MOST_KEYS:
            raise Refused(f"The {arguments.name} function needs 1 to {MOST_KEYS} objects.", BUSINESS)
        written = []
        for record in arguments.children:
            found = caller.names.find(record.name)
            self._refuse_unless(caller, found, right)
            written.append(writing.named(found, write(self._writer(caller), found, record)))
        return Node(
            "data",
            children=tuple(written),
            attributes=(("listtype", "objects"), ("count", str(len(written)))),
        )

    def _delete(self, arguments: Node, caller: Caller) -> Node:
        found = caller.names.find(arguments.value("object"))
        self._refuse_unless(caller, found, "delete")
        keys = [key.strip() for key in arguments.value("keys").split(",") if key.strip()]
        if not 0 < len(keys) <= MOST_KEYS:
            raise Refused(f"The keys element needs 1 to {MOST_KEYS} keys, separated by commas.", BUSINESS)
        for key in keys:
            self._writer(caller).delete(found, key)
        return Node("data")

    def _writer(self, caller: Caller) -> Writer:
        author = Author(scope=caller.scope, user_key=caller.user.key, user_id=caller.user.id, now=caller.now)
        return Writer(self._store, self._quirks, author, caller.notation, caller.names)

    # API 2.1

    def _older(self, function: OlderFunction, arguments: Node, caller: Caller) -> tuple[Node, ...]:
        function = replace(function, found=caller.names.find(function.found.name))
        self._refuse_unless(caller, function.found, older_calls.RIGHTS[function.does])
        return (Node("key", older_calls.carry_out(function, arguments, self._writer(caller))),)

    def _attachment(self, name: str, arguments: Node, caller: Caller) -> tuple[Node, ...]:
        of, does = attachments.FUNCTIONS[name]
        self._refuse_name_unless(caller, of, name, older_calls.RIGHTS[does])
        return (Node("key", attachments.carry_out(name, arguments, self._writer(caller))),)

    def _get_list(self, arguments: Node, caller: Caller) -> tuple[Node, ...]:
        asked = read_list(arguments)
        if asked.name in attachments.LISTS:
            return self._list_attachments(asked, caller)
        one = older.LISTS.get(asked.name)
        if one is None:
            raise Refused(f"The sandbox does not list {asked.name} by get_list.", BUSINESS)
        self._refuse_unless(caller, one.found, "list", "readonly")
        fields = tuple(one.found.field(name) for name in one.fields.values())

        def name_of(name: str) -> str:
            return one.fields.get(name.lower(), name)

        tree = renamed(asked.tree, name_of) if asked.tree is not None else None
        conditions = compile_tree(one.found, tree, caller.notation)
        orders = [Order(one.found.comparable(name_of(name)).path, down) for name, down in asked.sorts]
        page = self._run(one.found, _listing(legacy.paths(fields), conditions, asked, orders), caller)
        records = [
            Node(
                asked.name,
                children=tuple(
                    older.shown(name, field, row, caller.notation)
                    for name, field in zip(one.fields, fields, strict=True)
                ),
            )
            for row in page.rows
        ]
        return _listed(asked, page, records)

    def _list_attachments(self, asked: Asked, caller: Caller) -> tuple[Node, ...]:
        of = attachments.LISTS[asked.name]
        self._refuse_name_unless(caller, of, asked.name, "list", "readonly")
        fields = attachments.fields_of(asked.name)
        definition = objects.ALL[of]
        conditions = attachments.conditions(asked)
        orders = [Order(fields.get(name.lower(), name), down) for name, down in asked.sorts]
        query = _listing(("key", *fields.values()), conditions, asked, orders)
        page = objects.run(self._store, definition, query, caller.scope, today=caller.now.date())
        writer = self._writer(caller)
        return _listed(asked, page, [attachments.listed(asked.name, row, writer) for row in page.rows])

    # Permission

    def _readable(self, arguments: Node, caller: Caller) -> LegacyObject:
        found = caller.names.find(arguments.value("object"))
        self._refuse_unless(caller, found, "list", "readonly")
        return caller.names.of_document(found, arguments.value("docparid"))

    def _refuse_unless(self, caller: Caller, found: LegacyObject, *rights: str) -> None:
        if not objects.may(self._store, self._quirks, caller.user, found.definition, *rights):
            raise _lacking(rights[0], found.name.lower())

    def _refuse_name_unless(self, caller: Caller, of: str, name: str, *rights: str) -> None:
        if not any(permissions.allows(self._store, caller.user, of, right) for right in rights):
            raise _lacking(rights[0], name)


def _query(fields: tuple[LegacyField, ...], conditions: Filters, size: int) -> Query:
    return Query(
        fields=legacy.paths(fields),
        filters=conditions.filters,
        expression=conditions.expression,
        size=size,
    )


def _listing(paths: tuple[str, ...], conditions: Filters, asked: Asked, orders: list[Order]) -> Query:
    return Query(
        fields=tuple(dict.fromkeys(paths)),
        filters=conditions.filters,
        expression=conditions.expression,
        order_by=tuple(orders),
        start=asked.start + 1,
        size=asked.size,
    )


def _listed(asked: Asked, page: Page, records: list[Node]) -> tuple[Node, ...]:
    end = asked.start + max(0, len(records) - 1)
    attributes = (("start", str(asked.start)), ("end", str(end)), ("total", str(page.total)))
    return (Node("listtype", asked.name, attributes=attributes), Node("data", children=tuple(records)))


def _remaining(page: Page) -> int:
    return max(0, page.total - (page.start - 1) - len(page.rows))


def _flat(name: str, fields: tuple[LegacyField, ...], row: Mapping[str, object], notation: Notation) -> Node:
    return Node(name, children=tuple(Node(field.name, cell(field, row, notation)) for field in fields))


def _nested(
    name: str, fields: tuple[LegacyField, ...], row: Mapping[str, object], notation: Notation
) -> Node:
    """A record whose dotted fields stand in elements of their own."""
    return _grouped(name, [(field.name.split("."), read_cell(field, row, notation)) for field in fields])


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


def _named_user(store: Store, company_key: int, key: str, user_id: str) -> User:
    if key:
        user = users.by_key(store, int(key)) if key.isascii() and key.isdigit() and len(key) < 10 else None
    else:
        user = users.find(store, company_key, user_id)
    if user is None or user.company_key != company_key:
        raise Refused(f"There is no user '{key or user_id}'.", BUSINESS)
    return user


def _lacking(right: str, name: str) -> Refused:
    return Refused(
        f"You do not have permission for API operation {right.upper()} on objects of type {name}", BUSINESS
    )
