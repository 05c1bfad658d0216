"""The way of an application through a person's browser: sign in, allow or deny, a code, a token."""

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from httpx2 import Response
from sandbox.tests.oauth2.asking import TOKEN, refresh, use
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox
from intacct_sandbox.fixtures.guide import CLIENT_ID, CLIENT_SECRET
from intacct_sandbox.identity import clients, companies, developers
from intacct_sandbox.oauth2.codes import LIFETIME_SECONDS

REDIRECT = "https://app.example.com/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-in-all"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code",
    "client_id": CLIENT_ID,
    "redirect_uri": REDIRECT,
    "state": "a state & more",
    "scope": "offline_access",
}


@pytest.fixture(autouse=True)
def registered(sandbox: Sandbox) -> None:
    """The client of the guide has a redirect URI."""
    client = developers.find_client(sandbox.store, CLIENT_ID)
    assert client is not None
    sandbox.store.execute(
        "UPDATE api_keys SET redirect_uris = ? WHERE key = ?", (f'["{REDIRECT}"]', client.key)
    )


def test_an_administrator_allows_and_the_application_gets_tokens(http: TestClient) -> None:
    answer = redeem(http, code_of(allowed(http)))
    assert answer.status_code == 200
    assert use(http, answer.json()["access_token"]).status_code == 200
    assert refresh(http, answer.json()["refresh_token"]).status_code == 200


def test_the_state_comes_back_as_it_was(http: TestClient) -> None:
    assert parse_qs(urlsplit(allowed(http)).query)["state"] == ["a state & more"]


def test_without_offline_access_there_is_no_refresh_token(http: TestClient) -> None:
    answer = redeem(http, code_of(allowed(http, scope="")))
    assert "refresh_token" not in answer.json()


def test_denying_sends_access_denied(http: TestClient) -> None:
    sign_in(http)
    told = parse_qs(urlsplit(decide(http, "deny")).query)
    assert told == {"error": ["access_denied"], "state": ["a state & more"]}


def test_a_wrong_password_is_said_beside_the_form_and_loses_nothing(http: TestClient) -> None:
    page = post(http, ASKED, company_id="MyCompany", user_id="owner", password="wrong", choice="sign-in")
    assert page.status_code == 422
    assert "Sign-in information is incorrect" in page.text
    assert 'value="MyCompany"' in page.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"client_id": "00000000000000000000.app.sage.com"}, "is not known"),
        ({"redirect_uri": "https://evil.example.com/"}, "is not registered"),
        ({"redirect_uri": REDIRECT + "/"}, "is not registered"),
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    http: TestClient, changes: dict[str, str], sentence: str
) -> None:
    answer = http.get(f"/authorize/consent?{urlencode({**ASKED, **changes})}")
    assert answer.status_code == 400
    assert sentence in answer.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_a_request_that_asks_wrongly_is_refused_to_the_application(
    http: TestClient, changes: dict[str, str], error: str
) -> None:
    answer = http.get(f"/authorize/consent?{urlencode({**ASKED, **changes})}")
    assert parse_qs(urlsplit(answer.headers["location"]).query)["error"] == [error]


def test_a_code_is_good_once_and_its_second_use_ends_what_it_brought(http: TestClient) -> None:
    code = code_of(allowed(http))
    first = redeem(http, code).json()
    again = redeem(http, code)
    assert again.json()["error"] == "invalid_grant"
    assert use(http, first["access_token"]).status_code == 401


def test_a_code_expires(http: TestClient) -> None:
    code = code_of(allowed(http))
    http.post("/_sandbox/clock", json={"advance_seconds": LIFETIME_SECONDS})
    assert redeem(http, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changes", [{"redirect_uri": "https://app.example.com/other"}, {"code_verifier": VERIFIER}, {"code": "x"}]
)
def test_a_code_that_comes_with_something_else_is_refused(http: TestClient, changes: dict[str, str]) -> None:
    answer = redeem(http, code_of(allowed(http)), **changes)
    assert answer.json()["error"] == "invalid_grant"


def test_pkce_needs_the_verifier(http: TestClient) -> None:
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    assert redeem(http, code_of(allowed(http, **pkce))).json()["error"] == "invalid_grant"
    assert redeem(http, code_of(allowed(http, **pkce)), code_verifier=VERIFIER).status_code == 200


def test_a_second_grant_ends_the_first(http: TestClient) -> None:
    first = redeem(http, code_of(allowed(http))).json()
    redeem(http, code_of(allowed(http)))
    assert refresh(http, first["refresh_token"]).json()["error"] == "invalid_grant"


def test_an_administrators_approval_lists_the_application(http: TestClient, sandbox: Sandbox) -> None:
    company = companies.find(sandbox.store, "MyCompany")
    assert company is not None
    listed = clients.find_authorized(sandbox.store, company.key, CLIENT_ID)
    assert listed is not None
    clients.remove(sandbox.store, listed.key)
    assert redeem(http, code_of(allowed(http))).status_code == 200
    assert clients.find_authorized(sandbox.store, company.key, CLIENT_ID) is not None


def test_an_application_that_was_set_inactive_stays_so(http: TestClient, sandbox: Sandbox) -> None:
    company = companies.find(sandbox.store, "MyCompany")
    assert company is not None
    listed = clients.find_authorized(sandbox.store, company.key, CLIENT_ID)
    assert listed is not None
    clients.set_status(sandbox.store, listed.key, "inactive")
    sign_in(http)
    page = post(http, ASKED, choice="allow")
    assert page.status_code == 422
    assert "set this application inactive" in page.text


def allowed(http: TestClient, **changes: str) -> str:
    """Where the browser is sent after signing in and allowing."""
    asked = {**ASKED, **changes}
    sign_in(http, asked)
    return decide(http, "allow", asked)


def sign_in(http: TestClient, asked: dict[str, str] = ASKED) -> None:
    http.cookies.clear()
    arrived = http.get(f"/ia/api/v1/oauth2/authorize?{urlencode(asked)}")
    assert arrived.headers["location"].startswith("/authorize/consent?")
    answer = post(http, asked, company_id="MyCompany", user_id="owner", password="sandbox", choice="sign-in")
    assert answer.status_code == 303


def decide(http: TestClient, choice: str, asked: dict[str, str] = ASKED) -> str:
    answer = post(http, asked, choice=choice)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def post(http: TestClient, asked: dict[str, str], **values: str) -> Response:
    """Submit the page's form as a browser does, with its CSRF token."""
    path = f"/authorize/consent?{urlencode(asked)}"
    csrf = re.search(r'name="csrf" value="([^"]+)"', http.get(path).text)
    assert csrf is not None
    return http.post(path, data={"csrf": csrf[1], **values})


def code_of(location: str) -> str:
    assert location.startswith(f"{REDIRECT}?")
    return parse_qs(urlsplit(location).query)["code"][0]


def redeem(http: TestClient, code: str, /, **changes: str) -> Response:
    """The token request of an application that got a code."""
    request = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        **changes,
    }
    return http.post(TOKEN, data=request)
