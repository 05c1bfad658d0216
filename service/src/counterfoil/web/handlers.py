"""Turns exceptions of handlers into responses. The rest is left to the middleware's last resort."""

from typing import Any, Final, TypeVar

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from counterfoil.db import DatabaseUnavailable
from counterfoil.errors import CounterfoilError, InvalidBody, InvalidRequest
from counterfoil.web.errors import (
    InvalidHeaders,
    InvalidQuery,
    InvalidUri,
    MethodNotAllowed,
    PayloadTooLarge,
    UnknownPath,
    error_response,
)
from counterfoil.web.middleware import fault_body, request_id
from counterfoil.web.responses import OrjsonResponse
from counterfoil.web.validation import field_errors, without_part

Problem = TypeVar("Problem", bound=Exception)

_BY_PART: Final[dict[str, tuple[type[InvalidRequest], str]]] = {
    "body": (InvalidBody, "The body can't be understood."),
    "query": (InvalidQuery, "The query string can't be understood."),
    "path": (InvalidUri, "The path can't be understood."),
    "header": (InvalidHeaders, "A header can't be understood."),
}
_BY_STATUS: Final[dict[int, tuple[type[CounterfoilError], str]]] = {
    404: (UnknownPath, "There is nothing at this path."),
    405: (MethodNotAllowed, "This path does not understand this method."),
    413: (PayloadTooLarge, "The body is too large."),
}


def install(app: FastAPI) -> None:
    """Render every failure of the app's handlers in the one shape."""
    app.add_exception_handler(CounterfoilError, _counterfoil_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(OperationalError, _database_error)
    app.add_exception_handler(PoolTimeout, _database_error)
    # The framework raises it again afterwards, for the log.
    app.add_exception_handler(Exception, _fault)


async def _counterfoil_error(_request: Request, error: Exception) -> Response:
    return error_response(_expect(CounterfoilError, error))


async def _validation_error(_request: Request, error: Exception) -> Response:
    findings: list[Any] = list(_expect(RequestValidationError, error).errors())
    part = str(findings[0]["loc"][0]) if findings and findings[0]["loc"] else "body"
    kind, message = _BY_PART.get(part, _BY_PART["body"])
    return error_response(kind(message, errors=field_errors(without_part(one) for one in findings)))


async def _http_exception(_request: Request, error: Exception) -> Response:
    problem = _expect(HTTPException, error)
    kind, message = _BY_STATUS.get(problem.status_code, (InvalidRequest, "The request can't be understood."))
    return error_response(kind(message), headers=problem.headers)


async def _database_error(_request: Request, _error: Exception) -> Response:
    return error_response(DatabaseUnavailable("The database does not answer; try again in a moment."))


async def _fault(_request: Request, _error: Exception) -> Response:
    return OrjsonResponse(fault_body(request_id()), status_code=500)


def _expect(kind: type[Problem], error: Exception) -> Problem:
    # Starlette's handlers are typed for any exception; they are called for the one they were added for.
    if not isinstance(error, kind):
        raise TypeError(f"expected {kind.__name__}") from error
    return error
