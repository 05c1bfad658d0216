import pytest
from sandbox.tests.pages.visiting import Site, Visitor

from intacct_sandbox.identity import companies, developers, users


def test_the_landing_page_leads_to_both_doors_and_says_who_can_sign_in(visitor: Visitor) -> None:
    visitor.open("/")
    assert {"Developer console", "Company"} <= visitor.links()
    assert "MyCompany Production, multi-entity owner sandbox" in visitor.text


def test_the_addresses_for_programs_are_those_the_visitor_came_by(visitor: Visitor) -> None:
    visitor.client.base_url = visitor.client.base_url.copy_with(host="127.0.0.1", port=8089)
    visitor.open("/")
    assert visitor.field("OAuth token endpoint") == "http://127.0.0.1:8089/ia/api/v1/oauth2/token"
    assert visitor.field("XML gateway") == "http://127.0.0.1:8089/ia/xml/xmlgw.phtml"


def test_a_password_that_somebody_chose_is_not_told(site: Site, visitor: Visitor) -> None:
    company = companies.find(site.store, "MyCompany")
    assert company is not None
    owner = users.find(site.store, company.key, "owner")
    assert owner is not None
    users.set_password(site.store, owner.key, "hard to guess")
    developers.sign_up(site.store, site.ids, email="a@example.com", name="A", password="also hard")
    visitor.open("/")
    assert "hard" not in visitor.text
    assert "chosen at sign-up" in visitor.text


def test_a_company_without_web_services_says_so(site: Site, visitor: Visitor) -> None:
    company = companies.find(site.store, "MyCompany")
    assert company is not None
    companies.subscribe(site.store, company.key, [])
    assert "Web Services subscription off" in visitor.open("/").text


@pytest.mark.parametrize("path", ["/nowhere", "/ia/nothing", "/developer-not"])
def test_a_path_that_nobody_serves_has_a_page_of_its_own(path: str, visitor: Visitor) -> None:
    visitor.open(path)
    assert visitor.status == 404
    assert "Page not found" in visitor.text
    assert "A Sage Intacct to build against" in visitor.click("Go to the start").text
