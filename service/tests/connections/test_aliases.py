"""Metadata as older clients write it."""

import json
from collections.abc import Mapping

import pytest
from service.tests.connections.api import Api, api_of
from service.tests.connections.service_process import KEY, Process
from service.tests.web.asgi import Answer, call

from counterfoil.connections.aliases import router

_PATH = "/connection/c1/metadata"
_NAMED = f"{_PATH}?provider_config_key={KEY}"
_HEADER = {"Provider-Config-Key": KEY}


@pytest.fixture
async def api(service: Process) -> Api:
    api = await api_of(service)
    api.app.include_router(router(service.connections, api.api_keys))
    await service.connect()
    return api


async def _send(
    api: Api, method: str, target: str, body: object, headers: Mapping[str, str] | None = None
) -> Answer:
    sent = {"Authorization": f"Bearer {api.token.reveal()}", **(headers or {})}
    return await call(api.app, method, target, headers=sent, body=json.dumps(body).encode())


async def _metadata(api: Api) -> object:
    return (await api.service.read()).metadata


async def test_post_replaces_and_answers_201_with_the_metadata(api: Api) -> None:
    await _send(api, "POST", _NAMED, {"old": 1})
    answer = await _send(api, "POST", _NAMED, {"new": 1})
    assert (answer.status, answer.json()) == (201, {"new": 1})
    assert await _metadata(api) == {"new": 1}


async def test_patch_merges_and_answers_200_with_what_was_sent(api: Api) -> None:
    await _send(api, "POST", _PATH, {"a": 1, "b": 1}, _HEADER)
    answer = await _send(api, "PATCH", _PATH, {"b": 2}, _HEADER)
    assert (answer.status, answer.json()) == (200, {"b": 2})
    assert await _metadata(api) == {"a": 1, "b": 2}


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        (_PATH, 400, "invalid_query_params"),
        (f"{_PATH}?provider_config_key=nobody", 400, "unknown_provider_config"),
        (f"/connection/nobody/metadata?provider_config_key={KEY}", 404, "unknown_connection"),
        (f"{_NAMED}&more=1", 400, "invalid_query_params"),
    ],
)
async def test_what_is_not_there_has_a_code(
    api: Api, method: str, target: str, status: int, code: str
) -> None:
    answer = await _send(api, method, target, {})
    assert (answer.status, answer.error_code) == (status, code)


async def test_the_body_is_an_object(api: Api) -> None:
    answer = await _send(api, "POST", _NAMED, [1])
    assert (answer.status, answer.error_code) == (400, "invalid_body")


async def test_the_scope_is_needed(api: Api) -> None:
    reader = await api.with_scopes(["environment:connections:read"])
    answer = await _send(reader, "POST", _NAMED, {})
    assert (answer.status, answer.error_code) == (403, "forbidden")
