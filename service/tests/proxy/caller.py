"""A caller of the proxy over a real socket, byte by byte, as the fault tests need it."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A response; `complete` if its body ended as its framing says."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    complete: bool

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error_code(self) -> str:
        return str(self.json()["error"]["code"])


@dataclass
class Open:
    """A connection with a request under way."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def head(self) -> tuple[int, dict[str, str]]:
        raw = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *lines = raw.rstrip("\r\n").split("\r\n")
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            key = name.lower()
            headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
        return int(status_line.split(" ")[1]), headers

    async def answer(self, *, method: str = "GET") -> Answer:
        status, headers = await self.head()
        if method == "HEAD" or status in (204, 304):
            return Answer(status, headers, b"", complete=True)
        body, complete = await self._body(headers)
        return Answer(status, headers, body, complete)

    async def _body(self, headers: Mapping[str, str]) -> tuple[bytes, bool]:
        body = bytearray()
        try:
            if headers.get("transfer-encoding") != "chunked":
                return await self.reader.readexactly(int(headers["content-length"])), True
            while size := int((await self.reader.readuntil(b"\r\n")).strip(), 16):
                body += await self.reader.readexactly(size)
                await self.reader.readexactly(2)
            await self.reader.readexactly(2)
        except (asyncio.IncompleteReadError, ConnectionError) as cut:
            rest = cut.partial if isinstance(cut, asyncio.IncompleteReadError) else b""
            return bytes(body) + rest, False
        return bytes(body), True

    def hang_up(self) -> None:
        self.writer.close()


@dataclass(frozen=True)
class Caller:
    """Calls the service at a port with a key, for one connection."""

    port: int
    headers: Mapping[str, str]

    async def open(self, method: str, target: str, headers: Mapping[str, str | None] | None = None) -> Open:
        """Send the head; headers that are None are left out."""
        named = {"Host": "proxy.example", **self.headers, **(headers or {})}
        lines = [
            f"{method} {target} HTTP/1.1",
            *(f"{name}: {value}" for name, value in named.items() if value is not None),
        ]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write("\r\n".join([*lines, "", ""]).encode())
        return Open(reader, writer)

    async def __call__(
        self, method: str, target: str, headers: Mapping[str, str | None] | None = None, body: bytes = b""
    ) -> Answer:
        """One request on a connection of its own, and the whole answer."""
        length = {"Content-Length": str(len(body))} if body else {}
        under_way = await self.open(method, target, {**length, **(headers or {})})
        try:
            under_way.writer.write(body)
            return await under_way.answer(method=method)
        finally:
            under_way.hang_up()
            await under_way.writer.wait_closed()
