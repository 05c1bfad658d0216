"""Every object of the catalogue, over HTTP: its model, the life of a record, and what is refused."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from sandbox.tests.rest.calling import Response
from sandbox.tests.rest.conftest import Api, build_api

from intacct_sandbox.objects import Definition, RowWriter, Stamp, registry
from intacct_sandbox.objects.definitions import Kind
from intacct_sandbox.objects.views import VIEWS

TYPED = ("inventory-control", "order-entry", "purchasing")
NAMES = sorted(registry.ALL) + [f"{application}/document::Sample Type" for application in TYPED]
WRITABLE = [name for name in NAMES if name not in VIEWS]

# What behaviour needs beside the required fields.
LINE = {"txnAmount": "12.50", "glAccount": {"key": "1"}, "dimensions": {"location": {"key": "1"}}}
ENTRY_LINES = [{"txnType": side, **LINE} for side in ("debit", "credit")]
AR_LINE = {"txnCurrency": {"amount": "12.50"}, "glAccount": {"key": "1"}}
BANK = {"financialEntity": {"entityId": "OPERATING"}}
BODIES: Mapping[str, Mapping[str, Any]] = {
    "accounts-payable/adjustment": {"lines": [LINE]},
    "accounts-payable/advance": {"lines": [LINE], **BANK},
    "accounts-payable/bill": {"lines": [LINE], "currency": {"txnCurrency": "USD"}},
    "accounts-payable/payment": {"state": "draft", **BANK},
    "accounts-receivable/adjustment": {"lines": [AR_LINE]},
    "accounts-receivable/advance": {
        "items": [LINE],
        "paymentInformation": {"receiptDate": "2026-11-20", "financialEntity": {"id": "OPERATING"}},
    },
    "accounts-receivable/payment": {"state": "draft", **BANK},
    "accounts-receivable/invoice": {"lines": [LINE]},
    "general-ledger/journal-entry": {"lines": ENTRY_LINES, "glJournal": {"id": "GJ"}},
}
SAMPLES: Mapping[Kind, Any] = {
    Kind.TEXT: "Sample",
    Kind.TEXTS: ["Sample"],
    Kind.BOOLEAN: True,
    Kind.INTEGER: 3,
    Kind.NUMBER: 1.5,
    Kind.MONEY: "12.50",
    Kind.DECIMAL: "1.25",
    Kind.DATE: "2026-11-25",
    Kind.DATETIME: "2026-11-25T12:00:00Z",
    Kind.KEY: "1",
}


@pytest.fixture(scope="module")
def served() -> Iterator["Served"]:
    api = build_api()
    yield Served(api)
    api.store.close()


class Served:
    """One app for all objects, with one token."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._token = api.token()

    async def call(self, method: str, path: str, payload: object = None) -> Response:
        body = orjson.dumps(payload) if payload is not None else b""
        return await self.api.call(method, path, token=self._token, body=body)

    def put(self, name: str) -> int:
        """A record beside the API, where it cannot be created by it."""
        definition = found(name)
        writer = RowWriter(self.api.store, self.api.company.key)
        values: dict[str, Any] = {}
        if definition.fields["id"].computed is None:
            values["id"] = f"Sample {self.api.ids.hex(6)}"
        if definition.owner is not None:
            values[definition.owner] = self.owner_of(definition)
        if name in BODIES:
            values["state"] = "draft"
        now = self.api.clock.now()
        key = writer.add(name, values, stamp=Stamp(created_at=now, modified_at=now, user_key=1))
        writer.flush()
        return key

    def owner_of(self, definition: Definition) -> int:
        """A fresh owner, so that nothing else depends on what is done to it."""
        assert definition.owner is not None
        target = definition.references[definition.owner].target or ""
        return self.put(target) if target not in VIEWS else 1

    def body(self, definition: Definition) -> dict[str, Any]:
        """The least that a create takes."""
        body: dict[str, Any] = {}
        for wanted in definition.required:
            path = wanted.partition("|")[0]
            if path in definition.references:
                _set(body, path, {"key": str(self.some(definition.references[path].target or ""))})
            else:
                words = definition.fields[path].enum or (SAMPLES[definition.fields[path].kind],)
                _set(body, path, words[0])
        if "id" in body or (definition.fields["id"].computed is None and definition.kind == "root"):
            body["id"] = f"S{self.api.ids.hex(8)}"
        if definition.owner is not None:
            owner = registry.ALL[definition.references[definition.owner].target or ""].name
            _set(body, definition.owner, {"key": str(self.open_owner(definition, owner))})
        return body | dict(BODIES.get(definition.untyped_name, {}))

    def open_owner(self, definition: Definition, owner: str) -> int:
        """An owner that takes the record: documents with rules are found among those that are there."""
        if owner not in BODIES:
            return self.owner_of(definition)
        row = self.api.store.one(f"SELECT max(key) FROM {registry.ALL[owner].table} WHERE state = 'draft'")
        if row is not None and row[0] is not None:
            return int(row[0])
        # A draft with a line already, so that the new one is not its last.
        key = self.put(owner)
        writer = RowWriter(self.api.store, self.api.company.key)
        writer.add(definition.name, {definition.owner or "": key})
        writer.flush()
        return key

    def some(self, name: str) -> int:
        row = self.api.store.one(f"SELECT min(key) FROM {registry.ALL[name].table}")
        return int(row[0]) if row is not None and row[0] is not None else self.put(name)


def found(name: str) -> Definition:
    definition = registry.find(name)
    assert definition is not None
    return definition


def _set(body: dict[str, Any], path: str, value: Any) -> None:
    *groups, last = path.split(".")
    for group in groups:
        body = body.setdefault(group, {})
    body[last] = value


def _paths(node: Mapping[str, Any], kind: str, prefix: str = "") -> set[str]:
    members = node.get(kind) or {}
    paths = {f"{prefix}{name}" for name in members}
    for group, inner in node.get("groups", {}).items():
        paths |= _paths(inner, kind, f"{prefix}{group}.")
    return paths


@pytest.mark.parametrize("name", NAMES)
async def test_the_model_is_the_definition(served: Served, name: str) -> None:
    definition = found(name)
    answer = await served.call("GET", f"/services/core/model?name={name}")
    assert answer.status == 200
    model = answer.json()["ia::result"]
    assert answer.json()["ia::meta"] == {"totalCount": 1, "totalSuccess": 1, "totalError": 0}
    assert _paths(model, "fields") == set(definition.fields)
    assert _paths(model, "refs") == set(definition.references)
    assert _paths(model, "lists") == set(definition.lists)
    assert model["apiObject"] == f"objects/{name}"
    assert model["type"] == ("rootObject" if definition.kind == "root" else "ownedObject")
    assert set(model["httpMethods"].split(",")) == {"OPTIONS", *definition.methods}
    for path, field in definition.fields.items():
        group, _, last = path.rpartition(".")
        node = model
        for part in filter(None, group.split(".")):
            node = node["groups"][part]
        shown = node["fields"][last]
        assert (shown["type"], shown.get("format")) == (field.type, field.format)
        assert shown["readOnly"] is field.read_only
        assert shown["required"] is False


@pytest.mark.parametrize("name", NAMES)
async def test_a_record_lives_from_its_create_to_its_delete(served: Served, name: str) -> None:
    definition = found(name)
    if name in VIEWS:
        key = str(served.some(name))
    elif "POST" in definition.methods:
        key = await _created(served, definition)
    else:
        key = str(served.put(name))
    if "GET" in definition.methods:
        await _reads(served, definition, key)
    if name in VIEWS:
        return
    if "PATCH" in definition.methods:
        await _changes(served, definition, key)
    if "DELETE" in definition.methods:
        gone = await served.call("DELETE", f"/objects/{name}/{key}")
        assert (gone.status, gone.body) == (204, b""), gone.body
        again = await served.call("DELETE", f"/objects/{name}/{key}")
        assert again.status == 404


async def _created(served: Served, definition: Definition) -> str:
    body = served.body(definition)
    answer = await served.call("POST", f"/objects/{definition.name}", body)
    assert answer.status == 201, answer.body
    made = answer.json()
    key = made["ia::result"]["key"]
    assert made["ia::meta"] == {"totalCount": 1, "totalSuccess": 1, "totalError": 0}
    assert made["ia::result"]["href"] == f"/objects/{definition.name}/{key}"
    assert made["ia::result"]["id"] == body.get("id", key)
    return str(key)


async def _reads(served: Served, definition: Definition, key: str) -> None:
    answer = await served.call("GET", f"/objects/{definition.name}/{key}")
    assert answer.status == 200, answer.body
    shown = answer.json()["ia::result"]
    assert shown["key"] == key
    queried = await served.call(
        "POST",
        "/services/core/query",
        {"object": definition.name, "fields": ["key", "id"], "filters": [{"$eq": {"key": key}}]},
    )
    assert queried.rows == [{"key": key, "id": shown["id"]}]
    page = await served.call("GET", f"/objects/{definition.name}?start=1&size=1")
    assert len(page.rows) == 1
    assert set(page.rows[0]) == {"key", "id", "href"}
    assert page.json()["ia::meta"]["pageSize"] == 1
    beyond = await served.call("GET", f"/objects/{definition.name}?start=1000000")
    assert beyond.rows == []


async def _changes(served: Served, definition: Definition, key: str) -> None:
    path = next(
        (
            path
            for path, field in definition.fields.items()
            if field.kind is Kind.TEXT
            and field.enum is None
            and path != "id"
            and field.computed is None
            and not (field.read_only or field.write_only)
        ),
        None,
    )
    body: dict[str, Any] = {}
    if path is not None:
        _set(body, path, "Changed")
    answer = await served.call("PATCH", f"/objects/{definition.name}/{key}", body)
    assert answer.status == 200, answer.body
    assert answer.json()["ia::result"]["key"] == key
    if path is not None and "GET" in definition.methods:
        shown = (await served.call("GET", f"/objects/{definition.name}/{key}")).json()["ia::result"]
        for part in path.split("."):
            shown = shown[part]
        assert shown == "Changed"


@pytest.mark.parametrize("name", NAMES)
async def test_what_an_object_does_not_take_is_refused(served: Served, name: str) -> None:
    definition = found(name)
    if "GET" in definition.methods:
        missing = await served.call("GET", f"/objects/{name}/999999999")
        assert missing.status == 404
        assert missing.error["errorId"] == "REST-7001"
        assert missing.error["details"][0]["code"] == "invalidKey"
        assert (await served.call("GET", f"/objects/{name}?pageSize=5")).status == 400
    for method in ("POST", "PATCH", "DELETE"):
        at = f"/objects/{name}" if method == "POST" else f"/objects/{name}/999999999"
        if method not in definition.methods:
            answer = await served.call(method, at, {})
            assert answer.status == 405
            assert "allow" in answer.headers
        elif name in VIEWS:
            continue
        elif method != "POST":
            assert (await served.call(method, at, {} if method == "PATCH" else None)).status == 404
    if "POST" not in definition.methods or name in VIEWS:
        return
    bad = await served.call(
        "POST", f"/objects/{name}", {"notAField": 1, "href": "/x", **served.body(definition)}
    )
    assert bad.status == 400
    assert bad.error["errorId"] == "REST-1064"
    unknown, read_only = bad.error["details"]
    assert (unknown["errorId"], unknown["target"]) == ("REST-1043", "/notAField")
    assert unknown["message"] == "/notAField is not a valid field"
    assert (read_only["target"], read_only["message"]) == ("/href", "/href is a read-only field")
    empty = await served.call("POST", f"/objects/{name}")
    assert empty.error["errorId"] == "REST-1028"
