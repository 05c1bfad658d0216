"""Requests that come inside other requests or are done later, decided by the code that decides single calls.

What a path leads to is looked up among the decisions of `routes`. Who calls is known already; only the entity
header of an inner request is looked at again. Nothing here waits: a body is at hand, so that several inner
requests can stand in one transaction.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.routing import Match, Route
from starlette.types import Message, Scope

from intacct_sandbox.rest import reading
from intacct_sandbox.rest.answers import Answer
from intacct_sandbox.rest.callers import ENTITY_HEADER, Caller, Sandbox, place

PREFIX: Final = "/ia/api/v1"

Decide = Callable[[Sandbox, Caller, Request], Awaitable[Answer]]
# Path, the one method that is built there (empty where none is looked at), what answers a known caller.
Decision = tuple[str, str, Decide]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """One request.

    Attributes:
        path: Below the version, with its query: `/objects/accounts-payable/vendor/1`.
        headers: Beside the caller's own.
    """

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class InnerRequests:
    """Answers requests by the decisions of the API; they are handed in once all of them are there."""

    def __init__(self) -> None:
        self._served: list[tuple[Route, str, Decide]] = []

    def serve(self, decisions: Sequence[Decision]) -> None:
        """Take the decisions, the first that fits a path being the one."""
        self._served = [(Route(path, _never), built, decide) for path, built, decide in decisions]

    async def answer(self, sandbox: Sandbox, caller: Caller, inner: Inner) -> Answer:
        """The answer that the request would have got alone."""
        scope = _scope(inner)
        resource = scope["path"].removeprefix(PREFIX).lstrip("/")
        entity = Headers(inner.headers).get(ENTITY_HEADER)
        if entity is not None:
            placed = place(
                sandbox, caller.access, method=inner.method, resource=resource, entity_header=entity
            )
            if isinstance(placed, Answer):
                return placed
            caller = placed
        for route, built, decide in self._served:
            match, found = route.matches(scope)
            if match is not Match.NONE:
                request = Request({**scope, **found}, _at_hand(inner.body))
                return await decide_known(sandbox, caller, built, decide, request)
        return reading.unknown_resource(sandbox, method=inner.method, resource=resource)


async def decide_known(
    sandbox: Sandbox, caller: Caller, built: str, decide: Decide, request: Request
) -> Answer:
    """The answer to a known caller, if the method is one that is built there."""
    if built and request.method not in ({"GET", "HEAD"} if built == "GET" else {built}):
        return reading.not_built(sandbox, method=request.method, resource=resource_of(request), allowed=built)
    return await decide(sandbox, caller, request)


def resource_of(request: Request) -> str:
    """The path below the version."""
    return request.url.path.removeprefix(PREFIX).lstrip("/")


def _scope(inner: Inner) -> Scope:
    parts = urlsplit(inner.path)
    headers = {"content-type": "application/json", "content-length": str(len(inner.body)), **inner.headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": inner.method,
        "scheme": "http",
        "path": f"{PREFIX}{unquote(parts.path)}",
        "raw_path": f"{PREFIX}{parts.path}".encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": None,
        "server": ("sandbox", None),
    }


def _at_hand(body: bytes) -> Callable[[], Awaitable[Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _never(_scope: Scope, _receive: object, _send: object) -> None:
    """The endpoint of a route that is only matched."""
