from sandbox.tests.pages.visiting import Visitor


def test_without_workspaces_the_page_says_what_they_are_for(developer: Visitor) -> None:
    developer.click("View workspaces")
    assert "You have no workspaces yet" in developer.text
    assert "Add workspace" in developer.links()


def test_a_new_workspace_is_opened_and_listed(workspace: Visitor) -> None:
    assert workspace.notice() == "The workspace Acme Software was added."
    assert "team@example.com" in workspace.text
    assert "Acme Software" in workspace.click("Workspaces").links()


def test_the_contact_address_is_the_account_s_until_another_is_typed(developer: Visitor) -> None:
    assert developer.open("/developer/workspaces/new").field("Contact email") == "dev@example.com"


def test_a_refused_workspace_names_the_fields_and_keeps_what_was_typed(developer: Visitor) -> None:
    developer.open("/developer/workspaces/new").press("Create", name="", contact_email="nonsense")
    assert set(developer.errors()) == {"name"}
    developer.press("Create", name="Acme")
    assert set(developer.errors()) == {"contact_email"}
    assert (developer.field("Name"), developer.field("Contact email")) == ("Acme", "nonsense")
    assert "You have no workspaces yet" in developer.open("/developer/workspaces").text


def test_a_name_is_given_once(workspace: Visitor) -> None:
    workspace.open("/developer/workspaces/new").press("Create", name="Acme Software")
    assert "already" in workspace.errors()["name"]


def test_a_workspace_is_edited(workspace: Visitor) -> None:
    workspace.click("Edit")
    assert workspace.field("Name") == "Acme Software"
    workspace.press("Save", name="")
    assert set(workspace.errors()) == {"name"}
    workspace.press("Save", name="Renamed")
    assert "Renamed" in workspace.text


def test_the_overview_says_how_many_production_keys_are_left(application: Visitor) -> None:
    application.click("Create API keys").press("Create", product="sage-intacct", scope="production")
    assert "1 of 5 in use" in application.click("Overview").text
