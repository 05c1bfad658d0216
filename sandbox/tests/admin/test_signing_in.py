import pytest
from sandbox.tests.pages.visiting import PASSWORD, Site, Visitor, add_user, sign_in

from intacct_sandbox.identity import sessions, users
from intacct_sandbox.identity.companies import Company


@pytest.mark.parametrize(
    ("company_id", "user_id", "password"),
    [
        ("mycompany", "owner", PASSWORD),
        ("MyCompany", "Owner", PASSWORD),
        ("MyCompany", "owner", "Sandbox"),
        ("Nobody", "owner", PASSWORD),
    ],
)
def test_wrong_sign_in_information_gets_one_answer_and_keeps_what_was_typed(
    company_id: str, user_id: str, password: str, visitor: Visitor
) -> None:
    visitor.open("/company/sign-in")
    visitor.press("Sign in", company_id=company_id, user_id=user_id, password=password)
    assert visitor.status == 422
    assert "Sign-in information is incorrect." in visitor.errors()["company_id"]
    assert (visitor.field("Company ID"), visitor.field("User ID")) == (company_id, user_id)
    assert visitor.field("Password") == ""


def test_empty_fields_are_asked_for(visitor: Visitor) -> None:
    visitor.open("/company/sign-in").press("Sign in")
    assert set(visitor.errors()) == {"company_id", "user_id", "password"}


def test_an_inactive_user_is_told_so(site: Site, company: Company, visitor: Visitor) -> None:
    add_user(site, company, "gone", admin_privileges="full", status="inactive")
    sign_in(visitor, "MyCompany", "gone")
    assert "inactive" in visitor.errors()["user_id"]


def test_a_web_services_user_cannot_sign_in_here(site: Site, company: Company, visitor: Visitor) -> None:
    add_user(site, company, "Integration", is_web_services=True)
    sign_in(visitor, "MyCompany", "Integration")
    assert "Web Services user" in visitor.errors()["user_id"]


def test_whoever_is_signed_in_is_not_asked_again(administrator: Visitor) -> None:
    assert administrator.open("/company/sign-in").path == "/company"


def test_the_session_page_shows_the_session_of_the_user_interface(
    site: Site, company: Company, administrator: Visitor
) -> None:
    administrator.click("My Session")
    session = sessions.find(site.store, site.clock, administrator.field("Session ID"))
    assert session is not None
    assert session.origin == "ui"
    owner = users.find(site.store, company.key, "owner")
    assert owner is not None
    assert session.user_key == owner.key


def test_the_session_page_is_for_everybody(visitor: Visitor) -> None:
    sign_in(visitor, "MyCompany", "clerk").click("My Session")
    assert visitor.field("Session ID")


def test_signing_out_ends_the_session_everywhere(site: Site, administrator: Visitor) -> None:
    session_id = administrator.click("My Session").field("Session ID")
    administrator.press("Sign out")
    assert administrator.notice() == "You have signed out."
    assert sessions.find(site.store, site.clock, session_id) is None


def test_the_first_page_says_what_an_integration_still_needs(
    site: Site, company: Company, administrator: Visitor
) -> None:
    assert "Subscription to Web Services (done)" in administrator.text
    assert "An active Web Services user (to do)" in administrator.text
    add_user(site, company, "Integration", is_web_services=True)
    assert "An active Web Services user (done)" in administrator.open("/company").text


def test_the_first_page_tells_a_user_without_privileges_what_is_left(visitor: Visitor) -> None:
    sign_in(visitor, "MyCompany", "clerk")
    assert "You have no administrator privileges" in visitor.text
    assert "session ID" in visitor.links()
