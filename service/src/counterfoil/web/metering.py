"""Pure ASGI middleware around everything, the proxy too: rates are counted, and told in headers.

What is counted is `access.rates`' affair; here a request gets its visit, one from an address that failed too
often is refused before anybody looks at its key, and every answer says how much is left. A provider's own
`X-RateLimit-*` headers stay as they are: then ours are left out.
"""

from collections.abc import Callable
from typing import Final

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from counterfoil.access import VISIT, RateLimited, Rates, Standing, Visit, client_address
from counterfoil.access.rates import PREFIX_CHARACTERS, Networks
from counterfoil.web.errors import error_body

Header = tuple[bytes, bytes]

_OURS: Final = b"x-ratelimit-"
_KEY: Final = b"cf_"
_SESSION_IN_QUERY: Final = b"connect_session_token="
_REFUSAL: Final[tuple[Header, ...]] = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset",
    ),
)


class Metered:
    """Counts what passes through.

    Args:
        app: Everything that answers.
        rates: Where it is counted.
        is_known: Whether an `Authorization` header was good a moment ago; such a caller is let in from
            everywhere.
        trusted_proxies: Whose `X-Forwarded-For` is believed.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        rates: Rates,
        is_known: Callable[[bytes], bool],
        trusted_proxies: Networks = (),
    ) -> None:
        self._app = app
        self._rates = rates
        self._is_known = is_known
        self._trusted = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; everything but HTTP is passed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(self._rates, (scope["method"], scope["path"]))
        if not self._rates.is_quiet:
            try:
                self._refuse_if_shut(scope)
            except RateLimited as limited:
                limited.asked = visit.asked
                await _refuse(limited, send)
                return

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = _with_headers(message, self._standing(scope, visit, message["status"]))
            await send(message)

        token = VISIT.set(visit)
        try:
            await self._app(scope, receive, tell)
        finally:
            VISIT.reset(token)

    def _refuse_if_shut(self, scope: Scope) -> None:
        credentials = _credentials(scope)
        if credentials is not None and not self._is_known(credentials):
            self._rates.refuse_if_shut(self._address(scope), _prefix(credentials))

    def _standing(self, scope: Scope, visit: Visit, status: int) -> Standing | None:
        if visit.is_known:
            return visit.standing
        credentials = _credentials(scope) if status == 401 else None
        if credentials is None:
            return self._rates.seen(self._address(scope))
        return self._rates.failed(self._address(scope), _prefix(credentials))

    def _address(self, scope: Scope) -> str:
        peer = scope["client"][0] if scope.get("client") else ""
        forwarded = [
            value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"
        ]
        return client_address(peer, forwarded, self._trusted)


def _credentials(scope: Scope) -> bytes | None:
    """What a request says of who it is from; None where it says nothing."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            found: bytes = value
            return found
    return b"" if _SESSION_IN_QUERY in scope["query_string"] else None


def _prefix(credentials: bytes) -> str:
    """The beginning of an API key; empty for anything else, of which all begin alike."""
    key = credentials.rpartition(b" ")[2]
    return key[:PREFIX_CHARACTERS].decode("latin-1") if key.startswith(_KEY) else ""


def _with_headers(message: Message, standing: Standing | None) -> Message:
    if standing is None:
        return message
    headers: list[Header] = list(message.get("headers", ()))
    for name, _ in headers:
        if name.startswith(_OURS):
            return message
    return {**message, "headers": headers + _headers(standing)}


def _headers(standing: Standing) -> list[Header]:
    return [
        (b"x-ratelimit-limit", str(standing.limit).encode()),
        (b"x-ratelimit-remaining", str(standing.remaining).encode()),
        (b"x-ratelimit-reset", str(standing.resets_at).encode()),
    ]


async def _refuse(limited: RateLimited, send: Send) -> None:
    body = orjson.dumps(error_body(limited))
    headers = [
        *_REFUSAL,
        *_headers(limited.standing),
        (b"retry-after", str(limited.retry_after_seconds).encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": body})
