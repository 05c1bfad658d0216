"""Pure ASGI middleware around everything but the proxy: request ids, security headers, CORS, the request log,
and the answer of last resort. Not built on the framework's middleware classes, which buffer and cost more.
"""

from contextvars import ContextVar
from typing import Final

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from counterfoil.clock import Clock
from counterfoil.ids import Ids

Header = tuple[bytes, bytes]

_REQUEST_ID: ContextVar[str] = ContextVar("counterfoil_request_id", default="")
_log = structlog.get_logger("counterfoil.web")

# What a response gets unless its route has said otherwise. Pages set their own policies.
_DEFAULTS: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_POLICY: Final[Header] = (
    b"content-security-policy",
    b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
)
_NO_FRAME: Final[Header] = (b"x-frame-options", b"DENY")
_HSTS: Final[Header] = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")

# Any origin, never with credentials: a browser only ever holds a connect session's token, which it sends
# itself.
_CORS: Final[tuple[Header, ...]] = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        (
            b"Authorization, Etag, Content-Type, Content-Length, X-Request-Id, X-Nango-Signature, "
            b"X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
        ),
    ),
)
_PREFLIGHT: Final[tuple[Header, ...]] = (
    (b"access-control-allow-methods", b"GET, HEAD, PUT, PATCH, POST, DELETE"),
    (
        b"access-control-allow-headers",
        (
            b"Authorization, Content-Type, Accept, Origin, X-Requested-With, Nango-Activity-Log-Id, "
            b"Nango-Is-Dry-Run, Nango-Is-Sync, Provider-Config-Key, Connection-Id, Sentry-Trace, Baggage"
        ),
    ),
    (b"access-control-max-age", b"600"),
    (b"content-length", b"0"),
)


def request_id() -> str:
    """The id of the request that is being answered, or an empty text outside of one."""
    return _REQUEST_ID.get()


def fault_body(failed_request_id: str) -> dict[str, object]:
    """What is told of a fault of our own: the id by which the log knows it, and nothing else."""
    message = "The service failed. Its log names this request by the id in payload."
    return {
        "error": {
            "code": "generic_error_support",
            "message": message,
            "payload": {"id": failed_request_id},
        }
    }


class Kit:
    """Wraps the application.

    Args:
        app: The application.
        clock: For durations in the log.
        ids: For request ids.
        hsts: Whether to tell browsers to use HTTPS only; True where the public URL is HTTPS.
    """

    def __init__(self, app: ASGIApp, *, clock: Clock, ids: Ids, hsts: bool) -> None:
        self._app = app
        self._clock = clock
        self._ids = ids
        self._always = (*_CORS, _HSTS) if hsts else _CORS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; everything but HTTP is passed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(send, self._ids.uuid(), self._always)
        token = _REQUEST_ID.set(exchange.request_id)
        begun = self._clock.monotonic_seconds()
        try:
            await self._answer(scope, receive, exchange)
        finally:
            _REQUEST_ID.reset(token)
            _log.info(
                "request",
                request_id=exchange.request_id,
                method=scope["method"],
                path=scope["path"],
                status=exchange.status,
                duration_ms=round((self._clock.monotonic_seconds() - begun) * 1000, 1),
            )

    async def _answer(self, scope: Scope, receive: Receive, exchange: "_Exchange") -> None:
        if scope["method"] == "OPTIONS":
            await exchange.send({"type": "http.response.start", "status": 204, "headers": list(_PREFLIGHT)})
            await exchange.send({"type": "http.response.body", "body": b""})
            return
        try:
            await self._app(scope, receive, exchange.send)
        # The edge of a request: whatever escaped a handler is logged with its trace, and told without it.
        except Exception:
            _log.exception("request failed", request_id=exchange.request_id)
            if exchange.status is None:
                await exchange.send_last_resort()
            # Half an answer must not look like a whole one: the server cuts the connection.
            elif not exchange.is_complete:
                raise


class _Exchange:
    """One response on its way out."""

    def __init__(self, send: Send, request_id: str, always: tuple[Header, ...]) -> None:
        self._send = send
        self._always = always
        self.request_id = request_id
        self.status: int | None = None
        self.is_complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._completed(list(message.get("headers", ())))}
        await self._send(message)
        self.is_complete = message["type"] == "http.response.body" and not message.get("more_body", False)

    async def send_last_resort(self) -> None:
        body = orjson.dumps(fault_body(self.request_id))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    def _completed(self, headers: list[Header]) -> list[Header]:
        present = {name.lower() for name, _value in headers}
        headers += [header for header in _DEFAULTS if header[0] not in present]
        # A page that states its own policy also states who may frame it.
        if _POLICY[0] not in present:
            headers += [_POLICY, _NO_FRAME]
        headers += [header for header in self._always if header[0] not in present]
        headers.append((b"x-request-id", self.request_id.encode()))
        return headers
