"""The strict route: what is refused, with which code, and in which order."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from pydantic import Field
from service.tests.doubles import PredictableIds, SettableClock
from service.tests.web.asgi import call
from starlette.types import ASGIApp

from counterfoil.access import ApiKeyCaller, ApiKeys, Environment
from counterfoil.db import Database
from counterfoil.errors import Conflict, FieldError, TooManyRequests
from counterfoil.web import (
    MAX_BODY_BYTES,
    Kit,
    Strict,
    api_key_caller,
    describe_queries,
    install,
    query,
    router,
)
from counterfoil.web.routing import Route


class _Body(Strict):
    name: str
    sizes: list[int] = Field(default_factory=list)


class _Filter(Strict):
    search: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)


@pytest.fixture
async def api_keys(
    database: Database, environment: Environment, clock: SettableClock, ids: PredictableIds
) -> ApiKeys:
    return ApiKeys(database, b"p" * 32, clock, ids)


@pytest.fixture
def app(api_keys: ApiKeys, clock: SettableClock, ids: PredictableIds) -> ASGIApp:
    routes = router()
    caller = api_key_caller(api_keys, "environment:connections:read")

    @routes.post("/things")
    async def make(body: _Body) -> dict[str, Any]:
        return {"made": body.name, "sizes": body.sizes}

    @routes.get("/things/{name}")
    async def show(name: str) -> dict[str, str]:
        return {"name": name}

    @routes.get("/things")
    async def find(asked: Annotated[_Filter, query(_Filter)]) -> dict[str, Any]:
        return {"search": asked.search, "tags": asked.tags}

    @routes.get("/numbers")
    async def numbers(limit: int = 5) -> dict[str, int]:
        return {"limit": limit}

    @routes.post("/private")
    async def private(body: _Body, caller: Annotated[ApiKeyCaller, Depends(caller)]) -> dict[str, str]:
        return {"environment": caller.environment.name}

    @routes.get("/conflict")
    async def conflict() -> None:
        raise Conflict("It exists.", errors=[FieldError(("a", "0"), "custom", "Taken.")])

    @routes.get("/busy")
    async def busy() -> None:
        raise TooManyRequests("Too many.", retry_after_seconds=7)

    @routes.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the password is hunter2")

    api = FastAPI()
    api.include_router(routes)
    install(api)
    return Kit(api, clock=clock, ids=ids, hsts=False)


_JSON = {"Content-Type": "application/json"}


async def test_a_good_body_reaches_the_handler(app: ASGIApp) -> None:
    for headers in (_JSON, {}, {"Content-Type": "application/json; charset=utf-8"}):
        answer = await call(app, "POST", "/things", headers=headers, body=b'{"name": "x"}')
        assert (answer.status, answer.json()) == (200, {"made": "x", "sizes": []})


@pytest.mark.parametrize(
    ("body", "code", "errors"),
    [
        (b"{", "invalid_json", None),
        (b'{"name": "x", "name": "y"}', "invalid_json", None),
        (b"", "invalid_body", [{"code": "invalid_type", "message": "Required", "path": []}]),
        (b"{}", "invalid_body", [{"code": "invalid_type", "message": "Required", "path": ["name"]}]),
        (
            b'{"name": "x", "more": 1}',
            "invalid_body",
            [{"code": "unrecognized_keys", "message": "Unknown: 'more'", "path": []}],
        ),
    ],
)
async def test_a_bad_body_is_refused_at_its_place(
    app: ASGIApp, body: bytes, code: str, errors: list[object] | None
) -> None:
    answer = await call(app, "POST", "/things", headers=_JSON, body=body)
    assert (answer.status, answer.error_code) == (400, code)
    assert answer.json()["error"].get("errors") == errors


async def test_paths_of_errors_are_texts_even_for_list_indexes(app: ASGIApp) -> None:
    answer = await call(app, "POST", "/things", headers=_JSON, body=b'{"name": "x", "sizes": [1, "no"]}')
    [error] = answer.json()["error"]["errors"]
    assert error["path"] == ["sizes", "1"]
    assert "no" not in error["message"].split()


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"]
)
async def test_another_content_type_is_415(app: ASGIApp, content_type: str) -> None:
    answer = await call(app, "POST", "/things", headers={"Content-Type": content_type}, body=b"{}")
    assert (answer.status, answer.error_code) == (415, "invalid_content_type")


async def test_a_get_with_a_json_content_type_and_no_body_is_fine(app: ASGIApp) -> None:
    assert (await call(app, "GET", "/things/a", headers=_JSON)).status == 200


async def test_a_body_beyond_the_limit_is_413_declared_or_not(app: ASGIApp) -> None:
    declared = {**_JSON, "Content-Length": str(MAX_BODY_BYTES + 1)}
    assert (await call(app, "POST", "/things", headers=declared)).error_code == "payload_too_large"
    endless = b" " * (MAX_BODY_BYTES + 1)
    answer = await call(app, "POST", "/things", headers=_JSON, body=endless, chunk_bytes=1_000_000)
    assert (answer.status, answer.error_code) == (413, "payload_too_large")


async def test_unknown_query_parameters_are_refused_everywhere(app: ASGIApp) -> None:
    for target in ("/things?serch=x", "/things/a?x=1", "/numbers?limit=1&offset=2", "/conflict?api_key=x"):
        answer = await call(app, "GET", target)
        assert (answer.status, answer.error_code) == (400, "invalid_query_params"), target
        assert answer.json()["error"]["errors"][0]["code"] == "unrecognized_keys"


async def test_a_query_is_read_as_its_model(app: ASGIApp) -> None:
    answer = await call(app, "GET", "/things?search=a&tags%5Bend_user_id%5D=7")
    assert answer.json() == {"search": "a", "tags": {"end_user_id": "7"}}
    refused = await call(app, "GET", "/numbers?limit=many")
    assert refused.json()["error"]["errors"][0]["path"] == ["limit"]


async def test_a_path_with_nul_is_refused(app: ASGIApp) -> None:
    answer = await call(app, "GET", "/things/a\0b")
    assert (answer.status, answer.error_code) == (400, "invalid_uri_params")


async def test_who_calls_is_judged_before_what_they_sent(app: ASGIApp, api_keys: ApiKeys) -> None:
    assert (await call(app, "POST", "/private", body=b"{")).error_code == "missing_auth_header"
    assert (await call(app, "POST", "/private", body=b"{}")).error_code == "missing_auth_header"
    _record, key = await api_keys.create("dev", "backend", ["environment:connections:read"])
    bearer = {"Authorization": f"Bearer {key.reveal()}"}
    assert (await call(app, "POST", "/private", headers=bearer, body=b"{")).error_code == "invalid_json"
    answer = await call(app, "POST", "/private", headers=bearer, body=b'{"name": "x"}')
    assert answer.json() == {"environment": "dev"}


async def test_a_key_without_the_scope_is_403_that_names_it(app: ASGIApp, api_keys: ApiKeys) -> None:
    _record, key = await api_keys.create("dev", "proxy only", ["environment:proxy"])
    bearer = {"Authorization": f"Bearer {key.reveal()}"}
    answer = await call(app, "POST", "/private", headers=bearer, body=b'{"name": "x"}')
    assert (answer.status, answer.error_code) == (403, "forbidden")
    assert "environment:connections:read" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Basic x", "malformed_auth_header"),
        ("Bearer x", "invalid_secret_key_format"),
        (f"Bearer nango_connect_session_{'0' * 64}", "invalid_secret_key_format"),
    ],
)
async def test_a_bad_credential_is_401_with_its_code(app: ASGIApp, header: str, code: str) -> None:
    answer = await call(app, "POST", "/private", headers={"Authorization": header}, body=b"{}")
    assert (answer.status, answer.error_code) == (401, code)
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_errors_of_the_tree_keep_status_code_and_fields(app: ASGIApp) -> None:
    answer = await call(app, "GET", "/conflict")
    assert answer.status == 409
    assert answer.json() == {
        "error": {
            "code": "conflict",
            "message": "It exists.",
            "errors": [{"code": "custom", "message": "Taken.", "path": ["a", "0"]}],
        }
    }
    assert (await call(app, "GET", "/busy")).headers["retry-after"] == "7"


async def test_an_unknown_path_and_a_wrong_method_are_json_too(app: ASGIApp) -> None:
    assert (await call(app, "GET", "/nowhere")).error_code == "not_found"
    answer = await call(app, "DELETE", "/numbers")
    assert (answer.status, answer.error_code) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


async def test_a_fault_is_told_by_its_id_alone(app: ASGIApp) -> None:
    answer = await call(app, "GET", "/broken")
    assert (answer.status, answer.error_code) == (500, "generic_error_support")
    assert answer.json()["error"]["payload"]["id"] == answer.headers["x-request-id"]
    assert "hunter2" not in answer.body.decode()


def test_the_openapi_document_names_the_parameters_of_query_models() -> None:
    routes = router()

    @routes.get("/things")
    async def find(asked: Annotated[_Filter, query(_Filter)]) -> None:
        """Find."""

    api = FastAPI()
    api.include_router(routes)
    document = api.openapi()
    describe_queries(document, [route for route in routes.routes if isinstance(route, Route)])
    parameters = {one["name"]: one for one in document["paths"]["/things"]["get"]["parameters"]}
    assert set(parameters) == {"search", "tags"}
    assert parameters["tags"]["style"] == "deepObject"
    assert parameters["search"]["required"] is False
