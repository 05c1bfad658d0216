"""`embed.js` where no frame can be shown: the Connect page in a window of its own, on a product's site in
Chromium, with the real service; the same promise, the same events.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from checks.chromium import LAUNCH_ARGUMENTS, executable
from playwright.sync_api import Browser, Page, expect

from e2e import processes
from e2e.hosting import Site, site
from e2e.world import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(120)]

OPEN = "embed-open"
TYPED = "embed-typed"

PRODUCT = """<!doctype html><title>Product</title><body>
<button id="go">Go</button><script src="{service}/embed.js"></script><script>
window.heard = [];
window.asked = 0;
window.options = {{ mode: "popup" }};
const onEvent = (event) => heard.push(event);
const sessionToken = () => {{ asked += 1; return token; }};
const settled = (promise) => promise.catch((error) => ({{ code: error.code }}));
document.getElementById("go").addEventListener("click", async () => {{
  window.ended = await settled(Counterfoil.open({{ sessionToken, onEvent, ...options }}));
}});
</script>"""
# Nobody clicks.
AT_ONCE = PRODUCT + """<script>document.getElementById("go").click();</script>"""


@dataclass(frozen=True)
class Product:
    """A product whose page has a button that opens the Connect page."""

    run: World
    site: Site
    page: Page

    def visit(self, integration: str = OPEN, *, path: str = "/", **options: Any) -> None:
        """Open the product's page, ready to connect."""
        with self.run.backend() as backend:
            session = backend.connect_sessions.create(
                end_user={"id": "customer-17"}, allowed_integrations=[integration]
            )
        self.run.plant("connect session token", session.token)
        self.page.goto(self.site.origin + path)
        self.page.evaluate(
            "([given, options]) => { Object.assign(window, { token: given, options }); }",
            [session.token, options],
        )

    def go(self) -> None:
        """The person's click."""
        self.page.get_by_role("button", name="Go").click()

    def opened(self) -> Page:
        """The window that opens at the click."""
        with self.page.expect_popup() as popup:
            self.go()
        return popup.value

    def ended(self) -> dict[str, Any]:
        """How the promise ends."""
        self.page.wait_for_function("window.ended")
        found: dict[str, Any] = self.page.evaluate("ended")
        return found

    def heard(self) -> list[str]:
        """The types of the events so far."""
        types: list[str] = self.page.evaluate("heard.map((one) => one.type)")
        return types


@pytest.fixture(scope="module")
def registered(run: World) -> Iterator[Site]:
    """The product's site, which is registered, and what can be connected there."""
    with run.backend() as backend:
        backend.integrations.create(
            OPEN, provider="generic-unauthenticated", settings={"baseUrl": run.sandbox.url}
        )
        backend.integrations.create(TYPED, provider="sage-intacct-cc")
    with site() as found:
        processes.counterfoil(
            run.directory, run.sandbox.url, "environments", "allow-origin", "dev", found.origin
        )
        found.documents["/"] = PRODUCT.format(service=run.service.url)
        found.documents["/at-once"] = AT_ONCE.format(service=run.service.url)
        yield found


@pytest.fixture
def product(run: World, registered: Site, page: Page) -> Iterator[Product]:
    yield Product(run, registered, page)
    registered.headers.clear()


def connect(window: Page) -> None:
    window.get_by_role("button", name="Connect", exact=True).click()


def test_asked_for_a_window_it_connects_there(product: Product) -> None:
    product.visit(mode="popup", lang="de", theme="dark")
    window = product.opened()
    expect(window.locator("html[lang=de][data-theme=dark]")).to_have_count(1)
    window.locator("button[type=submit]").click()
    outcome = product.ended()
    assert (outcome["status"], outcome["providerConfigKey"]) == ("connected", OPEN)
    with product.run.backend() as backend:
        assert backend.connections.get(OPEN, outcome["connectionId"]).connection_id == outcome["connectionId"]
    with window.expect_event("close"):
        window.get_by_role("button", name="Fertig").click()
    product.page.wait_for_function("heard.at(-1).type === 'close'")
    assert product.heard() == ["ready", "connect", "close"]


def test_where_the_products_policy_forbids_the_frame_a_window_opens(product: Product) -> None:
    product.site.headers["Content-Security-Policy"] = "frame-src 'none'"
    product.visit()
    window = product.opened()
    connect(window)
    assert product.ended()["status"] == "connected"
    expect(product.page.locator("dialog")).to_have_count(0)
    assert product.page.evaluate("document.documentElement.style.overflow") == ""


def test_a_policy_that_only_reports_leaves_the_frame(product: Product) -> None:
    product.site.headers["Content-Security-Policy-Report-Only"] = "frame-src 'none'"
    product.visit()
    product.go()
    connect_button = product.page.frame_locator("iframe").get_by_role("button", name="Connect", exact=True)
    expect(connect_button).to_be_visible()
    assert len(product.page.context.pages) == 1


def test_where_something_else_keeps_the_frame_away_a_window_opens(product: Product) -> None:
    # As an extension or a company's rules do; what is asked for by a frame does not arrive.
    product.visit()
    product.page.context.route(
        lambda url: url.startswith(f"{product.run.service.url}/connect/"),
        lambda route: route.abort() if route.request.frame.parent_frame else route.continue_(),
    )
    window = product.opened()
    connect(window)
    assert product.ended()["status"] == "connected"


@pytest.mark.parametrize("policy", ["no-referrer", "same-origin"])
def test_a_site_that_sends_no_referrer_is_known_all_the_same(product: Product, policy: str) -> None:
    product.site.headers["Referrer-Policy"] = policy
    product.visit(mode="popup")
    expect(product.opened().get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_a_site_that_keeps_its_popups_can_have_it(product: Product) -> None:
    product.site.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    product.visit(mode="popup")
    connect(product.opened())
    assert product.ended()["status"] == "connected"


def test_a_site_that_parts_with_its_windows_is_told_so(product: Product) -> None:
    product.site.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    product.visit(mode="popup")
    window = product.opened()
    assert product.ended() == {"code": "not_embeddable"}
    expect(window.get_by_role("heading", name="This link is not complete")).to_be_visible()


def test_a_blocked_window_is_an_error_and_the_next_try_may_work(
    run: World, registered: Site, browser: Browser
) -> None:
    # Playwright switches the blocker off; this is the browser as people have it.
    careful = browser.browser_type.launch(
        executable_path=executable(),
        args=list(LAUNCH_ARGUMENTS),
        ignore_default_args=["--disable-popup-blocking"],
    )
    with closing(careful), run.visitor(careful) as context:
        product = Product(run, registered, context.new_page())
        product.visit(mode="popup", path="/at-once")
        assert product.ended() == {"code": "popup_blocked"}
        assert product.page.evaluate("asked") == 0
        connect(product.opened())
        product.page.wait_for_function("window.ended.status === 'connected'")


def test_a_window_that_the_person_closes_ends_as_closed(product: Product) -> None:
    product.visit(mode="popup")
    window = product.opened()
    expect(window.get_by_role("button", name="Connect", exact=True)).to_be_visible()
    window.close()
    assert product.ended() == {"status": "closed"}
    assert product.heard() == ["ready", "close"]


def test_the_product_can_close_the_window(product: Product) -> None:
    product.visit(mode="popup")
    window = product.opened()
    expect(window.get_by_role("button", name="Connect", exact=True)).to_be_visible()
    with window.expect_event("close"):
        product.page.evaluate("Counterfoil.close()")
    assert product.ended() == {"status": "closed"}


def test_a_refusal_is_an_event_and_the_window_stays(product: Product) -> None:
    product.visit(TYPED, mode="popup")
    window = product.opened()
    window.get_by_label("Client ID", exact=True).fill("0123456789abcdef0123.app.sage.com")
    window.get_by_label("Client Secret", exact=True).fill(product.run.plant("wrong secret", "wrong-5e01c7"))
    window.locator("[name=username]").fill("Admin@MyCompany")
    connect(window)
    expect(window.get_by_role("alert")).to_be_visible()
    product.page.wait_for_function("heard.at(-1).type === 'error'")
    assert product.page.evaluate("heard.at(-1).payload.errorType") == "two_step_credentials_fetch_error"
    assert product.page.evaluate("window.ended === undefined")
    # A fresh token reaches it, and what was typed stays.
    product.page.evaluate("Counterfoil.setSessionToken(token)")
    expect(window.get_by_role("alert")).to_have_count(0)
    expect(window.locator("[name=username]")).to_have_value("Admin@MyCompany")


def test_opening_while_open_shows_the_same_window(product: Product) -> None:
    product.visit(mode="popup")
    window = product.opened()
    expect(window.get_by_role("button", name="Connect", exact=True)).to_be_visible()
    product.go()
    assert len(product.page.context.pages) == 2
