"""What every response carries, and who may read it from another origin."""

import pytest
from service.tests.doubles import PredictableIds, SettableClock
from service.tests.web.asgi import call
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from counterfoil.web import Kit, request_id


async def _plain(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(request_id())(scope, receive, send)


async def _page(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {
        "Content-Security-Policy": "default-src 'self'; frame-ancestors https://app.example.com",
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
        "Cache-Control": "public",
    }
    await PlainTextResponse("page", headers=headers)(scope, receive, send)


def _kit(app: ASGIApp, *, hsts: bool = False) -> Kit:
    return Kit(app, clock=SettableClock(), ids=PredictableIds(), hsts=hsts)


async def test_every_response_is_closed_by_default() -> None:
    headers = (await call(_kit(_plain), "GET", "/")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "strict-transport-security" not in headers


async def test_a_page_that_states_its_own_policy_keeps_it() -> None:
    headers = (await call(_kit(_page), "GET", "/")).headers
    assert headers["content-security-policy"].endswith("frame-ancestors https://app.example.com")
    assert "x-frame-options" not in headers
    assert headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    assert headers["cache-control"] == "public"


async def test_https_is_demanded_where_the_service_is_reached_by_it() -> None:
    headers = (await call(_kit(_plain, hsts=True), "GET", "/")).headers
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_each_request_has_an_id_of_its_own() -> None:
    kit = _kit(_plain)
    first, second = await call(kit, "GET", "/"), await call(kit, "GET", "/")
    assert first.body.decode() == first.headers["x-request-id"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert request_id() == ""


async def test_any_origin_may_read_and_none_with_credentials() -> None:
    origin = {"Origin": "https://app.example.com"}
    headers = (await call(_kit(_plain), "GET", "/", headers=origin)).headers
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    assert "X-Nango-Signature" in headers["access-control-expose-headers"]


@pytest.mark.parametrize("path", ["/connect/session", "/nowhere"])
async def test_a_preflight_is_answered_on_every_path(path: str) -> None:
    asked = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "DELETE"}
    answer = await call(_kit(_plain), "OPTIONS", path, headers=asked)
    assert answer.status == 204
    assert answer.headers["access-control-max-age"] == "600"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, PUT, PATCH, POST, DELETE"
    assert "Connection-Id" in answer.headers["access-control-allow-headers"]


async def test_a_fault_after_the_response_began_ends_the_connection() -> None:
    async def broken(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("late")

    with pytest.raises(RuntimeError, match="late"):
        await call(_kit(broken), "GET", "/")


async def test_a_fault_after_a_whole_response_is_only_logged() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("whole")(scope, receive, send)
        raise RuntimeError("late")

    assert (await call(_kit(broken), "GET", "/")).body == b"whole"


async def test_what_is_not_http_passes_through() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: object) -> dict[str, object]:
        return {}

    await _kit(app)({"type": "lifespan"}, nothing, nothing)  # type: ignore[arg-type]
    assert seen == ["lifespan"]


async def test_the_scope_is_the_applications_own() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(Request(scope).url.path)(scope, receive, send)

    assert (await call(_kit(echo), "GET", "/a/b")).body == b"/a/b"
