"""The developer console, and a developer in it."""

from collections.abc import Iterator

import pytest
from sandbox.tests.pages.visiting import Site, Visitor, sign_up, site
from starlette.testclient import TestClient


@pytest.fixture(name="site")
def given_site() -> Iterator[Site]:
    """Nobody has an account yet."""
    with site() as made:
        yield made


@pytest.fixture
def visitor(site: Site) -> Iterator[Visitor]:
    """A browser that has been nowhere yet."""
    with TestClient(site.app) as client:
        yield Visitor(client)


@pytest.fixture
def developer(visitor: Visitor) -> Visitor:
    """The visitor, with an account and signed in."""
    return sign_up(visitor)


@pytest.fixture
def another_developer(site: Site) -> Iterator[Visitor]:
    """Somebody else, in a browser of their own."""
    with TestClient(site.app) as client:
        yield sign_up(Visitor(client), "Other", "other@example.com")


@pytest.fixture
def workspace(developer: Visitor) -> Visitor:
    """The developer at a workspace that was just added."""
    developer.open("/developer").click("View workspaces").click("Add workspace")
    return developer.press("Create", name="Acme Software", contact_email="team@example.com")


@pytest.fixture
def application(workspace: Visitor) -> Visitor:
    """The developer at Application Details of an application without API keys."""
    workspace.click("Apps").click("Add application")
    workspace.press("Create", name="Acme Connector", home_page_url="https://example.com")
    return workspace.click("Acme Connector")
