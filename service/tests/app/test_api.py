"""The API as a whole: its routes, its OpenAPI document, the figures."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from service.tests.app.serving import PUBLIC_URL
from service.tests.web.asgi import Answer, call

from counterfoil.app import Foundation, Parts, assembled
from counterfoil.app.api import create_api
from counterfoil.settings import Settings

_ROUTES = {
    ("get", "/health"),
    ("get", "/ready"),
    ("get", "/metrics"),
    ("get", "/integrations"),
    ("post", "/integrations"),
    ("get", "/providers"),
    ("post", "/connect/sessions"),
    ("post", "/connect/sessions/reconnect"),
    ("get", "/connect/session"),
    ("delete", "/connect/session"),
    ("post", "/connect/telemetry"),
    ("get", "/connect/integrations"),
    ("post", "/connect/username-reading"),
    ("post", "/connect/submission"),
    ("post", "/auth/two-step/{integration_key}"),
}


@pytest.fixture
async def parts(settings: Settings, ground: Foundation) -> AsyncIterator[Parts]:
    async with assembled(settings, ground) as parts:
        yield parts


@pytest.fixture
def api(parts: Parts) -> FastAPI:
    return create_api(parts, PUBLIC_URL, CollectorRegistry())


async def _document(api: FastAPI) -> dict[str, Any]:
    answer = await call(api, "GET", "/openapi.json")
    assert answer.status == 200
    document: dict[str, Any] = answer.json()
    return document


async def test_the_document_has_the_routes_and_not_the_pages(api: FastAPI) -> None:
    paths = (await _document(api))["paths"]

    described = {(method, path) for path, operations in paths.items() for method in operations}
    assert described >= _ROUTES
    assert not {"/", "/connect/", "/embed.js", "/openapi.json"} & set(paths)


async def test_every_operation_says_what_it_does(api: FastAPI) -> None:
    for path, operations in (await _document(api))["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), f"{method} {path}"
            assert operation.get("tags"), f"{method} {path}"


async def test_the_document_has_the_queries(api: FastAPI) -> None:
    paths = (await _document(api))["paths"]

    def query(method: str, path: str) -> dict[str, Any]:
        parameters = paths[path][method].get("parameters", [])
        return {one["name"]: one for one in parameters if one["in"] == "query"}

    two_step = query("post", "/auth/two-step/{integration_key}")
    assert set(two_step) == {"connect_session_token", "connection_id", "params", "user_scope"}
    assert two_step["params"]["style"] == "deepObject"
    assert query("get", "/connections")
    assert query("get", "/connect/session") == {}


async def test_what_can_not_be_understood_is_answered_as_the_document_says(
    api: FastAPI, parts: Parts
) -> None:
    document = await _document(api)
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert not [one for one in operations if "422" in one["responses"]]
    taking = [one for one in operations if one.get("parameters") or "requestBody" in one]
    assert [one["summary"] for one in taking if "400" not in one["responses"]] == []
    assert "HTTPValidationError" not in document["components"]["schemas"]

    _record, key = await parts.api_keys.create("dev", "test")
    headers = {"Authorization": f"Bearer {key.reveal()}", "Content-Type": "application/json"}
    described = document["paths"]["/integrations"]["post"]["responses"]["400"]["content"]["application/json"]
    schema = document["components"]["schemas"][described["schema"]["$ref"].rpartition("/")[2]]
    answer = await call(api, "POST", "/integrations", headers=headers, body=b'{"provider": 7}')
    assert answer.status == 400
    told, described = answer.json()["error"], schema["properties"]["error"]
    assert set(described["required"]) <= set(told) <= set(described["properties"])
    [first, *_others] = told["errors"]
    assert set(first) == set(described["properties"]["errors"]["items"]["required"])


async def test_every_reference_of_the_document_leads_somewhere(api: FastAPI) -> None:
    document = await _document(api)
    schemas = document["components"]["schemas"]

    def references(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(references, value))
        if not isinstance(value, dict):
            return set()
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(references, value.values()))

    assert {reference.rpartition("/")[2] for reference in references(document)} <= set(schemas)


async def test_the_document_is_made_once(api: FastAPI) -> None:
    assert api.openapi() is api.openapi()


async def test_a_key_is_made_and_used_from_end_to_end(api: FastAPI, parts: Parts) -> None:
    _record, key = await parts.api_keys.create("dev", "test")

    async def get(path: str) -> Answer:
        return await call(api, "GET", path, headers={"Authorization": f"Bearer {key.reveal()}"})

    assert (await get("/integrations")).json() == {"data": []}
    providers = (await get("/providers")).json()["data"]
    assert "sage-intacct-cc" in [provider["name"] for provider in providers]


@pytest.mark.parametrize("path", ["/integrations", "/connections", "/providers", "/connect/session"])
async def test_without_a_key_nothing_is_told(api: FastAPI, path: str) -> None:
    answer = await call(api, "GET", path)

    assert (answer.status, answer.error_code) == (401, "missing_auth_header")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_unknown_path_is_told_in_the_one_shape(api: FastAPI) -> None:
    answer = await call(api, "GET", "/nothing")

    assert answer.status == 404
    assert set(answer.json()) == {"error"}
    assert set(answer.json()["error"]) == {"code", "message"}
