"""One request over a pooled connection, its answer as a stream; the seam to exchange the HTTP client at.

Everything else in the service meets the network through `Upstream.open`; only this module and `sockets` know
aiohttp.
"""

import ssl
from collections.abc import AsyncIterator
from functools import lru_cache
from types import TracebackType
from typing import Final, Self

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict

from counterfoil.outbound.errors import (
    AddressRefused,
    ConnectFailed,
    ConnectionBroken,
    OutboundError,
    OutboundTimeout,
    TlsFailed,
)
from counterfoil.outbound.messages import Deadlines, OutboundRequest
from counterfoil.outbound.sockets import PolicedSockets, RefusedAddress
from counterfoil.outbound.targets import read_target

# A larger buffer means fewer wake-ups per megabyte; the peer is paused at twice this.
_READ_BUFFER_BYTES: Final = 256 * 1024
_KEEP_IDLE_SECONDS: Final = 30.0
_MOST_CONNECTIONS: Final = 1000
_MOST_CONNECTIONS_PER_HOST: Final = 256
_LONGEST_HEADER_LINE_BYTES: Final = 16_384


class OutboundStream:
    """An answer whose head has arrived. Leaving its `async with` block early abandons the rest.

    Attributes:
        status: 200 to 599.
        headers: Names and values as they came, in order, repeated ones kept, hop-by-hop ones included.
    """

    __slots__ = ("_host", "_response", "headers", "status")

    def __init__(self, response: ClientResponse, host: str) -> None:
        self.status = response.status
        self.headers: tuple[tuple[bytes, bytes], ...] = response.raw_headers
        self._response = response
        self._host = host

    async def read(self) -> bytes:
        """The next piece, as large as has arrived; empty at the end.

        Raises ConnectionBroken if the answer ends before it is complete, OutboundTimeout at a deadline.
        """
        try:
            return await self._response.content.readany()
        except (ClientError, OSError) as error:
            raise _translated(error, self._host, answered=True) from error

    @property
    def at_end(self) -> bool:
        """Whether all of the answer has been read. May be False although only the end is left."""
        return self._response.content.at_eof()

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """The pieces in order; the same errors as `read`."""
        return self._pieces()

    async def _pieces(self) -> AsyncIterator[bytes]:
        while chunk := await self.read():
            yield chunk

    def close(self) -> None:
        """Give the connection back if the answer was read to its end, else cut it."""
        self._response.close()

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
        resolver: AbstractResolver | None = None,
    ) -> None:
        connector = TCPConnector(
            socket_factory=sockets,
            resolver=resolver,
            ssl=tls if tls is not None else True,
            limit=_MOST_CONNECTIONS,
            limit_per_host=_MOST_CONNECTIONS_PER_HOST,
            keepalive_timeout=_KEEP_IDLE_SECONDS,
        )
        self._session = ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            headers={"User-Agent": "counterfoil"},
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type"),
            auto_decompress=False,
            trust_env=False,
            read_bufsize=_READ_BUFFER_BYTES,
            max_line_size=_LONGEST_HEADER_LINE_BYTES,
            max_field_size=_LONGEST_HEADER_LINE_BYTES,
        )

    async def open(self, request: OutboundRequest, deadlines: Deadlines) -> OutboundStream:
        """Send `request` and wait for the head of the answer. The caller closes the stream.

        An idempotent request (RFC 9110 section 9.2.2) whose kept-alive connection turns out to have been
        closed is sent once more on a fresh one (RFC 9112 section 9.3.1). Raises OutboundError.
        """
        target = read_target(request.url)
        host = target.raw_host or ""
        try:
            response = await self._session.request(
                request.method,
                target,
                headers=CIMultiDict(request.headers),
                data=request.body,
                allow_redirects=False,
                timeout=_timeout(deadlines),
            )
        except (ClientError, OSError) as error:
            raise _translated(error, host, answered=False) from error
        if response.status < 200:
            response.close()
            raise ConnectionBroken(f"{host} switched protocols without being asked.", sent=True)
        return OutboundStream(response, host)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()


@lru_cache(maxsize=64)
def _timeout(deadlines: Deadlines) -> ClientTimeout:
    return ClientTimeout(
        total=deadlines.total_seconds, connect=deadlines.connect_seconds, sock_read=deadlines.idle_seconds
    )


def _translated(error: ClientError | OSError, host: str, *, answered: bool) -> OutboundError:
    if isinstance(error, ConnectionTimeoutError):
        return OutboundTimeout(f"{host} could not be connected to in time.", sent=False)
    if isinstance(error, TimeoutError):
        return OutboundTimeout(f"{host} did not answer in time.", sent=answered or None)
    if isinstance(error, ClientConnectorCertificateError):
        return TlsFailed(f"{host} has no valid certificate for that name.")
    if isinstance(error, ClientConnectorSSLError):
        return TlsFailed(f"The TLS handshake with {host} failed.")
    if isinstance(error, ClientConnectorError) and isinstance(error.os_error, RefusedAddress):
        return AddressRefused(
            f"{host} is at an address that is not public; an operator can let it through by its range."
        )
    if isinstance(error, ClientConnectorError):
        return ConnectFailed(f"{host} could not be connected to.")
    if answered:
        return ConnectionBroken(f"{host} cut its answer off.", sent=True)
    return ConnectionBroken(f"The connection to {host} broke before an answer came.", sent=None)
