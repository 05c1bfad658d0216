"""What becomes of an exception that a handler raises, whatever it is."""

import json
from typing import Annotated

import pytest
from fastapi import FastAPI, Header
from fastapi.exceptions import RequestValidationError
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from service.tests.doubles import PredictableIds, SettableClock
from service.tests.web.asgi import Answer, call
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from counterfoil.errors import Conflict, CounterfoilError, FieldError, TooManyRequests
from counterfoil.web import Kit, install, router

_PLANTED = "the password is hunter2"


def _app(error: Exception | None = None) -> ASGIApp:
    """An application whose /fail raises this error, under the middleware that it has in the service."""
    routes = router()

    @routes.get("/fail")
    async def fail() -> None:
        if error is not None:
            raise error

    @routes.get("/numbers/{number}")
    async def numbers(
        number: int, limit: int = 5, x_count: Annotated[int | None, Header()] = None
    ) -> dict[str, int]:
        return {"number": number + limit + (x_count or 0)}

    api = FastAPI()
    install(api)
    api.include_router(routes)
    return Kit(api, clock=SettableClock(), ids=PredictableIds(), hsts=False)


async def _failed(error: Exception) -> Answer:
    return await call(_app(error), "GET", "/fail")


async def test_an_error_of_ours_is_told_as_it_is() -> None:
    answer = await _failed(Conflict("It exists.", errors=[FieldError(("key",), "custom", "Taken.")]))
    assert (answer.status, answer.json()) == (
        409,
        {
            "error": {
                "code": "conflict",
                "message": "It exists.",
                "errors": [{"code": "custom", "message": "Taken.", "path": ["key"]}],
            }
        },
    )


async def test_a_limit_keeps_its_header() -> None:
    answer = await _failed(TooManyRequests("Slower.", retry_after_seconds=7))
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")


@pytest.mark.parametrize("error", [OperationalError("host=db password=hunter2"), PoolTimeout(_PLANTED)])
async def test_a_database_that_is_away_is_503_without_its_words(error: Exception) -> None:
    answer = await _failed(error)
    assert (answer.status, answer.error_code) == (503, "database_unavailable")
    assert b"hunter2" not in answer.body


@pytest.mark.parametrize("error", [RuntimeError(_PLANTED), KeyError(_PLANTED), AssertionError(_PLANTED)])
async def test_a_fault_of_ours_is_told_by_its_id_alone(error: Exception) -> None:
    answer = await _failed(error)
    assert (answer.status, answer.error_code) == (500, "generic_error_support")
    assert answer.json()["error"]["payload"] == {"id": answer.headers["x-request-id"]}
    assert b"hunter2" not in answer.body


async def test_the_root_of_our_errors_is_a_server_error() -> None:
    assert (await _failed(CounterfoilError("It failed."))).error_code == "server_error"


async def test_a_path_that_is_not_there_and_a_method_that_is_not_understood_look_alike() -> None:
    missing = await call(_app(), "GET", "/nowhere")
    assert (missing.status, missing.error_code) == (404, "not_found")
    wrong = await call(_app(), "DELETE", "/fail")
    assert (wrong.status, wrong.error_code, wrong.headers["allow"]) == (405, "method_not_allowed", "GET")


@pytest.mark.parametrize(
    ("status", "code"), [(413, "payload_too_large"), (400, "invalid_request"), (418, "invalid_request")]
)
async def test_refusals_of_the_framework_have_our_shape(status: int, code: str) -> None:
    answer = await _failed(HTTPException(status, _PLANTED))
    assert answer.error_code == code
    assert b"hunter2" not in answer.body


@pytest.mark.parametrize(
    ("target", "headers", "code", "path"),
    [
        ("/numbers/x", {}, "invalid_uri_params", ["number"]),
        ("/numbers/1?limit=x", {}, "invalid_query_params", ["limit"]),
        ("/numbers/1", {"X-Count": "x"}, "invalid_headers", ["x-count"]),
    ],
)
async def test_the_part_of_the_request_that_is_wrong_is_named_by_the_code(
    target: str, headers: dict[str, str], code: str, path: list[str]
) -> None:
    answer = await call(_app(), "GET", target, headers=headers)
    assert (answer.status, answer.error_code) == (400, code)
    [error] = answer.json()["error"]["errors"]
    assert (error["path"], error["code"]) == (path, "invalid_format")


async def test_findings_without_a_place_are_the_bodys() -> None:
    nowhere = {"type": "missing", "loc": (), "msg": "Field required"}
    for findings in ([], [nowhere]):
        answer = await _failed(RequestValidationError(findings))
        assert (answer.status, answer.error_code) == (400, "invalid_body")


async def test_every_failure_is_an_object_with_a_code_and_a_sentence() -> None:
    for error in (Conflict("It exists."), OperationalError(), RuntimeError(), HTTPException(404)):
        told = json.loads((await _failed(error)).body)
        assert set(told) == {"error"}
        assert isinstance(told["error"]["code"], str)
        assert told["error"]["message"].endswith(".")
