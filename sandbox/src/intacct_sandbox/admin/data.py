"""What is in the company, for a person: objects by application, their records, and one record in full.

Everything is read only, and read as an administrator sees it: every entity's records, private ones too. An
object's name stands in the query of an address, since there are hundreds.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox import objects
from intacct_sandbox.admin.administration import Administration, CompanyDoor, Page, administrators
from intacct_sandbox.admin.rights import applications
from intacct_sandbox.errors import UnknownThing
from intacct_sandbox.objects import Definition, Order, Query, Scope, custom, registry

PATH: Final = "/company/data"
PAGE_SIZE: Final = 50
_MOST_COLUMNS: Final = 4
_MODIFIED: Final = "audit.modifiedDateTime"
# What tells records of an object apart for a person, the best first.
_TELLING: Final[tuple[str, ...]] = (
    "name",
    "billNumber",
    "invoiceNumber",
    "documentNumber",
    "objectName",
    "description",
    "lineNumber",
    "txnType",
    "txnAmount",
    "totalTxnAmount",
    "amount",
    "postingDate",
    "invoiceDate",
    "entryDate",
    "dueDate",
    "startDate",
    "state",
    "status",
)


@dataclass(frozen=True, slots=True)
class Held:
    """An object and how many records of it the company has."""

    definition: Definition
    records: int

    @property
    def address(self) -> str:
        """The page of its records."""
        return records_address(self.definition.name)


@dataclass(frozen=True, slots=True)
class Shown:
    """A value of a record on its page; `address` is that of the record it refers to, where there is one."""

    name: str
    text: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The values of a record whose paths begin alike, and the names of those that are empty."""

    title: str
    shown: Sequence[Shown]
    empty: Sequence[str]


@dataclass(frozen=True, slots=True)
class Elements:
    """A list of a record: the name of each element, its address, and a few of its values."""

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[Shown, Sequence[str]]]


class DataPages:
    """The pages of this module."""

    def __init__(self, administration: Administration) -> None:
        self._store = administration.store
        self._clock = administration.clock

    def routes(self, door: CompanyDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        return [
            door.inside("/data", administrators(self.overview)),
            door.inside("/data/records", administrators(self.records)),
            door.inside("/data/record", administrators(self.record)),
        ]

    def overview(self, visit: Page) -> Response:
        shows_all = visit.request.query_params.get("all") == "1"
        held: dict[str, list[Held]] = defaultdict(list)
        every = custom.of(self._store, visit.who.company.key).every()
        for definition in sorted(every.values(), key=lambda one: one.name):
            records = self._count(visit, definition)
            if records or shows_all:
                held[definition.application].append(Held(definition, records))
        named = (*applications(), (custom.APPLICATION, "Platform Services"))
        titled = [(title, held[slug]) for slug, title in named if slug in held]
        return visit.show("data.html", applications=titled, shows_all=shows_all, served=len(every))

    def records(self, visit: Page) -> Response:
        definition = self._definition(visit)
        number = _number(visit.request.query_params.get("page", "1"))
        columns = _columns(definition)
        page = self._page(visit, definition, columns, number)
        return visit.show(
            "data_records.html",
            definition=definition,
            columns=columns,
            rows=[(_identity(row), record_address(definition.name, row["key"]), row) for row in page.rows],
            total=page.total,
            first=page.start,
            newest_first=_MODIFIED in columns,
            newer=records_address(definition.name, number - 1) if number > 1 else None,
            older=records_address(definition.name, number + 1) if page.next is not None else None,
        )

    def record(self, visit: Page) -> Response:
        definition = self._definition(visit)
        key = visit.request.query_params.get("key", "")
        found = objects.get(self._store, definition, key, _scope(visit), today=self._clock.now().date())
        if found is None:
            raise UnknownThing
        sections = _sections(definition, found)
        return visit.show(
            "data_record.html",
            definition=definition,
            back=records_address(definition.name),
            identity=_identity(found),
            title=_title(definition, found),
            key=key,
            sections=[section for section in sections if section.shown],
            empty=[
                f"{section.title}.{name}"
                for section in sections
                if not section.shown
                for name in section.empty
            ],
            lists=[
                _elements(path, registry.beside(definition, one.target), _at(found, path))
                for path, one in definition.lists.items()
            ],
            text=json.dumps(found, indent=2, ensure_ascii=False),
        )

    def _definition(self, visit: Page) -> Definition:
        name = visit.request.query_params.get("object", "")
        definition = custom.find(self._store, visit.who.company.key, name)
        if definition is None or definition.document is not None:
            raise UnknownThing
        return definition

    def _count(self, visit: Page, definition: Definition) -> int:
        query = f"SELECT count(*) FROM {definition.table} WHERE company_key = ?"  # noqa: S608 - own names
        return int(self._store.query(query, (visit.who.company.key,))[0][0])

    def _page(self, visit: Page, definition: Definition, columns: Sequence[str], number: int) -> objects.Page:
        """Records that changed last come first, where their object knows when that was."""
        order = (Order(_MODIFIED, descending=True),) if _MODIFIED in columns else ()
        query = Query(
            fields=tuple(dict.fromkeys(("key", "id", *columns))),
            order_by=(*order, Order("key", descending=bool(order))),
            start=(number - 1) * PAGE_SIZE + 1,
            size=PAGE_SIZE,
            include_private=True,
        )
        return objects.run(self._store, definition, query, _scope(visit), today=self._clock.now().date())


def records_address(name: str, page: int = 1) -> str:
    """Where the records of an object are shown."""
    parameters = {"object": name} | ({"page": str(page)} if page > 1 else {})
    return f"{PATH}/records?{urlencode(parameters, safe='/')}"


def record_address(name: str, key: object) -> str:
    """Where one record is shown."""
    return f"{PATH}/record?{urlencode({'object': name, 'key': str(key)}, safe='/')}"


def _scope(visit: Page) -> Scope:
    return Scope(company_key=visit.who.company.key, include_private=True)


def _number(text: str) -> int:
    """A page's number; anything else is the first page."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _columns(definition: Definition) -> list[str]:
    """The columns of an object's table besides key and ID."""
    readable = {path for path, field in definition.fields.items() if not field.write_only}
    added = [path for path in definition.fields if path.startswith(custom.PREFIX)]
    telling = [*[path for path in _TELLING if path in readable][:_MOST_COLUMNS], *added[:_MOST_COLUMNS]]
    return [*telling, _MODIFIED] if _MODIFIED in readable else telling


def _identity(record: Mapping[str, Any]) -> str:
    """What a record is called: its ID, which for transactions is the key."""
    return str(record.get("id") or record.get("key") or "–")


def _title(definition: Definition, record: Mapping[str, Any]) -> str:
    """What a record is called, and the first text that tells more than that."""
    identity = _identity(record)
    texts = (_at(record, path) for path in _columns(definition))
    more = next((text for text in texts if isinstance(text, str) and text != identity), None)
    return f"{identity} · {more}" if more else identity


def _at(record: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON
    """The value at a dotted path; None where there is none."""
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _sections(definition: Definition, record: Mapping[str, Any]) -> list[Section]:
    values: dict[str, list[Shown]] = defaultdict(list)
    empty: dict[str, list[str]] = defaultdict(list)
    for path, shown in _values(definition, record):
        group, dot, name = path.rpartition(".")
        title = group if dot else ""
        if shown is None:
            empty[title].append(name)
        else:
            values[title].append(Shown(name, shown.text, shown.address))
    titles = dict.fromkeys(["", *values, *empty])
    return [Section(title, values[title], empty[title]) for title in titles if values[title] or empty[title]]


def _values(definition: Definition, record: Mapping[str, Any]) -> Iterator[tuple[str, Shown | None]]:
    """Every field and reference of a record; None where it is empty."""
    for path, field in definition.fields.items():
        if not field.write_only:
            value = _at(record, path)
            yield path, Shown(path, _text(value)) if value not in (None, "", []) else None
    for path, reference in definition.references.items():
        value = _at(record, path)
        key = value.get("key") if isinstance(value, Mapping) else None
        target = registry.beside(definition, reference.target)
        yield path, _link(target, value) if key is not None else None


def _link(target: Definition | None, value: Mapping[str, Any]) -> Shown:
    name = value.get("name")
    text = f"{_identity(value)} · {name}" if isinstance(name, str) and name else _identity(value)
    return Shown("", text, record_address(target.name, value["key"]) if target is not None else None)


def _elements(path: str, definition: Definition | None, value: object) -> Elements:
    """A list as a table; elements that are no records are shown as JSON."""
    elements = [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
    known = _columns(definition) if definition is not None else []
    columns = [name for name in known if any(_at(one, name) is not None for one in elements)]
    return Elements(path, columns, [_element(one, definition, columns) for one in elements])


def _element(
    one: Mapping[str, Any], definition: Definition | None, columns: Sequence[str]
) -> tuple[Shown, Sequence[str]]:
    if definition is None or one.get("key") is None:
        return Shown("", json.dumps(one, ensure_ascii=False)), ["" for _ in columns]
    shown = Shown("", _identity(one), record_address(definition.name, one["key"]))
    return shown, [_text(_at(one, name)) for name in columns]


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False)
