"""Environments and their keys over HTTP: who may, and what a deleted environment leaves."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from service.tests.app.calling import KEY, Called, called
from service.tests.web.asgi import call

from counterfoil.access import NewConnectSession
from counterfoil.app import Foundation
from counterfoil.integrations import NewIntegration
from counterfoil.settings import Settings


@pytest.fixture
async def api(settings: Settings, ground: Foundation) -> AsyncIterator[Called]:
    async with called(settings, ground) as api:
        yield api


@pytest.fixture
async def account(api: Called) -> Called:
    """A caller who may do everything to environments, and nothing in them."""
    return await api.limited("account:*")


async def _made(account: Called, name: str = "staging") -> int:
    answer = await account("POST", "/environments", {"name": name})
    assert answer.status == 200, answer.body
    data = answer.json()["data"]
    assert (set(data), data["name"]) == ({"id", "name"}, name)
    return int(data["id"])


async def _key(account: Called, environment_id: int, display_name: str = "backend") -> dict[str, Any]:
    body = {"environment_id": environment_id, "display_name": display_name}
    answer = await account("POST", "/environment/api-keys", body)
    assert answer.status == 200, answer.body
    data: dict[str, Any] = answer.json()["data"]
    return data


async def _status(api: Called, key: str) -> int:
    answer = await call(api.app, "GET", "/integrations", headers={"Authorization": f"Bearer {key}"})
    return answer.status


async def test_a_new_environment_gets_a_key_that_may_do_everything_in_it(
    api: Called, account: Called
) -> None:
    made = await _key(account, await _made(account))
    assert set(made) == {"id", "display_name", "scopes", "secret", "created_at"}
    assert (made["display_name"], made["scopes"]) == ("backend", ["environment:*"])
    assert made["created_at"].endswith("Z")
    listed = await call(
        api.app, "GET", "/integrations", headers={"Authorization": f"Bearer {made['secret']}"}
    )
    assert listed.json() == {"data": []}


async def test_a_revoked_key_is_refused(api: Called, account: Called) -> None:
    environment_id = await _made(account)
    made = await _key(account, environment_id)
    assert await _status(api, made["secret"]) == 200
    body = {"environment_id": environment_id, "key_id": made["id"]}
    answer = await account("DELETE", "/environment/api-keys", body)
    assert (answer.status, answer.json()) == (200, {"success": True})
    assert await _status(api, made["secret"]) == 401
    assert (await account("DELETE", "/environment/api-keys", body)).status == 404


async def test_a_key_is_revoked_in_its_own_environment_only(account: Called) -> None:
    one, other = await _made(account), await _made(account, "other")
    made = await _key(account, one)
    answer = await account("DELETE", "/environment/api-keys", {"environment_id": other, "key_id": made["id"]})
    assert (answer.status, answer.error_code) == (404, "unknown_api_key")


async def test_names_are_taken_once(account: Called) -> None:
    environment_id = await _made(account)
    again = await account("POST", "/environments", {"name": "staging"})
    assert (again.status, again.error_code) == (409, "conflict")
    await _key(account, environment_id)
    body = {"environment_id": environment_id, "display_name": "backend"}
    twice = await account("POST", "/environment/api-keys", body)
    assert (twice.status, twice.error_code) == (409, "conflict")


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "Staging"}, {"name": "a", "is_production": True}, {"name": "a", "x": 1}],
)
async def test_what_can_not_be_made_is_refused(account: Called, body: dict[str, Any]) -> None:
    answer = await account("POST", "/environments", body)
    assert (answer.status, answer.error_code) == (400, "invalid_body")


async def test_a_deleted_environment_takes_everything_with_it(api: Called, account: Called) -> None:
    parts = api.parts
    environment_id = await _made(account)
    made = await _key(account, environment_id)
    environment = await parts.environments.get("staging")
    await parts.integrations.create(environment, NewIntegration(unique_key=KEY, provider="sage-intacct-cc"))
    _session, token = await parts.sessions.create(environment, NewConnectSession())

    answer = await account("DELETE", f"/environments/{environment_id}")

    assert (answer.status, answer.body) == (204, b"")
    assert "staging" not in [one.name for one in await parts.environments.all()]
    assert await parts.integrations.list(environment) == []
    assert await _status(api, made["secret"]) == 401
    assert await _status(api, token.reveal()) == 401
    assert (await account("DELETE", f"/environments/{environment_id}")).status == 404
    body = {"environment_id": environment_id, "display_name": "late"}
    assert (await account("POST", "/environment/api-keys", body)).status == 404
    assert (await api("GET", f"/integrations/{KEY}")).status == 200
    assert await _made(account) != environment_id


async def test_production_stays(api: Called, account: Called) -> None:
    production = await api.parts.environments.get("prod")
    answer = await account("DELETE", f"/environments/{production.id}")
    assert (answer.status, answer.error_code) == (400, "cannot_delete_prod_environment")
    assert (await api.parts.environments.get("prod")) == production


async def test_an_environments_own_key_may_not(api: Called) -> None:
    for method, target, body in [
        ("POST", "/environments", {"name": "staging"}),
        ("DELETE", "/environments/1", None),
        ("POST", "/environment/api-keys", {"environment_id": 1, "display_name": "x"}),
        ("DELETE", "/environment/api-keys", {"environment_id": 1, "key_id": 1}),
    ]:
        answer = await api(method, target, body)
        assert (answer.status, answer.error_code) == (403, "forbidden"), f"{method} {target}"


async def test_an_account_key_may_do_nothing_in_its_environment(account: Called) -> None:
    assert (await account("GET", "/connections")).error_code == "forbidden"
