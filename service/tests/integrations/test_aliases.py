"""An integration as older clients read it."""

import pytest
from service.tests.connections.api import PUBLIC_URL, Api

from counterfoil.integrations.aliases import router


@pytest.fixture
async def older(api: Api) -> Api:
    api.app.include_router(router(api.service.integrations, api.api_keys, PUBLIC_URL))
    settings = {"clientId": "a-client", "clientSecret": "a-secret"}
    body = {"provider": "sage-intacct-cc", "unique_key": "books", "integration_config": settings}
    assert (await api("POST", "/integrations", body)).status == 200
    return api


async def test_an_integration_is_a_config(older: Api) -> None:
    config = (await older("GET", "/config/books")).json()["config"]
    assert (config["unique_key"], config["provider"]) == ("books", "sage-intacct-cc")


@pytest.mark.parametrize("flag", ["true", "false"])
async def test_what_it_holds_is_not_shown(older: Api, flag: str) -> None:
    answer = await older("GET", f"/config/books?include_creds={flag}")
    assert answer.status == 200
    assert b"a-secret" not in answer.body


async def test_an_unknown_one_is_not_found_and_the_scope_is_needed(older: Api) -> None:
    answer = await older("GET", "/config/nobody")
    assert (answer.status, answer.error_code) == (404, "not_found")
    nobody = await older.with_scopes(["environment:connections:read"])
    assert (await nobody("GET", "/config/books")).status == 403
