import pytest
from sandbox.tests.pages.visiting import Site, Visitor

from intacct_sandbox.identity import companies, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.users import User

LIST = "/company/admin/web-services-users"


@pytest.fixture
def with_user(administrator: Visitor) -> Visitor:
    """The administrator at the list, just after adding the user Integration."""
    administrator.open(LIST).click("Add")
    return administrator.press("Save", id="Integration", user_name="Acme", account_email="acme@example.com")


def stored(site: Site, company: Company, user_id: str = "Integration") -> User:
    user = users.find(site.store, company.key, user_id)
    assert user is not None
    return user


def test_without_users_the_page_says_what_they_are_for(administrator: Visitor) -> None:
    assert "There are no Web Services users yet" in administrator.open(LIST).text


def test_a_new_user_is_for_programs_and_its_password_is_shown_once(
    site: Site, company: Company, with_user: Visitor
) -> None:
    assert stored(site, company).is_web_services
    password = with_user.field("Password")
    assert users.check_password(site.store, company.key, "Integration", password) is not None
    assert password not in with_user.open(LIST).text


def test_a_password_can_be_chosen(site: Site, company: Company, administrator: Visitor) -> None:
    administrator.open(f"{LIST}/new").press(
        "Save", id="Integration", user_name="x", account_email="x@example.com", password="my own"
    )
    assert users.check_password(site.store, company.key, "Integration", "my own") is not None


def test_a_user_id_keeps_its_letter_case_and_another_case_is_another_user(
    site: Site, company: Company, with_user: Visitor
) -> None:
    with_user.open(f"{LIST}/new").press(
        "Save", id="integration", user_name="x", account_email="x@example.com"
    )
    assert stored(site, company, "integration").key != stored(site, company).key


@pytest.mark.parametrize(
    ("user_id", "user_name", "email", "wrong"),
    [
        ("", "", "", {"id", "user_name", "account_email"}),
        ("two words", "Acme", "acme@example.com", {"id"}),
        ("Integration", "Acme", "nonsense", {"account_email"}),
        ("owner", "Acme", "acme@example.com", {"id"}),
    ],
)
def test_a_refused_user_names_the_fields_and_keeps_what_was_typed(
    user_id: str, user_name: str, email: str, wrong: set[str], administrator: Visitor
) -> None:
    administrator.open(f"{LIST}/new").press(
        "Save",
        id=user_id,
        user_name=user_name,
        account_email=email,
        admin_privileges="limited",
        first_name="Ann",
        password="my own",
    )
    assert administrator.status == 422
    assert set(administrator.errors()) == wrong
    labels = ("User ID", "User name", "Account email address", "First name", "Password")
    assert [administrator.field(label) for label in labels] == [user_id, user_name, email, "Ann", "my own"]
    assert administrator.field("Admin privileges") == "limited"


def test_a_user_is_edited_and_the_user_id_stays(site: Site, company: Company, with_user: Visitor) -> None:
    with_user.click("Edit Integration")
    assert with_user.field("User ID") == "Integration"
    with_user.press("Save", user_name="")
    assert set(with_user.errors()) == {"user_name"}
    with_user.press("Save", user_name="Renamed", status="inactive")
    assert stored(site, company).user_name == "Renamed"
    assert stored(site, company).status == "inactive"


def test_entities_restrict_a_user(site: Site, company: Company, administrator: Visitor) -> None:
    companies.add_entity(site.store, company.key, entity_id="CR", name="Central Region")
    administrator.open(f"{LIST}/new").press(
        "Save",
        id="Integration",
        user_name="x",
        account_email="x@example.com",
        entity_ids=["CR"],
        allow_top_level=[],
    )
    assert stored(site, company).entity_ids == ("CR",)
    assert not stored(site, company).allow_top_level


def test_where_permissions_are_by_user_they_are_chosen_here(site: Site, outsider: Visitor) -> None:
    outsider.open(f"{LIST}/new").press(
        "Save",
        id="Integration",
        user_name="x",
        account_email="x@example.com",
        permissions=["*:*"],
        more_permissions="projects/project:list",
    )
    other = companies.find(site.store, "OtherCo")
    assert other is not None
    assert stored(site, other).permissions == ("*:*", "projects/project:list")


def test_a_user_is_made_inactive_and_active_again(site: Site, company: Company, with_user: Visitor) -> None:
    with_user.press("Make inactive Integration")
    assert stored(site, company).status == "inactive"
    with_user.press("Make active Integration")
    assert stored(site, company).status == "active"


def test_a_password_is_reset_only_after_a_yes(site: Site, company: Company, with_user: Visitor) -> None:
    old = with_user.field("Password")
    with_user.click("Reset password Integration").press("Reset password")
    assert users.check_password(site.store, company.key, "Integration", old) is None
    new = with_user.field("Password")
    assert users.check_password(site.store, company.key, "Integration", new) is not None


def test_a_user_is_deleted_only_after_a_yes(site: Site, company: Company, with_user: Visitor) -> None:
    with_user.click("Delete Integration")
    assert "Delete the user Integration?" in with_user.text
    with_user.click("Cancel")
    assert len(users.web_services(site.store, company.key)) == 1
    with_user.click("Delete Integration").press("Delete user")
    assert users.find(site.store, company.key, "Integration") is None


@pytest.mark.parametrize("rest", ["", "/deletion", "/password"])
def test_users_who_are_people_or_of_another_company_are_not_there(
    rest: str, site: Site, company: Company, with_user: Visitor, outsider: Visitor
) -> None:
    assert outsider.open(f"{LIST}/{stored(site, company).key}{rest}").status == 404
    assert with_user.open(f"{LIST}/{stored(site, company, 'owner').key}{rest}").status == 404
