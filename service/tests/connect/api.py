"""The connect endpoints over a real database and a provider on loopback, called as a page would call them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import FastAPI
from service.tests.connections.service_process import Process
from service.tests.doubles import PredictableIds
from service.tests.web.asgi import Answer, call
from starlette.types import Message, Scope

from counterfoil.access import ApiKeys, ConnectSessions, Environments
from counterfoil.connect.routes import router
from counterfoil.vault import Secret
from counterfoil.web import install

PUBLIC_URL = "https://connect.example.com/books"


@dataclass(frozen=True)
class ConnectApi:
    """The endpoints and a caller of them, who holds an API key."""

    app: FastAPI
    service: Process
    environments: Environments
    api_keys: ApiKeys
    token: Secret

    async def __call__(self, method: str, target: str, body: object = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token.reveal()}", "Content-Type": "application/json"}
        return await call(self.app, method, target, headers=headers, body=_content(body))

    async def page(self, **told: Any) -> "ConnectApi":
        """The same with a new connect session's token, as a page has it."""
        answer = await self("POST", "/connect/sessions", {"end_user": {"id": "u1"}, **told})
        assert answer.status == 201, answer.body
        return self.holding(answer.json()["data"]["token"])

    async def reconnecting_page(self, connection_id: str) -> "ConnectApi":
        """The same with the token of a session that renews a connection."""
        body = {"connection_id": connection_id, "integration_id": "intacct"}
        answer = await self("POST", "/connect/sessions/reconnect", body)
        assert answer.status == 201, answer.body
        return self.holding(answer.json()["data"]["token"])

    def holding(self, token: str) -> "ConnectApi":
        """The same with this token."""
        return replace(self, token=Secret(token))

    def submission(self, values: object, *, attempt: str = "1" * 32, integration: str = "intacct") -> "Lines":
        """A form on its way; iterate over the lines of the answer."""
        body = {"integration": integration, "attempt": attempt, "values": values}
        headers = {"Authorization": f"Bearer {self.token.reveal()}", "Content-Type": "application/json"}
        return Lines(self.app, "/connect/submission", headers, _content(body))

    async def submit(
        self, values: object, *, attempt: str = "1" * 32, integration: str = "intacct"
    ) -> list[dict[str, Any]]:
        """All lines of a submission's answer."""
        async with self.submission(values, attempt=attempt, integration=integration).begun() as lines:
            return [line async for line in lines]


@dataclass
class Lines:
    """A request whose answer arrives line by line; leaving early is a browser that goes away."""

    app: FastAPI
    path: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    media_type: str = ""
    _arrived: "asyncio.Queue[bytes | None]" = field(default_factory=asyncio.Queue)
    _gone: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def begun(self) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """Send the request; the browser is gone when the block ends."""
        task = asyncio.create_task(self._run())
        try:
            yield self._lines()
        finally:
            self._gone.set()
            await task

    async def _lines(self) -> AsyncIterator[dict[str, Any]]:
        while (chunk := await self._arrived.get()) is not None:
            for line in chunk.splitlines():
                yield json.loads(line)

    async def _run(self) -> None:
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in self.headers.items()],
            "client": ("192.0.2.1", 4711),
            "server": ("127.0.0.1", 3003),
        }
        requests: list[Message] = [{"type": "http.request", "body": self.body, "more_body": False}]

        async def receive() -> Message:
            if requests:
                return requests.pop()
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.media_type = dict(message["headers"])[b"content-type"].decode()
            elif message.get("body"):
                self._arrived.put_nowait(message["body"])

        try:
            await self.app(scope, receive, send)
        finally:
            self._arrived.put_nowait(None)


async def connect_api(service: Process) -> ConnectApi:
    """The endpoints of a process, with a key that may do everything."""
    ids = PredictableIds("connect")
    environments = Environments(service.database, service.clock, ids)
    api_keys = ApiKeys(service.database, b"p" * 32, service.clock, ids)
    app = FastAPI()
    install(app)
    app.include_router(
        router(
            public_url=PUBLIC_URL,
            environments=environments,
            api_keys=api_keys,
            sessions=ConnectSessions(service.database, service.clock, ids),
            integrations=service.integrations,
            connections=service.connections,
            authorization=service.authorization,
            clock=service.clock,
        )
    )
    _record, token = await api_keys.create("dev", "all")
    return ConnectApi(app, service, environments, api_keys, token)


def _content(body: object) -> bytes:
    return b"" if body is None else json.dumps(body).encode()
