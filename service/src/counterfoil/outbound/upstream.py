"""One request over a pooled connection, its answer as a stream; the seam to exchange the HTTP client at.

Everything else in the service meets the network through `Upstream.open`.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final, Self

from counterfoil.outbound.connection import Gone, HttpConnection, Unsound
from counterfoil.outbound.errors import (
    AddressRefused,
    ConnectFailed,
    ConnectionBroken,
    OutboundTimeout,
    TlsFailed,
)
from counterfoil.outbound.messages import Deadlines, OutboundRequest
from counterfoil.outbound.pool import Pool, Resolve
from counterfoil.outbound.sockets import PolicedSockets, RefusedAddress
from counterfoil.outbound.targets import Origin, place_and_path

_IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
_EXPECTING_A_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


class OutboundStream:
    """An answer whose head has arrived. Leaving its `async with` block early abandons the rest.

    Attributes:
        status: 200 to 599.
        headers: Names and values as they came, in order, repeated ones kept, hop-by-hop ones included.
    """

    __slots__ = ("_connection", "_host", "_idle_seconds", "_origin", "_pool", "_until", "headers", "status")

    def __init__(
        self, pool: Pool, origin: Origin, connection: HttpConnection, idle_seconds: float, until: float
    ) -> None:
        self.status = connection.status
        self.headers: tuple[tuple[bytes, bytes], ...] = connection.headers
        self._pool = pool
        self._origin = origin
        self._connection: HttpConnection | None = connection
        self._host = origin.host
        self._idle_seconds = idle_seconds
        self._until = until

    async def read(self) -> bytes:
        """The next piece, as large as has arrived; empty at the end.

        Raises ConnectionBroken if the answer ends before it is complete, OutboundTimeout at a deadline.
        """
        if self._connection is None:
            return b""
        try:
            return await self._connection.read(self._idle_seconds, self._until)
        except TimeoutError as error:
            raise OutboundTimeout(f"{self._host} did not answer in time.", sent=True) from error
        except (Gone, Unsound) as error:
            raise ConnectionBroken(f"{self._host} cut its answer off.", sent=True) from error

    @property
    def at_end(self) -> bool:
        """Whether all of the answer has been read. May be False although only the end is left."""
        return self._connection is None or self._connection.at_end

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """The pieces in order; the same errors as `read`."""
        return self._in_pieces()

    async def _in_pieces(self) -> AsyncIterator[bytes]:
        while chunk := await self.read():
            yield chunk

    def close(self) -> None:
        """Give the connection back if the answer was read to its end, else cut it."""
        if self._connection is not None:
            self._pool.give_back(self._origin, self._connection)
            self._connection = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Upstream:
    """A pool of connections to everywhere the policy permits. Made inside a running event loop."""

    def __init__(
        self,
        sockets: PolicedSockets,
        *,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._pool = Pool(sockets, tls=tls, resolve=resolve)

    async def open(self, request: OutboundRequest, deadlines: Deadlines) -> OutboundStream:
        """Send `request` and wait for the head of the answer. The caller closes the stream.

        An idempotent request (RFC 9110 section 9.2.2) whose kept-alive connection turns out to have been
        closed is sent once more on a fresh one (RFC 9112 section 9.3.1). Raises OutboundError.
        """
        (origin, host_field), path = place_and_path(request.url)
        head, body = _written(request, host_field, path)
        until = self._loop.time() + deadlines.total_seconds
        connection = self._pool.kept(origin)
        if connection is not None:
            try:
                return await self._exchange(origin, connection, request.method, head, body, deadlines, until)
            except _Unheard as unheard:
                if not _is_repeatable(request):
                    raise _broken(origin) from unheard
        connection = await self._connected(origin, deadlines)
        try:
            return await self._exchange(origin, connection, request.method, head, body, deadlines, until)
        except _Unheard as unheard:
            raise _broken(origin) from unheard

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def _connected(self, origin: Origin, deadlines: Deadlines) -> HttpConnection:
        """A connection that nothing was said over yet."""
        host = origin.host
        try:
            async with asyncio.timeout(deadlines.connect_seconds):
                return await self._pool.connect(origin)
        except TimeoutError as error:
            raise OutboundTimeout(f"{host} could not be connected to in time.", sent=False) from error
        except RefusedAddress as error:
            raise AddressRefused(
                f"{host} is at an address that is not public; an operator can let it through by its range."
            ) from error
        except ssl.SSLCertVerificationError as error:
            raise TlsFailed(f"{host} has no valid certificate for that name.") from error
        except ssl.SSLError as error:
            raise TlsFailed(f"The TLS handshake with {host} failed.") from error
        # uvloop raises RuntimeError for some of what asyncio raises as OSError.
        except (OSError, RuntimeError) as error:
            raise ConnectFailed(f"{host} could not be connected to.") from error

    async def _exchange(
        self,
        origin: Origin,
        connection: HttpConnection,
        method: str,
        head: bytes,
        body: bytes | AsyncIterator[bytes] | None,
        deadlines: Deadlines,
        until: float,
    ) -> OutboundStream:
        """Ask over a connection that was taken. Raises _Unheard where it ended before anything came."""
        try:
            connection.ask(head, body, is_head=method == "HEAD")
            await connection.head(deadlines.idle_seconds, until)
        except BaseException as error:
            self._pool.drop(origin, connection)
            if isinstance(error, TimeoutError):
                raise OutboundTimeout(f"{origin.host} did not answer in time.", sent=None) from error
            if isinstance(error, Gone) and not error.answered:
                raise _Unheard from error
            if isinstance(error, Gone | Unsound):
                raise _broken(origin) from error
            raise
        return OutboundStream(self._pool, origin, connection, deadlines.idle_seconds, until)


class _Unheard(Exception):
    """The connection ended before anything of an answer came."""


def _broken(origin: Origin) -> ConnectionBroken:
    return ConnectionBroken(f"The connection to {origin.host} broke before an answer came.", sent=None)


def _is_repeatable(request: OutboundRequest) -> bool:
    return request.method in _IDEMPOTENT and (request.body is None or isinstance(request.body, bytes))


def _written(
    request: OutboundRequest, host_field: str, path: str
) -> tuple[bytes, bytes | AsyncIterator[bytes] | None]:
    """The head as it goes out, and the body as it goes out behind it."""
    names = {name.lower() for name, _ in request.headers}
    lines = [f"{request.method} {path} HTTP/1.1"]
    if "host" not in names:
        lines.append(f"Host: {host_field}")
    lines += [f"{name}: {value}" for name, value in request.headers]
    if "user-agent" not in names:
        lines.append("User-Agent: counterfoil")
    body = request.body
    if isinstance(body, bytes):
        lines.append(f"Content-Length: {len(body)}")
    elif body is None and request.method in _EXPECTING_A_BODY:
        lines.append("Content-Length: 0")
    elif body is not None and "content-length" not in names:
        lines.append("Transfer-Encoding: chunked")
        body = _chunked(body)
    head = "\r\n".join(lines)
    # One line each, whatever a header holds: else it could say something of its own.
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1 or "\0" in head:
        raise ValueError("a header holds a line break or a NUL")
    return f"{head}\r\n\r\n".encode(), body


async def _chunked(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for piece in body:
        if piece:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"
