import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from intacct_sandbox.front import NAMES, Identity, Tunnels, make_identity

OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return make_identity(NAMES, tmp_path_factory.mktemp("front"))


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(b"heard " + line)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def fronted(identity: Identity) -> AsyncIterator[int]:
    """The port of a front whose sandbox repeats what it hears."""
    sandbox = await asyncio.start_server(_echo, "127.0.0.1", 0)
    tunnels = Tunnels(f"http://127.0.0.1:{sandbox.sockets[0].getsockname()[1]}", identity)
    try:
        yield await tunnels.start("127.0.0.1", 0)
    finally:
        await tunnels.close()
        sandbox.close()


async def ask(port: int, head: bytes) -> tuple[bytes, asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    return await reader.readuntil(b"\r\n\r\n"), reader, writer


@pytest.mark.parametrize("name", ["api.intacct.com", "intacct.com", "WWW-P02.Intacct.Com"])
async def test_a_name_of_sages_leads_to_the_sandbox(identity: Identity, name: str) -> None:
    async with fronted(identity) as port:
        answer, reader, writer = await ask(port, f"CONNECT {name}:443 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert answer == OPEN
        trusting = ssl.create_default_context(cafile=str(identity.authority))
        await writer.start_tls(trusting, server_hostname=name)
        # Larger than every buffer on the way.
        for line in (b"hello\n", b"x" * 60_000 + b"\n"):
            writer.write(line)
            await writer.drain()
            assert await reader.readexactly(len(line) + 6) == b"heard " + line
        writer.close()


async def test_without_a_proxy_it_is_the_host_itself(identity: Identity) -> None:
    sandbox = await asyncio.start_server(_echo, "127.0.0.1", 0)
    tunnels = Tunnels(f"http://127.0.0.1:{sandbox.sockets[0].getsockname()[1]}", identity)
    port = await tunnels.start_tls("127.0.0.1", 0)
    trusting = ssl.create_default_context(cafile=str(identity.authority))
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=trusting, server_hostname="api.intacct.com"
    )
    writer.write(b"hello\n")
    assert await reader.readline() == b"heard hello\n"
    writer.close()
    await tunnels.close()
    sandbox.close()


@pytest.mark.parametrize(
    "request_line",
    [
        "CONNECT api.intacct.com.evil.example:443 HTTP/1.1",
        "CONNECT evilintacct.com:443 HTTP/1.1",
        "CONNECT api.intacct.com:22 HTTP/1.1",
        "CONNECT example.com:443 HTTP/1.1",
        "GET http://api.intacct.com/ HTTP/1.1",
    ],
)
async def test_it_leads_nowhere_else(identity: Identity, request_line: str) -> None:
    async with fronted(identity) as port:
        answer, reader, writer = await ask(port, f"{request_line}\r\nHost: x\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert b"sandbox" in await reader.read()
        writer.close()


@pytest.mark.parametrize("head", [b"x" * 20_000, b"CONNECT", b"\x16\x03\x01"])
async def test_what_is_no_request_ends_alone(identity: Identity, head: bytes) -> None:
    async with fronted(identity) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        writer.write_eof()
        try:
            assert await reader.read() == b""
        except ConnectionError:
            pass
        writer.close()
        answer, _, second = await ask(port, b"CONNECT api.intacct.com:443 HTTP/1.1\r\n\r\n")
        assert answer == OPEN
        second.close()


async def test_closing_ends_what_is_open(identity: Identity) -> None:
    async with fronted(identity) as port:
        _, reader, writer = await ask(port, b"CONNECT api.intacct.com:443 HTTP/1.1\r\n\r\n")
        await writer.start_tls(
            ssl.create_default_context(cafile=str(identity.authority)), server_hostname="api.intacct.com"
        )
    assert await reader.read() == b""
    writer.close()
