"""The window's routes, as a browser calls them: where it is sent, what it is given, what it is told."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from fastapi import FastAPI
from service.tests.connect.api import PUBLIC_URL, ConnectApi, connect_api
from service.tests.connections.provider_server import ProviderServer, provider_server
from service.tests.connections.service_process import add_integration, process
from service.tests.doubles import SettableClock
from service.tests.web.asgi import Answer, call

from counterfoil.access import Environment
from counterfoil.connections import Outcome
from counterfoil.db import Database
from counterfoil.ids import SystemIds
from counterfoil.integrations import NewIntegration
from counterfoil.vault import MasterKey, Secret
from counterfoil.web import Kit

KEY = "books"
CLIENT = {"client_id": "client-7", "client_secret": "the-secret"}
WATCHER = "6" * 64


@dataclass(frozen=True)
class Window:
    """A browser's window, with the cookies that it was given; what it is at is the API's page."""

    api: ConnectApi
    cookies: str = ""

    async def open(self, target: str) -> Answer:
        headers = {"Cookie": self.cookies} if self.cookies else {}
        app = Kit(_app(self.api), clock=SettableClock(), ids=SystemIds(), hsts=True)
        return await call(app, "GET", target, headers=headers)

    async def leave(self, key: str = KEY, **query: str) -> "tuple[Window, str]":
        """Be sent to the provider; the window with its cookie, and the state."""
        told = {"connect_session_token": self.api.token.reveal(), "ws_client_id": WATCHER, **query}
        answer = await self.open(f"/oauth/connect/{key}?{urlencode(told)}")
        assert answer.status == 302, answer.body
        return _sent(self, answer)

    async def come_back(self, state: str, **parameters: str) -> Answer:
        return await self.open(f"/oauth/callback?{urlencode({'state': state, **parameters})}")

    async def outcome(self, watcher: str = WATCHER) -> Outcome | None:
        """What who waits is told."""
        return await self.api.service.authorization.redirections.outcomes.read(Secret(watcher))


def _app(api: ConnectApi) -> FastAPI:
    return api.app


def _sent(window: Window, answer: Answer) -> tuple[Window, str]:
    cookie = answer.headers["set-cookie"].partition(";")[0]
    state = parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]
    return replace(window, cookies=cookie), state


@pytest.fixture
async def provider() -> AsyncIterator[ProviderServer]:
    async with provider_server() as server:
        yield server


@pytest.fixture
async def window(
    database: Database, master_key: MasterKey, environment: Environment, provider: ProviderServer
) -> AsyncIterator[Window]:
    """A window of a product's page that holds a connect session."""
    async with process(database, master_key, environment, provider.origin) as service:
        await add_integration(service)
        new = NewIntegration(
            unique_key=KEY, provider="sage-intacct-oauth", display_name="My <b>books</b>", settings=CLIENT
        )
        await service.integrations.create(environment, new)
        await service.sql(
            "UPDATE environments SET allowed_origins = %s WHERE id = %s",
            json.dumps(["https://product.example"]),
            environment.id,
        )
        yield Window(await (await connect_api(service)).page())


def _told(answer: Answer) -> Any:
    """What the page's script tells."""
    found = re.search(rb'id="told">(.*?)</script>', answer.body)
    assert found is not None
    return json.loads(found[1])


async def test_a_window_is_sent_to_the_provider_with_a_cookie_of_its_own(window: Window) -> None:
    told = {"connect_session_token": window.api.token.reveal()}
    answer = await window.open(f"/oauth/connect/{KEY}?{urlencode(told)}")
    assert answer.status == 302
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["redirect_uri"] == [f"{PUBLIC_URL}/oauth/callback"]
    assert query["code_challenge_method"] == ["S256"]
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert re.fullmatch(r"__Host-counterfoil-[0-9a-f]{16}=[0-9a-f]{64}", name)
    assert query["state"][0] not in name
    assert {one.lower() for one in attributes} == {
        "httponly",
        "max-age=600",
        "path=/",
        "samesite=lax",
        "secure",
    }


async def test_the_window_keeps_its_opener_and_nobody_frames_it(window: Window) -> None:
    gone, state = await window.leave()
    for answer in (await gone.come_back(state, code="c"), await window.open("/oauth/callback")):
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cross-origin-opener-policy"] == "unsafe-none"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-credentials" not in answer.headers


async def test_success_is_said_in_the_window_and_to_who_waits(window: Window) -> None:
    gone, state = await window.leave()
    answer = await gone.come_back(state, code="the-code")
    assert answer.status == 200
    assert "My &lt;b&gt;books&lt;/b&gt;" in answer.body.decode()
    outcome = await window.outcome()
    assert outcome is not None
    assert outcome == {
        "message_type": "success",
        "provider_config_key": KEY,
        "connection_id": outcome["connection_id"],
        "is_pending": False,
    }
    assert _told(answer) == {
        "origins": ["https://product.example"],
        "message": {"type": "nango_oauth_callback_success"},
    }
    assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_no_token_code_or_state_is_in_a_page_or_an_outcome(
    window: Window, provider: ProviderServer
) -> None:
    provider.access_token = "the-access-token"
    gone, state = await window.leave()
    answer = await gone.come_back(state, code="the-code")
    seen = answer.body.decode() + json.dumps(answer.headers) + repr(await window.outcome())
    secrets = ("the-access-token", "refresh-1", "the-code", state, window.api.token.reveal(), "the-secret")
    assert not [secret for secret in secrets if secret in seen]


async def test_a_denial_is_said_with_what_to_do(window: Window) -> None:
    gone, state = await window.leave()
    answer = await gone.come_back(state, error="access_denied", error_description="<script>alert(1)</script>")
    page = answer.body.decode()
    assert answer.status == 400
    assert "<script>alert" not in page
    assert "Connect again and allow it" in page
    outcome = await window.outcome()
    assert outcome is not None
    assert (outcome["message_type"], outcome["error_type"]) == ("error", "callback_err")
    assert outcome["diagnosis"]["code"] == "access_denied"
    assert _told(answer)["message"]["payload"]["errorType"] == "callback_err"


@pytest.mark.parametrize("cookies", ["", "__Host-counterfoil-0000000000000000=0", "counterfoil=1"])
async def test_another_browser_is_refused_and_told_so(
    window: Window, provider: ProviderServer, cookies: str
) -> None:
    _gone, state = await window.leave()
    answer = await replace(window, cookies=cookies).come_back(state, code="c")
    assert answer.status == 400
    outcome = await window.outcome()
    assert outcome is not None
    assert outcome["error_type"] == "state_cookie_err"
    assert provider.calls == []


async def test_two_windows_at_a_time_do_not_mix(window: Window, provider: ProviderServer) -> None:
    first, first_state = await window.leave()
    second, second_state = await window.leave()
    both = replace(window, cookies=f"{first.cookies}; {second.cookies}")
    assert (await both.come_back(second_state, code="b")).status == 200
    assert (await both.come_back(first_state, code="a")).status == 200
    assert (await first.come_back(second_state, code="c")).status == 400
    assert len(provider.calls) == 2


@pytest.mark.parametrize(
    "target",
    [
        "/oauth/callback",
        "/oauth/callback?state=",
        "/oauth/callback?code=c&state=' OR 1=1",
        f"/oauth/callback?code=c&state={'0' * 64}",
        f"/oauth/callback?state={'0' * 64}&state={'1' * 64}",
        "/oauth/callback?state=%00",
        "/oauth/callback?state=%ff",
        "/oauth/start",
        "/oauth/start?ticket=x",
        f"/oauth/start?ticket={'0' * 64}",
    ],
)
async def test_an_address_that_leads_nowhere_is_a_page(window: Window, target: str) -> None:
    answer = await window.open(quote(target, safe="/?=&%"))
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("key", "query", "status", "error_type"),
    [
        ("nobody", {}, 404, "unknown_config_key"),
        ("intacct", {}, 400, "auth_mode_err"),
        (KEY, {"connection_id": "chosen"}, 400, "invalid_query_params"),
        (KEY, {"unknown": "x"}, 400, "invalid_query_params"),
        (KEY, {"credentials[password]": "x"}, 400, "invalid_query_params"),
        (KEY, {"connect_session_token": ""}, 401, "missing_auth_header"),
        (KEY, {"connect_session_token": "cf_dev_key"}, 401, "invalid_connect_session_token_format"),
        (
            KEY,
            {"connect_session_token": "nango_connect_session_" + "0" * 64},
            401,
            "unknown_connect_session_token",
        ),
    ],
)
async def test_whatever_is_refused_before_leaving_is_said_and_told(
    window: Window, key: str, query: dict[str, str], status: int, error_type: str
) -> None:
    told = {"connect_session_token": window.api.token.reveal(), "ws_client_id": WATCHER, **query}
    answer = await window.open(f"/oauth/connect/{key}?{urlencode(told)}")
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "set-cookie" not in answer.headers
    outcome = await window.outcome()
    assert outcome is not None
    assert (outcome["error_type"], bool(outcome["error_desc"])) == (error_type, True)


async def test_a_deleted_session_finishes_nothing(window: Window, provider: ProviderServer) -> None:
    gone, state = await window.leave()
    await window.api("DELETE", "/connect/session")
    assert (await gone.come_back(state, code="c")).status == 401
    assert provider.calls == []


async def test_the_connect_page_sends_somebody_without_a_token_in_an_address(window: Window) -> None:
    planned = await window.api("POST", "/connect/redirection", {"integration": KEY, "values": {}})
    data = planned.json()["data"]
    assert window.api.token.reveal() not in data["open"]
    left = await window.open("/" + data["open"])
    assert left.status == 302
    assert (await window.open("/" + data["open"])).status == 400
    asked = {"watch": data["watch"]}
    assert (await window.api("POST", "/connect/redirection/outcome", asked)).json() == {"data": None}
    gone, state = _sent(window, left)
    await gone.come_back(state, code="c")
    told = (await window.api("POST", "/connect/redirection/outcome", asked)).json()["data"]
    assert told["message_type"] == "success"


async def test_the_connect_page_is_told_at_once_what_is_refused(window: Window) -> None:
    refused = await window.api("POST", "/connect/redirection", {"integration": "intacct"})
    assert (refused.status, refused.error_code) == (400, "auth_mode_err")
    submitted = await window.api.submit({"code": "c"}, integration=KEY)
    assert submitted[-1]["error"]["code"] == "invalid_auth_mode"


async def test_the_page_speaks_the_browsers_language_or_english(window: Window) -> None:
    answer = await call(window.api.app, "GET", "/oauth/callback", headers={"Accept-Language": "xx"})
    assert b'<html lang="en">' in answer.body
    assert answer.headers["vary"] == "Accept-Language"
