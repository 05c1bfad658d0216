"""Authorization codes by themselves: PKCE by its own vector, addresses that keep what they had."""

import pytest
from sandbox.tests.conftest import START

from intacct_sandbox.oauth2.codes import AuthorizationRequest, CodeRow, find, proves
from intacct_sandbox.store import Store


def row(challenge: str | None) -> CodeRow:
    return CodeRow(
        id="1",
        client_id="c",
        redirect_uri="https://app.example.com/",
        company_key=1,
        user_key=1,
        offline=True,
        code_challenge=challenge,
        grant_id="g",
        expires_at=START,
        used_at=None,
    )


def test_the_vector_of_rfc_7636_appendix_b_holds() -> None:
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert proves(row(challenge), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert not proves(row(challenge), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK")


@pytest.mark.parametrize("verifier", ["", "short", "ü" * 50, "a" * 129])
def test_what_can_not_be_a_verifier_proves_nothing(verifier: str) -> None:
    assert not proves(row("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), verifier)


def test_a_verifier_without_a_challenge_is_refused() -> None:
    assert proves(row(None), "")
    assert not proves(row(None), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")


@pytest.mark.parametrize(
    ("redirect_uri", "address"),
    [
        ("https://app.example.com/cb", "https://app.example.com/cb?code=x&state=s"),
        ("https://app.example.com/cb?a=1", "https://app.example.com/cb?a=1&code=x&state=s"),
        ("com.example.app:/cb", "com.example.app:/cb?code=x&state=s"),
    ],
)
def test_the_answer_is_added_to_the_address(redirect_uri: str, address: str) -> None:
    asked = AuthorizationRequest(
        client_id="c", redirect_uri=redirect_uri, state="s", offline=False, code_challenge=None
    )
    assert asked.answer(code="x") == address


def test_a_text_that_is_no_code_is_not_found() -> None:
    assert find(Store(), "not a code") is None
