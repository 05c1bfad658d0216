"""An API on loopback that operators could connect: a token endpoint, and paths that want credentials.

`/me` and whatever else lies below `/v1` answer with the headers they were asked with, but only to who is in
`known`: a header's name in lower case and its value. A module of tests' support, without any test.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl


@dataclass
class ApiServer:
    """The server; made by `api_server()`.

    Attributes:
        origin: Where it is.
        known: The header that lets one in; None lets everybody in.
        client: Identifier and secret that the token endpoint knows.
        asked: Method and path of every request, in order.
        forms: The parameters of every token request.
    """

    origin: str = ""
    known: tuple[str, str] | None = None
    client: tuple[str, str] = ("client-7", "client-secret")
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    _issued: int = 0

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request_line, *lines = head.rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        method, path, _version = request_line.split(" ")
        self.asked.append(f"{method} {path}")
        status, answer = self._token(body) if path == "/token" else self._api(headers)
        content = json.dumps(answer).encode()
        framing = f"HTTP/1.1 {status} Told\r\nContent-Type: application/json\r\nConnection: close\r\n"
        writer.write(f"{framing}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        await writer.drain()
        writer.close()

    def _token(self, body: bytes) -> tuple[int, dict[str, object]]:
        form = dict(parse_qsl(body.decode()))
        self.forms.append(form)
        if (form.get("client_id"), form.get("client_secret")) != self.client:
            return 401, {"error": "invalid_client"}
        self._issued += 1
        self.known = ("authorization", f"Bearer token-{self._issued}")
        return 200, {"access_token": f"token-{self._issued}", "token_type": "Bearer", "expires_in": 3600}

    def _api(self, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
        if self.known is not None and headers.get(self.known[0]) != self.known[1]:
            return 401, {"message": "Who are you?"}
        return 200, {"headers": headers}


@asynccontextmanager
async def api_server() -> AsyncIterator[ApiServer]:
    """A server on a free port of 127.0.0.1."""
    api = ApiServer()
    listener = await asyncio.start_server(api.accept, "127.0.0.1", 0)
    api.origin = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener:
        yield api
