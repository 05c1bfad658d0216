"""Claims of a JWT are read without trust, and nothing else is mistaken for one."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.oauth2 import unverified_claims, unverified_lifetime_seconds


def jwt(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.c2lnbmF0dXJl"


def test_claims_are_read() -> None:
    claims = {"cnyId": "MyCompany", "userId": "Admin", "note": "ÿ?>"}
    assert unverified_claims(jwt(claims)) == claims


@pytest.mark.parametrize(
    "token", ["", "opaque", "a.b", "a.b.c", "a.!!!!.c", "a.e30", jwt([1]), jwt("x"), "..", "a.ü.c"]
)
def test_anything_else_has_no_claims(token: str) -> None:
    assert unverified_claims(token) == {}


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    unverified_claims(text)
    unverified_claims(f"a.{text}.c")


def test_the_lifetime_is_the_span_between_issue_and_expiry() -> None:
    assert unverified_lifetime_seconds(jwt({"iat": 1000, "exp": 44200})) == 43200


@pytest.mark.parametrize(
    "claims", [{}, {"exp": 5}, {"iat": 9, "exp": 5}, {"iat": "1", "exp": 5}, {"iat": 0, "exp": 1e300}]
)
def test_a_lifetime_that_is_none_is_not_made_up(claims: object) -> None:
    assert unverified_lifetime_seconds(jwt(claims)) is None
