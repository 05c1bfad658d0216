"""An HTTPS proxy (RFC 9110, section 9.3.6) whose tunnels end in the sandbox, for Sage's host names only.

What a client sends through its tunnel is TLS for `api.intacct.com`; the proxy is that host, takes the TLS off
and passes the bytes on. Requests are not read, changed or kept.
"""

import asyncio
import re
from collections.abc import Coroutine
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from intacct_sandbox.front.certificates import Identity

NAMES: Final = ("intacct.com", "*.intacct.com")

_CONNECT: Final = re.compile(rb"CONNECT ([a-z0-9.-]+):443 HTTP/1\.[01]", re.ASCII | re.IGNORECASE)
_CHUNK_BYTES: Final = 65_536
_LARGEST_HEAD_BYTES: Final = 8_192
_HEAD_SECONDS: Final = 15
_OPEN: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED: Final = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    b"This proxy leads to an Intacct sandbox: it takes CONNECT for host names of intacct.com, port 443.\n"
)


class Tunnels:
    """The proxy, from `start` to `close`."""

    def __init__(self, sandbox_url: str, identity: Identity) -> None:
        parts = urlsplit(sandbox_url)
        self._host = parts.hostname or ""
        self._port = parts.port or 80
        self._identity = identity
        self._servers: list[asyncio.Server] = []
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen, and tell the port.

        Args:
            host: The address.
            port: 0 takes a free one.

        Raises:
            OSError: It can't listen there.
        """
        return self._listening(await asyncio.start_server(self._serve, host, port, limit=_LARGEST_HEAD_BYTES))

    async def start_tls(self, host: str, port: int) -> int:
        """Be Sage's host without a proxy before it, for clients whose name resolution leads here.

        Args:
            host: The address.
            port: 0 takes a free one.

        Raises:
            OSError: It can't listen there.
        """
        return self._listening(
            await asyncio.start_server(self._serve_tls, host, port, ssl=self._identity.context)
        )

    def _listening(self, server: asyncio.Server) -> int:
        self._servers.append(server)
        taken: int = server.sockets[0].getsockname()[1]
        return taken

    async def close(self) -> None:
        """Stop listening, and end the tunnels."""
        for server in self._servers:
            server.close()
        for task in tuple(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._kept(self._tunnel(reader, writer), writer)

    async def _serve_tls(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._kept(self._lead(reader, writer), writer)

    async def _kept(self, serving: Coroutine[None, None, None], writer: asyncio.StreamWriter) -> None:
        """One connection, ended with the front."""
        task = asyncio.current_task()
        if task is not None:
            self._serving.add(task)
        try:
            # Whatever a client or the sandbox does to its connection ends this tunnel and no other.
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
                await serving
        finally:
            writer.close()
            if task is not None:
                self._serving.discard(task)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_SECONDS)
        if not _leads_to_sage(head):
            writer.write(_REFUSED)
            await writer.drain()
            return
        writer.write(_OPEN)
        await writer.drain()
        await writer.start_tls(self._identity.context)
        await self._lead(reader, writer)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(self._host, self._port)
        try:
            # TLS knows no half-closed connection: where one side ends, the tunnel ends.
            await _either(_pass_on(reader, there_writer), _pass_on(there_reader, writer))
        finally:
            there_writer.close()


def _leads_to_sage(head: bytes) -> bool:
    match = _CONNECT.fullmatch(head.split(b"\r\n", 1)[0])
    if match is None:
        return False
    name = match[1].decode().lower().rstrip(".")
    return name == NAMES[0] or name.endswith(f".{NAMES[0]}")


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while chunk := await source.read(_CHUNK_BYTES):
        target.write(chunk)
        await target.drain()


async def _either(*directions: Coroutine[None, None, None]) -> None:
    """Until one of them is over; the other one is ended."""
    tasks = [asyncio.ensure_future(one) for one in directions]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for failure in ended:
        if isinstance(failure, Exception):
            raise failure
