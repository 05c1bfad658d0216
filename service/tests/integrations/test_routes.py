"""/integrations and /providers over HTTP: shapes and codes that published clients depend on."""

from typing import Any

import pytest
from service.tests.connections.api import PUBLIC_URL, Api
from service.tests.connections.service_process import CLIENT

_SAGE = {"provider": "sage-intacct-cc", "unique_key": "intacct"}


async def _create(api: Api, **more: Any) -> dict[str, Any]:
    answer = await api("POST", "/integrations", {**_SAGE, **more})
    assert answer.status == 200, answer.body
    data: dict[str, Any] = answer.json()["data"]
    return data


async def test_an_integration_without_a_client_of_its_own(api: Api) -> None:
    made = await _create(api)
    assert made == {
        "unique_key": "intacct",
        "provider": "sage-intacct-cc",
        "display_name": "Sage Intacct",
        "logo": f"{PUBLIC_URL}/images/template-logos/sage-intacct-cc.svg",
        "forward_webhooks": True,
        "created_at": "2026-11-24T12:00:00.000Z",
        "updated_at": "2026-11-24T12:00:00.000Z",
    }
    assert (await api("GET", "/integrations")).json() == {"data": [made]}
    assert (await api("GET", "/integrations/intacct")).json() == {"data": made}


async def test_an_integration_names_what_it_holds_and_never_shows_it(api: Api) -> None:
    made = await _create(api, integration_config=CLIENT, display_name="Books", forward_webhooks=False)
    assert made["preconfigured_credentials"] == ["clientId", "clientSecret"]
    assert (made["display_name"], made["forward_webhooks"]) == ("Books", False)
    for target in ("/integrations", "/integrations/intacct?include=credentials&include=webhook"):
        answer = await api("GET", target)
        assert answer.status == 200
        assert CLIENT["clientSecret"].encode() not in answer.body
    [(sealed, fields)] = await api.service.sql("SELECT sealed_settings, settings_fields FROM integrations")
    assert CLIENT["clientSecret"].encode() not in bytes(sealed)
    assert fields == ["clientId", "clientSecret"]


async def test_what_may_be_included_depends_on_the_scope(api: Api) -> None:
    await _create(api)
    included = (await api("GET", "/integrations/intacct?include=webhook&include=credentials")).json()["data"]
    url = f"{PUBLIC_URL}/webhook/{api.service.environment.uuid}/intacct"
    assert (included["webhook_url"], included["credentials"]) == (url, None)
    reader = await api.with_scopes(["environment:integrations:read"])
    included = (await reader("GET", "/integrations/intacct?include=credentials")).json()["data"]
    assert "credentials" not in included
    answer = await api("GET", "/integrations/intacct?include=everything")
    assert (answer.status, answer.error_code) == (400, "invalid_query_params")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"provider": "nobody"}, ["provider"]),
        ({"provider": None}, ["provider"]),
        ({"unique_key": "a/b"}, ["unique_key"]),
        ({"unique_key": ""}, ["unique_key"]),
        ({"display_name": ""}, ["display_name"]),
        ({"more": 1}, []),
        ({"credentials": {"type": "OAUTH2"}}, ["credentials", "client_id"]),
        ({"credentials": {"type": "OAUTH2", "client_id": "i", "client_secret": "s"}}, ["credentials"]),
        ({"custom": {"a": "b"}}, ["custom"]),
        ({"integration_config": {"clientid": "x"}}, ["integration_config"]),
        ({"integration_config": {"clientId": "x" * 8193}}, ["integration_config", "clientId"]),
        ({"integration_config": {"clientId": "a\u0007b"}}, ["integration_config", "clientId"]),
        ({"integration_config": {"clientId": 7}}, ["integration_config", "clientId"]),
    ],
)
async def test_a_body_that_breaks_a_rule_says_where(api: Api, body: dict[str, Any], path: list[str]) -> None:
    answer = await api("POST", "/integrations", {**_SAGE, **body})
    assert (answer.status, answer.error_code) == (400, "invalid_body")
    assert path in [error["path"] for error in answer.json()["error"]["errors"]]
    assert (await api("GET", "/integrations")).json() == {"data": []}


async def test_a_key_is_taken_once(api: Api) -> None:
    await _create(api)
    answer = await api("POST", "/integrations", _SAGE)
    assert (answer.status, answer.error_code) == (400, "invalid_body")
    assert answer.json()["error"]["errors"][0]["path"] == ["uniqueKey"]


async def test_settings_are_merged_and_an_empty_text_clears_one(api: Api) -> None:
    await _create(api, integration_config=CLIENT)
    api.service.clock.advance(60)
    answer = await api("PATCH", "/integrations/intacct", {"integration_config": {"clientSecret": ""}})
    changed = answer.json()["data"]
    assert changed["preconfigured_credentials"] == ["clientId"]
    assert changed["updated_at"] == "2026-11-24T12:01:00.000Z"
    answer = await api("PATCH", "/integrations/intacct", {"integration_config": {"clientId": ""}})
    assert "preconfigured_credentials" not in answer.json()["data"]
    [(sealed,)] = await api.service.sql("SELECT sealed_settings FROM integrations")
    assert sealed is None
    integration = await api.service.integrations.get(api.service.environment.id, "intacct")
    assert integration.settings.held() == frozenset()


async def test_an_integration_is_renamed_only_while_nobody_depends_on_it(api: Api) -> None:
    await _create(api)
    await _create(api, unique_key="taken")
    clash = await api("PATCH", "/integrations/intacct", {"unique_key": "taken"})
    assert (clash.status, clash.error_code) == (400, "invalid_body")
    renamed = await api("PATCH", "/integrations/intacct", {"unique_key": "books", "display_name": "Books"})
    assert renamed.json()["data"]["unique_key"] == "books"
    await api.service.sql(
        "INSERT INTO connections (environment_id, integration_id, connection_id, status, provider_host,"
        " company_id, user_id, sealed_credentials) SELECT environment_id, id, 'c1', 'active', '', '', '', ''"
        " FROM integrations WHERE unique_key = 'books'"
    )
    refused = await api("PATCH", "/integrations/books", {"unique_key": "other", "display_name": "No"})
    assert (refused.status, refused.error_code) == (400, "invalid_body")
    assert (await api("GET", "/integrations/books")).json()["data"]["display_name"] == "Books"
    # The same name is no renaming.
    assert (await api("PATCH", "/integrations/books", {"unique_key": "books"})).status == 200


async def test_what_is_not_there_is_not_found(api: Api) -> None:
    for method, body in (("GET", None), ("PATCH", {"display_name": "x"}), ("DELETE", None)):
        answer = await api(method, "/integrations/nobody", body)
        assert (answer.status, answer.error_code) == (404, "not_found")


async def test_a_deleted_integration_is_gone_and_its_key_is_free(api: Api) -> None:
    await _create(api, integration_config=CLIENT)
    answer = await api("DELETE", "/integrations/intacct")
    assert (answer.status, answer.json()) == (200, {"success": True})
    assert (await api("GET", "/integrations")).json() == {"data": []}
    [(sealed,)] = await api.service.sql("SELECT sealed_settings FROM integrations")
    assert sealed is None
    await _create(api)


async def test_a_session_sees_the_integrations_that_it_may_choose_and_reads_none(api: Api) -> None:
    await _create(api)
    await _create(api, unique_key="second")
    everything = await api.with_session(tags={})
    allowed = await api.with_session(allowed_integrations=["second", "gone"])

    async def keys(caller: Api) -> list[str]:
        return [one["unique_key"] for one in (await caller("GET", "/integrations")).json()["data"]]

    assert await keys(everything) == ["intacct", "second"]
    assert await keys(allowed) == ["second"]
    assert (await allowed("GET", "/integrations/second")).status == 401
    assert (await allowed("POST", "/integrations", _SAGE)).status == 401
    assert (await allowed("GET", "/providers/sage-intacct-cc")).status == 200


async def test_environments_do_not_see_each_other(api: Api) -> None:
    await _create(api)
    await api.service.sql("INSERT INTO environments (uuid, name) VALUES ('prod-uuid', 'prod')")
    stranger = await api.with_scopes(["environment:*"], environment="prod")
    assert (await stranger("GET", "/integrations")).json() == {"data": []}
    assert (await stranger("GET", "/integrations/intacct")).status == 404
    assert (await stranger("DELETE", "/integrations/intacct")).status == 404
    assert (await stranger("POST", "/integrations", _SAGE)).status == 200


@pytest.mark.parametrize(
    ("method", "target", "scope"),
    [
        ("GET", "/integrations", "list"),
        ("POST", "/integrations", "create"),
        ("GET", "/integrations/x", "read"),
        ("PATCH", "/integrations/x", "update"),
        ("DELETE", "/integrations/x", "delete"),
    ],
)
async def test_each_route_wants_its_scope(api: Api, method: str, target: str, scope: str) -> None:
    others = {"list", "create", "read", "update", "delete"} - {scope}
    without = await api.with_scopes([f"environment:integrations:{other}" for other in others])
    answer = await without(method, target)
    assert (answer.status, answer.error_code) == (403, "forbidden")
    with_it = await api.with_scopes([f"environment:integrations:{scope}"])
    assert (await with_it(method, target)).status != 403


async def test_a_list_takes_no_query(api: Api) -> None:
    answer = await api("GET", "/integrations?limit=1")
    assert (answer.status, answer.error_code) == (400, "invalid_query_params")


async def test_providers_are_listed_searched_and_read(api: Api) -> None:
    listed = (await api("GET", "/providers")).json()["data"]
    [provider] = [one for one in listed if one["name"] == "sage-intacct-cc"]
    assert [one["name"] for one in listed] == sorted(one["name"] for one in listed)
    assert (provider["name"], provider["auth_mode"]) == ("sage-intacct-cc", "TWO_STEP")
    assert provider["logo_url"] == f"{PUBLIC_URL}/images/template-logos/sage-intacct-cc.svg"
    assert (await api("GET", "/providers/sage-intacct-cc")).json() == {"data": provider}
    assert (await api("GET", "/providers?search=INTACCT-CC")).json() == {"data": [provider]}
    assert (await api("GET", "/providers?search=other")).json() == {"data": []}
    for target in ("/providers?page=1", "/providers/sage-intacct-cc?x=1", "/providers?search=a/b"):
        assert (await api("GET", target)).error_code == "invalid_query_params"
    missing = await api("GET", "/providers/nobody")
    assert (missing.status, missing.error_code) == (404, "not_found")


async def test_a_logo_is_a_picture_that_can_do_nothing(api: Api) -> None:
    answer = await api("GET", "/images/template-logos/sage-intacct-cc.svg")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.body.startswith(b"<svg")
    for name in ("nobody.svg", "sage-intacct-cc", "sage-intacct-cc.png"):
        assert (await api("GET", f"/images/template-logos/{name}")).status == 404
