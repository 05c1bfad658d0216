"""A provider on loopback: a real socket, a token endpoint that follows a script, and an oracle's log.

It speaks just enough HTTP and Sage Intacct for tokens: the grants client_credentials, authorization_code and
refresh_token, the session ID service as proof, and `/ia/api/…` that wants a valid token. What it should do
next is said by `script`; when that is empty it answers properly. A module of tests' support, without any
test.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from urllib.parse import parse_qsl

_TOKEN_PATH = "/ia/api/v1/oauth2/token"
_SESSION_PATH = "/ia/api/v1/services/core/session/id"


class Rotation(Enum):
    """What becomes of a refresh token that was used."""

    LENIENT = auto()
    """It stays good."""

    STRICT = auto()
    """It is spent; using it again revokes everything that ever came of its grant (RFC 9700 section 4.14)."""


class Fault(Enum):
    """What to do instead of answering a token request."""

    CUT = auto()
    """Close the connection; the request was not processed."""

    ISSUE_AND_CUT = auto()
    """Process the request, then close the connection without a word."""

    HANG = auto()
    """Process the request and never answer."""


@dataclass(frozen=True)
class Reply:
    """An answer as scripted, instead of the proper one; nothing is issued."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


def refused(code: str = "invalid_grant", status: int = 401) -> Reply:
    """A refusal as the authorization server words it."""
    body = {"error": code, "error_description": "The provided credentials are invalid"}
    return Reply(status, json.dumps(body).encode())


@dataclass
class TokenCall:
    """One token request that arrived, and what became of it."""

    parameters: dict[str, str]
    status: int | None = None
    access_token: str | None = None

    @property
    def grant_type(self) -> str:
        return self.parameters["grant_type"]


@dataclass
class _Grant:
    """What comes of one authorization: all its tokens stand and fall together."""

    alive: bool = True
    access_tokens: list[str] = field(default_factory=list)


class ProviderServer:
    """The server; made by `provider_server()`."""

    def __init__(self) -> None:
        self.origin = ""
        self.rotation = Rotation.LENIENT
        self.expires_in: int | None = 43_200
        self.access_token: str | None = None
        self.script: deque[Reply | Fault] = deque()
        self.calls: list[TokenCall] = []
        self.api_statuses: list[int] = []
        self._gates: deque[asyncio.Event] = deque()
        self.refuses_every_token = False
        self._arrived = asyncio.Condition()
        self._valid: dict[str, _Grant] = {}
        self._refresh_tokens: dict[str, _Grant] = {}
        self._spent: dict[str, _Grant] = {}
        self._codes: dict[str, _Grant] = {}
        self._issued = 0
        self.listener: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    def hold_next(self) -> asyncio.Event:
        """The next token request is processed and its answer held back until the event is set."""
        gate = asyncio.Event()
        self._gates.append(gate)
        return gate

    @asynccontextmanager
    async def unreachable(self) -> AsyncIterator[None]:
        """Nobody listens, as long as this lasts."""
        assert self.listener is not None
        port = int(self.origin.rsplit(":", 1)[1])
        self.listener.close()
        await self.listener.wait_closed()
        yield
        self.listener = await asyncio.start_server(self.accept, "127.0.0.1", port)

    async def received(self, count: int) -> None:
        """Wait until so many token requests have arrived."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.calls) >= count)

    def end_all_tokens(self) -> None:
        """As if every access token had expired; refresh tokens stay good."""
        self._valid.clear()

    def issue_elsewhere(self) -> dict[str, str]:
        """The tokens of a new grant, which nobody here has asked for."""
        self._issued += 1
        issued = {"access_token": f"access-{self._issued}", "refresh_token": f"refresh-{self._issued}"}
        grant = _Grant(access_tokens=[issued["access_token"]])
        self._valid[issued["access_token"]] = self._refresh_tokens[issued["refresh_token"]] = grant
        return issued

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A task for each connection, so that `close` can end those that hang."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def close(self) -> None:
        """Stop listening and cut everything that is open."""
        assert self.listener is not None
        self.listener.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self.listener.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            request_line, *lines = head.rstrip().split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            _method, path, _version = request_line.split(" ")
            reply = await self._reply(path, headers, body)
            if reply is not None:
                writer.write(_written(reply))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _reply(self, path: str, headers: dict[str, str], body: bytes) -> Reply | None:
        if path == _TOKEN_PATH:
            return await self._token(dict(parse_qsl(body.decode())))
        token = headers.get("authorization", "").removeprefix("Bearer ")
        is_good = token in self._valid and (path == _SESSION_PATH or not self.refuses_every_token)
        self.api_statuses.append(200 if is_good else 401)
        if not is_good:
            return Reply(401, b'{"ia::error":{"code":"GW-0040","message":"Expired token"}}')
        return Reply(200, b'{"ia::result":{"sessionId":"session","expiresIn":21600}}')

    async def _token(self, parameters: dict[str, str]) -> Reply | None:
        call = TokenCall(parameters)
        # Scripted in the order of arrival, however long each answer then takes.
        scripted = self.script.popleft() if self.script else None
        gate = self._gates.popleft() if self._gates else None
        async with self._arrived:
            self.calls.append(call)
            self._arrived.notify_all()
        reply = scripted if isinstance(scripted, Reply) else None
        if reply is None and scripted is not Fault.CUT:
            reply = self._granted(call)
        if gate is not None:
            await gate.wait()
        if scripted is Fault.HANG:
            await asyncio.Event().wait()
        if isinstance(scripted, Fault):
            return None
        if reply is not None:
            call.status = reply.status
        return reply

    def _granted(self, call: TokenCall) -> Reply:
        grant = self._grant(call.parameters)
        if grant is None:
            return refused()
        self._issued += 1
        call.access_token = self.access_token or f"access-{self._issued}"
        refresh_token = f"refresh-{self._issued}"
        grant.access_tokens.append(call.access_token)
        self._valid[call.access_token] = grant
        self._refresh_tokens[refresh_token] = grant
        answer: dict[str, object] = {
            "token_type": "Bearer",
            "access_token": call.access_token,
            "refresh_token": refresh_token,
        }
        if self.expires_in is not None:
            answer["expires_in"] = self.expires_in
        return Reply(200, json.dumps(answer).encode())

    def _grant(self, parameters: dict[str, str]) -> _Grant | None:
        if parameters["grant_type"] == "client_credentials":
            return _Grant()
        if parameters["grant_type"] == "authorization_code":
            return self._redeemed(parameters["code"])
        used = parameters["refresh_token"]
        if used in self._spent:
            self._revoke(self._spent[used])
            return None
        grant = self._refresh_tokens.get(used)
        if grant is None or not grant.alive:
            return None
        if self.rotation is Rotation.STRICT:
            self._spent[used] = self._refresh_tokens.pop(used)
        return grant

    def _redeemed(self, code: str) -> _Grant | None:
        """Every code is good once; a second time ends what came of it (RFC 6749 section 4.1.2)."""
        if code in self._codes:
            self._revoke(self._codes[code])
            return None
        self._codes[code] = _Grant()
        return self._codes[code]

    def _revoke(self, grant: _Grant) -> None:
        grant.alive = False
        for token in grant.access_tokens:
            self._valid.pop(token, None)


@asynccontextmanager
async def provider_server() -> AsyncIterator[ProviderServer]:
    """A server on a free port of 127.0.0.1."""
    provider = ProviderServer()
    provider.listener = await asyncio.start_server(provider.accept, "127.0.0.1", 0)
    provider.origin = f"http://127.0.0.1:{provider.listener.sockets[0].getsockname()[1]}"
    try:
        yield provider
    finally:
        await provider.close()


def _written(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} Scripted", f"Content-Length: {len(reply.body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + reply.body
