"""`@nangohq/frontend`, as published, on a product's page in Chromium: the Connect page in its frame,
authorization without it, and the window in which a person signs in at the provider; against one process and
against two behind a round-robin.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, Route, expect

from e2e import npm
from e2e.browsing import enter, follow, person
from e2e.guide import OWNER, OWNER_PASSWORD
from e2e.staging import USERNAME, Stage, staged

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("frontend"), pytest.mark.timeout(600)]

KEY = "books"
OPEN = "open-data"
SIGN_IN = "signing-in"
BY_NAME = {"type": "TWO_STEP", "username": USERNAME}


@dataclass(frozen=True)
class Product:
    """A product: its page in a browser, and its backend."""

    stage: Stage
    page: Page
    origin: str

    def token(self, *integrations: str) -> str:
        """A new connect session's token; for the one integration, unless others are named."""
        with self.stage.backend() as backend:
            return backend.connect_sessions.create(
                end_user={"id": "customer-17", "display_name": "Ada Lovelace"},
                allowed_integrations=list(integrations or (KEY,)),
            ).token

    def reconnect_token(self, connection_id: str) -> str:
        """A new reconnect session's token."""
        with self.stage.backend() as backend:
            return backend.connect_sessions.reconnect(KEY, connection_id).token

    def open_connect(self, **options: Any) -> FrameLocator:
        """Open the Connect page; without a token the client waits for one."""
        self.page.evaluate("([host, options]) => openConnect(host, options)", [self.host, options])
        return self.page.frame_locator("#connect-ui")

    def call(self, token: str | None, expression: str) -> dict[str, Any]:
        """How a call of the client ends: `value` or `error`; it is `nango` in the expression."""
        script = (
            f"([host, token, credentials]) => {{ const nango = window.nango(host, token ?? undefined); "
            f"return settled((async () => {expression})()); }}"
        )
        ended: dict[str, Any] = self.page.evaluate(script, [self.host, token, BY_NAME])
        return ended

    def events(self) -> list[str]:
        """The types of the events so far."""
        types: list[str] = self.page.evaluate("events.map((event) => event.type)")
        return types

    def wait_for_event(self, event_type: str) -> dict[str, Any]:
        """The first event of a type."""
        self.page.wait_for_function("(type) => events.some((event) => event.type === type)", arg=event_type)
        event: dict[str, Any] = self.page.evaluate(
            "(type) => events.find((event) => event.type === type)", event_type
        )
        return event

    def window(self, token: str, *, key: str = SIGN_IN, options: str = "{}") -> Page:
        """The window that `auth` opens at a click; how the call ends is in `outcome`."""
        script = f"""([host, token, key]) => onClick(() => nango(host, token).auth(key, {options}))"""
        self.page.evaluate(script, [self.host, token, key])
        with self.page.expect_popup() as popup:
            self.page.get_by_role("button", name="Connect", exact=True).click()
        return popup.value

    def outcome(self) -> dict[str, Any]:
        """How the call of `window` ends."""
        ended: dict[str, Any] = self.page.evaluate("outcome")
        return ended

    @property
    def host(self) -> str:
        """Where the service is."""
        return self.stage.address.url


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """A server for the product's page and the client beside it."""
    handler = partial(_Quiet, directory=npm.install())
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, origin: str) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("frontend")) as stage:
        stage.use(1)
        stage.integration(KEY)
        stage.oauth_integration(SIGN_IN)
        with stage.backend() as backend:
            backend.integrations.create(
                OPEN, provider="generic-unauthenticated", settings={"baseUrl": stage.sandbox.url}
            )
        stage.allow_origin(origin)
        yield stage


@pytest.fixture(params=[1, 2], ids=["one process", "two processes"])
def product(
    started: Stage, origin: str, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[Product]:
    started.use(request.param)
    context = person(browser)
    page = context.new_page()
    page.goto(f"{origin}/page.html")
    page.wait_for_function("window.loaded")
    yield Product(started, page, origin)
    context.close()


# The Connect page in the client's frame.


def test_the_page_connects_and_says_so(product: Product) -> None:
    frame = product.open_connect(token=product.token())
    frame.get_by_label("Username", exact=True).and_(frame.locator("input:not([type=radio])")).fill(USERNAME)
    frame.get_by_role("button", name="Connect", exact=True).click()
    payload = product.wait_for_event("connect")["payload"]
    assert payload["providerConfigKey"] == KEY
    with product.stage.backend() as backend:
        assert backend.connections.get(KEY, payload["connectionId"]).connection_id == payload["connectionId"]
    assert product.events() == ["ready", "connect"]


def test_a_refusal_is_an_error_and_the_page_stays(product: Product) -> None:
    frame = product.open_connect(token=product.token())
    frame.get_by_label("Username", exact=True).and_(frame.locator("input:not([type=radio])")).fill(
        "Nobody@MyCompany"
    )
    frame.get_by_role("button", name="Connect", exact=True).click()
    payload = product.wait_for_event("error")["payload"]
    assert payload["errorType"] == "two_step_credentials_fetch_error"
    assert payload["errorMessage"]
    expect(product.page.locator("#connect-ui")).to_have_count(1)


def test_closing_removes_the_frame(product: Product) -> None:
    frame = product.open_connect(token=product.token())
    frame.get_by_role("button", name="Close", exact=True).click()
    product.wait_for_event("close")
    expect(product.page.locator("#connect-ui")).to_have_count(0)
    assert product.page.evaluate("document.body.style.overflow") == ""


def test_the_token_may_come_after_the_page(product: Product) -> None:
    frame = product.open_connect()
    product.wait_for_event("ready")
    product.page.evaluate("(token) => ui.setSessionToken(token)", product.token())
    expect(frame.get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_an_unknown_token_is_an_error(product: Product) -> None:
    product.open_connect(token="nango_connect_session_" + "0" * 64)
    assert product.wait_for_event("error")["payload"]["errorType"] == "unknown_connect_session_token"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_the_callers(product: Product, theme: str) -> None:
    frame = product.open_connect(token=product.token(), themeOverride=theme)
    expect(frame.locator(f"html[data-theme={theme}]")).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "xx"])
def test_the_language_is_the_callers_or_one_that_the_page_knows(product: Product, language: str) -> None:
    frame = product.open_connect(token=product.token(), lang=language)
    expect(frame.locator("html[lang=en]")).to_have_count(1)
    expect(frame.get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_of_several_integrations_one_is_chosen(product: Product) -> None:
    frame = product.open_connect(token=product.token(KEY, OPEN))
    frame.get_by_role("button", name="API without credentials").click()
    expect(frame.get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_opening_twice_is_opening_once(product: Product) -> None:
    product.open_connect(token=product.token())
    product.page.evaluate("ui.open()")
    expect(product.page.locator("iframe")).to_have_count(1)


def test_a_reconnect_session_renews_its_connection_in_the_page(product: Product) -> None:
    made = product.call(product.token(), f'nango.auth("{KEY}", {{ credentials }})')["value"]
    frame = product.open_connect(token=product.reconnect_token(made["connectionId"]))
    frame.get_by_label("Username", exact=True).and_(frame.locator("input:not([type=radio])")).fill(USERNAME)
    frame.locator("form button[type=submit]").click()
    assert product.wait_for_event("connect")["payload"]["connectionId"] == made["connectionId"]


# Without the Connect page.


def test_auth_sends_credentials_from_the_products_own_form(product: Product) -> None:
    made = product.call(product.token(), f'nango.auth("{KEY}", {{ credentials }})')["value"]
    assert made["providerConfigKey"] == KEY
    again = product.call(
        product.reconnect_token(made["connectionId"]), f'nango.reconnect("{KEY}", {{ credentials }})'
    )
    assert again["value"]["connectionId"] == made["connectionId"]


def test_create_connects_where_nothing_is_asked_for(product: Product) -> None:
    made = product.call(product.token(OPEN), f'nango.create("{OPEN}")')["value"]
    assert made["providerConfigKey"] == OPEN
    with product.stage.backend() as backend:
        assert backend.connections.get(OPEN, made["connectionId"]).raw["credentials"] == {}


@pytest.mark.parametrize(
    ("expression", "refusal"),
    [
        ('nango.auth("nobody", { credentials })', "unknown_provider_config"),
        (f'nango.auth("{KEY}", "chosen-id", {{ credentials }})', "invalid_query_params"),
        (
            f'nango.auth("{KEY}", {{ credentials: {{ ...credentials, username: "Nobody@MyCompany" }} }})',
            "two_step_credentials_fetch_error",
        ),
        (f'nango.auth("{KEY}", {{ credentials: {{ apiKey: "k" }} }})', "invalid_auth_mode"),
        (f'nango.create("{KEY}")', "invalid_auth_mode"),
        ('nango.create("nobody")', "unknown_provider_config"),
    ],
)
def test_a_refused_call_ends_with_its_code(product: Product, expression: str, refusal: str) -> None:
    error = product.call(product.token(), expression)["error"]
    assert error["type"] == refusal
    assert error["message"]


def test_without_a_token_nothing_is_sent(product: Product) -> None:
    assert product.call(None, f'nango.create("{KEY}")')["error"]["type"] == "missing_auth_token"
    reconnect = product.call(None, f'nango.reconnect("{KEY}", {{ credentials }})')
    assert reconnect["error"]["type"] == "missing_connect_session_token"


def test_a_window_that_is_blocked_ends_the_call(product: Product) -> None:
    product.page.evaluate("window.open = () => null")
    blocked = product.call(product.token(SIGN_IN), f'nango.auth("{SIGN_IN}")')
    assert blocked["error"]["type"] == "blocked_by_browser"


# In a window of its own, at the provider.


def sign_in(window: Page, choice: str = "Accept") -> None:
    """Sign in at the provider as the company's administrator, and decide."""
    enter(window, {"Company ID": "MyCompany", "User ID": OWNER, "Password": OWNER_PASSWORD})
    follow(window, "Sign in")
    window.get_by_role("button", name=choice, exact=True).click()


def held_back(product: Product, window: Page) -> str:
    """Where the provider sends this window when everything is allowed; it does not get there."""
    held: list[str] = []

    def hold(route: Route) -> None:
        answer = route.fetch(max_redirects=0)
        sent_to = answer.headers.get("location", "")
        if not sent_to.startswith(f"{product.host}/oauth/callback"):
            route.fulfill(response=answer)
            return
        held.append(sent_to)
        route.fulfill(status=200, body="held back", content_type="text/plain")

    expect(window.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    window.route("**/authorize/consent**", hold)
    sign_in(window)
    expect(window.get_by_text("held back")).to_be_visible()
    window.unroute("**/authorize/consent**")
    return held[0]


def token_requests(product: Product) -> list[dict[str, Any]]:
    """The token requests that the provider got."""
    found: list[dict[str, Any]] = product.stage.control("GET", "requests?path=/ia/api/v1/oauth2/token")[
        "requests"
    ]
    return found


@pytest.mark.parametrize("options", ["{}", "{ detectClosedAuthWindow: true }"])
def test_a_person_signs_in_and_is_connected(product: Product, options: str) -> None:
    window = product.window(product.token(SIGN_IN), options=options)
    with window.expect_event("close"):
        sign_in(window)
    made = product.outcome()["value"]
    assert (made["providerConfigKey"], made["isPending"]) == (SIGN_IN, False)
    with product.stage.backend() as backend:
        connection = backend.connections.get(SIGN_IN, made["connectionId"])
        assert connection.raw["credentials"]["type"] == "OAUTH2"
        answer = backend.proxy(SIGN_IN, made["connectionId"]).get("/v1/services/core/session/id")
        assert answer.is_success


def test_the_page_says_what_came_of_it_and_holds_nothing_else(product: Product) -> None:
    window = product.window(product.token(SIGN_IN))
    callback = held_back(product, window)
    # The client closes its window; a tab of the same browser stays.
    tab = window.context.new_page()
    tab.goto(callback)
    expect(tab.get_by_role("heading", name="Connected")).to_be_visible()
    assert tab.url == f"{product.host}/oauth/callback"
    secrets = re.findall(r"(?:code|state)=([^&]+)", callback)
    assert len(secrets) == 2
    assert not any(secret in tab.content() for secret in secrets)


def test_denying_is_told_to_the_page_and_to_the_person(product: Product) -> None:
    window = product.window(product.token(SIGN_IN))
    sign_in(window, "Deny")
    error = product.outcome()["error"]
    assert error["type"] == "callback_err"
    assert "not allowed" in error["message"]


def test_a_window_that_is_closed_while_signing_in_ends_the_call(product: Product) -> None:
    window = product.window(product.token(SIGN_IN), options="{ detectClosedAuthWindow: true }")
    expect(window.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    window.close()
    assert product.outcome()["error"]["type"] == "window_closed"


def test_a_window_that_the_provider_parted_from_its_page_still_ends_the_call(product: Product) -> None:
    product.stage.control("PATCH", "quirks", {"consent-opener-policy": "same-origin"})
    try:
        window = product.window(product.token(SIGN_IN))
        sign_in(window)
        assert product.outcome()["value"]["providerConfigKey"] == SIGN_IN
    finally:
        product.stage.control("PATCH", "quirks", {"consent-opener-policy": "unsafe-none"})


def test_a_reconnect_session_renews_its_connection_in_a_window(product: Product) -> None:
    sign_in(product.window(product.token(SIGN_IN)))
    made = product.outcome()["value"]
    with product.stage.backend() as backend:
        token = backend.connect_sessions.reconnect(SIGN_IN, made["connectionId"]).token
    product.window(token).get_by_role("button", name="Accept", exact=True).click()
    assert product.outcome()["value"]["connectionId"] == made["connectionId"]


@pytest.mark.parametrize(
    ("allowed", "key", "refusal"),
    [
        (SIGN_IN, "nobody", "unknown_config_key"),
        (KEY, SIGN_IN, "integration_not_allowed"),
        (KEY, KEY, "auth_mode_err"),
        (None, SIGN_IN, "unknown_connect_session_token"),
    ],
)
def test_what_is_refused_before_signing_in_is_told_too(
    product: Product, allowed: str | None, key: str, refusal: str
) -> None:
    token = product.token(allowed) if allowed else "nango_connect_session_" + "0" * 64
    product.window(token, key=key)
    error = product.outcome()["error"]
    assert error["type"] == refusal
    assert error["message"]


def test_an_answer_in_another_browser_is_refused_and_good_for_nobody(
    product: Product, browser: Browser
) -> None:
    window = product.window(product.token(SIGN_IN))
    callback = held_back(product, window)
    asked = len(token_requests(product))
    with closing(person(browser)) as stranger:
        elsewhere = stranger.new_page()
        answer = elsewhere.goto(callback)
        assert answer is not None
        assert answer.status == 400
        expect(elsewhere.get_by_text("did not begin the connection")).to_be_visible()
    assert product.outcome()["error"]["type"] == "state_cookie_err"
    again = product.page.context.new_page().goto(callback)
    assert again is not None
    assert again.status == 400
    assert len(token_requests(product)) == asked


def test_an_answer_counts_once(product: Product) -> None:
    window = product.window(product.token(SIGN_IN))
    callback = held_back(product, window)
    asked = len(token_requests(product))
    tab = window.context.new_page()
    tab.goto(callback)
    expect(tab.get_by_role("heading", name="Connected")).to_be_visible()
    again = tab.goto(callback)
    assert again is not None
    assert again.status == 400
    assert len(token_requests(product)) == asked + 1


@pytest.mark.parametrize("issuer", ["https://evil.example", "null", ""])
def test_an_answer_of_another_issuer_starts_no_token_request(product: Product, issuer: str) -> None:
    window = product.window(product.token(SIGN_IN))
    callback = held_back(product, window)
    asked = len(token_requests(product))
    window.goto(f"{callback}&iss={issuer}")
    assert product.outcome()["error"]["type"] == "callback_err"
    assert len(token_requests(product)) == asked


# The Connect page's own window.


def test_the_connect_page_sends_a_person_to_the_provider(product: Product) -> None:
    frame = product.open_connect(token=product.token(SIGN_IN))
    with product.page.expect_popup() as popup:
        frame.get_by_role("button", name="Continue to Sage Intacct").click()
    sign_in(popup.value)
    payload = product.wait_for_event("connect")["payload"]
    assert payload["providerConfigKey"] == SIGN_IN
    expect(frame.get_by_role("heading", name="Connected")).to_be_visible()


def test_the_connect_page_says_that_it_was_denied(product: Product) -> None:
    frame = product.open_connect(token=product.token(SIGN_IN))
    with product.page.expect_popup() as popup:
        frame.get_by_role("button", name="Continue to Sage Intacct").click()
    sign_in(popup.value, "Deny")
    assert product.wait_for_event("error")["payload"]["errorType"] == "callback_err"
    expect(frame.get_by_role("alert")).to_contain_text("not allowed")


def test_the_connect_page_says_that_the_window_was_closed_and_opens_another(product: Product) -> None:
    frame = product.open_connect(token=product.token(SIGN_IN))
    with product.page.expect_popup() as popup:
        frame.get_by_role("button", name="Continue to Sage Intacct").click()
    popup.value.close()
    expect(frame.get_by_role("heading", name="The window was closed")).to_be_visible()
    with product.page.expect_popup() as second:
        frame.get_by_role("button", name="Open it again").click()
    sign_in(second.value)
    assert product.wait_for_event("connect")["payload"]["providerConfigKey"] == SIGN_IN


def test_the_connect_page_says_that_the_window_was_blocked(product: Product) -> None:
    frame = product.open_connect(token=product.token(SIGN_IN))
    button = frame.get_by_role("button", name="Continue to Sage Intacct")
    button.evaluate("() => { window.open = () => null; }")
    button.click()
    expect(frame.get_by_role("heading", name="The browser blocked the window")).to_be_visible()


def test_the_connect_page_as_a_link_needs_neither_opener_nor_socket(product: Product) -> None:
    product.stage.control("PATCH", "quirks", {"consent-opener-policy": "same-origin"})
    try:
        tab = product.page.context.new_page()
        tab.goto(f"{product.host}/connect/#session_token={product.token(SIGN_IN)}")
        with tab.expect_popup() as popup:
            tab.get_by_role("button", name="Continue to Sage Intacct").click()
        sign_in(popup.value)
        expect(tab.get_by_role("heading", name="Connected")).to_be_visible()
        expect(tab.get_by_text("lets the product in")).to_be_visible()
    finally:
        product.stage.control("PATCH", "quirks", {"consent-opener-policy": "unsafe-none"})


class _Quiet(SimpleHTTPRequestHandler):
    """Files of a directory, without a line for each request."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class has it
        pass
