"""Preferences over REST: the one record of an object, under `setup` and under its key."""

from typing import Any

import orjson
import pytest
from sandbox.tests.rest.conftest import Api, build_api

from intacct_sandbox.fixtures import preferences
from intacct_sandbox.objects import ALL

ENTITIES = "/objects/company-config/multi-entity-preference"
ADVANCED = "/objects/company-config/advanced-consolidation-preference"
SINGLETONS = [name for name, definition in ALL.items() if definition.singleton]


@pytest.fixture
def api() -> Api:
    made = build_api()
    preferences.install(made.store, made.company, made.clock.now())
    return made


async def write(api: Api, method: str, path: str, payload: Any) -> int:
    return (await api.call(method, path, body=orjson.dumps(payload))).status


async def shown(api: Api, path: str) -> Any:
    answer = await api.get(path)
    assert answer.status == 200, answer.body
    return answer.json()["ia::result"]


def test_what_the_catalogue_has_under_setup_is_one(api: Api) -> None:
    assert SINGLETONS == [
        "company-config/advanced-consolidation-preference",
        "company-config/consolidation-preference",
        "company-config/multi-entity-preference",
    ]


async def test_a_preference_is_read_and_changed_under_setup_and_under_its_key(api: Api) -> None:
    found = await shown(api, f"{ENTITIES}/setup")
    assert found["isModuleConfigured"] is api.company.is_multi_entity
    assert found["restrictions"]["enableCheckingAccountRestrictions"] is False
    change = {"restrictions": {"enableCheckingAccountRestrictions": True}}
    assert await write(api, "PATCH", f"{ENTITIES}/setup", change) == 200
    assert (await shown(api, f"{ENTITIES}/{found['key']}"))["restrictions"][
        "enableCheckingAccountRestrictions"
    ] is True
    assert [row["key"] for row in (await api.get(ENTITIES)).rows] == [found["key"]]


async def test_what_is_created_is_not_there_before_and_only_once(api: Api) -> None:
    assert (await api.get(f"{ADVANCED}/setup")).status == 404
    body = {"notificationEmail": "books@example.com"}
    assert await write(api, "PATCH", f"{ADVANCED}/setup", body) == 404
    assert await write(api, "POST", f"{ADVANCED}/setup", body) == 201
    for path in (ADVANCED, f"{ADVANCED}/setup"):
        refused = await api.post(path, body)
        assert refused.status == 400
        assert "already" in refused.details
    assert await write(api, "PATCH", f"{ADVANCED}/setup", {"notificationEmail": "b@example.com"}) == 200
    assert (await shown(api, f"{ADVANCED}/setup"))["notificationEmail"] == "b@example.com"


@pytest.mark.parametrize("name", SINGLETONS)
async def test_a_method_that_the_object_lacks_is_refused_under_setup(api: Api, name: str) -> None:
    for method in {"POST", "DELETE"} - set(ALL[name].methods):
        assert await write(api, method, f"/objects/{name}/setup", {}) == 405


async def test_setup_is_no_key_elsewhere(api: Api) -> None:
    assert (await api.get("/objects/accounts-payable/vendor/setup")).status == 404
    assert await write(api, "POST", "/objects/accounts-payable/vendor/setup", {}) == 405


async def test_an_entity_does_not_change_what_is_the_companys(api: Api) -> None:
    token = api.token(entity_id="East Region")
    answer = await api.call("PATCH", f"{ENTITIES}/setup", token=token, body=b'{"isForm1099": true}')
    assert "top level cannot be changed in an entity" in answer.details
