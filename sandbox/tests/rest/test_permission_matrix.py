"""Every operation, by every role, in every entity, by users with and without restrictions.

What may be done is worked out here from the rules, and compared with what the API and the gateway answer.

Three levels deny, in this order: the place (the user may not enter it), the operation (the roles do not grant
it), and the record (it is not seen there, or belongs to the top level and is only read).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pytest
from sandbox.tests.rest.calling import Response
from sandbox.tests.rest.conftest import Api, build_api

from intacct_sandbox.gateway import additions
from intacct_sandbox.gateway.functions import Caller, Functions
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.notation import ENGLISH
from intacct_sandbox.gateway.refusals import Refused
from intacct_sandbox.identity import companies, users
from intacct_sandbox.identity.companies import Entity
from intacct_sandbox.objects import RowWriter, Scope

VENDOR: Final = "accounts-payable/vendor"
ROLES: Final = {
    "nothing": (),
    "elsewhere": ("accounts-receivable/*:*", "accounts-payable/bill:*"),
    "list": (f"{VENDOR}:list",),
    "readonly": (f"{VENDOR}:readonly",),
    "add": (f"{VENDOR}:add",),
    "edit": (f"{VENDOR}:edit",),
    "delete": (f"{VENDOR}:delete",),
    "application": ("accounts-payable/*:*",),
    "everything": ("*:*",),
}
PLACES: Final = (None, "East Region", "West Region")
# The entities a user is restricted to, and whether the top level is open to them.
RESTRICTIONS: Final = {
    "free": ((), True),
    "east": (("East Region",), True),
    "east-only": (("East Region",), False),
}
# Operation -> rights of which one is needed.
OPERATIONS: Final = {
    "list": {"list", "readonly"},
    "query": {"list", "readonly"},
    "get": {"list", "readonly"},
    "create": {"add"},
    "update": {"edit"},
    "delete": {"delete"},
}
# A vendor of each level, by its id.
RECORDS: Final = {"T": None, "E": "East Region", "P": "East Region", "W": "West Region"}


@dataclass(frozen=True, slots=True)
class World:
    api: Api
    keys: dict[str, str]
    tokens: dict[tuple[str, str], str]


class _Undone(Exception):
    pass


@pytest.fixture(scope="module")
def world() -> World:
    api = build_api()
    entities = {entity.id: entity.key for entity in every_entity(api)}
    writer = RowWriter(api.store, api.company.key)
    keys = {
        id_: str(
            writer.add(
                VENDOR,
                {"id": id_, "name": id_},
                entity_key=entities[entity] if entity is not None else None,
                private=id_ == "P",
            )
        )
        for id_, entity in RECORDS.items()
    }
    writer.flush()
    tokens = {}
    for role, permissions in ROLES.items():
        for name, (entity_ids, top) in RESTRICTIONS.items():
            user_id = f"{role}.{name}"
            new = users.NewUser(
                id=user_id,
                user_name=user_id,
                account_email="u@example.com",
                password="x",
                permissions=permissions,
                entity_ids=entity_ids,
                allow_top_level=top,
            )
            users.add(api.store, api.company.key, new)
            tokens[role, name] = api.token(user_id)
    return World(api, keys, tokens)


def every_entity(api: Api) -> list[Entity]:
    return companies.entities(api.store, api.company.key)


@contextmanager
def undone(api: Api) -> Iterator[None]:
    """What happens inside did not happen."""
    try:
        with api.store.transaction():
            yield
            raise _Undone
    except _Undone:
        pass


# The rules, in plain words


def may_enter(restriction: str, place: str | None) -> bool:
    entity_ids, top = RESTRICTIONS[restriction]
    return not entity_ids or (top if place is None else place in entity_ids)


def grants(role: str, operation: str) -> bool:
    rights = {permission.partition(":")[2] for permission in ROLES[role] if permission.startswith(VENDOR)}
    return role in {"application", "everything"} or bool(rights & OPERATIONS[operation])


def sees(restriction: str, place: str | None, record: str) -> bool:
    entity = RECORDS[record]
    if place is not None:
        return entity in {None, place}
    return entity is None or restriction == "free" or entity == "East Region"


def expected(role: str, restriction: str, place: str | None, operation: str, record: str) -> str:
    if not may_enter(restriction, place):
        return "place"
    if not grants(role, operation):
        return "operation"
    if operation in {"get", "update", "delete"} and not sees(restriction, place, record):
        return "unseen"
    if operation in {"update", "delete"} and place is not None and RECORDS[record] is None:
        return "above"
    return "done"


# What is answered


async def call(world: World, token: str, place: str | None, operation: str, record: str) -> Response:
    headers = {"X-IA-API-Param-Entity": place} if place is not None else {}
    key = f"/objects/{VENDOR}/{world.keys[record]}"
    payloads: dict[str, Any] = {"create": {"id": "NEW", "name": "New"}, "update": {"name": "Other"}}
    body = json.dumps(payloads[operation]).encode() if operation in payloads else b""
    if operation == "query":
        return await world.api.query({"object": VENDOR, "fields": ["id"]}, token=token, headers=headers)
    method, path = {
        "list": ("GET", f"/objects/{VENDOR}"),
        "get": ("GET", key),
        "create": ("POST", f"/objects/{VENDOR}"),
        "update": ("PATCH", key),
        "delete": ("DELETE", key),
    }[operation]
    return await world.api.call(method, path, token=token, headers=headers, body=body)


def outcome(answer: Response, operation: str) -> str:
    if answer.status in {200, 201, 204}:
        assert answer.status == {"create": 201, "delete": 204}.get(operation, 200)
        return "done"
    error = answer.error
    assert (error["code"], error["errorId"]) == ("operationFailed", "REST-7001")
    text = answer.details
    if answer.status == 403 and text.startswith("You do not have access to "):
        return "place"
    if answer.status == 403 and text.startswith("You do not have permission for API operation "):
        return "operation"
    if answer.status == 404 and error["details"][0]["code"] == "invalidKey":
        return "unseen"
    if answer.status == 400 and "of the top level" in text:
        return "above"
    return f"{answer.status} {text}"


@pytest.mark.parametrize("role", ROLES)
async def test_every_operation_is_done_or_denied_as_the_rules_say(world: World, role: str) -> None:
    wrong = []
    # Which record it is matters to those who may do anything; others are denied before.
    records = RECORDS if role == "everything" else ("E",)
    for restriction in RESTRICTIONS:
        for place in PLACES:
            for operation in OPERATIONS:
                for record in records if operation in {"get", "update", "delete"} else ("E",):
                    with undone(world.api):
                        answer = await call(world, world.tokens[role, restriction], place, operation, record)
                    found = outcome(answer, operation)
                    wanted = expected(role, restriction, place, operation, record)
                    if found != wanted:
                        wrong.append((restriction, place, operation, record, found, wanted))
    assert wrong == []


XML: Final = {
    "list": Node(
        "readByQuery", children=(Node("object", "VENDOR"), Node("fields", "VENDORID"), Node("query", ""))
    ),
    "query": Node(
        "query",
        children=(Node("object", "VENDOR"), Node("select", children=(Node("field", "VENDORID"),))),
    ),
    "create": Node(
        "create",
        children=(Node("VENDOR", children=(Node("VENDORID", "NEW"), Node("NAME", "New"))),),
    ),
}


def by_key(world: World, operation: str, record: str) -> Node:
    key = world.keys[record]
    if operation == "update":
        change = Node("VENDOR", children=(Node("RECORDNO", key), Node("NAME", "Other")))
        return Node("update", children=(change,))
    listed = (Node("object", "VENDOR"), Node("keys", key))
    return Node("read" if operation == "get" else "delete", children=listed)


@pytest.mark.parametrize("role", ROLES)
def test_the_xml_gateway_denies_the_same_operations(world: World, role: str) -> None:
    api = world.api
    functions = Functions(api.store, api.ids, api.quirks)
    entities = {entity.id: entity.key for entity in every_entity(api)}
    user = users.find(api.store, api.company.key, f"{role}.free")
    assert user is not None
    wrong = []
    for place in PLACES:
        scope = Scope(company_key=api.company.key, entity_key=entities[place] if place is not None else None)
        caller = Caller(
            user=user,
            scope=scope,
            now=api.clock.now(),
            notation=ENGLISH,
            names=additions.of(api.store, api.company.key),
        )
        for operation in OPERATIONS:
            arguments = XML.get(operation) or by_key(world, operation, "E")
            with undone(api):
                try:
                    functions.perform(arguments, caller)
                    denied = False
                except Refused as refused:
                    denied = "You do not have permission for API operation" in refused.text
            if denied == grants(role, operation):
                wrong.append((place, operation, denied))
    assert wrong == []


# Counts


async def count(world: World, place: str | None, *, include_private: bool, user: str = "free") -> int:
    payload = {
        "object": "inventory-control/item",
        "fields": ["id"],
        "filterParameters": {"includePrivate": include_private},
    }
    headers = {"X-IA-API-Param-Entity": place} if place is not None else {}
    answer = await world.api.query(payload, token=world.tokens["everything", user], headers=headers)
    return int(answer.json()["ia::meta"]["totalCount"])


async def test_entities_count_differently_and_the_top_level_asks_for_what_is_private(world: World) -> None:
    shared = await count(world, None, include_private=False)
    assert await count(world, None, include_private=True) == shared + 1 + 2 + 3
    places = ("Central Region", "East Region", "West Region")
    assert [await count(world, place, include_private=False) for place in places] == [
        shared + 1,
        shared + 2,
        shared + 3,
    ]
    # An entity sees its own private records anyway, and never another's.
    assert await count(world, "East Region", include_private=True) == shared + 2
    assert await count(world, None, include_private=True, user="east") == shared + 2


@pytest.mark.parametrize(("setting", "seen"), [("private", False), ("visible", True)])
async def test_a_record_made_in_an_entity_is_private_to_it_unless_the_quirk_says_otherwise(
    api: Api, setting: str, seen: bool
) -> None:
    api.quirks.set("records-created-in-entities", setting)
    body = json.dumps({"id": "MINE", "name": "Mine"}).encode()
    east = {"X-IA-API-Param-Entity": "East Region"}
    made = await api.call("POST", f"/objects/{VENDOR}", body=body, headers=east)
    assert made.status == 201

    async def found(headers: dict[str, str], **parameters: bool) -> bool:
        filters = [{"$eq": {"id": "MINE"}}]
        payload = {"object": VENDOR, "fields": ["id"], "filters": filters, "filterParameters": parameters}
        return bool((await api.query(payload, headers=headers)).rows)

    assert await found(east)
    assert not await found({"X-IA-API-Param-Entity": "West Region"})
    assert await found({}) is seen
    assert await found({}, includePrivate=True)


@pytest.mark.parametrize(("setting", "status"), [("shown", 200), ("hidden", 404)])
async def test_a_private_record_is_found_by_key_at_the_top_level_as_the_quirk_says(
    world: World, setting: str, status: int
) -> None:
    api, token = world.api, world.tokens["everything", "free"]
    api.quirks.set("private-records-by-key", setting)
    for operation in ("get", "update", "delete"):
        with undone(api):
            answer = await call(world, token, None, operation, "P")
        assert answer.status == (204 if status == 200 and operation == "delete" else status)
    api.quirks.reset()


async def test_a_workflow_takes_the_right_to_edit_and_lines_the_right_to_their_document(api: Api) -> None:
    for user_id, permission in (("Lister", "list"), ("Editor", "edit")):
        new = users.NewUser(
            id=user_id,
            user_name=user_id,
            account_email="u@example.com",
            password="x",
            permissions=(f"accounts-payable/bill:{permission}",),
        )
        users.add(api.store, api.company.key, new)
    body = json.dumps({"key": "1"}).encode()
    path = "/workflows/accounts-payable/bill/submit"
    denied = await api.call("POST", path, token=api.token("Lister"), body=body)
    assert denied.status == 403
    assert (await api.call("POST", path, token=api.token("Editor"), body=body)).status != 403
    lines = {"object": "accounts-payable/bill-line", "fields": ["key"]}
    assert (await api.query(lines, token=api.token("Lister"))).status == 200
    assert (await api.query(lines, token=api.token("Editor"))).status == 403
