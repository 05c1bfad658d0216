"""A browser for the page tests, and pages that fail a test when the browser complains."""

from collections.abc import Iterator

import pytest
from checks.chromium import LAUNCH_ARGUMENTS, executable
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

_PATIENCE_MS = 10_000


# By module: Playwright's synchronous form occupies the event loop, which tests of other modules want for
# themselves.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable(), args=list(LAUNCH_ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of this test's own, with an English user and a clipboard."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(_PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which no script may fail and nothing may break the page's policy."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
    yield page
    assert complaints == []
