"""A connection from credentials that the operator has: proven first, described as asked, shown whole."""

import json
import re
from typing import Any

import pytest
from service.tests.connections.api import Api, api_of
from service.tests.connections.provider_server import ProviderServer, refused
from service.tests.connections.service_process import CLIENT, KEY, Process

from counterfoil.integrations import NewIntegration

BY_USERNAME = {"type": "TWO_STEP", "username": "Admin@MyCompany"}


@pytest.fixture
async def api(service: Process) -> Api:
    return await api_of(service)


def body(**more: Any) -> dict[str, Any]:
    return {"provider_config_key": KEY, "credentials": BY_USERNAME, **more}


async def test_it_is_proven_and_shown_whole(api: Api, provider: ProviderServer) -> None:
    answer = await api(
        "POST", "/connections", body(connection_id="c-9", metadata={"a": 1}, tags={"Team": "x"})
    )
    assert answer.status == 201, answer.body
    made = answer.json()
    assert (made["connection_id"], made["provider_config_key"]) == ("c-9", KEY)
    assert (made["metadata"], made["tags"], made["errors"]) == ({"a": 1}, {"team": "x"}, [])
    assert made["credentials"]["token"] == "access-1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["created_at"])
    assert len(made) == 14
    assert [call.grant_type for call in provider.calls] == ["client_credentials"]


async def test_it_is_announced_like_any_other(api: Api) -> None:
    await api("POST", "/connections", body(connection_id="c1"))
    await api("POST", "/connections", body(connection_id="c1"))
    assert await api.service.events() == ["connection.created", "connection.replaced"]


async def test_an_end_user_and_a_webhook_address_are_kept_with_it(api: Api) -> None:
    end_user = {"id": "u-1", "email": "ada@example.com"}
    answer = await api(
        "POST", "/connections", body(end_user=end_user, webhook_url_override="https://hooks.example.com/")
    )
    made = answer.json()
    assert made["end_user"]["id"] == "u-1"
    assert made["tags"] == {"end_user_id": "u-1", "end_user_email": "ada@example.com"}
    assert made["webhook_url_override"] == "https://hooks.example.com/"
    assert re.fullmatch(r"[0-9a-f-]{36}", made["connection_id"])


async def test_what_the_provider_refuses_is_not_imported(api: Api, provider: ProviderServer) -> None:
    provider.script.append(refused())
    answer = await api("POST", "/connections", body())
    assert (answer.status, answer.error_code) == (400, "two_step_credentials_fetch_error")
    assert answer.json()["error"]["diagnosis"]["code"]
    assert await api.service.sql("SELECT 1 FROM connections") == []


@pytest.mark.parametrize(
    ("changed", "status", "code", "path"),
    [
        ({"provider_config_key": "nobody"}, 404, "not_found", None),
        ({"credentials": {"type": "API_KEY", "apiKey": "k"}}, 400, "invalid_body", ["credentials", "type"]),
        ({"credentials": {"type": "JWT"}}, 400, "invalid_body", ["credentials", "type"]),
        ({"credentials": {}}, 400, "invalid_body", ["credentials", "type"]),
        ({"credentials": "x"}, 400, "invalid_body", ["credentials"]),
        ({"unknown": 1}, 400, "invalid_body", None),
        ({"connection_id": ""}, 400, "invalid_body", ["connection_id"]),
        ({"tags": {"1": "x"}}, 400, "invalid_body", ["tags"]),
        ({"webhook_url_override": "nowhere"}, 400, "invalid_body", ["webhook_url_override"]),
    ],
)
async def test_what_is_no_import_is_refused_and_nothing_asked(
    changed: dict[str, Any],
    status: int,
    code: str,
    path: list[str] | None,
    api: Api,
    provider: ProviderServer,
) -> None:
    answer = await api("POST", "/connections", {**body(), **changed})
    assert (answer.status, answer.error_code) == (status, code), answer.body
    if path is not None:
        assert answer.json()["error"]["errors"][0]["path"] == path
    assert provider.calls == []


async def test_it_takes_its_own_scope(api: Api) -> None:
    reader = await api.with_scopes(["environment:connections:update", "environment:connections:read"])
    assert (await reader("POST", "/connections", body())).status == 403
    maker = await api.with_scopes(["environment:connections:create"])
    assert (await maker("POST", "/connections", body())).status == 201


async def test_credentials_of_other_modes_are_imported_too(api: Api) -> None:
    new = NewIntegration(
        unique_key="books", provider="generic-basic", settings={"baseUrl": "https://api.example.com"}
    )
    await api.service.integrations.create(api.service.environment, new)
    credentials = {"type": "BASIC", "username": "ada", "password": "pw"}
    answer = await api("POST", "/connections", {"provider_config_key": "books", "credentials": credentials})
    assert answer.status == 201, answer.body
    assert answer.json()["credentials"] == credentials


async def test_a_client_that_the_integration_holds_is_not_asked_for(api: Api) -> None:
    made = (await api("POST", "/connections", body())).json()
    assert not set(CLIENT) & set(made["credentials"])


# What a person has allowed elsewhere.


@pytest.fixture
async def signed_in(api: Api) -> str:
    """An integration whose people sign in at the provider."""
    settings = {"client_id": "client-7", "client_secret": "the-secret"}
    new = NewIntegration(unique_key="signed-in", provider="sage-intacct-oauth", settings=settings)
    await api.service.integrations.create(api.service.environment, new)
    return "signed-in"


def allowed(provider: ProviderServer) -> dict[str, str]:
    """Tokens that the provider has issued to somebody else."""
    return {"type": "OAUTH2", **provider.issue_elsewhere()}


async def test_tokens_that_work_are_imported_and_nothing_is_spent(
    api: Api, provider: ProviderServer, signed_in: str
) -> None:
    tokens = allowed(provider)
    config = {"oauth_scopes_override": ["read", "write"], "oauth_client_id_override": "x"}
    answer = await api(
        "POST",
        "/connections",
        {"provider_config_key": signed_in, "credentials": tokens, "connection_config": config},
    )
    assert answer.status == 201, answer.body
    made = answer.json()
    assert made["credentials"]["access_token"] == tokens["access_token"]
    assert tokens["refresh_token"] not in json.dumps(made)
    assert made["connection_config"] == {"oauth_scopes_override": ["read", "write"]}
    assert provider.calls == []
    assert await api.service.events() == ["connection.created"]


async def test_tokens_that_have_ended_are_renewed_and_live_on(
    api: Api, provider: ProviderServer, signed_in: str
) -> None:
    tokens = allowed(provider)
    ended = {**tokens, "expires_at": "2020-01-01T00:00:00.000Z"}
    provider.end_all_tokens()
    answer = await api("POST", "/connections", {"provider_config_key": signed_in, "credentials": ended})
    assert answer.status == 201, answer.body
    made = answer.json()
    assert made["credentials"]["access_token"] not in {None, tokens["access_token"]}
    key = (api.service.environment.id, signed_in, made["connection_id"])
    renewed = await api.service.tokens.open(*key, force=True)
    assert renewed.mode.reveal(renewed.credentials, None, include_refresh_token=True)["refresh_token"]
    first, _second = provider.calls
    assert first.parameters["refresh_token"] == tokens["refresh_token"]


async def test_an_import_takes_the_place_of_a_connection_of_that_name(
    api: Api, provider: ProviderServer, signed_in: str
) -> None:
    for _ in range(2):
        tokens = allowed(provider)
        body = {"provider_config_key": signed_in, "connection_id": "c-1", "credentials": tokens}
        assert (await api("POST", "/connections", body)).status == 201
    assert await api.service.events() == ["connection.created", "connection.replaced"]


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        ({"access_token": "nobody-issued-it"}, "connection_validation_failed"),
        (
            {"access_token": "x", "refresh_token": "y", "expires_at": "2020-01-01T00:00:00Z"},
            "token_err",
        ),
        ({"refresh_token": "y"}, "invalid_body"),
    ],
)
async def test_tokens_that_do_not_work_are_not_imported(
    api: Api, signed_in: str, credentials: dict[str, str], code: str
) -> None:
    body = {"provider_config_key": signed_in, "credentials": {"type": "OAUTH2", **credentials}}
    answer = await api("POST", "/connections", body)
    assert (answer.status, answer.error_code) == (400, code), answer.body
    assert await api.service.sql("SELECT 1 FROM connections") == []


async def test_scopes_of_an_import_are_a_list(api: Api, provider: ProviderServer, signed_in: str) -> None:
    config = {"oauth_scopes_override": "read,write"}
    body = {"provider_config_key": signed_in, "credentials": allowed(provider)}
    answer = await api("POST", "/connections", {**body, "connection_config": config})
    assert (answer.status, answer.error_code) == (400, "invalid_body")
