"""axe finds no serious violation on any page of service and sandbox, light and dark, narrow and wide."""

from collections.abc import Iterable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from e2e import guide, sites
from e2e.sites import Site
from e2e.world import World, world

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(600)]

AXE = Axe()
SERIOUS = {"serious", "critical"}


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
    assert violations(page, sites.linked_sites(page, empty.sandbox.url)) == []


def violations(page: Page, every: Iterable[Site]) -> list[str]:
    """What axe says, a line each."""
    found = []
    for site in every:
        site.reach(page)
        for look in sites.looks(page):
            for violation in AXE.run(page).response["violations"]:
                if violation["impact"] in SERIOUS:
                    where = violation["nodes"][0]["html"][:160]
                    found.append(f"{site.name} {look}: {violation['id']}: {where}")
    return found
