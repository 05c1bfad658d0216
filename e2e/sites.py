"""Every page of both programs, for whoever wants to look at all of them: the axe tests and the screenshots.

The sandbox's pages are found by following links, so that a new page is in by existing. What takes more than a
link to get to (a refused form, a revealed secret, the states of the Connect page) is a function here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Page, expect

from e2e import guide
from e2e.browsing import enter, follow
from e2e.guide import ApiClient
from e2e.world import World

Reach = Callable[[Page], None]

WIDTHS: Final = (1280, 320)
SCHEMES: Final[tuple[str, ...]] = ("light", "dark")
TRANSLATIONS: Final = ("de", "es", "fr")
KEY: Final = "sites"
REDIRECT: Final = "https://app.example.com/callback"
CLIENT: Final = ApiClient("0123456789abcdef0123.app.sage.com", "sandbox-client-secret")
_NOT_PAGES: Final = re.compile(r"^/(_sandbox|static|ia)(/|$)")


@dataclass(frozen=True, slots=True)
class Site:
    """One page in one state.

    Attributes:
        name: A file name without ending.
        reach: Brings a fresh tab of a signed-in person there.
    """

    name: str
    reach: Reach


def looks(page: Page) -> Iterator[str]:
    """The page as it is, narrow and wide, light and dark; yields a name of each look."""
    for width in WIDTHS:
        for scheme in SCHEMES:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            yield f"{scheme}-{width}"
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})


# The sandbox.


def sign_in_everywhere(page: Page, sandbox_url: str) -> None:
    """Sign in at both doors, as the fixture `guide` has it."""
    page.goto(f"{sandbox_url}/developer")
    page.get_by_label("Email", exact=True).fill("dev@example.com")
    page.get_by_label("Password", exact=True).fill("sandbox")
    page.get_by_role("button", name="Sign in", exact=True).click()
    guide.sign_in(page, sandbox_url)


def linked_sites(page: Page, sandbox_url: str) -> list[Site]:
    """One site for each kind of page that links lead to; addresses that differ in numbers only are one
    kind."""
    found: dict[str, str] = {}
    waiting = [f"{sandbox_url}/"]
    while waiting:
        url = waiting.pop(0)
        kind = re.sub(r"/\d+", "/N", urlsplit(url).path)
        if kind in found:
            continue
        page.goto(url)
        found[kind] = url
        waiting += _links(page, sandbox_url)
    return [Site(_file_name("sandbox", kind), _visiting(url)) for kind, url in found.items()]


def refused_forms(sandbox_url: str) -> Iterator[Site]:
    """Forms that were sent empty, and addresses that lead nowhere."""
    forms = {
        "web-services-user": ("/company/admin/web-services-users/new", "Save"),
        "authorized-client": (
            "/company/setup/company/edit/security/authorized-client-applications/new",
            "Save",
        ),
        "workspace": ("/developer/workspaces/new", "Create"),
    }
    for name, (path, button) in forms.items():
        yield Site(f"sandbox-refused-{name}", _sending_empty(sandbox_url + path, button))
    yield Site("sandbox-not-found", _visiting(f"{sandbox_url}/company/nowhere"))
    yield Site("sandbox-nowhere", _visiting(f"{sandbox_url}/nowhere"))


def visitor_sites(sandbox_url: str) -> list[Site]:
    """What somebody sees who has not signed in."""
    return [
        Site("sandbox-developer-sign-in", _visiting(f"{sandbox_url}/developer/sign-in")),
        Site("sandbox-developer-sign-up", _visiting(f"{sandbox_url}/developer/sign-up")),
        Site("sandbox-refused-sign-up", _sending_empty(f"{sandbox_url}/developer/sign-up", "Sign up")),
        Site("sandbox-company-sign-in", _visiting(f"{sandbox_url}/company/sign-in")),
    ]


def register_redirect(page: Page) -> str:
    """Give the guide's application API keys with a redirect URI, as its developer; the new Client ID.

    The page must be signed in at the developer console.
    """
    follow(page, "Home", "View workspaces", "Acme Software", "Apps", "Acme Connector", "Create API keys")
    enter(
        page,
        {"Sage Product API": "Sage Intacct", "Client Scope": "Production", "Redirect URIs": REDIRECT},
    )
    follow(page, "Create")
    keys = page.locator("section.keys").filter(has_text=REDIRECT)
    return keys.get_by_label("Client ID", exact=True).input_value()


def consent_sites(sandbox_url: str, client_id: str) -> list[Site]:
    """What a person sees whom an application sends here: signing in, the question, a bad request."""
    query = {"response_type": "code", "client_id": client_id, "redirect_uri": REDIRECT, "state": "s"}
    asked = f"{sandbox_url}/ia/api/v1/oauth2/authorize?{urlencode(query)}"
    unregistered = f"{sandbox_url}/ia/api/v1/oauth2/authorize?{urlencode({**query, 'redirect_uri': 'x:'})}"

    def sign_in(page: Page) -> None:
        page.goto(asked)
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()

    def refused(page: Page) -> None:
        sign_in(page)
        follow(page, "Sign in")
        expect(page.get_by_role("alert")).to_be_visible()

    def question(page: Page) -> None:
        page.goto(asked)
        enter(page, {"Company ID": "MyCompany", "User ID": guide.OWNER, "Password": guide.OWNER_PASSWORD})
        follow(page, "Sign in")
        expect(page.get_by_role("button", name="Accept", exact=True)).to_be_visible()

    states = (sign_in, refused, question)
    return [
        *(Site(f"sandbox-consent-{state.__name__.replace('_', '-')}", state) for state in states),
        Site("sandbox-consent-problem", _visiting(unregistered)),
    ]


def _links(page: Page, sandbox_url: str) -> list[str]:
    hrefs: list[str] = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    addresses = {href.partition("#")[0] for href in hrefs if href.startswith(f"{sandbox_url}/")}
    return sorted(one for one in addresses if not _NOT_PAGES.match(urlsplit(one).path))


def _visiting(url: str) -> Reach:
    def reach(page: Page) -> None:
        page.goto(url)

    return reach


def _sending_empty(url: str, button: str) -> Reach:
    def reach(page: Page) -> None:
        page.goto(url)
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("alert")).to_be_visible()

    return reach


def _file_name(program: str, path: str) -> str:
    return f"{program}-{path.strip('/').replace('/', '-') or 'start'}"


# The Connect page.


def connect_sites(run: World) -> list[Site]:
    """The states of the Connect page, against the fixture `guide`."""
    run.integration(KEY)

    def form(page: Page) -> None:
        # A new link in the same tab would keep the form and what was typed.
        page.goto("about:blank")
        page.goto(run.connect_link(KEY))
        expect(page.get_by_role("button", name="Connect", exact=True)).to_be_visible()

    def understood(page: Page) -> None:
        form(page)
        guide.credentials(page, CLIENT, username="Admin@MyCompany|Central Region")
        expect(page.locator(".chips")).to_be_visible()

    def misread(page: Page) -> None:
        form(page)
        guide.credentials(page, CLIENT, username="Admin MyCompany")
        expect(page.locator(".misread")).to_be_visible()

    def incomplete(page: Page) -> None:
        form(page)
        guide.submit(page)
        expect(page.get_by_text("Enter the Client Secret.")).to_be_visible()

    def failed(page: Page) -> None:
        form(page)
        guide.credentials(page, CLIENT, username="admin@MyCompany")
        guide.submit(page)
        expect(page.get_by_role("alert")).to_be_visible()

    def connected(page: Page) -> None:
        form(page)
        guide.credentials(page, CLIENT, username="Admin@MyCompany")
        guide.submit(page)
        expect(page.get_by_role("heading", name="Connected")).to_be_visible()

    def without_token(page: Page) -> None:
        page.goto(f"{run.service.url}/connect/")
        expect(page.get_by_role("heading", name="This link is not complete")).to_be_visible()

    def expired(page: Page) -> None:
        page.goto(f"{run.service.url}/connect/#session_token=nango_connect_session_{'0' * 64}")
        expect(page.get_by_role("heading", name="This link has expired")).to_be_visible()

    states = (form, understood, misread, incomplete, failed, connected, without_token, expired)
    english = [Site(f"connect-{state.__name__.replace('_', '-')}", state) for state in states]
    return [*english, *(site for language in TRANSLATIONS for site in _translated_sites(run, language))]


def _translated_sites(run: World, language: str) -> list[Site]:
    """What has most words, in another language."""

    def form(page: Page) -> None:
        page.goto("about:blank")
        page.goto(run.connect_link(KEY).replace("/connect/#", f"/connect/?lang={language}#"))
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("#field-username")).to_be_visible()

    def failed(page: Page) -> None:
        form(page)
        page.locator("#field-clientId").fill(CLIENT.client_id)
        page.locator("#field-clientSecret").fill(CLIENT.client_secret)
        page.locator("#field-username").fill("admin@MyCompany")
        page.locator("button[type=submit]").click()
        expect(page.get_by_role("alert")).to_be_visible()

    return [Site(f"connect-{state.__name__}-{language}", state) for state in (form, failed)]
