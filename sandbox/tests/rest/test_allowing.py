"""Allowed operations over HTTP."""

from typing import Any

import pytest
from sandbox.tests.rest.conftest import Api

ALLOWED = "/services/core/allowed-operations/list"
VENDOR = "accounts-payable/vendor"


async def allowed(api: Api, *keys: str, more: Any = None, **call: Any) -> dict[str, list[str]]:
    payload = {"object": VENDOR, "keys": list(keys), **(more or {})}
    rows = (await api.post(ALLOWED, payload, **call)).rows
    return {row["key"]: row["operations"] for row in rows}


async def test_who_may_do_everything_may_view_edit_and_delete(api: Api) -> None:
    assert await allowed(api, "2", "1") == {key: ["canView", "canEdit", "canDelete"] for key in ("2", "1")}


async def test_only_what_is_asked_for_is_told(api: Api) -> None:
    more = {"operations": ["canDelete", "canDance"], "options": {"includePrivate": True}}
    assert await allowed(api, "1", more=more) == {"1": ["canDelete"]}


async def test_a_reader_may_view(api: Api) -> None:
    assert await allowed(api, "1", token=api.token("Clerk")) == {"1": ["canView"]}


async def test_an_unknown_record_allows_nothing(api: Api) -> None:
    assert await allowed(api, "99999", "x") == {"99999": [], "x": []}


async def test_records_of_the_top_level_are_viewed_in_an_entity(api: Api) -> None:
    headers = {"X-IA-API-Param-Entity": "East Region"}
    row = api.store.one("SELECT min(key) FROM accounts_payable__vendor WHERE entity_key IS NULL")
    assert row is not None
    key = str(row[0])
    assert await allowed(api, key, headers=headers) == {key: ["canView"]}
    api.quirks.set("top-level-records-in-entities", "writable")
    assert await allowed(api, key, headers=headers) == {key: ["canView", "canEdit", "canDelete"]}


async def test_methods_that_the_object_lacks_are_not_allowed(api: Api) -> None:
    await api.post(f"/objects/{VENDOR}", {"id": "N1", "name": "x"})
    payload = {"object": "company-config/audit-history", "keys": ["1"]}
    assert (await api.post(ALLOWED, payload)).rows == [{"key": "1", "operations": ["canView"]}]


async def test_additional_data_is_answered_with_a_code(api: Api) -> None:
    payload = {"object": VENDOR, "keys": ["1"], "additionalData": {"requestType": "vendor-list"}}
    assert (await api.post(ALLOWED, payload)).rows[0]["additionalData"] == {"operationCode": 0}


@pytest.mark.parametrize(
    ("payload", "target"),
    [
        ([], "/"),
        ({"keys": ["1"]}, "/object"),
        ({"object": "a/b", "keys": ["1"]}, "/object"),
        ({"object": VENDOR, "keys": []}, "/keys"),
        ({"object": VENDOR, "keys": [1]}, "/keys"),
        ({"object": VENDOR, "keys": ["1"] * 1001}, "/keys"),
        ({"object": VENDOR, "keys": ["1"], "operations": "canView"}, "/operations"),
        ({"object": VENDOR, "keys": ["1"], "options": {"x": 1}}, "/options"),
        ({"object": VENDOR, "keys": ["1"], "x": 1}, "/x"),
    ],
)
async def test_what_asks_for_nothing_is_refused(api: Api, payload: Any, target: str) -> None:
    answer = await api.post(ALLOWED, payload)
    assert answer.status == 400
    assert answer.error["details"][0]["target"] == target


async def test_the_largest_request_is_answered(api: Api) -> None:
    assert len((await api.post(ALLOWED, {"object": VENDOR, "keys": ["1"] * 1000})).rows) == 1000
