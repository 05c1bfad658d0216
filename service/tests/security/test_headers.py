"""What stands on every answer, whatever it is and whoever asks: no route forgets a header."""

import pytest
from service.tests.security.conftest import Whole
from service.tests.security.routes import PROXY, ROUTES, Route

NOTHING_ALLOWED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
ON_EVERY_ANSWER = {
    "content-security-policy": NOTHING_ALLOWED,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "access-control-allow-origin": "*",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}
TELLING = ("server", "x-powered-by", "via", "set-cookie", "access-control-allow-credentials")


@pytest.mark.parametrize("is_known", [False, True], ids=["nobody", "with a key"])
async def test_every_answer_of_the_api_has_them(whole: Whole, is_known: bool) -> None:
    headers = {"Authorization": f"Bearer {await whole.key('dev')}"} if is_known else {}
    for route in ROUTES:
        answer = await whole.ask(route.method, route.target(), headers)
        found = {name: answer.headers.get(name) for name in ON_EVERY_ANSWER}
        assert found == ON_EVERY_ANSWER, f"{route.method} {route.path}"
        assert [name for name in TELLING if name in answer.headers] == [], f"{route.method} {route.path}"
        assert answer.headers["x-request-id"]


@pytest.mark.parametrize("route", PROXY, ids=lambda route: f"{route.method} {route.path}")
async def test_the_proxys_own_answers_can_do_nothing_in_a_browser(whole: Whole, route: Route) -> None:
    answer = await whole.ask(route.method, route.target())
    assert answer.status == 401
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert [name for name in TELLING if name in answer.headers] == []


@pytest.mark.parametrize(
    "target",
    ["/", "/connect/", "/connect/?window=popup", "/oauth/callback", "/oauth/callback?state=x&error=y"],
)
async def test_pages_have_stricter_policies_than_a_browsers_default(whole: Whole, target: str) -> None:
    answer = await whole.ask("GET", target, {"Content-Type": ""})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "base-uri 'none'" in policy
    assert "frame-ancestors" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("target", ["/", "/connect/", "/connect/?window=popup"])
@pytest.mark.parametrize("referer", ["", "https://evil.example/"])
async def test_the_page_is_parted_from_whoever_opened_it(whole: Whole, target: str, referer: str) -> None:
    answer = await whole.ask("GET", target, {"Referer": referer})
    assert answer.headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
