"""Roles over REST: what the API writes is what the company's pages keep."""

from typing import Any

import orjson
import pytest
from sandbox.tests.rest.calling import Response
from sandbox.tests.rest.conftest import Api, build_api

from intacct_sandbox.identity import permissions
from intacct_sandbox.identity.permissions import Role

ROLES = "/objects/company-config/role"
CLERK = {"id": "Clerk", "description": "Enters bills", "roleType": "enterprise", "applyTo": "login"}


@pytest.fixture
def api() -> Api:
    return build_api()


async def write(api: Api, method: str, path: str, payload: Any = None) -> Response:
    return await api.call(method, path, body=orjson.dumps(payload) if payload is not None else b"")


async def created(api: Api) -> str:
    answer = await api.post(ROLES, CLERK)
    assert answer.status == 201, answer.body
    return str(answer.json()["ia::result"]["key"])


def kept(api: Api, role_id: str = "Clerk") -> Role | None:
    return permissions.find_role(api.store, api.company.key, role_id)


async def test_a_role_lives_from_its_create_to_its_delete(api: Api) -> None:
    path = f"{ROLES}/{await created(api)}"
    shown = (await api.get(path)).json()["ia::result"]
    assert {name: shown[name] for name in CLERK} == CLERK
    changed = await write(api, "PATCH", path, {"description": "Enters and pays", "applyTo": "slideIn"})
    assert changed.status == 200, changed.body
    assert changed.json()["ia::result"]["id"] == "Clerk"
    shown = (await api.get(path)).json()["ia::result"]
    assert (shown["description"], shown["applyTo"], shown["roleType"]) == (
        "Enters and pays",
        "slideIn",
        "enterprise",
    )
    assert (await write(api, "DELETE", path)).status == 204
    assert (await write(api, "DELETE", path)).status == 404
    assert kept(api) is None


async def test_a_role_of_the_pages_keeps_what_it_grants(api: Api) -> None:
    role = permissions.add_role(
        api.store, api.company.key, role_id="Buyer", description="", permissions=["purchasing/*:*"]
    )
    path = f"{ROLES}/{role.key}"
    assert (await api.get(path)).json()["ia::result"]["roleType"] == "enterprise"
    assert (await write(api, "PATCH", path, {"description": "Buys", "id": "Buyer"})).status == 200
    found = kept(api, "Buyer")
    assert found is not None
    assert (found.description, found.permissions) == ("Buys", ("purchasing/*:*",))


async def test_a_new_role_grants_nothing_until_the_pages_say_so(api: Api) -> None:
    await created(api)
    found = kept(api)
    assert found is not None
    assert found.permissions == ()
    granting = {"rolePermissionAssignments": [{"accessRights": ["list"]}]}
    for method, path, body in (
        ("POST", ROLES, {"id": "Other", **granting}),
        ("PATCH", f"{ROLES}/{found.key}", granting),
    ):
        refused = await write(api, method, path, body)
        assert refused.status == 400
        assert "rolePermissionAssignments on the company's pages" in refused.details
    assert kept(api, "Other") is None


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({}, "/id"),
        ({"id": " "}, "/id"),
        ({"id": "x" * 81}, "/id"),
        ({"id": "Clerk", "roleUsers": []}, "/roleUsers"),
    ],
)
async def test_what_cannot_be_a_role_is_refused_beside_its_field(
    api: Api, body: dict[str, Any], target: str
) -> None:
    refused = await api.post(ROLES, body)
    assert refused.status == 400, refused.body
    assert refused.error["details"][0]["target"] == target


async def test_a_name_is_given_once_and_stays(api: Api) -> None:
    path = f"{ROLES}/{await created(api)}"
    assert "Clerk" in (await api.post(ROLES, CLERK)).details
    refused = await write(api, "PATCH", path, {"id": "Cashier"})
    assert refused.error["details"][0]["target"] == "/id"


async def test_a_write_leaves_its_line_in_the_history(api: Api) -> None:
    await created(api)
    asked = {
        "object": "company-config/audit-history",
        "fields": ["changeDetails.objectId", "changeSource.actionPerformed"],
        "filters": [{"$eq": {"changeDetails.objectName": "company-config/role"}}],
    }
    rows = (await api.query(asked)).rows
    assert [tuple(row.values()) for row in rows] == [("Clerk", "create")]
