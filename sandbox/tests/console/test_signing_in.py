import pytest
from sandbox.tests.pages.visiting import PASSWORD, Site, Visitor, sign_up

from intacct_sandbox.identity import developers


def test_a_new_account_comes_with_a_sender(visitor: Visitor) -> None:
    sign_up(visitor)
    assert visitor.path == "/developer"
    assert "sender-" in visitor.notice()
    assert visitor.click("Account").field("Sender ID").startswith("sender-")


@pytest.mark.parametrize(
    ("name", "email", "password", "wrong"),
    [
        ("", "", "", {"name", "email", "password"}),
        ("Acme", "nonsense", PASSWORD, {"email"}),
        ("x" * 101, "dev@example.com", PASSWORD, {"name"}),
        ("Acme", "dev@example.com", "", {"password"}),
    ],
)
def test_a_refused_sign_up_names_the_fields_and_keeps_what_was_typed(
    name: str, email: str, password: str, wrong: set[str], site: Site, visitor: Visitor
) -> None:
    visitor.open("/developer/sign-up").press("Sign up", name=name, email=email, password=password)
    assert visitor.status == 422
    assert set(visitor.errors()) == wrong
    fields = [visitor.field(label) for label in ("Name", "Email", "Password")]
    assert fields == [name, email, password]
    assert developers.every(site.store) == []


def test_an_address_opens_one_account_whatever_its_letter_case(
    developer: Visitor, another_developer: Visitor
) -> None:
    another_developer.press("Sign out").click("Sign up")
    another_developer.press("Sign up", name="Again", email="DEV@example.com", password=PASSWORD)
    assert set(another_developer.errors()) == {"email"}


def test_signing_in_again_finds_the_same_account(developer: Visitor) -> None:
    developer.press("Sign out")
    developer.press("Sign in", email="Dev@Example.com", password=PASSWORD)
    assert "Welcome, Acme" in developer.text


@pytest.mark.parametrize(("email", "password"), [("dev@example.com", "Sandbox"), ("x@example.com", PASSWORD)])
def test_a_wrong_address_and_a_wrong_password_get_the_same_answer(
    email: str, password: str, developer: Visitor
) -> None:
    developer.press("Sign out").press("Sign in", email=email, password=password)
    assert developer.status == 422
    assert "no developer account" in developer.errors()["email"]
    assert developer.field("Email") == email
    assert developer.field("Password") == ""


def test_empty_fields_are_asked_for(visitor: Visitor) -> None:
    visitor.open("/developer/sign-in").press("Sign in")
    assert set(visitor.errors()) == {"email", "password"}


@pytest.mark.parametrize("path", ["/developer/sign-in", "/developer/sign-up"])
def test_whoever_is_signed_in_is_not_asked_again(path: str, developer: Visitor) -> None:
    assert developer.open(path).path == "/developer"


def test_the_sender_password_is_masked_until_it_is_asked_for(site: Site, developer: Visitor) -> None:
    [account] = developers.every(site.store)
    developer.click("View account")
    assert set(developer.field("Sender password")) == {"•"}
    developer.press("Reveal Sender password")
    assert developer.field("Sender password") == account.sender_password
    assert set(developer.open("/developer/account").field("Sender password")) == {"•"}
