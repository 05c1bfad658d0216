from sandbox.tests.pages.visiting import PASSWORD, Visitor


def test_the_guide_can_be_followed_by_its_labels_without_scripts(visitor: Visitor) -> None:
    visitor.open("/").click("Developer console").click("Sign up")
    visitor.press("Sign up", name="Acme", email="dev@example.com", password=PASSWORD)
    visitor.click("View workspaces").click("Add workspace").press("Create", name="MyCompany")
    visitor.click("Apps").click("Add application")
    visitor.press(
        "Create",
        name="Acme Connector",
        home_page_url="https://www.example.com",
        contact_email="dev@example.com",
    )
    visitor.click("Acme Connector").click("Create API keys")
    visitor.press("Create", product="sage-intacct", scope="production")
    assert "Application Details" in visitor.text
    assert visitor.field("Client ID").endswith(".app.sage.com")
    assert len(visitor.field("Client Secret")) == 40


def test_a_page_that_is_not_there_is_a_page_of_the_console(developer: Visitor) -> None:
    assert developer.open("/developer/nothing").status == 404
    assert "Account" in developer.links()
