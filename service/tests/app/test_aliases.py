"""Paths of older clients lead to today's, and nothing else is led anywhere."""

from collections.abc import Mapping

import pytest
from service.tests.web.asgi import call
from starlette.types import Message, Receive, Scope, Send

from counterfoil.app.aliases import Aliases


async def _seen(method: str, target: str, headers: Mapping[str, str] | None = None) -> str:
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        seen.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    await call(Aliases(app), method, target, headers=headers)
    [scope] = seen
    query = scope["query_string"].decode()
    assert scope["raw_path"].decode() == scope["path"]
    return f"{scope['path']}?{query}" if query else scope["path"]


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/connection", "/connections"),
        ("POST", "/connection", "/connections"),
        ("GET", "/connection/c1?provider_config_key=a", "/connections/c1?provider_config_key=a"),
        ("GET", "/connection/a/b", "/connections/a/b"),
        ("DELETE", "/connection/c1", "/connections/c1"),
        ("POST", "/connection/metadata", "/connections/metadata"),
        ("PATCH", "/connection/metadata", "/connections/metadata"),
        ("GET", "/v1/connection/c1", "/connections/c1"),
        ("GET", "/v1/connections", "/connections"),
        ("POST", "/v1/connect/sessions", "/connect/sessions"),
    ],
)
async def test_older_paths_lead_to_todays(method: str, target: str, expected: str) -> None:
    assert await _seen(method, target) == expected


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/connections/c1"),
        ("GET", "/connect/session"),
        ("GET", "/"),
        ("GET", "/v1"),
        ("GET", "/v1x/connections"),
        ("GET", "/connectionless"),
        # A route of its own.
        ("POST", "/connection/c1/metadata"),
        ("PATCH", "/connection/c1/metadata"),
    ],
)
async def test_other_paths_stay(method: str, target: str) -> None:
    assert await _seen(method, target) == target


async def test_the_header_names_the_integration_where_the_query_does_not() -> None:
    header = {"Provider-Config-Key": "a b&c"}
    assert await _seen("GET", "/connection/c1", header) == "/connections/c1?provider_config_key=a%20b%26c"
    assert await _seen("GET", "/connection/c1?force_refresh=true", header) == (
        "/connections/c1?force_refresh=true&provider_config_key=a%20b%26c"
    )
    named = "/connection/c1?provider_config_key=x"
    assert await _seen("GET", named, header) == "/connections/c1?provider_config_key=x"
    assert await _seen("GET", "/connection", header) == "/connections"
    assert await _seen("GET", "/connections/c1", header) == "/connections/c1"
    assert await _seen("POST", "/connection/metadata", header) == "/connections/metadata"


async def test_what_is_percent_encoded_stays_so() -> None:
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/connection/ä b",
        "raw_path": b"/connection/%C3%A4%20b",
        "query_string": b"",
        "headers": [],
    }
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        return None

    await Aliases(app)(scope, receive, send)
    [led] = seen
    assert (led["path"], led["raw_path"]) == ("/connections/ä b", b"/connections/%C3%A4%20b")
