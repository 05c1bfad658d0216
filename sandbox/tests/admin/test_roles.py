from sandbox.tests.pages.visiting import Site, Visitor

from intacct_sandbox.identity import permissions, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.permissions import Role

LIST = "/company/admin/roles"


def add_role(administrator: Visitor) -> Visitor:
    administrator.open(LIST).click("Add")
    return administrator.press("Save", id="Reader", permissions=["accounts-payable/*:readonly"])


def stored(site: Site, company: Company) -> list[Role]:
    return permissions.roles(site.store, company.key)


def test_a_role_is_added_with_its_permissions(site: Site, company: Company, administrator: Visitor) -> None:
    assert "There are no roles yet" in administrator.open(LIST).text
    add_role(administrator)
    assert administrator.notice() == "The role Reader was added."
    assert [role.permissions for role in stored(site, company)] == [("accounts-payable/*:readonly",)]


def test_a_refused_role_keeps_what_was_chosen(site: Site, company: Company, administrator: Visitor) -> None:
    administrator.open(f"{LIST}/new").press(
        "Save", id="", permissions=["projects/*:list"], more_permissions="nonsense"
    )
    assert set(administrator.errors()) == {"id", "more_permissions"}
    assert administrator.field("Single objects") == "nonsense"
    assert 'value="projects/*:list" aria-label="Projects: list" checked' in administrator.source
    assert stored(site, company) == []


def test_a_name_is_given_once(administrator: Visitor) -> None:
    add_role(administrator).open(f"{LIST}/new").press("Save", id="Reader")
    assert "already" in administrator.errors()["id"]


def test_a_role_is_edited(site: Site, company: Company, administrator: Visitor) -> None:
    add_role(administrator).click("Edit Reader").press("Save", more_permissions="x:y")
    assert set(administrator.errors()) == {"more_permissions"}
    administrator.press("Save", more_permissions="projects/project:list", description="Reads")
    [role] = stored(site, company)
    assert role.permissions == ("accounts-payable/*:readonly", "projects/project:list")
    assert role.description == "Reads"


def test_a_role_is_deleted_only_after_a_yes(site: Site, company: Company, administrator: Visitor) -> None:
    add_role(administrator).click("Delete Reader").click("Cancel")
    assert len(stored(site, company)) == 1
    administrator.click("Delete Reader").press("Delete role")
    assert stored(site, company) == []


def test_the_list_says_who_has_a_role(site: Site, company: Company, administrator: Visitor) -> None:
    add_role(administrator).open("/company/admin/web-services-users/new").press(
        "Save", id="Integration", user_name="x", account_email="x@example.com", roles=["Reader"]
    )
    assert [user.roles for user in users.web_services(site.store, company.key)] == [("Reader",)]
    assert "Integration" in administrator.open(LIST).text


def test_the_role_of_another_company_is_not_there(administrator: Visitor, outsider: Visitor) -> None:
    add_role(administrator)
    assert outsider.open(f"{LIST}/1").status == 404
    assert outsider.open(f"{LIST}/1/deletion").status == 404
