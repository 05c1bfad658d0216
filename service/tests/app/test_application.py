"""The application as a server runs it: what is in front, what every answer has, how it starts and ends."""

from collections.abc import Iterable

import pytest
from service.tests.app.serving import PUBLIC_URL, lifespan, settings_of, started
from service.tests.web.asgi import Answer, call

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


async def test_every_answer_says_how_much_is_left(settings: Settings, ground: Foundation) -> None:
    async with assembled(settings, ground) as parts:
        _record, key = await parts.api_keys.create("dev", "test")
    bearer = {"Authorization": f"Bearer {key.reveal()}"}
    async with started(settings, ground) as application:
        nobody = [
            await call(application, "GET", path) for path in ("/health", "/connect/", "/proxy/v1", "/x")
        ]
        known = await call(application, "GET", "/integrations", headers=bearer)
        proxied = await call(application, "GET", "/proxy/v1", headers=bearer)

    assert [answer.headers["x-ratelimit-limit"] for answer in nobody] == ["60"] * 4
    assert (known.status, known.headers["x-ratelimit-remaining"]) == (200, "5999")
    assert (proxied.status, proxied.headers["x-ratelimit-remaining"]) == (400, "5998")


async def test_a_limit_is_one_for_all_processes(postgres_url: str, ground: Foundation) -> None:
    settings = settings_of(postgres_url, rate_limit=10)
    async with assembled(settings, ground) as parts:
        _record, key = await parts.api_keys.create("dev", "test")
    bearer = {"Authorization": f"Bearer {key.reveal()}"}
    async with started(settings, ground) as first, started(settings, ground) as second:
        answers = await _in_one_minute((application, bearer) for application in (first, second) * 20)

    # Counted apart for a moment at most: each alone would have answered ten.
    statuses = [answer.status for answer in answers]
    assert 10 <= statuses.count(200) < 20
    assert set(statuses) == {200, 429}


async def test_an_address_that_guesses_is_refused_and_others_are_not(
    postgres_url: str, ground: Foundation
) -> None:
    settings = settings_of(postgres_url, failed_authentication_limit=5, trusted_proxies="192.0.2.0/24")
    async with assembled(settings, ground) as parts:
        _record, key = await parts.api_keys.create("dev", "test")
    good = {"Authorization": f"Bearer {key.reveal()}", "X-Forwarded-For": "198.51.100.7"}
    wrong = {"Authorization": f"Bearer {key.reveal()[:-1]}g", "X-Forwarded-For": "203.0.113.9"}
    async with started(settings, ground) as application:
        guesses = await _in_one_minute((application, wrong) for _ in range(8))
        owner = await call(application, "GET", "/integrations", headers=good)

    assert [answer.status for answer in guesses] == [401] * 5 + [429] * 3
    assert owner.status == 200


async def _in_one_minute(calls: Iterable[tuple[Application, dict[str, str]]]) -> list[Answer]:
    """The answers to these calls, begun again if the clock's minute ended between two of them."""
    asked = list(calls)
    while True:
        answers = [await call(one, "GET", "/integrations", headers=headers) for one, headers in asked]
        if len({answer.headers["x-ratelimit-reset"] for answer in answers}) == 1:
            return answers
