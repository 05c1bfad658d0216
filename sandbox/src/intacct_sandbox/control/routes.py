"""The control plane over HTTP; what it does is in `plane`."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.control.customization import Customization
from intacct_sandbox.control.formatting import FormatPlane
from intacct_sandbox.control.limiting import TierPlane
from intacct_sandbox.control.openapi import document
from intacct_sandbox.control.pages import ControlPages
from intacct_sandbox.control.plane import Json, Plane, Start
from intacct_sandbox.control.triggering import TriggerPlane
from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.faults import Faults, Quirks, RequestLog
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.limits import Limits
from intacct_sandbox.store import Store
from intacct_sandbox.triggers import Deliveries

PREFIX: Final = "/_sandbox"
_LARGEST_BODY_BYTES: Final = 65_536

Act = Callable[[Request], Awaitable[Json]]


def routes(  # noqa: PLR0913 - one for each part it plays on
    *,
    store: Store,
    clock: SandboxClock,
    ids: SeededIds,
    quirks: Quirks,
    faults: Faults,
    log: RequestLog,
    limits: Limits,
    deliveries: Deliveries,
    start: Start,
) -> list[BaseRoute]:
    """All routes under `/_sandbox`, the last of which answers for every other path there; and the pages.

    Args:
        store: The state.
        clock: Moved by tests.
        ids: Starts again with every fixture.
        quirks: Switched by tests.
        faults: Planned by tests.
        log: Read by tests.
        limits: The requests under way.
        deliveries: Of triggers.
        start: What `reset` loads until another fixture has been loaded.
    """
    customization = Customization(store, quirks)
    plane = Plane(store, clock, ids, quirks, faults, log, start)
    formatting = FormatPlane(store)
    tiers = TierPlane(store, clock, limits)
    triggers = TriggerPlane(store, deliveries)

    async def read_requests(request: Request) -> Json:
        return plane.requests(request.query_params)

    async def set_quirks(request: Request) -> Json:
        return plane.set_quirks(await _object(request), replace=request.method == "PUT")

    async def delete_snapshot(request: Request) -> Json:
        return plane.delete_snapshot(request.path_params["name"])

    async def remove_trigger(request: Request) -> Json:
        return triggers.remove(request.path_params["key"])

    async def deliver(request: Request) -> Json:
        return await triggers.deliver(await _object(request))

    async def remove_fault(request: Request) -> Json:
        return plane.remove_fault(request.path_params["number"])

    return [
        _resource("/reset", {"POST": _plain(plane.reset)}),
        _resource("/fixture", {"POST": _with_body(plane.load)}),
        _resource("/redirect-uris", {"POST": _with_body(plane.register_redirects)}),
        _resource("/snapshots", {"GET": _plain(plane.snapshots), "POST": _with_body(plane.take_snapshot)}),
        _resource("/snapshots/{name}", {"DELETE": delete_snapshot}),
        _resource("/restore", {"POST": _with_body(plane.restore)}),
        _resource("/clock", {"GET": _plain(plane.clock), "POST": _with_body(plane.move_clock)}),
        _resource("/requests", {"GET": read_requests, "DELETE": _plain(plane.forget_requests)}),
        _resource("/requests.jsonl", {"GET": read_requests}, lines_of="requests"),
        _resource(
            "/faults",
            {
                "GET": _plain(plane.faults),
                "POST": _with_body(plane.plan_fault),
                "DELETE": _plain(plane.clear_faults),
            },
        ),
        _resource("/faults/{number:int}", {"DELETE": remove_fault}),
        _resource("/customization", {"GET": _plain(customization.every)}),
        _resource("/customization/fields", {"POST": _with_body(customization.add_field)}),
        _resource("/customization/objects", {"POST": _with_body(customization.add_object)}),
        _resource("/formats", {"GET": _plain(formatting.every), "PATCH": _with_body(formatting.change)}),
        _resource("/quirks", {"GET": _plain(plane.quirks), "PUT": set_quirks, "PATCH": set_quirks}),
        _resource("/limits", {"GET": _plain(tiers.every), "PATCH": _with_body(tiers.give)}),
        _resource("/triggers", {"GET": _plain(triggers.every), "POST": _with_body(triggers.add)}),
        _resource("/triggers/{key:int}", {"DELETE": remove_trigger}),
        _resource("/deliveries", {"GET": _plain(triggers.deliveries), "POST": deliver}),
        _resource("/openapi.json", {"GET": _plain(document)}),
        _resource("/state", {"GET": _plain(plane.state)}),
        Route(f"{PREFIX}/{{rest:path}}", _unknown, methods=_METHODS),
        Route(PREFIX, _unknown, methods=_METHODS),
        *ControlPages(plane, tiers).routes(),
    ]


def _plain(act: Callable[[], Json]) -> Act:
    async def done(_request: Request) -> Json:
        return act()

    return done


def _with_body(act: Callable[[Mapping[str, Any]], Json]) -> Act:
    async def done(request: Request) -> Json:
        return act(await _object(request))

    return done


_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def _resource(path: str, acts: dict[str, Act], *, lines_of: str | None = None) -> Route:
    """The route of one path.

    Args:
        path: Below the prefix.
        acts: What each method does.
        lines_of: The member of the answer whose elements are its lines; None for one JSON object.
    """

    async def answer(request: Request) -> Response:
        # A page of another site may be open in the browser of whoever runs the sandbox.
        if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            return _error(403, "cross_site", "Other web sites may not control the sandbox.")
        act = acts.get("GET" if request.method == "HEAD" else request.method)
        if act is None:
            allowed = ", ".join(acts)
            return _error(405, "method_not_allowed", f"{path} takes {allowed}.", headers={"Allow": allowed})
        try:
            done = await act(request)
            return _json(done, 200) if lines_of is None else _json_lines(done[lines_of])
        except UnknownThing as unknown:
            return _error(404, "not_found", str(unknown))
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


def _json_lines(elements: list[Json]) -> Response:
    text = "".join(json.dumps(one) + "\n" for one in elements)
    return Response(text, 200, {"Cache-Control": "no-store"}, "application/x-ndjson")
