"""Carries out planned faults: one ASGI middleware around the whole application, on Sage's paths only.

How a connection is cut is the server's to offer, as the ASGI extension `CUT` with its member `abort`; where
there is none (in a test client) `ConnectionAbortedError` is raised in place of an answer.
"""

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.naming import named, names_in_body
from intacct_sandbox.faults.peeking import peek
from intacct_sandbox.faults.planned import Fault, FaultKind, Faults
from intacct_sandbox.faults.refusing import Refused, answer, refuse
from intacct_sandbox.faults.request_log import FAULT, SAGE_PREFIX

CUT: Final = "intacct_sandbox.cut"
# As much of a body as says which company it is about.
_READ_BYTES: Final = 65_536

_GARBAGE: Final = b'{"ia::result": [{"key": "1", "id": "\xff\xfe\x00'
_HTML: Final = """<!DOCTYPE html>
<html lang="en-US">
<head><title>api.intacct.com | {status}: {title}</title></head>
<body>
<h1>{title} <span>Error code {status}</span></h1>
<p>{now} UTC</p>
<p>Cloudflare Ray ID: <strong>{ray}</strong></p>
<p>Performance &amp; security by Cloudflare</p>
</body>
</html>
"""
# What a network in front of an API says of its own accord, and of a server that it can't reach.
_TITLES: Final[Mapping[int, str]] = {
    403: "Access denied",
    429: "You are being rate limited",
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway time-out",
    520: "Web server is returning an unknown error",
    521: "Web server is down",
    522: "Connection timed out",
    523: "Origin is unreachable",
    524: "A timeout occurred",
    525: "SSL handshake failed",
}
_RAY: Final = "7d0e5b2a9c4f1a63"
_HTML_STATUS: Final = 503
_REQUEST_ID: Final = "AC47C2BE:D9EE_63EBC07F.59"
_MAINTENANCE: Final = "Unable to process the request: the service is down for scheduled maintenance"


class FaultInjection:
    """ASGI middleware that makes requests go wrong as planned.

    Args:
        app: The application it stands around.
        faults: What is planned.
        clock: Tells when a fault's time is over.
        end_token: Ends an access token early, given its text.
    """

    def __init__(
        self, app: ASGIApp, faults: Faults, clock: SandboxClock, end_token: Callable[[str], None]
    ) -> None:
        self._app = app
        self._faults = faults
        self._clock = clock
        self._end_token = end_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, through the faults that are meant for it."""
        if scope["type"] != "http" or not scope["path"].startswith(SAGE_PREFIX):
            await self._app(scope, receive, send)
            return
        self._faults.end(self._clock.now())
        company = None
        if self._faults.wants_company(scope["method"], scope["path"]):
            company, receive = await _company(scope, receive)
        for fault in self._faults.take(scope["method"], scope["path"], company):
            scope.setdefault(FAULT, []).append(str(fault.kind))
            if await self._carry_out(fault, scope, receive, send):
                return
        await self._app(scope, receive, send)

    async def _carry_out(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> bool:
        """Do what a fault says; whether the request ends with it."""
        match fault.kind:
            case FaultKind.LATENCY:
                await self._faults.hold((fault.latency_ms or 0) / 1000)
                return False
            case FaultKind.EARLY_EXPIRY:
                authorization = Headers(scope=scope).get("authorization", "")
                self._end_token(authorization.removeprefix("Bearer ").strip())
                return False
            case FaultKind.CUT if fault.after_bytes is None:
                await _cut(scope, receive)
            case FaultKind.CUT:
                await self._break_off(fault.after_bytes or 0, scope, receive, send)
            case FaultKind.LOST_ANSWER:
                await self._app(scope, receive, _swallow)
                await _cut(scope, receive)
            case FaultKind.STATUS:
                await _answer_status(fault, send)
            case FaultKind.GARBAGE:
                await answer(send, 200, {"content-type": "application/json"}, _GARBAGE)
            case FaultKind.HTML:
                await _answer_html(fault.status or _HTML_STATUS, self._clock.now(), send)
            case FaultKind.MAINTENANCE:
                await self._answer_maintenance(fault, scope["path"], send)
        return True

    async def _answer_maintenance(self, fault: Fault, path: str, send: Send) -> None:
        headers: dict[str, str] = {}
        if fault.ends_at is not None:
            left = fault.ends_at - self._clock.now()
            headers["retry-after"] = str(max(1, math.ceil(left.total_seconds())))
        refused = Refused(
            status=fault.status or 503,
            code="GW-0001",
            message=_MAINTENANCE,
            request_id=_REQUEST_ID,
            headers=headers,
        )
        await refuse(refused, path, send)

    async def _break_off(self, after_bytes: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the beginning of an answer through, then cut the connection."""
        left = after_bytes

        async def send_some(message: Message) -> None:
            nonlocal left
            if message["type"] != "http.response.body":
                await send(message)
                return
            body = message.get("body", b"")[:left]
            left -= len(body)
            # There is always more to come, so that the server does not take the answer for complete.
            await send({"type": "http.response.body", "body": body, "more_body": True})

        await self._app(scope, receive, send_some)
        await _cut(scope, receive)


async def _company(scope: Scope, receive: Receive) -> tuple[str | None, Receive]:
    """The company a request names, and its body to be read once more."""
    headers = Headers(scope=scope)
    body = b""
    if names_in_body(scope["path"]):
        peeked = await peek(receive, _READ_BYTES)
        body, receive = peeked.body, peeked.receive
    names = named(scope["path"], headers.get("authorization", ""), headers.get("content-type", ""), body)
    return names.get("company"), receive


async def _cut(scope: Scope, receive: Receive) -> None:
    """Cut the connection and wait until it is gone."""
    offered: Mapping[str, Callable[[], None]] | None = scope.get("extensions", {}).get(CUT)
    if offered is None:
        raise ConnectionAbortedError("A fault cut the connection.")
    offered["abort"]()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _swallow(_message: Message) -> None:
    """An answer that nobody gets."""


async def _answer_status(fault: Fault, send: Send) -> None:
    headers = {"content-type": "application/json"}
    if fault.retry_after_seconds is not None:
        headers["retry-after"] = str(fault.retry_after_seconds)
    error = {
        "code": "operationFailed",
        "message": "A fault that was planned in the sandbox answers in place of the API",
        "errorId": "SANDBOX-FAULT",
    }
    body: dict[str, Any] = {
        "ia::result": {"ia::error": error},
        "ia::meta": {"totalCount": 1, "totalSuccess": 0, "totalError": 1},
    }
    await answer(send, fault.status or 500, headers, json.dumps(body).encode())


async def _answer_html(status: int, now: datetime, send: Send) -> None:
    headers = {
        "content-type": "text/html; charset=UTF-8",
        "server": "cloudflare",
        "cf-ray": f"{_RAY}-EWR",
        "cache-control": "private, max-age=0, no-store",
    }
    title = _TITLES.get(status, "Error")
    page = _HTML.format(status=status, title=title, now=f"{now:%Y-%m-%d %H:%M:%S}", ray=_RAY)
    await answer(send, status, headers, page.encode())
