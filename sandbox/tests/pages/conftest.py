"""A sandbox of web pages with one company in it, and somebody who opens them."""

from collections.abc import Iterator

import pytest
from sandbox.tests.pages.visiting import Site, Visitor, add_user, install_company, site
from starlette.testclient import TestClient


@pytest.fixture(name="site")
def given_site() -> Iterator[Site]:
    """The company MyCompany with its administrator `owner`."""
    with site() as made:
        company = install_company(made, "MyCompany", is_multi_entity=True)
        add_user(made, company, "owner", admin_privileges="full")
        yield made


@pytest.fixture
def visitor(site: Site) -> Iterator[Visitor]:
    """A browser that has been nowhere yet."""
    with TestClient(site.app) as client:
        yield Visitor(client)
