"""Views over HTTP: a user's own, and those of the system."""

from typing import Any

import pytest
from sandbox.tests.rest.conftest import Api

VIEW = "/services/core/view"
SYSTEM = "/objects/core/system-view"
NEW: dict[str, Any] = {
    "name": "Late vendors",
    "query": {
        "object": "accounts-payable/vendor",
        "fields": ["id", "status"],
        "filters": [{"$startsWith": {"id": "2"}}, {"$eq": {"status": "active"}}],
        "filterExpression": "1 and 2",
        "orderBy": [{"id": "desc"}],
    },
}


async def made(api: Api, payload: Any = NEW) -> str:
    key: str = (await api.post("/objects/core/user-view", payload)).json()["ia::result"]["key"]
    return key


async def test_a_users_view_answers_as_its_query_does(api: Api) -> None:
    answer = await api.post(VIEW, {"key": await made(api), "viewType": "user", "start": 4, "size": 3})
    query = {**NEW["query"], "start": 4, "size": 3}
    assert answer.status == 200
    assert answer.json() == (await api.query(query)).json()
    assert answer.json()["ia::meta"]["previous"] == 1


async def test_filter_parameters_come_with_the_request(api: Api) -> None:
    query = {
        "object": "accounts-payable/vendor",
        "fields": ["id"],
        "filters": [{"$eq": {"status": "ACTIVE"}}],
    }
    asked = {"key": await made(api, {"name": "x", "query": query}), "viewType": "user"}
    assert (await api.post(VIEW, asked)).rows == []
    folded = {**asked, "filterParameters": {"caseSensitiveComparison": False}}
    assert (await api.post(VIEW, folded)).rows != []


async def test_a_query_that_cannot_be_run_is_found_out_then(api: Api) -> None:
    key = await made(api, {"name": "x", "query": {"object": "accounts-payable/vendor", "fields": ["no"]}})
    assert (await api.post(VIEW, {"key": key, "viewType": "user"})).status == 400


async def test_every_object_has_system_views(api: Api) -> None:
    views = (await api.get(f"{SYSTEM}?name=accounts-payable/vendor")).rows
    assert [one["id"] for one in views] == ["systemfw1", "systemfw2"]
    one = (await api.get(f"{SYSTEM}?name=accounts-payable/vendor::systemfw2")).json()["ia::result"]
    assert one == views[1]
    assert one["query"]["orderBy"] == [{"audit.modifiedDateTime": "desc"}]
    answer = await api.post(VIEW, {"key": one["key"], "viewType": "system", "size": 3})
    assert len(answer.rows) == 3
    assert set(answer.rows[0]) == set(one["query"]["fields"])


async def test_unknown_system_views_are_none(api: Api) -> None:
    assert (await api.get(f"{SYSTEM}?name=a/b")).rows == []
    assert (await api.get(f"{SYSTEM}?name=accounts-payable/vendor::systemfw9")).rows == []
    assert (await api.get(f"{SYSTEM}?name=accounts-payable/bill", token=api.token("Clerk"))).status == 403


@pytest.mark.parametrize(
    "asked",
    [
        {"key": "999", "viewType": "user"},
        {"key": "a/b::systemfw1", "viewType": "system"},
        {"key": "accounts-payable/vendor::systemfw9", "viewType": "system"},
    ],
)
async def test_an_unknown_view_is_404(api: Api, asked: Any) -> None:
    assert (await api.post(VIEW, asked)).status == 404


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ({"viewType": "user"}, "/key"),
        ({"key": 1, "viewType": "user"}, "/key"),
        ({"key": "1", "viewType": "both"}, "/viewType"),
        ({"key": "1", "viewType": "user", "filters": []}, "/filters"),
        ([], "/"),
    ],
)
async def test_what_asks_for_no_view_is_refused(api: Api, asked: Any, target: str) -> None:
    answer = await api.post(VIEW, asked)
    assert answer.status == 400
    assert answer.error["details"][0]["target"] == target


async def test_the_queried_objects_permission_is_needed(api: Api) -> None:
    key = await made(api, {"name": "x", "query": {"object": "accounts-payable/bill", "fields": ["key"]}})
    asked = {"key": key, "viewType": "user"}
    assert (await api.post(VIEW, asked, token=api.token("Clerk"))).status == 403
