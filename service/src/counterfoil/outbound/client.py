"""`Outbound`: the whole service's way to call others; small calls as values, large ones as streams."""

import ssl
from types import TracebackType
from typing import Final

from counterfoil.outbound.addresses import AddressPolicy
from counterfoil.outbound.errors import ResponseTooLarge
from counterfoil.outbound.messages import Deadlines, OutboundRequest, OutboundResponse
from counterfoil.outbound.pool import Resolve
from counterfoil.outbound.sockets import OpenSocket, PolicedSockets
from counterfoil.outbound.upstream import OutboundStream, Upstream

_LONGEST_CONNECT_SECONDS: Final = 10.0
_DEFAULT_DEADLINES: Final = Deadlines()


class Outbound:
    """Calls to addresses that the policy permits. Made inside a running event loop; `close` it."""

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
        open_socket: OpenSocket | None = None,
    ) -> None:
        """Wire a pool to the policy.

        Args:
            policy: Which addresses may be connected to.
            tls: Trust other than the system's certificate authorities; it must verify.
            resolve: Names to addresses other than the system's way.
            open_socket: Where permitted sockets come from; tests pass one that never connects.
        """
        sockets = PolicedSockets(policy, open_socket) if open_socket else PolicedSockets(policy)
        self._upstream = Upstream(sockets, tls=tls, resolve=resolve)

    async def fetch(
        self, request: OutboundRequest, *, deadline_seconds: float, max_body_bytes: int = 1_000_000
    ) -> OutboundResponse:
        """The whole answer, whatever its status, redirects included. Raises OutboundError.

        `deadline_seconds` covers everything, from the name to the last byte.
        """
        deadlines = Deadlines(
            # Half, so that a slow connect is reported as what it is: provably not sent.
            connect_seconds=min(_LONGEST_CONNECT_SECONDS, deadline_seconds / 2),
            idle_seconds=deadline_seconds,
            total_seconds=deadline_seconds,
        )
        async with await self._upstream.open(_uncompressed(request), deadlines) as stream:
            body = await _bounded_body(stream, max_body_bytes)
            return OutboundResponse(stream.status, _readable(stream.headers), body)

    def stream(self, request: OutboundRequest, *, deadlines: Deadlines = _DEFAULT_DEADLINES) -> "_Opening":
        """`async with outbound.stream(request) as stream:` enters when the head of the answer is there."""
        return _Opening(self._upstream, request, deadlines)

    async def open(
        self, request: OutboundRequest, *, deadlines: Deadlines = _DEFAULT_DEADLINES
    ) -> OutboundStream:
        """As `stream`, for a caller who closes the stream on its own."""
        return await self._upstream.open(request, deadlines)

    async def close(self) -> None:
        """Close every connection."""
        await self._upstream.close()


class _Opening:
    __slots__ = ("_deadlines", "_request", "_stream", "_upstream")

    def __init__(self, upstream: Upstream, request: OutboundRequest, deadlines: Deadlines) -> None:
        self._upstream = upstream
        self._request = request
        self._deadlines = deadlines
        self._stream: OutboundStream | None = None

    async def __aenter__(self) -> OutboundStream:
        self._stream = await self._upstream.open(self._request, self._deadlines)
        return self._stream

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()


def _uncompressed(request: OutboundRequest) -> OutboundRequest:
    if any(name.lower() == "accept-encoding" for name, _ in request.headers):
        return request
    # Bodies are not decompressed here, so a caller who says nothing must get a plain one.
    headers = (*request.headers, ("Accept-Encoding", "identity"))
    return OutboundRequest(request.method, request.url, headers, request.body)


async def _bounded_body(stream: OutboundStream, max_body_bytes: int) -> bytes:
    parts: list[bytes] = []
    size_bytes = 0
    while chunk := await stream.read():
        size_bytes += len(chunk)
        if size_bytes > max_body_bytes:
            raise ResponseTooLarge(f"The answer is larger than {max_body_bytes} bytes.")
        parts.append(chunk)
    return b"".join(parts)


def _readable(headers: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)
