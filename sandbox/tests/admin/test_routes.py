from sandbox.tests.pages.visiting import PASSWORD, Site, Visitor

from intacct_sandbox.identity import clients, companies, users
from intacct_sandbox.identity.companies import Company

CLIENT_ID = "0123456789abcdef0123.app.sage.com"


def test_the_guide_can_be_followed_by_its_labels_without_scripts(
    site: Site, company: Company, visitor: Visitor
) -> None:
    companies.subscribe(site.store, company.key, [])
    visitor.open("/").click("Company")
    visitor.press("Sign in", company_id="MyCompany", user_id="owner", password=PASSWORD)
    visitor.click("Company").click("Admin").click("Subscriptions")
    visitor.press("Save", subscriptions=["Web Services"])
    visitor.click("Company").click("Admin").click("Web Services Users").click("Add")
    visitor.press(
        "Save",
        id="Integration",
        user_name="Acme",
        account_email="acme@example.com",
        admin_privileges="full",
    )
    visitor.click("Company").click("Setup").click("Company")
    assert visitor.field("Company ID") == "MyCompany"
    visitor.click("Edit").click("Security").click("Authorized Client Applications").click("Add")
    visitor.press("Save", client_id=CLIENT_ID, web_services_user_id="Integration")

    assert users.find(site.store, company.key, "Integration") is not None
    authorized = clients.find_authorized(site.store, company.key, CLIENT_ID)
    assert authorized is not None
    assert authorized.web_services_user_id == "Integration"


def test_a_page_that_is_not_there_is_a_page_of_the_company(administrator: Visitor) -> None:
    assert administrator.open("/company/nothing").status == 404
    assert "My Session" in administrator.links()
