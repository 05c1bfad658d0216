"""Sites that mean harm, in a real browser against the real service: the page shows nothing to them, tells
them nothing, and takes nothing from them.

Every case has its counterpart that works: the product's own site, `test_the_product_itself_works`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, FrameLocator, Page, expect

from e2e.browsing import person
from e2e.hosting import Site, site
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
// Ends when the frame has loaded, whatever is in it: the page's scripts have run by then, or never will.
window.show = (address, token, attributes = {}) => new Promise((loaded) => {
  window.token = token;
  const frame = document.createElement("iframe");
  for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, value);
  frame.addEventListener("load", () => loaded());
  frame.src = address;
  document.body.append(frame);
});
</script>"""
SHOW = "([address, token]) => show(address, token)"
TURN = "turn-is-over"


@contextmanager
def opening_site() -> Iterator[Site]:
    with site() as found:
        found.documents["/"] = OPENING
        yield found


@pytest.fixture(scope="module")
def product() -> Iterator[Site]:
    """The product's own site, which is registered."""
    with opening_site() as found:
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
    with opening_site() as found:
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


def nothing(page: Page | Frame, stage: Stage) -> None:
    """No form in any frame of the page or frame, and not a word from the service's page.

    Whoever is in a frame says last that its turn is over. Words of one window arrive in order, so what had
    not been said before never will be; and a page that has not said that it is ready is given no token.
    """
    around = page.main_frame if isinstance(page, Page) else page
    for frame in around.child_frames:
        frame.evaluate(f"parent.postMessage({{ type: '{TURN}' }}, '*')")
    count = len(around.child_frames)
    around.wait_for_function(
        f"(count) => heard.filter((one) => one.type === '{TURN}').length === count", arg=count
    )
    assert {one["type"] for one in around.evaluate("heard")} <= {TURN}
    for frame in _below(around):
        assert frame.locator("input").count() == 0, frame.url


def _below(frame: Frame) -> list[Frame]:
    return [frame, *(inner for child in frame.child_frames for inner in _below(child))]


@contextmanager
def taken(frame: Frame | Page, count: int) -> Iterator[None]:
    """Ends when that many messages that are sent meanwhile have been taken by the page's own listener and by
    one after it."""
    frame.evaluate("window.messagesTaken = 0; addEventListener('message', () => { messagesTaken += 1; }); 0")
    yield
    frame.wait_for_function("(count) => messagesTaken >= count", arg=count)


def test_the_product_itself_works(page: Page, stage: Stage, product: Site) -> None:
    page.goto(product.origin)
    page.evaluate(SHOW, [f"{stage.address.url}/", token(stage)])
    form(page.frame_locator("iframe"))
    assert {one["origin"] for one in page.evaluate("heard")} == {stage.address.url}


def test_a_site_that_is_not_registered_shows_nothing(page: Page, stage: Stage, hostile: Site) -> None:
    page.goto(hostile.origin)
    page.evaluate(SHOW, [f"{stage.address.url}/", token(stage)])
    nothing(page, stage)


def test_another_port_of_a_registered_host_is_another_site(page: Page, stage: Stage, hostile: Site) -> None:
    page.goto(hostile.origin.replace("127.0.0.1", "localhost"))
    page.evaluate(SHOW, [f"{stage.address.url}/", token(stage)])
    nothing(page, stage)


def test_a_registered_site_inside_a_hostile_one_shows_nothing(
    page: Page, stage: Stage, hostile: Site, product: Site
) -> None:
    hostile.documents["/"] = f'<!doctype html><title>Outer</title><iframe src="{product.origin}"></iframe>'
    page.goto(hostile.origin)
    inner = next(frame for frame in page.frames if frame.url.startswith(product.origin))
    inner.evaluate(SHOW, [f"{stage.address.url}/", token(stage)])
    nothing(inner, stage)


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
    nothing(page, stage)


@pytest.mark.parametrize("scheme", ["srcdoc", "blob"])
def test_a_frame_without_an_address_of_its_own_shows_nothing(
    page: Page, stage: Stage, hostile: Site, scheme: str
) -> None:
    page.goto(hostile.origin)
    inner = f'<iframe src="{stage.address.url}/#session_token={token(stage)}"></iframe>'
    script = """([html, scheme]) => new Promise((loaded) => {
        const frame = document.createElement("iframe");
        frame.addEventListener("load", () => loaded());
        if (scheme === "srcdoc") frame.srcdoc = html;
        else frame.src = URL.createObjectURL(new Blob([html], { type: "text/html" }));
        document.body.append(frame); })"""
    page.evaluate(script, [inner, scheme])
    nothing(page, stage)


@pytest.mark.parametrize("query", ["", "?window=popup"])
def test_a_hostile_opener_hears_nothing_and_sees_nothing(
    page: Page, context: BrowserContext, stage: Stage, hostile: Site, query: str
) -> None:
    page.goto(hostile.origin)
    with context.expect_page() as opened:
        page.evaluate(
            "(address) => { window.popup = window.open(address); }",
            f"{stage.address.url}/connect/{query}#session_token={token(stage)}",
        )
    form(opened.value)
    assert opened.value.evaluate("window.opener === null")
    assert page.evaluate("popup.closed")
    page.evaluate("() => popup.postMessage({ type: 'session_token', sessionToken: 'x' }, '*')")
    seen = page.evaluate(
        "() => { try { return String(popup.location.hash); } catch (error) { return error.name; } }"
    )
    assert seen in {"SecurityError", ""}
    assert page.evaluate("heard") == []
    # What came by message changed nothing: the form is still that of the link.
    form(opened.value)


def test_a_hostile_site_in_the_place_of_the_product_gets_nothing_from_its_window(
    page: Page, context: BrowserContext, stage: Stage, hostile: Site, product: Site
) -> None:
    page.goto(product.origin)
    address = f"{stage.address.url}/connect/?window=popup"
    with context.expect_page() as opened:
        page.evaluate("(address) => { window.open(address, 'known'); }", address)
    window = opened.value
    page.wait_for_function("heard.length === 1")
    page.goto(hostile.origin)
    with taken(window, 2):
        page.evaluate(
            """(token) => {
            window.popup = window.open("", "known");
            popup.postMessage({ type: "session_token", sessionToken: token }, "*");
            popup.postMessage({ type: "close" }, "*"); }""",
            token(stage),
        )
    # Both are still tied: had the page believed it, there were a form; had it spoken, it had been heard.
    window.evaluate(f"opener.postMessage({{ type: '{TURN}' }}, '*')")
    page.wait_for_function("heard.length === 1")
    assert [one["type"] for one in page.evaluate("heard")] == [TURN]
    assert window.locator("input").count() == 0
    assert len(context.pages) == 2


def test_a_message_from_a_stranger_in_the_product_is_ignored(
    page: Page, stage: Stage, hostile: Site, product: Site
) -> None:
    page.goto(product.origin)
    page.evaluate(SHOW, [f"{stage.address.url}/", token(stage)])
    form(page.frame_locator("iframe"))
    hostile.documents["/"] = "<!doctype html><title>Stranger</title>"
    page.evaluate("(address) => show(address, null)", hostile.origin)
    messages = (
        {"type": "session_token", "sessionToken": "nango_connect_session_" + "0" * 64},
        {"type": "close"},
        {"type": "connect", "payload": {"connectionId": "forged"}},
        {"type": "navigate", "url": "https://evil.example"},
    )
    stranger = _frame(page, hostile.origin)
    with taken(_frame(page, stage.address.url), len(messages)):
        for message in messages:
            stranger.evaluate("(message) => parent.frames[0].postMessage(message, '*')", message)
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
    page.evaluate(SHOW, [f"{stage.address.url}/", token(stage)])
    frame = page.frame_locator("iframe")
    form(frame)
    with taken(_frame(page, stage.address.url), len(ODD_MESSAGES)):
        for message in ODD_MESSAGES:
            page.evaluate("(message) => frames[0].postMessage(message, '*')", message)
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
        window.refused = [];
        addEventListener("securitypolicyviolation", (event) => { refused.push(event.effectiveDirective); });
        for (const make of [
            () => { const one = document.createElement("script"); one.textContent = "alert(1)"; return one; },
            () => { const one = document.createElement("a"); one.href = "javascript:alert(2)"; return one; },
        ]) { try { const one = make(); document.body.append(one); one.click(); } catch { /* refused */ } }
        try { document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=alert(3)>"); }
        catch { /* Trusted Types */ }
    }""")
    page.wait_for_function("refused.length >= 3")
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
    """The frame of that origin; `show` has ended, so it is there."""
    return next(frame for frame in page.frames if frame.url.startswith(origin))
