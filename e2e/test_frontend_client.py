"""`@nangohq/frontend`, as published, on a product's page in Chromium: the Connect page in its frame, and
authorization without it; against one process and against two behind a round-robin.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from e2e import npm
from e2e.browsing import person
from e2e.staging import USERNAME, Stage, staged

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("clients"), pytest.mark.timeout(600)]

KEY = "books"
OPEN = "open-data"
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


def test_a_window_that_is_closed_early_and_one_that_is_blocked_end_the_call(product: Product) -> None:
    script = """([host, token, key]) => onClick(
        () => nango(host, token).auth(key, { detectClosedAuthWindow: true }))"""
    product.page.evaluate(script, [product.host, product.token(), KEY])
    with product.page.expect_popup() as popup:
        product.page.get_by_role("button", name="Connect", exact=True).click()
    popup.value.close()
    closed = product.page.evaluate("outcome")
    assert closed["error"]["type"] == "window_closed"
    product.page.evaluate("window.open = () => null")
    blocked = product.call(product.token(), f'nango.auth("{KEY}")')
    assert blocked["error"]["type"] == "blocked_by_browser"


class _Quiet(SimpleHTTPRequestHandler):
    """Files of a directory, without a line for each request."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class has it
        pass
