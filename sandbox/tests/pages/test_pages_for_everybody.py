"""What the script adds to the pages, for everybody, and pages that no link of `e2e`'s companies leads to; all
others, in all their looks, are judged there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from checks.chromium import LAUNCH_ARGUMENTS, executable
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sandbox.tests.pages.serving import serving
from sandbox.tests.pages.visiting import PASSWORD, Site, add_user, install_company, site

from intacct_sandbox.identity import clients, companies, developers, permissions, senders
from intacct_sandbox.objects import custom
from intacct_sandbox.objects.custom import CustomField

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_PATIENCE_MS = 15_000


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at a page."""

    width: int
    scheme: Literal["light", "dark"]


LOOKS = (Look(1280, "light"), Look(1280, "dark"), Look(320, "light"), Look(320, "dark"))


@pytest.fixture(scope="module")
def busy() -> Iterator[str]:
    """A sandbox with one of everything, served."""
    with site() as made:
        _fill_developer(made)
        _fill_company(made)
        with serving(made) as url:
            yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable(), args=list(LAUNCH_ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, busy: str) -> Iterator[Page]:
    """A tab in which no script may fail and nothing may break the page's policy; colours don't fade."""
    context = browser.new_context(base_url=busy, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
    yield page
    context.close()
    assert complaints == []


def test_developer_pages_with_nothing_on_them_are_for_everybody(page: Page) -> None:
    _sign_in_as_developer(page)
    for path in ("/workspaces/2/apps", "/workspaces/1/apps/2", "/nothing"):
        page.goto(f"/developer{path}")
        for look in LOOKS:
            _judge(page, look)


def test_a_question_about_a_custom_field_is_for_everybody(page: Page) -> None:
    _sign_in_as_owner(page)
    page.goto("/company/setup/custom-fields/1/deletion")
    expect(page.get_by_role("button", name="Delete field", exact=True)).to_be_visible()
    for look in LOOKS:
        _judge(page, look)


def test_a_refused_sign_in_is_for_everybody(page: Page) -> None:
    page.goto("/company/sign-in")
    page.locator("main button[type=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    for look in LOOKS:
        _judge(page, look)


def test_a_link_in_the_list_of_errors_leads_to_its_field(page: Page) -> None:
    page.goto("/company/sign-in")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Company ID", exact=True)).to_be_focused()
    page.get_by_role("link", name="Enter the password.").click()
    assert page.url.endswith("#field-password")


def test_copying_takes_the_value_and_says_so(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _sign_in_as_owner(page)
    page.goto("/company/session")
    session_id = page.get_by_label("Session ID", exact=True).input_value()
    page.get_by_role("button", name="Copy Session ID", exact=True).click()
    expect(page.get_by_text("Session ID copied", exact=True)).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == session_id


def test_a_question_is_asked_over_the_page_and_a_no_comes_back_to_it(page: Page) -> None:
    _sign_in_as_developer(page)
    page.goto("/developer/workspaces/1/apps/1")
    rotate = page.get_by_role("link", name="Rotate secret", exact=True)
    rotate.click()
    dialog = page.get_by_role("dialog", name="Rotate the Client Secret?")
    expect(dialog).to_be_visible()
    _judge(page, Look(320, "dark"))
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(rotate).to_be_focused()


def test_the_menu_of_the_user_opens_by_keyboard_and_closes_on_escape(page: Page) -> None:
    _sign_in_as_owner(page)
    menu = page.locator("details.menu summary")
    menu.press("Enter")
    session = page.get_by_role("link", name="My Session", exact=True)
    expect(session).to_be_visible()
    _judge(page, Look(320, "light"))
    session.press("Escape")
    expect(session).to_be_hidden()
    expect(menu).to_be_focused()


def _judge(page: Page, look: Look) -> None:
    page.set_viewport_size({"width": look.width, "height": 900})
    page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{page.url} scrolls sideways at {look}"
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [found for found in violations if found["impact"] in {"serious", "critical"}]
    assert serious == [], f"{page.url} at {look}"


def _sign_in_as_developer(page: Page) -> None:
    page.goto("/developer/sign-in")
    page.get_by_label("Email", exact=True).fill("dev@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/developer")


def _sign_in_as_owner(page: Page) -> None:
    page.goto("/company/sign-in")
    page.get_by_label("Company ID", exact=True).fill("MyCompany")
    page.get_by_label("User ID", exact=True).fill("owner")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/company")


def _fill_developer(made: Site) -> None:
    store, email = made.store, "dev@example.com"
    developer = developers.sign_up(store, made.ids, email=email, name="Acme", password=PASSWORD)
    for name in ("Acme Software", "An empty one"):
        developers.add_workspace(store, developer.key, name=name, contact_email=email)
    for name in ("Acme Connector", "Acme Without Keys"):
        developers.add_application(
            store, 1, name=name, home_page_url="https://www.example.com", contact_email=email
        )
    developers.create_api_keys(store, made.ids, made.clock, 1, "sage-intacct", "production")


def _fill_company(made: Site) -> None:
    company = install_company(made, "MyCompany", is_multi_entity=True)
    add_user(made, company, "owner", admin_privileges="full")
    add_user(made, company, "clerk")
    add_user(made, company, "Integration", is_web_services=True)
    companies.add_entity(made.store, company.key, entity_id="Central Region", name="Central Region")
    permissions.add_role(
        made.store,
        company.key,
        role_id="Reader",
        description="Reads",
        permissions=["accounts-payable/*:readonly"],
    )
    client_id = developers.api_keys(made.store, 1)[0].client_id
    clients.authorize(made.store, company.key, client_id, "Ours", "integration")
    senders.add(made.store, company.key, "acme", "Ours")
    own = CustomField(object_name="accounts-payable/vendor", name="REGION", type="text", label="Region")
    custom.add_field(made.store, company.key, own)
