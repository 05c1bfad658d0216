"""The control plane over HTTP; what it does is in `plane`."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.control.plane import Json, Plane
from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.faults import Quirks, RequestLog
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.store import Store

PREFIX: Final = "/_sandbox"
_LARGEST_BODY_BYTES: Final = 65_536

Act = Callable[[Request], Awaitable[Json]]


def routes(
    *,
    store: Store,
    clock: SandboxClock,
    ids: SeededIds,
    quirks: Quirks,
    log: RequestLog,
    fixture: str = "guide",
) -> list[BaseRoute]:
    """All routes under `/_sandbox`; the last one answers for every other path there.

    Args:
        store: The state.
        clock: Moved by tests.
        ids: Starts again with every fixture.
        quirks: Switched by tests.
        log: Read by tests.
        fixture: What `reset` loads until another fixture has been loaded.
    """
    plane = Plane(store, clock, ids, quirks, log, fixture)

    async def reset(_request: Request) -> Json:
        return plane.reset()

    async def load(request: Request) -> Json:
        return plane.load(await _object(request))

    async def read_clock(_request: Request) -> Json:
        return plane.clock()

    async def move_clock(request: Request) -> Json:
        return plane.move_clock(await _object(request))

    async def read_requests(request: Request) -> Json:
        return plane.requests(path=request.query_params.get("path"), since=request.query_params.get("since"))

    async def forget_requests(_request: Request) -> Json:
        return plane.forget_requests()

    async def read_quirks(_request: Request) -> Json:
        return plane.quirks()

    async def set_quirks(request: Request) -> Json:
        return plane.set_quirks(await _object(request), replace=request.method == "PUT")

    async def state(_request: Request) -> Json:
        return plane.state()

    return [
        _resource("/reset", {"POST": reset}),
        _resource("/fixture", {"POST": load}),
        _resource("/clock", {"GET": read_clock, "POST": move_clock}),
        _resource("/requests", {"GET": read_requests, "DELETE": forget_requests}),
        _resource("/quirks", {"GET": read_quirks, "PUT": set_quirks, "PATCH": set_quirks}),
        _resource("/state", {"GET": state}),
        Route(f"{PREFIX}/{{rest:path}}", _unknown, methods=_METHODS),
        Route(PREFIX, _unknown, methods=_METHODS),
    ]


_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def _resource(path: str, acts: dict[str, Act]) -> Route:
    async def answer(request: Request) -> Response:
        # A page of another site may be open in the browser of whoever runs the sandbox.
        if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            return _error(403, "cross_site", "Other web sites may not control the sandbox.")
        act = acts.get("GET" if request.method == "HEAD" else request.method)
        if act is None:
            allowed = ", ".join(acts)
            return _error(405, "method_not_allowed", f"{path} takes {allowed}.", headers={"Allow": allowed})
        try:
            return _json(await act(request), 200)
        except InvalidInput as refused:
            return _error(400, "invalid_input", refused.message, field=refused.field or None)

    return Route(PREFIX + path, answer, methods=_METHODS)


async def _unknown(request: Request) -> Response:
    return _error(404, "not_found", f"The control plane has nothing at {request.url.path[:200]}.")


async def _object(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY_BYTES:
            raise InvalidInput("", "The body is too large.")
    try:
        read = json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise InvalidInput("", "The body must be a JSON object.") from None
    if not isinstance(read, dict):
        raise InvalidInput("", "The body must be a JSON object.")
    return read


def _error(
    status: int,
    code: str,
    message: str,
    *,
    field: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    error = {"code": code, "message": message} | ({"field": field} if field else {})
    return _json({"error": error}, status, headers)


def _json(body: Json, status: int, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(body, status, headers={"Cache-Control": "no-store", **(headers or {})})
