import string

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox.tests.oauth2.asking import granted
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox
from intacct_sandbox.identity import companies, users
from intacct_sandbox.oauth2 import tokens


@pytest.mark.parametrize("lifetime_seconds", [1, 300, 43200])
def test_the_end_in_the_token_agrees_with_expires_in(
    lifetime_seconds: int, http: TestClient, sandbox: Sandbox
) -> None:
    sandbox.quirks.set("access-token-lifetime-seconds", str(lifetime_seconds))
    answer = granted(http)
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert answer["expires_in"] == lifetime_seconds
    assert claims["exp"] - claims["iat"] == lifetime_seconds
    assert claims["iat"] == int(sandbox.clock.now().timestamp())


def test_a_token_names_user_company_client_and_session(http: TestClient) -> None:
    claims = jwt.decode(granted(http)["access_token"], options={"verify_signature": False})
    assert (claims["userId"], claims["cnyId"], claims["sub"]) == ("Admin", "MyCompany", "Admin@MyCompany")
    assert claims["aud"] == claims["clientId"] == "0123456789abcdef0123.app.sage.com"
    assert claims["sessionId"]


def test_access_and_refresh_token_are_told_apart(http: TestClient, sandbox: Sandbox) -> None:
    answer = granted(http)
    for kind in ("access", "refresh"):
        token_id = tokens.decode(answer[f"{kind}_token"])
        assert token_id is not None
        row = tokens.find(sandbox.store, token_id)
        assert row is not None
        assert row.kind == kind


def test_a_token_whose_signature_does_not_hold_is_not_decoded(http: TestClient) -> None:
    head, body, signature = granted(http)["access_token"].split(".")
    other = "B" if signature[0] == "A" else "A"
    forged = jwt.encode({"jti": "x"}, b"another key of at least 32 bytes..", algorithm="HS256")
    assert tokens.decode(f"{head}.{body}.{other}{signature[1:]}") is None
    assert tokens.decode(forged) is None
    assert tokens.is_jwt(forged)


@given(st.text(alphabet=string.ascii_letters + string.digits + "-_.=", max_size=200))
def test_no_other_text_is_a_token(text: str) -> None:
    assert tokens.decode(text) is None


def test_ending_a_pool_says_how_many_there_were(http: TestClient, sandbox: Sandbox) -> None:
    granted(http)
    granted(http)
    company = companies.find(sandbox.store, "MyCompany")
    assert company is not None
    user = users.find(sandbox.store, company.key, "Admin")
    assert user is not None
    pool = {"company_key": company.key, "user_key": user.key}
    assert tokens.end_pool(sandbox.store, sandbox.clock, **pool) == 4
    assert tokens.end_pool(sandbox.store, sandbox.clock, **pool) == 0


def test_an_access_token_is_ended_early_and_a_refresh_token_is_not(
    http: TestClient, sandbox: Sandbox
) -> None:
    answer = granted(http)
    for kind, ended in (("access", True), ("refresh", False)):
        tokens.expire(sandbox.store, sandbox.clock, answer[f"{kind}_token"])
        row = tokens.find(sandbox.store, tokens.decode(answer[f"{kind}_token"]) or "")
        assert row is not None
        assert (row.expires_at <= sandbox.clock.now()) is ended
    tokens.expire(sandbox.store, sandbox.clock, "nonsense")
