import pytest
from sandbox.tests.pages.visiting import Visitor


@pytest.fixture
def keys(application: Visitor) -> Visitor:
    application.click("Create API keys")
    return application.press("Create", product="sage-intacct", scope="production")


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "/edit",
        "/apps",
        "/apps/new",
        "/apps/1",
        "/apps/1/edit",
        "/apps/1/deletion",
        "/apps/1/keys/new",
        "/apps/1/keys/1/rotation",
        "/apps/1/keys/1/deletion",
    ],
)
def test_what_belongs_to_another_developer_is_not_there(
    rest: str, keys: Visitor, another_developer: Visitor
) -> None:
    assert keys.open(f"/developer/workspaces/1{rest}").status == 200
    assert another_developer.open(f"/developer/workspaces/1{rest}").status == 404


@pytest.mark.parametrize(
    "rest",
    ["edit", "apps/1/deletion", "apps/1/keys/1/secret", "apps/1/keys/1/rotation", "apps/1/keys/1/status"],
)
def test_what_belongs_to_another_developer_cannot_be_changed(
    rest: str, keys: Visitor, another_developer: Visitor
) -> None:
    forged = {"csrf": [another_developer.csrf()], "status": ["inactive"]}
    assert another_developer.post(f"/developer/workspaces/1/{rest}", forged).status == 404
    assert "Active" in keys.open("/developer/workspaces/1/apps/1").text


def test_a_thing_is_only_found_below_what_it_belongs_to(keys: Visitor) -> None:
    keys.open("/developer/workspaces/new").press("Create", name="Second")
    assert keys.open("/developer/workspaces/2/apps/1").status == 404
    keys.open("/developer/workspaces/1/apps/new")
    keys.press("Create", name="Second", home_page_url="https://example.com")
    assert keys.open("/developer/workspaces/1/apps/2/keys/1/deletion").status == 404


def test_numbers_that_are_none_are_not_there(developer: Visitor) -> None:
    for path in ("workspaces/9", "workspaces/0/apps", "workspaces/-1", "workspaces/x"):
        assert developer.open(f"/developer/{path}").status == 404
