import pytest
from sandbox.tests.pages.visiting import Visitor


def test_without_applications_the_page_says_what_they_are_for(workspace: Visitor) -> None:
    workspace.click("Apps")
    assert "No applications in this workspace yet" in workspace.text


def test_a_new_application_is_in_the_list_to_be_opened(workspace: Visitor) -> None:
    workspace.click("Apps").click("Add application")
    workspace.press("Create", name="Acme Connector", home_page_url="https://example.com")
    assert workspace.path.endswith("/apps")
    workspace.click("Acme Connector")
    assert "Application Details" in workspace.text
    assert "This application has no API keys yet" in workspace.text


@pytest.mark.parametrize(
    ("name", "home_page_url", "contact_email", "wrong"),
    [
        ("", "", "", {"name", "home_page_url", "contact_email"}),
        ("Acme / Co", "https://example.com", "a@example.com", {"name"}),
        ("Acme", "example.com", "a@example.com", {"home_page_url"}),
        ("Acme", "javascript:alert(1)", "a@example.com", {"home_page_url"}),
        ("Acme", "https://example.com", "nonsense", {"contact_email"}),
    ],
)
def test_a_refused_application_names_the_fields_and_keeps_what_was_typed(
    name: str, home_page_url: str, contact_email: str, wrong: set[str], workspace: Visitor
) -> None:
    workspace.click("Apps").click("Add application")
    workspace.press("Create", name=name, home_page_url=home_page_url, contact_email=contact_email)
    assert workspace.status == 422
    assert set(workspace.errors()) == wrong
    fields = [workspace.field(label) for label in ("Name", "Home page URL", "Contact email")]
    assert fields == [name, home_page_url, contact_email]


def test_an_application_is_edited(application: Visitor) -> None:
    application.click("Edit").press("Save", home_page_url="nonsense")
    assert set(application.errors()) == {"home_page_url"}
    application.press("Save", home_page_url="https://new.example.com")
    assert application.notice() == "The application was saved."
    assert "https://new.example.com" in application.text


def test_an_application_is_deleted_only_after_a_yes(application: Visitor) -> None:
    details = application.path
    application.click("Delete")
    assert "Delete the application Acme Connector?" in application.text
    application.click("Cancel")
    assert application.path == details
    application.click("Delete").press("Delete application")
    assert "No applications in this workspace yet" in application.text
    assert application.open(details).status == 404
