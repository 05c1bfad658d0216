"""axe finds no serious violation on any page of service and sandbox, light and dark, narrow and wide, and no
page scrolls sideways.
"""

from collections.abc import Iterable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from e2e import guide, sites
from e2e.sites import Site
from e2e.world import World, world

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(600)]

AXE_SCRIPT = Axe().axe_script
SERIOUS = {"serious", "critical"}
RUN_AXE = """axe.run(document, {resultTypes: ["violations"]}).then(results => results.violations)"""
WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Both programs, with the fixture `guide`."""
    with world(tmp_path_factory.mktemp("axe"), fixture="guide") as started:
        yield started


@pytest.fixture
def tab(furnished: World, browser: Browser) -> Iterator[Page]:
    with furnished.visitor(browser) as context:
        yield context.new_page()


def test_pages_of_the_sandbox(furnished: World, tab: Page) -> None:
    visitors = sites.visitor_sites(furnished.sandbox.url)
    found = violations(tab, visitors)
    sites.sign_in_everywhere(tab, furnished.sandbox.url)
    linked = sites.linked_sites(tab, furnished.sandbox.url)
    assert len(linked) > 25
    found += violations(tab, [*linked, *sites.refused_forms(furnished.sandbox.url)])
    assert found == []


def test_pages_of_consent(furnished: World, tab: Page) -> None:
    sites.sign_in_everywhere(tab, furnished.sandbox.url)
    tab.goto(f"{furnished.sandbox.url}/developer/account")
    client_id = sites.register_redirect(tab)
    assert violations(tab, sites.consent_sites(furnished.sandbox.url, client_id)) == []


def test_pages_of_the_service(furnished: World, tab: Page) -> None:
    assert violations(tab, sites.connect_sites(furnished)) == []


def test_empty_lists(empty: World, page: Page) -> None:
    guide.sign_up(page, empty.sandbox.url)
    guide.sign_in(page, empty.sandbox.url)
    lists = [site for site in sites.linked_sites(page, empty.sandbox.url) if is_empty(page, site)]
    assert len(lists) > 3
    assert violations(page, lists) == []


def is_empty(page: Page, site: Site) -> bool:
    """Whether a page says that there is nothing yet; the others are judged with something in them."""
    site.reach(page)
    return page.locator(".empty").count() > 0


def violations(page: Page, every: Iterable[Site]) -> list[str]:
    """What is wrong, a line each."""
    found = []
    for site in every:
        site.reach(page)
        page.evaluate(AXE_SCRIPT)
        for look in sites.looks(page):
            if page.evaluate(WIDER_THAN_THE_WINDOW):
                found.append(f"{site.name} {look}: scrolls sideways")
            for violation in page.evaluate(RUN_AXE):
                if violation["impact"] in SERIOUS:
                    where = violation["nodes"][0]["html"][:160]
                    found.append(f"{site.name} {look}: {violation['id']}: {where}")
    return found
