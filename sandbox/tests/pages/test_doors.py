from datetime import timedelta

import pytest
from sandbox.tests.pages.visiting import PASSWORD, Site, Visitor, sign_up

from intacct_sandbox.pages.browser_sessions import SIGNED_IN_TTL


@pytest.mark.parametrize("door", ["developer", "company"])
def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page(door: str, visitor: Visitor) -> None:
    assert visitor.open(f"/{door}").path == f"/{door}/sign-in"


def test_signing_in_leads_to_the_page_that_was_asked_for(visitor: Visitor) -> None:
    sign_up(visitor).press("Sign out")
    visitor.open("/developer/workspaces/new")
    assert visitor.path == "/developer/sign-in"
    visitor.press("Sign in", email="dev@example.com", password=PASSWORD)
    assert visitor.path == "/developer/workspaces/new"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/developer//evil.example", "/developer/\\evil", "/company"],
)
def test_signing_in_never_leads_to_another_site_or_door(elsewhere: str, visitor: Visitor) -> None:
    sign_up(visitor).press("Sign out")
    visitor.press("Sign in", email="dev@example.com", password=PASSWORD, next=elsewhere)
    assert visitor.path == "/developer"


@pytest.mark.parametrize("token", ["", "wrong", "ä"])
def test_a_forged_form_changes_nothing(token: str, visitor: Visitor) -> None:
    sign_up(visitor)
    forged = {"csrf": [token], "name": ["Planted"], "contact_email": ["a@example.com"]}
    visitor.post("/developer/workspaces/new", forged)
    assert visitor.status == 403
    assert "out of date" in visitor.text
    assert "Planted" not in visitor.open("/developer/workspaces").text


def test_the_token_of_one_door_is_no_good_at_the_other(visitor: Visitor) -> None:
    token = visitor.open("/company/sign-in").csrf()
    sign_up(visitor)
    assert visitor.post("/developer/sign-out", {"csrf": [token]}).status == 403


def test_the_token_from_before_signing_in_is_no_good_afterwards(visitor: Visitor) -> None:
    token = visitor.open("/developer/sign-in").csrf()
    sign_up(visitor)
    assert visitor.post("/developer/sign-out", {"csrf": [token]}).status == 403


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", b"a=%ff"),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 70_000),
    ],
)
def test_a_body_that_no_page_sends_is_refused(content_type: str, body: bytes, visitor: Visitor) -> None:
    response = visitor.client.post("/developer/sign-in", content=body, headers={"content-type": content_type})
    assert response.status_code == 400
    assert "could not be read" in response.text


def test_the_cookie_is_kept_from_scripts_and_from_the_other_door(visitor: Visitor) -> None:
    cookie = visitor.client.get("/developer/sign-in").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/developer" in cookie


def test_the_cookie_is_only_for_encrypted_connections_where_there_is_one(visitor: Visitor) -> None:
    assert "Secure" not in visitor.client.get("/developer/sign-in").headers["set-cookie"]
    visitor.client.cookies.clear()
    visitor.client.base_url = visitor.client.base_url.copy_with(scheme="https")
    assert "Secure" in visitor.client.get("/developer/sign-in").headers["set-cookie"]


def test_after_signing_out_the_old_cookie_is_no_good(visitor: Visitor) -> None:
    sign_up(visitor)
    old = dict(visitor.client.cookies)
    visitor.press("Sign out")
    assert "You have signed out." in visitor.notice()
    visitor.client.cookies.clear()
    visitor.client.cookies.update(old)
    assert visitor.open("/developer/account").path == "/developer/sign-in"


def test_a_visit_ends_after_its_time(site: Site, visitor: Visitor) -> None:
    sign_up(visitor)
    site.clock.advance(SIGNED_IN_TTL + timedelta(seconds=1))
    assert visitor.open("/developer").path == "/developer/sign-in"


@pytest.mark.parametrize("path", ["/developer/nothing", "/company/nothing"])
def test_a_door_has_its_own_page_for_what_is_not_there(path: str, visitor: Visitor) -> None:
    visitor.open(path)
    assert visitor.status == 404
    assert "Page not found" in visitor.text


def test_a_path_that_only_takes_forms_shows_nothing(visitor: Visitor) -> None:
    assert sign_up(visitor).open("/developer/sign-out").status in {404, 405}
