"""/connections over HTTP: shapes and codes that published clients depend on."""

from typing import Any

import pytest
from service.tests.connections.api import Api, api_of
from service.tests.connections.provider_server import ProviderServer, Reply, refused
from service.tests.connections.service_process import BY_SESSION, KEY, Process

_ONE = f"/connections/c1?provider_config_key={KEY}"
_MEMBERS = {
    "id", "connection_id", "provider_config_key", "provider", "errors", "end_user", "tags", "metadata",
    "connection_config", "webhook_url_override", "created_at", "updated_at", "last_fetched_at", "credentials",
}  # fmt: skip


@pytest.fixture
async def api(service: Process) -> Api:
    return await api_of(service)


def _has_key(value: Any, wanted: str) -> bool:
    if isinstance(value, dict):
        return wanted in value or any(_has_key(item, wanted) for item in value.values())
    return isinstance(value, list) and any(_has_key(item, wanted) for item in value)


# GET /connections/{id}


async def test_a_connection_has_exactly_the_members_that_clients_compare(api: Api) -> None:
    await api.service.connect()
    answer = await api("GET", _ONE)
    assert answer.status == 200
    shown = answer.json()
    assert set(shown) == _MEMBERS
    assert (shown["connection_id"], shown["provider_config_key"], shown["provider"]) == (
        "c1",
        KEY,
        "sage-intacct-cc",
    )
    assert isinstance(shown["id"], int)
    assert (shown["errors"], shown["end_user"], shown["tags"], shown["metadata"]) == ([], None, {}, {})
    for name in ("created_at", "updated_at", "last_fetched_at"):
        assert shown[name].endswith("+00:00")
        assert shown[name][19] == "."


async def test_credentials_are_shown_to_who_may_read_them(api: Api) -> None:
    await api.service.connect()
    credentials = (await api("GET", _ONE)).json()["credentials"]
    assert credentials["type"] == "TWO_STEP"
    assert credentials["token"] == "access-1"
    assert credentials["username"] == "Admin@MyCompany"
    assert credentials["expires_at"].endswith("Z")
    assert "clientSecret" not in credentials


async def test_refresh_tokens_are_shown_on_request_only(api: Api) -> None:
    await api.service.connect()
    await api.service.sql(
        """UPDATE connections SET connection_config = '{"a": [{"Refresh-Token": 1}], "b": 2}'"""
    )
    without = (await api("GET", _ONE)).json()
    assert not _has_key(without, "refresh_token")
    assert without["connection_config"] == {"a": [{}], "b": 2}
    with_them = (await api("GET", _ONE + "&refresh_token=yes")).json()
    assert with_them["credentials"]["refresh_token"] == "refresh-1"
    assert with_them["credentials"]["raw"]["refresh_token"] == "refresh-1"
    assert with_them["connection_config"]["a"] == [{"Refresh-Token": 1}]


async def test_a_key_without_the_scope_gets_empty_credentials_and_no_refresh(
    api: Api, provider: ProviderServer
) -> None:
    await api.service.connect()
    await api.service.expire()
    reader = await api.with_scopes(["environment:connections:read"])
    answer = await reader("GET", _ONE)
    assert (answer.status, answer.json()["credentials"]) == (200, {})
    assert len(provider.calls) == 1
    for flag in ("force_refresh", "refresh_token", "refresh_github_app_jwt_token"):
        answer = await reader("GET", f"{_ONE}&{flag}=true")
        assert (answer.status, answer.error_code) == (403, "forbidden")
        assert (await reader("GET", f"{_ONE}&{flag}=false")).status == 200


async def test_the_published_client_sends_all_flags(api: Api) -> None:
    await api.service.connect()
    flags = "&force_refresh=false&refresh_token=false&refresh_github_app_jwt_token=false"
    assert (await api("GET", _ONE + flags)).status == 200


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/connections/c1", 400, "invalid_query_params"),
        ("/connections/c1?provider_config_key=", 400, "invalid_query_params"),
        (_ONE + "&more=1", 400, "invalid_query_params"),
        (_ONE + "&force_refresh=perhaps", 400, "invalid_query_params"),
        ("/connections/c1?provider_config_key=other", 400, "unknown_provider_config"),
        (f"/connections/nobody?provider_config_key={KEY}", 404, "not_found"),
    ],
)
async def test_what_can_not_be_read_has_a_code(api: Api, target: str, status: int, code: str) -> None:
    await api.service.connect()
    answer = await api("GET", target)
    assert (answer.status, answer.error_code) == (status, code)


async def test_another_environment_sees_nothing(api: Api) -> None:
    await api.service.connect()
    stranger = await api.with_scopes(["environment:*"], environment="prod") if await _prod(api) else api
    assert (await stranger("GET", _ONE)).error_code == "unknown_provider_config"
    assert (await stranger("GET", "/connections")).json() == {"connections": []}
    assert (await stranger("DELETE", _ONE)).status == 400
    assert (await api("GET", _ONE)).status == 200


async def _prod(api: Api) -> bool:
    await api.service.sql("INSERT INTO environments (uuid, name) VALUES ('prod-uuid', 'prod')")
    return True


async def test_force_refresh_gets_a_new_token(api: Api, provider: ProviderServer) -> None:
    await api.service.connect()
    answer = await api("GET", _ONE + "&force_refresh=true")
    assert answer.json()["credentials"]["token"] == "access-2"


async def test_a_renewal_that_fails_is_400_now_and_424_afterwards(api: Api, provider: ProviderServer) -> None:
    await api.service.connect()
    await api.service.expire()
    provider.script.append(refused())
    now = await api("GET", _ONE)
    later = await api("GET", _ONE)
    assert [(one.status, one.error_code) for one in (now, later)] == [
        (400, "invalid_credentials"),
        (424, "invalid_credentials"),
    ]
    for answer in (now, later):
        error = answer.json()["error"]
        shown = error["payload"]["connection"]
        assert set(shown) == _MEMBERS
        assert shown["credentials"] == {}
        [item] = shown["errors"]
        assert (item["type"], item["status"], item["cause"]) == (
            "auth",
            "needs_reconnect",
            "user_not_accepted",
        )
        assert item["log_id"]
        assert item["step"]["number"] == 3
        assert error["diagnosis"]["code"] == "user_not_accepted"


async def test_a_failing_connection_says_when_it_is_tried_again(api: Api, provider: ProviderServer) -> None:
    await api.service.connect()
    await api.service.make_due()
    provider.script.append(Reply(503))
    answer = await api("GET", _ONE)
    assert answer.status == 200
    [item] = answer.json()["errors"]
    assert (item["status"], item["cause"]) == ("failing", "provider_down")
    assert item["retry_at"] is not None


async def test_each_reading_of_credentials_is_stamped(api: Api) -> None:
    await api.service.connect()
    reader = await api.with_scopes(["environment:connections:read"])
    assert (await reader("GET", _ONE)).json()["last_fetched_at"] is None
    assert (await api("GET", _ONE)).json()["last_fetched_at"] is not None
    assert (await reader("GET", _ONE)).json()["last_fetched_at"] is not None


async def test_a_connection_id_may_hold_slashes(api: Api) -> None:
    await api.service.connect(connection_id="team/7: x")
    answer = await api("GET", f"/connections/team/7: x?provider_config_key={KEY}")
    assert answer.json()["connection_id"] == "team/7: x"


# GET /connections


async def _list(api: Api, query: str = "") -> list[str]:
    answer = await api("GET", f"/connections{query}")
    assert answer.status == 200, answer.body
    return [one["connection_id"] for one in answer.json()["connections"]]


async def test_a_list_never_holds_credentials_nor_settings(api: Api) -> None:
    await api.service.connect()
    [shown] = (await api("GET", "/connections")).json()["connections"]
    assert set(shown) == {
        "id", "connection_id", "provider_config_key", "provider", "errors", "end_user", "tags", "metadata",
        "created",
    }  # fmt: skip


async def test_lists_are_filtered_searched_and_paged(api: Api) -> None:
    service = api.service
    for number in range(1, 5):
        await service.connect({"username": f"u{number}@MyCompany"}, f"c{number}")
    await api("PATCH", f"/connections/c1?provider_config_key={KEY}", {
        "end_user": {"id": "ann", "email": "Ann@example.com", "display_name": "Ann B."}, "tags": {"Plan":
        "a:b c"},
    })  # fmt: skip
    await api("PATCH", f"/connections/c2?provider_config_key={KEY}", {"tags": {"plan": "a:b c", "size": "1"}})
    assert await _list(api) == ["c4", "c3", "c2", "c1"]
    assert await _list(api, "?limit=2") == ["c4", "c3"]
    assert await _list(api, "?limit=2&page=1") == ["c2", "c1"]
    assert await _list(api, "?limit=2&page=9") == []
    assert await _list(api, "?connectionId=c3") == ["c3"]
    assert await _list(api, "?search=ANN") == ["c1"]
    assert await _list(api, "?search=%25") == []
    assert await _list(api, "?search=C") == ["c4", "c3", "c2", "c1"]
    assert await _list(api, "?endUserId=ann") == ["c1"]
    assert await _list(api, "?endUserOrganizationId=none") == []
    assert await _list(api, f"?integrationId=other,{KEY}&limit=1") == ["c4"]
    assert await _list(api, "?integrationId=other") == []
    assert await _list(api, "?tags%5BPLAN%5D=a:b+c") == ["c2", "c1"]
    assert await _list(api, "?tags[plan]=a:b%20c&tags[size]=1") == ["c2"]
    assert await _list(api, "?tags[plan]=other") == []
    assert await _list(api, "?tags[end_user_id]=ann") == ["c1"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=2001", "page=-1", "limit=x", "tags[1a]=x", "what=1", "search=", "connectionId="],
)
async def test_a_query_that_means_nothing_is_refused(api: Api, query: str) -> None:
    answer = await api("GET", f"/connections?{query}")
    assert (answer.status, answer.error_code) == (400, "invalid_query_params")


# PATCH, metadata, DELETE


async def test_tags_are_replaced_and_come_from_the_end_user_too(api: Api) -> None:
    await api.service.connect()
    patched = await api(
        "PATCH", _ONE, {"end_user": {"id": "u", "email": "u@example.com"}, "tags": {"A": "1"}}
    )
    assert (patched.status, patched.json()) == (200, {"success": True})
    shown = (await api("GET", _ONE)).json()
    assert shown["tags"] == {"end_user_id": "u", "end_user_email": "u@example.com", "a": "1"}
    assert shown["end_user"] == {
        "id": "u", "email": "u@example.com", "display_name": None, "tags": None, "organization": None,
    }  # fmt: skip
    await api("PATCH", _ONE, {"webhook_url_override": "https://hooks.example.com"})
    await api("PATCH", _ONE, {"tags": {}})
    shown = (await api("GET", _ONE)).json()
    assert (shown["tags"], shown["webhook_url_override"]) == ({}, "https://hooks.example.com")
    await api("PATCH", _ONE, {"webhook_url_override": ""})
    assert (await api("GET", _ONE)).json()["webhook_url_override"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"tags": {"1a": "x"}},
        {"tags": {"a": ""}},
        {"tags": {"a": "1", "A": "2"}},
        {"tags": {f"t{number}": "x" for number in range(11)}},
        {"tags": {"end_user_email": "nobody"}},
        {"end_user": {"email": "a@example.com"}},
        {"end_user": {"id": "u", "more": 1}},
        {"webhook_url_override": "ftp://x"},
        {"connection_config": {}},
    ],
)
async def test_a_change_that_breaks_a_rule_changes_nothing(api: Api, body: dict[str, Any]) -> None:
    await api.service.connect()
    answer = await api("PATCH", _ONE, body)
    assert (answer.status, answer.error_code) == (400, "invalid_body")
    assert (await api("GET", _ONE)).json()["tags"] == {}


async def test_changing_what_is_not_there_has_its_codes(api: Api) -> None:
    await api.service.connect()
    missing = await api("PATCH", f"/connections/nobody?provider_config_key={KEY}", {"tags": {}})
    assert (missing.status, missing.error_code) == (404, "not_found")
    unknown = await api("PATCH", "/connections/c1?provider_config_key=other", {"tags": {}})
    assert (unknown.status, unknown.error_code) == (400, "unknown_provider_config")


async def test_metadata_is_replaced_by_post_and_merged_by_patch(api: Api) -> None:
    await api.service.connect()
    await api.service.connect({"username": "Reader@MyCompany"}, "c2")
    both = {"connection_id": ["c1", "c2"], "provider_config_key": KEY, "metadata": {"a": {"x": 1}, "b": 1}}
    posted = await api("POST", "/connections/metadata", both)
    assert (posted.status, posted.json()) == (201, both)
    one = {"connection_id": "c1", "provider_config_key": KEY, "metadata": {"a": {"y": 2}}}
    patched = await api("PATCH", "/connections/metadata", one)
    assert (patched.status, patched.json()) == (200, one)
    found = (await api("GET", "/connections")).json()["connections"]
    assert [each["metadata"] for each in found] == [{"a": {"x": 1}, "b": 1}, {"a": {"y": 2}, "b": 1}]


async def test_metadata_changes_all_connections_or_none(api: Api) -> None:
    await api.service.connect()
    body = {"connection_id": ["c1", "nobody"], "provider_config_key": KEY, "metadata": {"a": 1}}
    for method in ("POST", "PATCH"):
        answer = await api(method, "/connections/metadata", body)
        assert (answer.status, answer.error_code) == (404, "unknown_connection")
    assert (await api("GET", _ONE)).json()["metadata"] == {}
    wrong_parts: list[dict[str, Any]] = [{"connection_id": []}, {"connection_id": ""}, {"metadata": 1}]
    for wrong in wrong_parts:
        answer = await api("POST", "/connections/metadata", {**body, **wrong})
        assert (answer.status, answer.error_code) == (400, "invalid_body")


async def test_deleting_ends_a_connection_and_its_credentials(api: Api) -> None:
    await api.service.connect(BY_SESSION)
    answer = await api("DELETE", _ONE)
    assert (answer.status, answer.json()) == (200, {"success": True})
    assert (await api("GET", _ONE)).status == 404
    again = await api("DELETE", _ONE)
    assert (again.status, again.error_code) == (400, "unknown_connection")
    assert bytes(await api.service.column("sealed_credentials")) == b""
    assert (await api.service.events())[-1] == "connection.deleted"
    # The name is free again.
    assert (await api.service.connect()).operation == "creation"


@pytest.mark.parametrize(
    ("method", "target", "scope"),
    [
        ("GET", "/connections", "list"),
        ("GET", _ONE, "read"),
        ("PATCH", _ONE, "update"),
        ("DELETE", _ONE, "delete"),
        ("POST", "/connections/metadata", "update"),
        ("PATCH", "/connections/metadata", "update"),
    ],
)
async def test_each_route_wants_its_scope(api: Api, method: str, target: str, scope: str) -> None:
    others = {"list", "read", "update", "delete"} - {scope}
    without = await api.with_scopes([f"environment:connections:{other}" for other in others])
    body: dict[str, Any] | None = None if method in ("GET", "DELETE") else {}
    answer = await without(method, target, body)
    assert (answer.status, answer.error_code) == (403, "forbidden")
    with_it = await api.with_scopes([f"environment:connections:{scope}"])
    assert (await with_it(method, target, body)).status != 403
