"""A provider on loopback that misbehaves as told: token endpoint, proof of a token, and scripted API answers.

Every request that arrives is kept as it came. An API path is answered by the handler set for it, else with
what was asked, as JSON; always only to a valid token.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_TOKEN_PATH = "/ia/api/v1/oauth2/token"
_SESSION_PATH = "/ia/api/v1/services/core/session/id"
REFUSED = b'{"ia::error":{"code":"GW-0040","message":"Expired token"}}'


@dataclass
class Arrived:
    """One request, and the connection it came over."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    body: bytearray = field(default_factory=bytearray)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    async def read_body(self) -> bytes:
        """All of it; raises IncompleteReadError if the sender stops before."""
        if self.header("transfer-encoding") == "chunked":
            while size := int((await self.reader.readuntil(b"\r\n")).strip(), 16):
                self.body += await self.reader.readexactly(size)
                await self.reader.readexactly(2)
            await self.reader.readexactly(2)
        else:
            self.body += await self.reader.readexactly(int(self.header("content-length") or "0"))
        return bytes(self.body)

    async def answer(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()


Handler = Callable[[Arrived], Awaitable[None]]


def whole(body: bytes = b"", *, status: int = 200, headers: tuple[str, ...] = ()) -> Handler:
    """A handler that reads the whole request and gives this answer."""
    lines = [f"HTTP/1.1 {status} As Told", *headers]
    if status not in (204, 304) and not any(line.lower().startswith("content-length") for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    raw = "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    async def handle(request: Arrived) -> None:
        await request.read_body()
        await request.answer(raw)

    return handle


def in_turn(*handlers: Handler) -> Handler:
    """A handler that is another one each time; the last stays."""
    left = list(handlers)

    async def handle(request: Arrived) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(request)

    return handle


class Upstream:
    """The server; made by `upstream()`."""

    def __init__(self) -> None:
        self.origin = ""
        self.requests: list[Arrived] = []
        self.tokens_issued = 0
        self.valid: set[str] = set()
        self.refuses_every_token = False
        self.handlers: dict[str, Handler] = {}
        self.arrived = asyncio.Condition()
        self._open: set[asyncio.Task[None]] = set()

    def end_all_tokens(self) -> None:
        self.valid.clear()

    async def received(self, count: int) -> Arrived:
        """Wait until so many API requests have arrived; the last of them."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.requests) >= count)
        return self.requests[count - 1]

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def close(self) -> None:
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                request_line, *lines = head.rstrip("\r\n").split("\r\n")
                method, target, _version = request_line.split(" ")
                headers = [
                    (name, value.strip()) for name, _, value in (line.partition(":") for line in lines)
                ]
                await self._answer(Arrived(method, target, headers, reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, request: Arrived) -> None:
        path = request.target.partition("?")[0]
        if path == _TOKEN_PATH:
            await self._issue(request)
            return
        token = (request.header("authorization") or "").removeprefix("Bearer ")
        if path == _SESSION_PATH:
            await whole(b'{"ia::result":{"sessionId":"session","expiresIn":21600}}')(request)
            return
        async with self.arrived:
            self.requests.append(request)
            self.arrived.notify_all()
        if token not in self.valid or self.refuses_every_token:
            await whole(REFUSED, status=401, headers=("Content-Type: application/json",))(request)
            return
        try:
            await self.handlers.get(path, _echo)(request)
        except (ConnectionError, asyncio.IncompleteReadError):
            request.hung_up.set()
            raise

    async def _issue(self, request: Arrived) -> None:
        self.tokens_issued += 1
        token = f"access-{self.tokens_issued}"
        self.valid.add(token)
        answer = {"token_type": "Bearer", "access_token": token, "expires_in": 43_200}
        await whole(json.dumps(answer).encode(), headers=("Content-Type: application/json",))(request)


async def _echo(request: Arrived) -> None:
    body = await request.read_body()
    told = {"method": request.method, "target": request.target, "body": body.decode("latin-1")}
    await request.answer(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        % (len(json.dumps(told)), json.dumps(told).encode() if request.method != "HEAD" else b"")
    )


@asynccontextmanager
async def upstream() -> AsyncIterator[Upstream]:
    """A server on a free port of 127.0.0.1."""
    server = Upstream()
    listener = await asyncio.start_server(server.accept, "127.0.0.1", 0)
    server.origin = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        await server.close()
        await listener.wait_closed()
