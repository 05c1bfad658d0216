"""Raw bytes against the real server: what may not reach an application, what is slow, how it stops."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

from counterfoil.web.limits import Limits
from counterfoil.web.server import Server

GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a.example\r\n"


@dataclass
class Echo:
    """An application that reads the whole body; `seen` is every request that got through to it."""

    seen: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    disconnected: int = 0

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        assert scope["type"] == "http"
        await self._http(scope, receive, send)

    async def _http(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        body = b""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                self.disconnected += 1
                return
            body += message["body"]
            if not message["more_body"]:
                break
        self.seen.append((scope["method"], scope["raw_path"], body))
        if scope["path"] == "/wait":
            self.entered.set()
            await self.release.wait()
        answer = b"x" * 50_000_000 if scope["path"] == "/large" else json.dumps(len(body)).encode()
        headers = [(b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": False})
        await send({"type": "http.response.body", "body": answer, "more_body": False})


@dataclass
class Running:
    app: Echo
    port: int
    server: Server
    served: "asyncio.Task[None]"

    async def say(self, raw: bytes) -> bytes:
        """Send `raw`, then read until the server closes."""
        reader, writer = await self.connect()
        writer.write(raw)
        try:
            return await asyncio.wait_for(reader.read(), 10)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)


@asynccontextmanager
async def running(limits: Limits) -> AsyncIterator[Running]:
    app = Echo()
    origin: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = Server(app, "127.0.0.1", 0, origin.set_result, limits)
    served = asyncio.create_task(server.serve())
    url = await origin
    try:
        yield Running(app, int(url.rpartition(":")[2]), server, served)
    finally:
        app.release.set()
        server.stop()
        await served


@pytest.fixture
async def bounded() -> AsyncIterator[Running]:
    async with running(Limits()) as server:
        yield server


REFUSED: list[tuple[str, bytes, int]] = [
    (
        "length and transfer coding",
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "transfer coding and length",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("identity, chunked", POST + b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", 400),
    ("gzip, chunked", POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
    ("chunked, chunked", POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
    ("xchunked", POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    ("identity", POST + b"Transfer-Encoding: identity\r\n\r\n", 400),
    ("chunked, identity", POST + b"Transfer-Encoding: chunked, identity\r\n\r\n", 400),
    (
        "two transfer codings",
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("quoted chunked", POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n', 400),
    ("vertical tab in the coding", POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", 400),
    (
        "chunked over 1.0",
        b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("two equal lengths", POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
    ("two different lengths", POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    ("list of lengths", POST + b"Content-Length: 3, 3\r\n\r\nabc", 400),
    ("signed length", POST + b"Content-Length: +3\r\n\r\nabc", 400),
    ("negative length", POST + b"Content-Length: -3\r\n\r\nabc", 400),
    ("hexadecimal length", POST + b"Content-Length: 0x3\r\n\r\nabc", 400),
    ("length with an underscore", POST + b"Content-Length: 1_0\r\n\r\n0123456789", 400),
    ("empty length", POST + b"Content-Length: \r\n\r\n", 400),
    ("enormous length", POST + b"Content-Length: 99999999999999999999999\r\n\r\n", 400),
    ("length in two spellings", POST + b"Content-Length: 3\r\nContent_Length: 5\r\n\r\nabc", 400),
    ("folded header", GET + b"X: a\r\n b\r\n\r\n", 400),
    ("folded first header", b"GET / HTTP/1.1\r\n Host: a.example\r\n\r\n", 400),
    ("bare line feeds", b"GET / HTTP/1.1\nHost: a.example\n\n", 400),
    ("one bare line feed", GET + b"X: a\nY: b\r\n\r\n", 400),
    ("bare carriage return", GET + b"X: a\rY: b\r\n\r\n", 400),
    ("NUL in a value", GET + b"X: a\x00b\r\n\r\n", 400),
    ("NUL in a name", GET + b"X\x00: a\r\n\r\n", 400),
    ("control character in a value", GET + b"X: a\x01b\r\n\r\n", 400),
    ("DEL in a value", GET + b"X: a\x7fb\r\n\r\n", 400),
    ("space before the colon", GET + b"Content-Length : 3\r\n\r\n", 400),
    ("tab before the colon", GET + b"X\t: 3\r\n\r\n", 400),
    ("no name", GET + b": 3\r\n\r\n", 400),
    ("no colon", GET + b"nonsense\r\n\r\n", 400),
    ("at sign in a name", GET + b"X@Y: 3\r\n\r\n", 400),
    ("latin-1 in a name", GET + b"X\xe9: 3\r\n\r\n", 400),
    ("both _ and -", GET + b"X_A: 1\r\nX-A: 2\r\n\r\n", 400),
    ("both _ and - in another case", GET + b"Connection_Id: 1\r\nconnection-id: 2\r\n\r\n", 400),
    ("no host", b"GET / HTTP/1.1\r\n\r\n", 400),
    ("no host over 1.0", b"GET / HTTP/1.0\r\n\r\n", 400),
    ("two hosts", GET + b"Host: b.example\r\n\r\n", 400),
    ("two equal hosts", GET + b"Host: a.example\r\n\r\n", 400),
    ("empty host", b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
    ("host with a path", b"GET / HTTP/1.1\r\nHost: a/b?c#d\r\n\r\n", 400),
    ("host with a user", b"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
    ("host with a space", b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    ("list of hosts", b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
    ("host with a wrong port", b"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400),
    ("host with a long port", b"GET / HTTP/1.1\r\nHost: a:123456\r\n\r\n", 400),
    ("two authorizations", GET + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", 400),
    ("two content types", GET + b"Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n", 400),
    ("TRACE", b"TRACE / HTTP/1.1\r\nHost: a.example\r\n\r\n", 405),
    ("CONNECT", b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n", 405),
    ("unknown method", b"BREW / HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
    ("lower-case method", b"get / HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
    ("absolute target", b"GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
    ("asterisk", b"OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
    ("target without a slash", b"GET a HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
    ("fragment", b"GET /a#b HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
    ("space in the target", b"GET /a b HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
    ("latin-1 in the target", b"GET /\xe9 HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
    ("control character in the target", b"GET /\x01 HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
    ("no version", b"GET /\r\n\r\n", 505),
    ("version 0.9", b"GET / HTTP/0.9\r\nHost: a.example\r\n\r\n", 505),
    ("version 2.0", b"GET / HTTP/2.0\r\nHost: a.example\r\n\r\n", 505),
    ("version 1.2", b"GET / HTTP/1.2\r\nHost: a.example\r\n\r\n", 400),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ("other protocol", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ("unknown expectation", POST + b"Content-Length: 1\r\nExpect: 200-ok\r\n\r\na", 417),
    ("chunk size ended by a line feed", POST + b"Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400),
    ("wrong end of a chunk", POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcXX0\r\n\r\n", 400),
    ("chunk size that is none", POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", 400),
    ("signed chunk size", POST + b"Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n", 400),
    ("chunk size 0x3", POST + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 400),
    ("overflowing chunk size", POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400),
    ("101 headers", GET + b"".join(b"X-%d: a\r\n" % n for n in range(100)) + b"\r\n", 431),
    ("1000 headers", GET + b"".join(b"X-%d: a\r\n" % n for n in range(1000)) + b"\r\n", 431),
    ("one header of 33 kB", GET + b"X: " + b"a" * 33_000 + b"\r\n\r\n", 431),
    ("one header of 1 MB", GET + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n", 431),
    ("a header without an end", GET + b"X: " + b"a" * 400_000, 431),
    ("40 headers of 1 kB", GET + (b"X: " + b"a" * 1000 + b"\r\n") * 40 + b"\r\n", 431),
    ("a target of 17 kB", b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: a.example\r\n\r\n", 414),
    ("a target without an end", b"GET /" + b"a" * 400_000, 414),
    (
        "a trailer without an end",
        POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"a" * 400_000,
        431,
    ),
    (
        "a chunk extension without an end",
        POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 400_000,
        431,
    ),
]


@pytest.mark.parametrize(
    ("raw", "status"), [(raw, status) for _, raw, status in REFUSED], ids=[c[0] for c in REFUSED]
)
async def test_an_odd_request_is_answered_with_an_error_and_reaches_nobody(
    bounded: Running, raw: bytes, status: int
) -> None:
    answer = await bounded.say(raw + b"GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"connection: close" in head
    assert json.loads(body)["error"]["code"]
    assert bounded.app.seen == []


ACCEPTED: list[tuple[str, bytes, tuple[str, bytes, bytes]]] = [
    ("GET", GET + b"\r\n", ("GET", b"/", b"")),
    ("over 1.0", b"GET / HTTP/1.0\r\nHost: a\r\n\r\n", ("GET", b"/", b"")),
    ("empty line first", b"\r\n" + GET + b"\r\n", ("GET", b"/", b"")),
    ("length", POST + b"Content-Length: 3\r\n\r\nabc", ("POST", b"/", b"abc")),
    ("length with blanks", POST + b"Content-Length: \t 3 \t\r\n\r\nabc", ("POST", b"/", b"abc")),
    ("chunked", POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", ("POST", b"/", b"abc")),
    ("Chunked", POST + b"Transfer-Encoding: Chunked \r\n\r\n3\r\nabc\r\n0\r\n\r\n", ("POST", b"/", b"abc")),
    (
        "trailers",
        POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\nHost: b\r\n\r\n",
        ("POST", b"/", b"abc"),
    ),
    ("IPv6 host", b"GET / HTTP/1.1\r\nHost: [::1]:3003\r\n\r\n", ("GET", b"/", b"")),
    ("underscore alone", GET + b"X_A: 1\r\n\r\n", ("GET", b"/", b"")),
    ("repeated header", GET + b"X: 1\r\nX: 2\r\n\r\n", ("GET", b"/", b"")),
    ("traversal", b"GET /a/%2e%2e/..//b HTTP/1.1\r\nHost: a\r\n\r\n", ("GET", b"/a/%2e%2e/..//b", b"")),
    ("PROPFIND", b"PROPFIND /x HTTP/1.1\r\nHost: a\r\n\r\n", ("PROPFIND", b"/x", b"")),
    ("REPORT", b"REPORT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na", ("REPORT", b"/x", b"a")),
    ("99 headers more", GET + b"".join(b"X-%d: a\r\n" % n for n in range(99)) + b"\r\n", ("GET", b"/", b"")),
    ("30 kB of headers", GET + b"X: " + b"a" * 30_000 + b"\r\n\r\n", ("GET", b"/", b"")),
    ("UTF-8 in a value", GET + "X: é\r\n\r\n".encode(), ("GET", b"/", b"")),
    (
        "offer of another protocol",
        GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        ("GET", b"/", b""),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "seen"), [(raw, seen) for _, raw, seen in ACCEPTED], ids=[c[0] for c in ACCEPTED]
)
async def test_a_sound_request_gets_through_once(
    bounded: Running, raw: bytes, seen: tuple[str, bytes, bytes]
) -> None:
    reader, writer = await bounded.connect()
    writer.write(raw)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    writer.close()
    assert bounded.app.seen == [seen]


async def test_pipelined_requests_are_answered_in_order(bounded: Running) -> None:
    raw = POST + b"Content-Length: 3\r\n\r\nabc" + GET + b"Connection: close\r\n\r\n"
    answer = await bounded.say(raw)
    assert answer.count(b"HTTP/1.1 200 ") == 2
    assert [method for method, _, _ in bounded.app.seen] == ["POST", "GET"]


async def test_garbage_after_a_request_does_not_disturb_its_answer(bounded: Running) -> None:
    reader, writer = await bounded.connect()
    writer.write(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGARBAGE\r\n\r\n")
    await bounded.app.entered.wait()
    bounded.app.release.set()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.count(b"HTTP/1.1") == 1
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n0")


async def test_a_body_that_turns_bad_ends_the_request(bounded: Running) -> None:
    reader, writer = await bounded.connect()
    writer.write(POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.write(b"zz\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
    await until(lambda: bounded.app.disconnected == 1)
    writer.close()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 -- the condition is the server's own state
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", b""),
        (b"\r\n", b""),
        (b"GET / HT", b"HTTP/1.1 408 "),
        (GET, b"HTTP/1.1 408 "),
        (GET + b"X: half", b"HTTP/1.1 408 "),
        (POST + b"Content-Length: 5\r\n\r\nab", b"HTTP/1.1 408 "),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", b"HTTP/1.1 408 "),
    ],
    ids=["silent", "empty line", "half line", "half head", "half header", "half body", "half chunk"],
)
async def test_a_slow_client_is_closed_by_a_deadline(raw: bytes, status: bytes) -> None:
    async with running(Limits(head_seconds=0.2, body_window_seconds=0.1)) as server:
        answer = await server.say(raw)
    assert answer.startswith(status)
    assert bool(answer) is bool(status)


async def test_a_slow_second_request_is_closed_by_a_deadline() -> None:
    async with running(Limits(head_seconds=0.2)) as server:
        answer = await server.say(GET + b"\r\nGET /")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answer


async def test_empty_lines_do_not_keep_a_connection() -> None:
    async with running(Limits(head_seconds=0.3)) as server:
        reader, writer = await server.connect()
        writer.write(GET + b"\r\n")
        await reader.readuntil(b"\r\n\r\n0")

        async def drip() -> None:
            while True:
                writer.write(b"\r\n")
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        assert await asyncio.wait_for(reader.read(), 10) == b""
        dripping.cancel()
        writer.close()


async def test_a_waiting_kept_alive_connection_is_not_hurried() -> None:
    async with running(Limits(head_seconds=0.1)) as server:
        reader, writer = await server.connect()
        writer.write(GET + b"\r\n")
        await reader.readuntil(b"\r\n\r\n0")
        await asyncio.sleep(0.4)
        writer.write(GET + b"\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_a_steady_body_is_not_hurried() -> None:
    async with running(Limits(body_window_seconds=0.1, body_window_bytes=10)) as server:
        reader, writer = await server.connect()
        writer.write(POST + b"Content-Length: 1000\r\n\r\n")
        for _ in range(10):
            writer.write(b"x" * 100)
            await asyncio.sleep(0.05)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_a_client_that_does_not_read_is_cut_off() -> None:
    async with running(Limits(stall_seconds=0.2)) as server:
        reader, writer = await server.connect()
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        await until(lambda: server.app.seen)
        await until(lambda: not server.server.server_state.connections)
        writer.transport.abort()


async def test_connections_beyond_the_limit_get_503() -> None:
    async with running(Limits(connections=2)) as server:
        _, waiting = await server.connect()
        waiting.write(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        await server.app.entered.wait()
        assert (await server.say(GET + b"\r\n")).startswith(b"HTTP/1.1 503 ")
        waiting.close()


async def test_stopping_finishes_what_is_under_way_and_accepts_nothing_new() -> None:
    async with running(Limits()) as server:
        reader, writer = await server.connect()
        writer.write(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        await server.app.entered.wait()
        server.server.stop()
        await until(lambda: not server.server.servers[0].is_serving())
        with pytest.raises(OSError, match=r".*"):
            await server.connect()
        server.app.release.set()
        answer = await asyncio.wait_for(reader.read(), 10)
        assert answer.startswith(b"HTTP/1.1 200 ")
        writer.close()
        await server.served


async def test_a_second_stop_forces_the_end() -> None:
    async with running(Limits()) as server:
        _, writer = await server.connect()
        writer.write(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        await server.app.entered.wait()
        server.server.stop()
        server.server.stop()
        await asyncio.wait_for(server.served, 10)
        server.app.release.set()
        writer.close()


async def test_no_version_is_told_and_every_answer_has_a_date(bounded: Running) -> None:
    head = (await bounded.say(GET + b"Connection: close\r\n\r\n")).partition(b"\r\n\r\n")[0].lower()
    assert b"\r\nserver:" not in head
    assert b"\r\ndate:" in head
