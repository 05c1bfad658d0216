"""The route class of the API: strict about what it lets in, so that handlers see only what their models
describe.

Order of refusals: content type, path, names of query parameters, size, caller, malformed JSON, values. Who
may not call does not learn what is wrong with what they sent.
"""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from counterfoil.errors import FieldError
from counterfoil.web.bodies import MAX_BODY_BYTES, is_storable, parse_json
from counterfoil.web.errors import (
    InvalidContentType,
    InvalidJson,
    InvalidUri,
    PayloadTooLarge,
)
from counterfoil.web.queries import QueryModel, parse_query, unknown_parameters
from counterfoil.web.responses import OrjsonResponse

_UNREADABLE: Final = object()


def router(**options: Any) -> APIRouter:
    """An APIRouter with strict routes and orjson responses; `options` are APIRouter's."""
    options.setdefault("route_class", Route)
    options.setdefault("default_response_class", OrjsonResponse)
    # A body without a content type is JSON too: several HTTP clients send none.
    return APIRouter(strict_content_type=False, redirect_slashes=False, **options)


class StrictRequest(Request):
    """A request whose body is read once, bounded, and parsed by `parse_json`."""

    unreadable: InvalidJson | None = None

    async def read(self, limit_bytes: int) -> None:
        """Read the body into memory. Raises PayloadTooLarge."""
        too_large = PayloadTooLarge(f"The body is larger than {limit_bytes} bytes.")
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit_bytes:
            raise too_large
        chunks = bytearray()
        async for chunk in self.stream():
            chunks += chunk
            if len(chunks) > limit_bytes:
                raise too_large
        self._body = bytes(chunks)

    async def json(self) -> Any:  # noqa: ANN401 - as the base class has it
        """The parsed body, or a stand-in that no model accepts; then `unreadable` says why."""
        try:
            return parse_json(self._body)
        except InvalidJson as error:
            # Raised only after the dependencies have run: who calls is judged before what they sent.
            self.unreadable = error
            return _UNREADABLE


class Route(APIRoute):
    """A route of the API.

    Query parameters are those that the handler declares, itself or through `query(Model)`; others are
    refused. Bodies are declared as models (`Strict`).
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler behind the checks of this module."""
        handle = super().get_route_handler()
        declared = _declared_parameters(self.dependant)

        async def strict(request: Request) -> Response:
            _check_content_type(request)
            _check_path(request)
            asked = StrictRequest(request.scope, request.receive)
            _check_query(request, declared)
            await asked.read(MAX_BODY_BYTES)
            try:
                return await handle(asked)
            except RequestValidationError:
                if asked.unreadable is not None:
                    raise asked.unreadable from None
                raise

        return strict


def _check_content_type(request: Request) -> None:
    value = request.headers.get("content-type", "")
    if value and value.partition(";")[0].strip().lower() != "application/json":
        raise InvalidContentType("Send JSON, with the header: Content-Type: application/json")


def _check_path(request: Request) -> None:
    for name, value in request.path_params.items():
        if not is_storable(str(value)):
            message = "It holds a character that no name has."
            raise InvalidUri(
                "The path can't be understood.", errors=[FieldError((name,), "invalid_format", message)]
            )


def _check_query(request: Request, declared: frozenset[str] | None) -> None:
    if declared is None:
        return
    given = parse_query(request.scope["query_string"])
    unknown = [name for name in given if name not in declared]
    if unknown:
        raise unknown_parameters(unknown)


def _declared_parameters(dependant: Dependant) -> frozenset[str] | None:
    """The query parameters of a route, or None when a `query(Model)` checks them itself."""
    everything = list(_all_dependants(dependant))
    if any(isinstance(one.call, QueryModel) for one in everything):
        return None
    return frozenset(field.alias for one in everything for field in one.query_params)


def _all_dependants(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for child in dependant.dependencies:
        yield from _all_dependants(child)
