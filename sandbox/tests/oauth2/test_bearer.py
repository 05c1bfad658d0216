from datetime import timedelta

import pytest
from sandbox.tests.oauth2.asking import SESSION, code, granted, use
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox
from intacct_sandbox.fixtures.guide import CLIENT_ID
from intacct_sandbox.identity import clients, companies, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.oauth2 import Access, authenticate


@pytest.fixture
def token(http: TestClient) -> str:
    text: str = granted(http, username="Admin@MyCompany|East Region")["access_token"]
    return text


@pytest.fixture
def company(sandbox: Sandbox) -> Company:
    found = companies.find(sandbox.store, "MyCompany")
    assert found is not None
    return found


def test_a_good_token_says_whose_it_is(token: str, sandbox: Sandbox) -> None:
    access = authenticate(sandbox.store, sandbox.clock, sandbox.ids, sandbox.quirks, f"Bearer {token}")
    assert isinstance(access, Access)
    assert (access.user.id, access.company.id, access.entity_id) == ("Admin", "MyCompany", "East Region")
    assert access.client_id == CLIENT_ID
    assert access.token_expires_at == sandbox.clock.now() + timedelta(seconds=43200)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic QWRtaW46eA==", "bearer lower-case", "Token x"]
)
def test_another_header_is_no_authorization_header(header: str | None, http: TestClient) -> None:
    response = http.get(SESSION, headers={} if header is None else {"Authorization": header})
    assert (response.status_code, code(response)) == (401, "GW-0034")


def test_what_is_no_jwt_is_an_invalid_token(http: TestClient) -> None:
    response = use(http, "nonsense")
    assert (response.status_code, code(response)) == (400, "GW-0031")


def test_a_refresh_token_is_no_access_token(http: TestClient) -> None:
    assert code(use(http, granted(http)["refresh_token"])) == "GW-0031"


def test_a_mangled_token_is_not_valid(token: str, http: TestClient) -> None:
    head, body, signature = token.split(".")
    other = "B" if signature[0] == "A" else "A"
    response = use(http, f"{head}.{body}.{other}{signature[1:]}")
    assert (response.status_code, code(response)) == (400, "REST-1206")
    assert response.json()["error"]["message"] == "The token is not valid"


def test_a_token_is_good_until_the_moment_it_ends(token: str, http: TestClient, sandbox: Sandbox) -> None:
    sandbox.clock.advance(timedelta(seconds=43199))
    assert use(http, token).status_code == 200
    sandbox.clock.advance(timedelta(seconds=1))
    assert use(http, token).status_code == 401


@pytest.mark.parametrize(("answer", "status"), [("GW-0040", 401), ("REST-1206", 400), ("REST-2102", 401)])
def test_how_an_expired_token_is_refused_is_a_quirk(
    answer: str, status: int, token: str, http: TestClient, sandbox: Sandbox
) -> None:
    sandbox.quirks.set("expired-token-answer", answer)
    sandbox.clock.advance(timedelta(hours=13))
    response = use(http, token)
    assert (response.status_code, code(response)) == (status, answer)


def test_a_token_ends_with_the_subscription(
    token: str, company: Company, http: TestClient, sandbox: Sandbox
) -> None:
    companies.subscribe(sandbox.store, company.key, [])
    assert code(use(http, token)) == "REST-2102"


def test_a_token_ends_with_the_user(token: str, company: Company, http: TestClient, sandbox: Sandbox) -> None:
    user = users.find(sandbox.store, company.key, "Admin")
    assert user is not None
    users.set_status(sandbox.store, user.key, "inactive")
    assert code(use(http, token)) == "REST-2102"


def test_a_token_ends_with_the_authorization_of_its_client(
    token: str, company: Company, http: TestClient, sandbox: Sandbox
) -> None:
    entry = clients.find_authorized(sandbox.store, company.key, CLIENT_ID)
    assert entry is not None
    clients.set_status(sandbox.store, entry.key, "inactive")
    assert code(use(http, token)) == "REST-2102"
    clients.set_status(sandbox.store, entry.key, "active")
    assert use(http, token).status_code == 200


def test_a_token_of_before_a_reset_is_not_known_any_more(token: str, http: TestClient) -> None:
    http.post("/_sandbox/reset")
    assert code(use(http, token)) == "REST-2102"
