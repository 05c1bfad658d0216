"""The application as a server runs it: what is in front, what every answer has, how it starts and ends."""

import pytest
from service.tests.app.serving import PUBLIC_URL, lifespan, started
from service.tests.web.asgi import call

from counterfoil.app import Application, Foundation, assembled
from counterfoil.settings import Settings
from counterfoil.vault import MasterKey
from counterfoil.vault.errors import WrongMasterKey


async def test_it_serves_the_api_the_page_and_the_proxy(settings: Settings, ground: Foundation) -> None:
    async with started(settings, ground) as application:
        health = await call(application, "GET", "/health")
        page = await call(application, "GET", "/connect/")
        embed = await call(application, "GET", "/embed.js")
        proxy = await call(application, "GET", "/proxy/v1/objects")

    assert (health.status, health.json()) == (200, {"result": "ok"})
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert embed.status == 200
    assert (proxy.status, proxy.error_code) == (401, "missing_auth_header")


@pytest.mark.parametrize("path", ["/proxies", "/nothing", "/connect/session/more", "/docs", "/redoc"])
async def test_a_path_that_leads_nowhere_is_told_in_the_one_shape(
    settings: Settings, ground: Foundation, path: str
) -> None:
    async with started(settings, ground) as application:
        answer = await call(application, "GET", path)

    assert (answer.status, answer.error_code) == (404, "not_found")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]


async def test_a_method_that_a_path_does_not_know(settings: Settings, ground: Foundation) -> None:
    async with started(settings, ground) as application:
        answer = await call(application, "PUT", "/health")

    assert (answer.status, answer.error_code) == (405, "method_not_allowed")


async def test_answers_are_closed_by_default_and_the_page_brings_its_own_policy(
    settings: Settings, ground: Foundation
) -> None:
    async with started(settings, ground) as application:
        api = await call(application, "GET", "/health")
        page = await call(application, "GET", "/connect/")

    assert api.headers["x-frame-options"] == "DENY"
    assert "x-frame-options" not in page.headers
    assert "script-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("public_url", "is_demanded"), [(PUBLIC_URL, True), ("http://127.0.0.1:3003", False)]
)
async def test_https_is_demanded_where_browsers_use_it(
    settings: Settings, ground: Foundation, public_url: str, is_demanded: bool
) -> None:
    async with started(settings, ground, public_url=public_url) as application:
        answer = await call(application, "GET", "/health")

    assert ("strict-transport-security" in answer.headers) == is_demanded


async def test_with_its_worker_it_starts_and_ends_too(settings: Settings, ground: Foundation) -> None:
    async with started(settings, ground, with_worker=True) as application:
        assert (await call(application, "GET", "/ready")).status == 200


async def test_a_start_that_fails_is_told_with_its_reason(settings: Settings, ground: Foundation) -> None:
    async with assembled(settings, ground):
        pass
    other = Foundation(ground.database_url, MasterKey(b"another master key of 32 bytes!!"))
    application = Application(settings, other, public_url=PUBLIC_URL, with_worker=False)

    async with lifespan(application) as answer:
        assert answer == "lifespan.startup.failed"

    assert isinstance(application.failure, WrongMasterKey)
