"""The Connect page shown by another site: the handshake, `embed.js`, and what neither must ever do."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect
from service.tests.connect.page_server import SECOND_TOKEN, TOKEN, Script, serving
from service.tests.connect.test_page import CONNECTED, EXPIRED, fill_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# A site that opens the page as the published client does: a frame, and the token by message once it is ready.
HANDSHAKE = """<!doctype html><title>Product</title><body><script>
window.heard = [];
addEventListener("message", (event) => {
  heard.push({ data: event.data, origin: event.origin });
  if (event.data.type === "ready") frame.contentWindow.postMessage({ type: "session_token", sessionToken:
  window.token }, "*");
});
const frame = document.createElement("iframe");
frame.id = "connect-ui";
Object.assign(frame.style, { position: "fixed", inset: 0, width: "100vw", height: "100vh" });
window.openWith = (address, token) => { window.token = token; frame.src = address;
document.body.append(frame); }; </script>"""

EMBEDDED = """<!doctype html><title>Product</title><body>
<button id="open">Connect</button><script src="{address}/embed.js"></script><script>
window.heard = [];
document.getElementById("open").addEventListener("click", () => {{
  Counterfoil.open({{ sessionToken: window.token ?? "{token}", onEvent: (event) => heard.push(event) }})
    .then((outcome) => {{ window.outcome = outcome; }}, (error) => {{ window.failure = {{ code: error.code,
    message: error.message }}; }});
}});
</script>"""


@pytest.fixture
def script() -> Script:
    return Script(submissions=[[CONNECTED]])


@pytest.fixture
def address(script: Script) -> Iterator[str]:
    with serving(script) as address:
        yield address


@pytest.fixture
def product() -> Script:
    """The embedding site's own server."""
    return Script()


@pytest.fixture
def site(script: Script, product: Script) -> Iterator[str]:
    """The embedding site, registered to show the page."""
    with serving(product) as site:
        register(script, site)
        yield site


def register(script: Script, site: str) -> None:
    script.framing_origins = [site]
    script.session["allowed_origins"] = [site]


def open_in_frame(page: Page, site: str, product: Script, address: str) -> FrameLocator:
    product.host_page = HANDSHAKE
    page.goto(f"{site}/host")
    page.evaluate("([address, token]) => openWith(address, token)", [f"{address}/", TOKEN])
    return page.frame_locator("#connect-ui")


def heard(page: Page) -> list[str]:
    types: list[str] = page.evaluate("heard.map((one) => (one.data ?? one).type)")
    return types


def open_embedded(page: Page, site: str, product: Script, address: str) -> FrameLocator:
    product.host_page = EMBEDDED.format(address=address, token=TOKEN)
    page.goto(f"{site}/host")
    page.get_by_role("button", name="Connect").click()
    return page.frame_locator("iframe")


def test_the_handshake_of_the_published_client(
    page: Page, site: str, product: Script, address: str, script: Script
) -> None:
    frame = open_in_frame(page, site, product, address)
    expect(frame.get_by_role("heading", name="Connect Sage Intacct")).to_be_visible()
    fill_frame(frame)
    frame.get_by_role("button", name="Connect", exact=True).click()
    expect(frame.get_by_role("heading", name="Connected")).to_be_visible()
    frame.get_by_role("button", name="Finish").click()
    page.wait_for_function("heard.some((one) => one.data.type === 'close')")

    messages = page.evaluate("heard")
    assert [one["data"]["type"] for one in messages] == ["ready", "connect", "close"]
    assert {one["origin"] for one in messages} == {address}
    assert messages[1]["data"]["payload"] == {
        "providerConfigKey": "sage-intacct",
        "connectionId": "c-1",
        "isPending": False,
    }
    assert TOKEN not in json.dumps([one["url"] for one in [*script.requests, *product.requests]])


def fill_frame(frame: FrameLocator) -> None:
    frame.locator("[name=clientId]").fill("0123456789abcdef0123.app.sage.com")
    frame.locator("[name=clientSecret]").fill("sandbox-client-secret")
    frame.locator("[name=username]").fill("Admin@MyCompany")


def test_a_token_from_another_window_than_the_embedding_one_is_ignored(
    page: Page, site: str, product: Script, address: str, script: Script
) -> None:
    product.host_page = HANDSHAKE
    page.goto(f"{site}/host")
    page.evaluate("(address) => openWith(address, null)", f"{address}/")
    page.wait_for_function("heard.length === 1")
    with serving(Script(host_page="<!doctype html><title>Stranger</title>")) as stranger:
        page.evaluate(
            "(address) => new Promise((loaded) => { const one = document.createElement('iframe');"
            "one.id = 'stranger'; one.src = address; one.onload = loaded; document.body.append(one); })",
            f"{stranger}/host",
        )
        inside = next(one for one in page.frames if one.url.startswith(stranger))
        inside.evaluate(
            "(token) => parent.frames[0].postMessage({ type: 'session_token', sessionToken: token }, '*')",
            TOKEN,
        )
        page.evaluate(
            "(token) => frame.contentWindow.postMessage({ type: 'session_token', sessionToken: token }, '*')",
            SECOND_TOKEN,
        )
        expect(
            page.frame_locator("#connect-ui").get_by_role("heading", name="Connect Sage Intacct")
        ).to_be_visible()
    tokens = {one["headers"].get("authorization") for one in script.requests} - {None}
    assert tokens == {f"Bearer {SECOND_TOKEN}"}


def test_a_site_that_nobody_registered_can_not_show_the_page(
    context: BrowserContext, product: Script, address: str
) -> None:
    # Not the fixture `page`: here the browser is meant to complain that the policy forbids it.
    page = context.new_page()
    with serving(product) as site:
        product.host_page = HANDSHAKE
        page.goto(f"{site}/host")
        with page.expect_response(lambda response: response.url == f"{address}/"):
            page.evaluate("([address, token]) => openWith(address, token)", [f"{address}/", TOKEN])
        expect(
            page.frame_locator("#connect-ui").get_by_role("heading", name="Connect Sage Intacct")
        ).to_have_count(0)
        assert heard(page) == []


def test_a_site_of_another_environment_gets_no_form(
    page: Page, site: str, product: Script, address: str, script: Script
) -> None:
    script.session["allowed_origins"] = ["https://elsewhere.example"]
    frame = open_in_frame(page, site, product, address)
    expect(frame.get_by_role("heading", name="This form can't be shown here")).to_be_visible()
    assert frame.locator("form").count() == 0


def test_closing_asks_before_it_throws_away_what_was_typed(
    page: Page, site: str, product: Script, address: str
) -> None:
    frame = open_in_frame(page, site, product, address)
    fill_frame(frame)
    frame.get_by_role("button", name="Close", exact=True).first.click()
    expect(frame.get_by_role("heading", name="Close without connecting?")).to_be_visible()
    frame.get_by_role("button", name="Keep editing").click()
    expect(frame.locator("[name=clientSecret]")).to_have_value("sandbox-client-secret")
    frame.locator("[name=clientSecret]").press("Escape")
    frame.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.wait_for_function("heard.some((one) => one.data.type === 'close')")


def test_an_empty_form_closes_at_once(page: Page, site: str, product: Script, address: str) -> None:
    frame = open_in_frame(page, site, product, address)
    frame.get_by_role("heading", name="Connect Sage Intacct").press("Escape")
    page.wait_for_function("heard.some((one) => one.data.type === 'close')")


def test_embed_resolves_with_the_connection(
    page: Page, site: str, product: Script, address: str, script: Script
) -> None:
    frame = open_embedded(page, site, product, address)
    fill_frame(frame)
    frame.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_function("window.outcome")
    assert page.evaluate("outcome") == {
        "status": "connected",
        "providerConfigKey": "sage-intacct",
        "connectionId": "c-1",
        "isPending": False,
    }
    frame.get_by_role("button", name="Finish").click()
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.get_by_role("button", name="Connect")).to_be_focused()
    assert heard(page) == ["ready", "connect", "close"]
    assert TOKEN not in json.dumps([one["url"] for one in [*script.requests, *product.requests]])


def test_embed_resolves_as_closed_when_closed(page: Page, site: str, product: Script, address: str) -> None:
    frame = open_embedded(page, site, product, address)
    frame.get_by_role("button", name="Close", exact=True).first.click()
    page.wait_for_function("window.outcome")
    assert page.evaluate("outcome") == {"status": "closed"}
    assert page.evaluate("document.documentElement.style.overflow") == ""


def test_embed_sends_a_fresh_token_into_a_form_that_expired(
    page: Page, site: str, product: Script, address: str, script: Script
) -> None:
    frame = open_embedded(page, site, product, address)
    fill_frame(frame)
    script.refused = (401, EXPIRED)
    frame.get_by_role("button", name="Connect", exact=True).click()
    expect(frame.get_by_role("alert")).to_contain_text("This link has expired")
    assert page.evaluate("heard.at(-1).payload.errorType") == "unknown_connect_session_token"
    script.refused = None
    page.evaluate("(token) => Counterfoil.setSessionToken(token)", SECOND_TOKEN)
    expect(frame.get_by_role("alert")).to_have_count(0)
    frame.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_function("window.outcome?.status === 'connected'")


def test_embed_waits_for_a_token_that_is_still_being_fetched(
    page: Page, site: str, product: Script, address: str
) -> None:
    product.host_page = EMBEDDED.format(address=address, token=TOKEN)
    page.goto(f"{site}/host")
    page.evaluate("() => { window.token = new Promise((resolve) => { window.arrive = resolve; }); }")
    page.get_by_role("button", name="Connect").click()
    page.wait_for_function("heard.length === 1")
    page.evaluate("(token) => arrive(token)", TOKEN)
    expect(page.frame_locator("iframe").get_by_role("heading", name="Connect Sage Intacct")).to_be_visible()


def test_embed_rejects_when_the_site_may_not_show_the_page(
    context: BrowserContext, product: Script, address: str
) -> None:
    page = context.new_page()
    with serving(product) as site:
        product.host_page = EMBEDDED.format(address=address, token=TOKEN)
        page.clock.install()
        page.goto(f"{site}/host")
        page.get_by_role("button", name="Connect").click()
        page.clock.fast_forward(20_000)
        page.wait_for_function("window.failure")
        assert page.evaluate("failure.code") == "not_embeddable"
        assert site in page.evaluate("failure.message")
        expect(page.locator("iframe")).to_have_count(0)


def test_in_a_frame_without_a_token_the_page_says_so_after_a_while(
    page: Page, site: str, product: Script, address: str
) -> None:
    page.clock.install()
    product.host_page = HANDSHAKE
    page.goto(f"{site}/host")
    page.evaluate("(address) => openWith(address, null)", f"{address}/")
    page.wait_for_function("heard.length === 1")
    page.clock.fast_forward(11_000)
    frame = page.frame_locator("#connect-ui")
    expect(frame.get_by_role("heading", name="This link is not complete")).to_be_visible()


def test_filling_in_works_the_same_when_the_page_is_not_framed(page: Page, address: str) -> None:
    page.goto(f"{address}/connect/#session_token={TOKEN}")
    fill_in(page)
    expect(page.get_by_role("button", name="Close", exact=True)).to_have_count(0)
