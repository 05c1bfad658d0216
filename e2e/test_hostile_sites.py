"""Sites that mean harm, in a real browser against the real service: the page shows nothing to them, tells
them nothing, and takes nothing from them.

Every case has its counterpart that works: the product's own site, `test_the_product_itself_works`.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, FrameLocator, Page, expect

from e2e.browsing import person
from e2e.staging import Stage, staged

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("hostile"), pytest.mark.timeout(300)]

KEY = "books"
FORM = "Connect Sage Intacct"

# Opens the page in a frame and gives the token to whoever says that it is ready.
OPENING = """<!doctype html><title>Site</title><body><script>
window.heard = [];
addEventListener("message", (event) => {
  heard.push({ type: event.data?.type, origin: event.origin });
  if (event.data?.type === "ready") event.source.postMessage(
    { type: "session_token", sessionToken: window.token }, "*");
});
window.show = (address, token, attributes = {}) => {
  window.token = token;
  const frame = document.createElement("iframe");
  for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, value);
  frame.src = address;
  document.body.append(frame);
};
</script>"""


@dataclass
class Site:
    """A web site of somebody's on this machine: documents by path, and the addresses it was asked for."""

    origin: str
    documents: dict[str, str] = field(default_factory=lambda: {"/": OPENING})
    asked: list[str] = field(default_factory=list)


@contextmanager
def site() -> Iterator[Site]:
    found: list[Site] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found[0].asked.append(self.path)
            body = found[0].documents.get(self.path.partition("?")[0], "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.append(Site(f"http://127.0.0.1:{server.server_address[1]}"))
        yield found[0]
        server.shutdown()


@pytest.fixture(scope="module")
def product() -> Iterator[Site]:
    """The product's own site, which is registered."""
    with site() as found:
        yield found


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, product: Site) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("hostile")) as started:
        started.use(1)
        started.integration(KEY)
        started.allow_origin(product.origin)
        yield started


@pytest.fixture
def hostile() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = person(browser)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def token(stage: Stage) -> str:
    with stage.backend() as backend:
        return backend.connect_sessions.create(
            end_user={"id": "customer-17"}, allowed_integrations=[KEY]
        ).token


def form(frame: FrameLocator | Page) -> None:
    expect(frame.get_by_role("heading", name=FORM)).to_be_visible()


def nothing(page: Page, stage: Stage) -> None:
    """No form in any frame of the page, and not a word from the service's page."""
    page.wait_for_timeout(700)
    for frame in page.frames:
        assert frame.locator("input").count() == 0, frame.url
    heard = page.evaluate("window.heard ?? []")
    assert [one for one in heard if one["origin"] == stage.address.url] == []


def test_the_product_itself_works(page: Page, stage: Stage, product: Site) -> None:
    page.goto(product.origin)
    page.evaluate("([address, token]) => show(address, token)", [f"{stage.address.url}/", token(stage)])
    form(page.frame_locator("iframe"))
    assert {one["origin"] for one in page.evaluate("heard")} == {stage.address.url}


def test_a_site_that_is_not_registered_shows_nothing(page: Page, stage: Stage, hostile: Site) -> None:
    page.goto(hostile.origin)
    page.evaluate("([address, token]) => show(address, token)", [f"{stage.address.url}/", token(stage)])
    nothing(page, stage)


def test_another_port_of_a_registered_host_is_another_site(page: Page, stage: Stage, hostile: Site) -> None:
    page.goto(hostile.origin.replace("127.0.0.1", "localhost"))
    page.evaluate("([address, token]) => show(address, token)", [f"{stage.address.url}/", token(stage)])
    nothing(page, stage)


def test_a_registered_site_inside_a_hostile_one_shows_nothing(
    page: Page, stage: Stage, hostile: Site, product: Site
) -> None:
    hostile.documents["/"] = f'<!doctype html><title>Outer</title><iframe src="{product.origin}"></iframe>'
    page.goto(hostile.origin)
    inner = next(frame for frame in page.frames if frame.url.startswith(product.origin))
    inner.evaluate("([address, token]) => show(address, token)", [f"{stage.address.url}/", token(stage)])
    page.wait_for_timeout(700)
    assert sum(frame.locator("input").count() for frame in page.frames) == 0
    assert inner.evaluate("heard") == []


@pytest.mark.parametrize("sandbox", ["allow-scripts allow-forms allow-popups", ""])
def test_in_a_sandboxed_frame_nothing_can_be_typed(
    page: Page, stage: Stage, product: Site, sandbox: str
) -> None:
    # Its origin is opaque: the page can't say to whom it speaks, nor who hears it.
    page.goto(product.origin)
    page.evaluate(
        "([address, token, sandbox]) => show(address, token, { sandbox })",
        [f"{stage.address.url}/", token(stage), sandbox],
    )
    page.wait_for_timeout(700)
    assert page.frame_locator("iframe").locator("input").count() == 0


@pytest.mark.parametrize("scheme", ["srcdoc", "blob"])
def test_a_frame_without_an_address_of_its_own_shows_nothing(
    page: Page, stage: Stage, hostile: Site, scheme: str
) -> None:
    page.goto(hostile.origin)
    inner = f'<iframe src="{stage.address.url}/#session_token={token(stage)}"></iframe>'
    script = """([html, scheme]) => {
        const frame = document.createElement("iframe");
        if (scheme === "srcdoc") frame.srcdoc = html;
        else frame.src = URL.createObjectURL(new Blob([html], { type: "text/html" }));
        document.body.append(frame); }"""
    page.evaluate(script, [inner, scheme])
    nothing(page, stage)


def test_a_hostile_opener_hears_nothing_and_sees_nothing(
    page: Page, context: BrowserContext, stage: Stage, hostile: Site
) -> None:
    page.goto(hostile.origin)
    with context.expect_page() as opened:
        page.evaluate(
            "(address) => { window.popup = window.open(address); }",
            f"{stage.address.url}/connect/#session_token={token(stage)}",
        )
    form(opened.value)
    page.evaluate("() => popup.postMessage({ type: 'session_token', sessionToken: 'x' }, '*')")
    seen = page.evaluate(
        "() => { try { return String(popup.location.hash); } catch (error) { return error.name; } }"
    )
    assert seen in {"SecurityError", ""}
    assert page.evaluate("heard") == []
    # What came by message changed nothing: the form is still that of the link.
    form(opened.value)


def test_a_message_from_a_stranger_in_the_product_is_ignored(
    page: Page, stage: Stage, hostile: Site, product: Site
) -> None:
    page.goto(product.origin)
    page.evaluate("([address, token]) => show(address, token)", [f"{stage.address.url}/", token(stage)])
    form(page.frame_locator("iframe"))
    hostile.documents["/"] = "<!doctype html><title>Stranger</title>"
    page.evaluate("(address) => show(address, null)", hostile.origin)
    stranger = _frame(page, hostile.origin)
    for message in (
        {"type": "session_token", "sessionToken": "nango_connect_session_" + "0" * 64},
        {"type": "close"},
        {"type": "connect", "payload": {"connectionId": "forged"}},
        {"type": "navigate", "url": "https://evil.example"},
    ):
        stranger.evaluate("(message) => parent.frames[0].postMessage(message, '*')", message)
    page.wait_for_timeout(500)
    form(page.frame_locator("iframe").first)


ODD_MESSAGES: tuple[object, ...] = (
    "session_token",
    {"type": "session_token"},
    {"type": "session_token", "sessionToken": 7},
    {"type": "session_token", "sessionToken": {"toString": "x"}},
    {"type": "session_token", "sessionToken": "<img src=x onerror=alert(1)>"},
    {"type": "session_token", "sessionToken": "a\r\nX-Injected: 1"},
    [1, 2],
    None,
)


def test_messages_of_odd_shapes_do_no_harm(page: Page, stage: Stage, product: Site) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(product.origin)
    page.evaluate("([address, token]) => show(address, token)", [f"{stage.address.url}/", token(stage)])
    frame = page.frame_locator("iframe")
    form(frame)
    for message in ODD_MESSAGES:
        page.evaluate("(message) => frames[0].postMessage(message, '*')", message)
    page.wait_for_timeout(500)
    assert frame.locator("img[src=x]").count() == 0
    assert problems == []
    expect(frame.get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_no_parameter_changes_where_typed_data_goes(page: Page, stage: Stage, hostile: Site) -> None:
    names = ("apiURL", "apiUrl", "host", "baseURL", "api", "redirect_uri", "returnTo")
    query = "&".join(f"{name}={hostile.origin}" for name in names)
    page.goto(f"{stage.address.url}/connect/?{query}#session_token={token(stage)}")
    form(page)
    page.get_by_label("Username", exact=True).and_(page.locator("input:not([type=radio])")).fill("A@B")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert hostile.asked == []


def test_a_token_in_the_query_is_not_used(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.address.url}/connect/?session_token={token(stage)}")
    expect(page.locator("main")).to_be_visible()
    expect(page.get_by_role("heading", name=FORM)).to_have_count(0)


def test_the_token_leaves_the_address_bar_and_is_kept_nowhere(page: Page, stage: Stage) -> None:
    secret = token(stage)
    page.goto(f"{stage.address.url}/connect/#session_token={secret}")
    form(page)
    assert secret not in page.url
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert secret not in kept
    assert page.context.cookies() == []


def test_names_that_are_markup_are_text(page: Page, stage: Stage) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    with stage.backend() as backend:
        opened = backend.connect_sessions.create(
            end_user={"id": "1", "display_name": "<img src=x onerror=alert(1)>"},
            organization={"id": "1", "display_name": '"><script>alert(2)</script>'},
            allowed_integrations=[KEY],
        )
    page.goto(opened.connect_link)
    form(page)
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert dialogs == []


def test_script_that_got_in_could_not_run(page: Page, stage: Stage) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(f"{stage.address.url}/connect/#session_token={token(stage)}")
    form(page)
    page.evaluate("""() => {
        for (const make of [
            () => { const one = document.createElement("script"); one.textContent = "alert(1)"; return one; },
            () => { const one = document.createElement("a"); one.href = "javascript:alert(2)"; return one; },
        ]) { try { const one = make(); document.body.append(one); one.click(); } catch { /* refused */ } }
        try { document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=alert(3)>"); }
        catch { /* Trusted Types */ }
    }""")
    page.wait_for_timeout(500)
    assert dialogs == []


def test_a_form_of_a_hostile_site_can_not_submit_for_anybody(page: Page, stage: Stage, hostile: Site) -> None:
    hostile.documents["/"] = f"""<!doctype html><title>Forge</title>
        <form method="post" enctype="text/plain" action="{stage.address.url}/connect/sessions">
        <input name='{{"end_user":{{"id":"1"}},"a":"' value='"}}'><button>Go</button></form>"""
    page.goto(hostile.origin)
    with page.expect_response(f"{stage.address.url}/**") as response:
        page.get_by_role("button").click()
    assert response.value.status == 415


def test_a_hostile_sites_script_gets_no_answer_with_credentials(
    page: Page, stage: Stage, hostile: Site
) -> None:
    page.goto(hostile.origin)
    ended = page.evaluate(
        """async (address) => { try { await fetch(address, { credentials: "include" }); return "answered"; }
           catch (error) { return error.name; } }""",
        f"{stage.address.url}/connections",
    )
    assert ended == "TypeError"


def test_a_browser_can_not_be_sent_through_the_proxy(page: Page, stage: Stage, hostile: Site) -> None:
    hostile.documents["/"] = f'<!doctype html><title>L</title><a href="{stage.address.url}/proxy/v1/x">Go</a>'
    page.goto(hostile.origin)
    with page.expect_response(f"{stage.address.url}/proxy/**") as response:
        page.get_by_role("link").click()
    assert response.value.status in {400, 401, 403}
    assert "sandbox" in response.value.headers["content-security-policy"]


def test_the_page_is_not_framed_by_an_origin_that_only_looks_like_a_registered_one(stage: Stage) -> None:
    policy = httpx2.get(f"{stage.address.url}/").headers["content-security-policy"]
    ancestors = next(part for part in policy.split("; ") if part.startswith("frame-ancestors"))
    sources = ancestors.split()[1:]
    assert sources
    assert [one for one in sources if "*" in one or one.count("/") != 2] == [], json.dumps(sources)


def _frame(page: Page, origin: str) -> Frame:
    """The frame of that origin, once it is there."""
    for _ in range(50):
        found = [frame for frame in page.frames if frame.url.startswith(origin)]
        if found:
            return found[0]
        page.wait_for_timeout(100)
    raise AssertionError(f"no frame of {origin}")
