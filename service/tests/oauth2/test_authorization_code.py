"""Addresses and challenges of the grant authorization_code."""

from urllib.parse import parse_qs, urlsplit

import pytest

from counterfoil.oauth2 import authorization_url, code_challenge, is_issuer_of

ENDPOINT = "https://login.example.com/authorize"


def test_the_challenge_is_that_of_the_rfcs_example() -> None:
    # RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_parameters_are_encoded_and_empty_ones_left_out() -> None:
    url = authorization_url(ENDPOINT, {"scope": "a b", "state": "x&y=1", "prompt": ""})
    assert parse_qs(urlsplit(url).query) == {"scope": ["a b"], "state": ["x&y=1"]}


def test_the_endpoints_own_query_stays_unless_it_is_overridden() -> None:
    url = authorization_url(f"{ENDPOINT}?tenant=7&prompt=login#fragment", {"prompt": "", "state": "s"})
    assert parse_qs(urlsplit(url).query) == {"tenant": ["7"], "state": ["s"]}
    assert urlsplit(url).fragment == ""


@pytest.mark.parametrize(
    ("issuer", "is_right"),
    [
        ("https://login.example.com", True),
        ("https://LOGIN.example.com/tenant/v2.0", True),
        ("https://evil.example.com", False),
        ("https://login.example.com.evil.example", False),
        ("https://login.example.com:8443", False),
        ("https://login.example.com@evil.example", False),
        ("http://login.example.com", False),
        ("login.example.com", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_an_issuer_has_the_endpoints_origin(issuer: str, is_right: bool) -> None:
    assert is_issuer_of(issuer, ENDPOINT) is is_right
