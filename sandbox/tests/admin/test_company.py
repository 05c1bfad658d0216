from sandbox.tests.pages.visiting import Site, Visitor

from intacct_sandbox.identity import companies, formats
from intacct_sandbox.identity.companies import WEB_SERVICES, Company
from intacct_sandbox.identity.formats import Formats


def stored(site: Site) -> Company:
    company = companies.find(site.store, "MyCompany")
    assert company is not None
    return company


def test_the_company_is_renamed_but_keeps_its_id(site: Site, administrator: Visitor) -> None:
    administrator.open("/company/setup/company").click("Edit").press("Save", title="New Name")
    assert stored(site).title == "New Name"
    assert administrator.field("Company ID") == "MyCompany"


def test_a_refused_name_stands_beside_its_field(site: Site, administrator: Visitor) -> None:
    administrator.open("/company/setup/company/edit").press("Save", title="x" * 101)
    assert set(administrator.errors()) == {"title"}
    assert administrator.field("Company name") == "x" * 101
    assert stored(site).title == "MyCompany Inc."


def test_dates_are_written_as_the_administrator_chooses(
    site: Site, company: Company, administrator: Visitor
) -> None:
    administrator.open("/company/setup/company/edit")
    administrator.press("Save", locale="de_DE", date_format=".dmY", clock="12", gmt_offset="+01:00")
    assert "DD.MM.YYYY, 12 hours, GMT +01:00" in administrator.text
    assert formats.of(site.store, company.key) == Formats(
        locale="de_DE", date_format=".dmY", clock="12", gmt_offset="+01:00"
    )


def test_a_refused_offset_stands_beside_its_field_and_nothing_is_saved(
    site: Site, company: Company, administrator: Visitor
) -> None:
    administrator.open("/company/setup/company/edit")
    administrator.press("Save", title="New Name", locale="de_DE", gmt_offset="soon")
    assert set(administrator.errors()) == {"gmt_offset"}
    assert administrator.field("GMT offset") == "soon"
    assert stored(site).title == "MyCompany Inc."
    assert formats.of(site.store, company.key) == Formats()


def test_web_services_is_switched_off_and_on(site: Site, administrator: Visitor) -> None:
    administrator.open("/company/admin/subscriptions")
    assert administrator.is_checked("Web Services")
    administrator.press("Save", subscriptions=["General Ledger"])
    assert stored(site).subscriptions == {"General Ledger"}
    assert "Web Services is off" in administrator.notice()
    administrator.press("Save", subscriptions=[WEB_SERVICES])
    assert "Web Services is on" in administrator.notice()


def test_a_subscription_that_does_not_exist_is_refused(site: Site, administrator: Visitor) -> None:
    token = administrator.open("/company/admin/subscriptions").csrf()
    administrator.post(administrator.path, {"csrf": [token], "subscriptions": ["Free Money"]})
    assert set(administrator.errors()) == {"subscriptions"}
    assert WEB_SERVICES in stored(site).subscriptions


def test_entities_are_listed_with_the_username_that_works_in_them(
    site: Site, company: Company, administrator: Visitor
) -> None:
    companies.add_entity(site.store, company.key, entity_id="CR", name="Central Region")
    administrator.open("/company/setup").click("Entities")
    assert "CR Central Region userId@MyCompany|CR Active" in administrator.text


def test_a_single_entity_company_says_so(outsider: Visitor) -> None:
    assert "This company has a single entity" in outsider.open("/company/setup/entities").text


def test_security_counts_what_is_on_its_lists(administrator: Visitor) -> None:
    administrator.open("/company/setup/company/edit").click("Security")
    assert "No applications on the list" in administrator.text
    assert "No senders on the list" in administrator.text


def test_on_every_page_of_the_menus_a_label_of_the_guide_names_one_thing(administrator: Visitor) -> None:
    for start, label in [
        ("/company", "Company"),
        ("/company/menu", "Setup"),
        ("/company/menu", "Admin"),
        ("/company/setup", "Company"),
        ("/company/setup/company", "Edit"),
        ("/company/setup/company/edit", "Security"),
    ]:
        assert administrator.open(start).click(label).status == 200
