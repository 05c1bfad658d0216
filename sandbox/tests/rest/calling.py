"""Calls the REST API's routes as a client would, and reads the whole answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True, slots=True)
class Response:
    """A response: status, headers in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def rows(self) -> list[dict[str, Any]]:
        assert self.status == 200, self.body
        rows: list[dict[str, Any]] = self.json()["ia::result"]
        return rows

    @property
    def error(self) -> dict[str, Any]:
        """The error in the nested envelope."""
        body = self.json()
        assert body["ia::meta"] == {"totalCount": 1, "totalSuccess": 0, "totalError": 1}
        error: dict[str, Any] = body["ia::result"]["ia::error"]
        return error

    @property
    def details(self) -> str:
        return " ".join(str(detail["message"]) for detail in self.error["details"])


async def send(
    app: ASGIApp, method: str, target: str, headers: Mapping[str, str], body: bytes, chunk_bytes: int = 65536
) -> Response:
    """One request; the body arrives in chunks."""
    path, _, query = target.partition("?")
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 4711),
        "server": ("127.0.0.1", 8089),
    }
    chunks = [body[at : at + chunk_bytes] for at in range(0, len(body), chunk_bytes)] or [b""]
    sent: list[Message] = []

    async def receive() -> Message:
        if not chunks:
            return {"type": "http.disconnect"}
        chunk = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def collect(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, collect)
    start = next(message for message in sent if message["type"] == "http.response.start")
    content = b"".join(
        message.get("body", b"") for message in sent if message["type"] == "http.response.body"
    )
    names = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Response(start["status"], names, content)
