"""A company, its administrator at the pages, and people who are none."""

from collections.abc import Iterator

import pytest
from sandbox.tests.pages.visiting import Site, Visitor, add_user, install_company, sign_in, site
from starlette.testclient import TestClient

from intacct_sandbox.identity.companies import Company


@pytest.fixture(name="site")
def given_site() -> Iterator[Site]:
    """No company yet."""
    with site() as made:
        yield made


@pytest.fixture
def company(site: Site) -> Company:
    """MyCompany, with an administrator `owner` and a `clerk` without privileges."""
    company = install_company(site, "MyCompany", is_multi_entity=True)
    add_user(site, company, "owner", admin_privileges="full")
    add_user(site, company, "clerk")
    return company


@pytest.fixture
def visitor(site: Site, company: Company) -> Iterator[Visitor]:
    """A browser that has been nowhere yet."""
    with TestClient(site.app) as client:
        yield Visitor(client)


@pytest.fixture
def administrator(visitor: Visitor) -> Visitor:
    """The visitor, signed in as `owner`."""
    return sign_in(visitor, "MyCompany", "owner")


@pytest.fixture
def outsider(site: Site, company: Company) -> Iterator[Visitor]:
    """The administrator of another company, in a browser of their own."""
    other = install_company(site, "OtherCo", permission_type="user")
    add_user(site, other, "owner", admin_privileges="full")
    with TestClient(site.app) as client:
        yield sign_in(Visitor(client), "OtherCo", "owner")
