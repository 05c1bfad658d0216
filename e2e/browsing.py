"""Moving through pages as a person does who knows nothing but labels. It knows no page and no address."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from checks.chromium import LAUNCH_ARGUMENTS, executable
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

_PATIENCE_MS = 20_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(LAUNCH_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def person(
    browser: Browser,
    *,
    width: int = 1280,
    scheme: str = "light",
    har: Path | None = None,
    har_of: str | None = None,
) -> BrowserContext:
    """A browser profile of a person who reads English.

    Args:
        browser: The browser.
        width: Of the window, in CSS pixels.
        scheme: `light` or `dark`.
        har: The file that all exchanges are written to when the profile is closed.
        har_of: A glob: exchanges with these addresses only.
    """
    context = browser.new_context(
        record_har_path=har,
        record_har_content="embed" if har else None,
        record_har_url_filter=har_of,
        locale="en-GB",
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(_PATIENCE_MS)
    return context


def follow(page: Page, *labels: str) -> None:
    """Click on what bears each label, one after the other; exactly one thing must bear it."""
    for label in labels:
        bearing(page, label).click()


def bearing(page: Page, label: str) -> Locator:
    """The one link or button of exactly that name."""
    link = page.get_by_role("link", name=label, exact=True)
    button = page.get_by_role("button", name=label, exact=True)
    found = link.or_(button)
    expect(found).to_have_count(1)
    return found


def enter(page: Page, values: Mapping[str, str]) -> None:
    """Fill in fields by their labels, in order: texts are typed, of drop-downs the option is chosen."""
    for label, value in values.items():
        field = page.get_by_label(label, exact=True)
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)


def value_of(page: Page, label: str) -> str:
    """What a field shows."""
    return page.get_by_label(label, exact=True).input_value()
