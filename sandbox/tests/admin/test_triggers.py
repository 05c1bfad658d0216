import pytest
from sandbox.tests.pages.visiting import Site, Visitor

from intacct_sandbox.identity import clients, companies
from intacct_sandbox.triggers import definitions

LIST = "/company/setup/triggers"
CLIENT = "0123456789abcdef0123.app.sage.com"
FORM = {
    "name": "Vendors",
    "object_name": "accounts-payable/vendor",
    "url": "http://127.0.0.1:9/hook",
    "client_id": CLIENT,
}


@pytest.fixture
def key(site: Site, administrator: Visitor) -> int:
    company = companies.find(site.store, "MyCompany")
    assert company is not None
    clients.authorize(site.store, company.key, CLIENT, "Connector", "Admin")
    return company.key


def test_a_trigger_is_added_edited_switched_off_and_deleted(
    site: Site, administrator: Visitor, key: int
) -> None:
    administrator.open("/company/setup").click("Triggers").click("Add").press("Save", **FORM)
    made = definitions.every(site.store, key)[0]
    assert (made.name, made.events, made.status) == ("Vendors", ("create", "update", "delete"), "active")
    administrator.click("Edit Vendors").press("Save", name="Suppliers", events=["delete"])
    assert definitions.every(site.store, key)[0].events == ("delete",)
    administrator.press("Make inactive Suppliers")
    assert definitions.every(site.store, key)[0].status == "inactive"
    administrator.click("Delete Suppliers").press("Delete trigger")
    assert definitions.every(site.store, key) == []


def test_an_empty_form_says_what_is_missing(administrator: Visitor, key: int) -> None:
    administrator.open(f"{LIST}/new").press("Save")
    assert set(administrator.errors()) == {"name", "object_name", "url", "client_id"}


def test_the_page_tells_how_a_post_is_checked(administrator: Visitor, key: int) -> None:
    text = administrator.open(LIST).text
    for part in ("X-IA-Sage-Signature", "HS256", "payload_signature", "10 seconds, 30 seconds, 90 seconds"):
        assert part in text


def test_the_triggers_of_another_company_are_not_there(
    site: Site, administrator: Visitor, key: int, outsider: Visitor
) -> None:
    administrator.open(f"{LIST}/new").press("Save", **FORM)
    made = definitions.every(site.store, key)[0]
    assert "Page not found" in outsider.open(f"{LIST}/{made.key}").text
