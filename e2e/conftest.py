"""What the end-to-end tests share: one pair of programs a run, a fresh empty company and a browser for each
test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from e2e.browsing import chromium
from e2e.world import World, world

_LAST = "e2e/test_secrets.py"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The look for secrets comes after everything that could have left one."""
    items.sort(key=lambda item: _LAST in item.nodeid)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The programs of this run."""
    with world(tmp_path_factory.mktemp("run")) as started:
        yield started


# By module: Playwright's synchronous form occupies the event loop, which tests of other modules want for
# themselves.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def empty(run: World) -> World:
    """The programs, with companies that nobody has touched."""
    run.reset()
    return run


@pytest.fixture
def page(empty: World, browser: Browser) -> Iterator[Page]:
    """A tab of the one person who plays all parts."""
    with empty.visitor(browser) as context:
        yield context.new_page()
