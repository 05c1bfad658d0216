import pytest
from sandbox.tests.pages.visiting import Site, Visitor, add_user

from intacct_sandbox.identity import clients, developers, users
from intacct_sandbox.identity.clients import AuthorizedClient
from intacct_sandbox.identity.companies import Company

LIST = "/company/setup/company/edit/security/authorized-client-applications"
CLIENT_ID = "0123456789abcdef0123.app.sage.com"


@pytest.fixture
def with_client(site: Site, company: Company, administrator: Visitor) -> Visitor:
    """The administrator at the list, just after authorizing a client for the user Integration."""
    add_user(site, company, "Integration", is_web_services=True)
    administrator.open(LIST).click("Add")
    return administrator.press("Save", client_id=f" {CLIENT_ID} ", web_services_user_id="Integration")


def stored(site: Site, company: Company) -> AuthorizedClient:
    client = clients.find_authorized(site.store, company.key, CLIENT_ID)
    assert client is not None
    return client


def test_without_clients_the_page_says_what_to_do(administrator: Visitor) -> None:
    assert "No application is authorized yet" in administrator.open(LIST).text


def test_a_client_is_authorized_and_active(site: Site, company: Company, with_client: Visitor) -> None:
    assert stored(site, company).status == "active"
    assert "Unknown application" in with_client.text


def test_the_list_says_whose_application_it_is(site: Site, company: Company, administrator: Visitor) -> None:
    developer = developers.sign_up(site.store, site.ids, email="d@example.com", name="Acme Ltd", password="x")
    space = developers.add_workspace(site.store, developer.key, name="W", contact_email="d@example.com")
    application = developers.add_application(
        site.store,
        space.key,
        name="Acme Connector",
        home_page_url="https://example.com",
        contact_email="d@example.com",
    )
    keys = developers.create_api_keys(
        site.store, site.ids, site.clock, application.key, "sage-intacct", "production"
    )
    administrator.open(f"{LIST}/new").press("Save", client_id=keys.client_id)
    assert f"Acme Connector {keys.client_id} Acme Ltd" in administrator.text


@pytest.mark.parametrize("typed", ["", "nonsense", "0123456789ABCDEF0123.app.sage.com"])
def test_what_is_no_client_id_is_refused_and_nothing_is_lost(typed: str, administrator: Visitor) -> None:
    administrator.open(f"{LIST}/new").press(
        "Save", client_id=typed, description="Ours", web_services_user_id="Admin", status="inactive"
    )
    assert set(administrator.errors()) == {"client_id"}
    labels = ("Client ID", "Description", "Web Services User ID", "Status")
    assert [administrator.field(label) for label in labels] == [typed, "Ours", "Admin", "inactive"]


def test_a_client_is_on_the_list_once(with_client: Visitor) -> None:
    with_client.open(f"{LIST}/new").press("Save", client_id=CLIENT_ID)
    assert "already on the list" in with_client.errors()["client_id"]


@pytest.mark.parametrize("typed", ["integration", "owner", " Integration"])
def test_a_user_id_that_fits_nobody_is_kept_as_typed_and_pointed_out(
    typed: str, site: Site, company: Company, with_client: Visitor
) -> None:
    with_client.click("Edit Unknown application").press("Save", web_services_user_id=typed)
    assert stored(site, company).web_services_user_id == typed
    assert "No Web Services user has exactly this User ID." in with_client.text


def test_an_inactive_user_is_pointed_out(site: Site, company: Company, with_client: Visitor) -> None:
    user = users.find(site.store, company.key, "Integration")
    assert user is not None
    users.set_status(site.store, user.key, "inactive")
    assert "This user is inactive." in with_client.open(LIST).text


def test_the_client_id_cannot_be_edited(with_client: Visitor) -> None:
    with_client.click("Edit Unknown application")
    assert with_client.field("Client ID") == CLIENT_ID
    assert with_client.field("Web Services User ID") == "Integration"


def test_an_authorization_is_made_inactive_and_active_again(
    site: Site, company: Company, with_client: Visitor
) -> None:
    with_client.press("Make inactive Unknown application")
    assert stored(site, company).status == "inactive"
    with_client.press("Make active Unknown application")
    assert stored(site, company).status == "active"


def test_an_authorization_is_deleted_only_after_a_yes(
    site: Site, company: Company, with_client: Visitor
) -> None:
    with_client.click("Delete Unknown application").click("Cancel")
    assert len(clients.every(site.store, company.key)) == 1
    with_client.click("Delete Unknown application").press("Delete authorization")
    assert clients.every(site.store, company.key) == []


def test_the_authorization_of_another_company_is_not_there(with_client: Visitor, outsider: Visitor) -> None:
    assert outsider.open(f"{LIST}/1").status == 404
    assert outsider.open(f"{LIST}/1/deletion").status == 404
