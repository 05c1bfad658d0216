from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from sandbox.tests.oauth2.asking import GOOD, REVOKE, TOKEN, ask, code, granted, refresh, use, without_none
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox
from intacct_sandbox.fixtures.guide import (
    CLIENT_ID,
    CLIENT_SECRET,
    NON_PRODUCTION_CLIENT_ID,
    NON_PRODUCTION_CLIENT_SECRET,
)
from intacct_sandbox.identity import clients, companies, developers, sessions, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.users import NewUser

CREDENTIALS_INVALID = "The provided credentials are invalid"
CLIENT_INCORRECT = "The Client ID, Client Secret, and/or 3rd Party Application are incorrect"

Arrange = Callable[[Sandbox], None]


def my_company(sandbox: Sandbox) -> Company:
    company = companies.find(sandbox.store, "MyCompany")
    assert company is not None
    return company


def client_made_inactive(sandbox: Sandbox) -> None:
    keys = developers.find_client(sandbox.store, CLIENT_ID)
    assert keys is not None
    developers.set_api_keys_status(sandbox.store, keys.key, "inactive")


def authorized(sandbox: Sandbox, **changes: Any) -> None:
    entry = clients.find_authorized(sandbox.store, my_company(sandbox).key, CLIENT_ID)
    assert entry is not None
    given = {"description": "", "web_services_user_id": "Admin", "status": "active", **changes}
    clients.update(sandbox.store, entry.key, **given)


def authorization_removed(sandbox: Sandbox) -> None:
    entry = clients.find_authorized(sandbox.store, my_company(sandbox).key, CLIENT_ID)
    assert entry is not None
    clients.remove(sandbox.store, entry.key)


def authorization_made_inactive(sandbox: Sandbox) -> None:
    authorized(sandbox, status="inactive")


def paired_with_reader(sandbox: Sandbox) -> None:
    authorized(sandbox, web_services_user_id="Reader")


def paired_with_dormant(sandbox: Sandbox) -> None:
    authorized(sandbox, web_services_user_id="Dormant")


def paired_with_owner(sandbox: Sandbox) -> None:
    authorized(sandbox, web_services_user_id="owner")


def paired_with_nobody(sandbox: Sandbox) -> None:
    authorized(sandbox, web_services_user_id=None)


def paired_in_another_letter_case(sandbox: Sandbox) -> None:
    authorized(sandbox, web_services_user_id="admin")


def subscription_off(sandbox: Sandbox) -> None:
    company = my_company(sandbox)
    companies.subscribe(sandbox.store, company.key, company.subscriptions - {"Web Services"})


def nothing(_sandbox: Sandbox) -> None:
    pass


def refused(
    name: str,
    expected: tuple[int, str, str],
    arrange: Arrange = nothing,
    **changes: str | None,
) -> Any:
    return pytest.param(changes, expected, arrange, id=name)


NON_PRODUCTION = {"client_id": NON_PRODUCTION_CLIENT_ID, "client_secret": NON_PRODUCTION_CLIENT_SECRET}
INVALID_REQUEST = (400, "GW-0011", "Invalid Request")
INVALID_CLIENT = (401, "REST-1216", CLIENT_INCORRECT)
INVALID_GRANT = (401, "invalid_grant", CREDENTIALS_INVALID)
INVALID_PAYLOAD = (400, "GW-0032", "Invalid Token Payload")

# One for each row of the table of token errors (sage-intacct-rest.md §1.7), in its order.
ROWS = [
    refused("grant type invalid", INVALID_PAYLOAD, grant_type="magic"),
    refused("grant type missing", INVALID_PAYLOAD, grant_type=None),
    refused("grant type password", INVALID_PAYLOAD, grant_type="password"),
    refused("client id missing", (400, "GW-0037", "Missing Client ID"), client_id=None),
    refused("client id empty", (400, "GW-0037", "Missing Client ID"), client_id=""),
    refused("username empty", (400, "GW-0036", "Missing User Name"), username=""),
    refused("username blank", (400, "GW-0036", "Missing User Name"), username="  "),
    refused("username and session id missing", (400, "GW-0036", "Missing User Name"), username=None),
    refused("username without company", (400, "GW-0012", "Missing Tenant Data"), username="Admin"),
    refused("username with empty company", (400, "GW-0012", "Missing Tenant Data"), username="Admin@"),
    refused(
        "username of another form",
        (400, "invalid_request", "The username format is invalid (expected user@company)"),
        username="@MyCompany",
    ),
    refused("company unknown", INVALID_REQUEST, username="Admin@Nowhere"),
    refused("company in another letter case", INVALID_REQUEST, username="Admin@mycompany"),
    refused("client unknown", INVALID_REQUEST, client_id="00000000000000000000.app.sage.com"),
    refused("client inactive", INVALID_REQUEST, client_made_inactive),
    refused("client secret wrong", INVALID_CLIENT, client_secret="wrong"),
    refused("client secret missing", INVALID_CLIENT, client_secret=None),
    refused("company has not authorized the client", INVALID_CLIENT, authorization_removed),
    refused("authorization inactive", INVALID_CLIENT, authorization_made_inactive),
    refused("subscription off", INVALID_GRANT, subscription_off),
    refused("subscription off in a company of the fixture", INVALID_GRANT, username="Admin@NoServices"),
    refused(
        "subscription off comes before a wrong secret", INVALID_GRANT, subscription_off, client_secret="x"
    ),
    refused("user unknown", INVALID_GRANT, username="Nobody@MyCompany"),
    refused("user in another letter case", INVALID_GRANT, username="admin@MyCompany"),
    refused("pairing in another letter case", INVALID_GRANT, paired_in_another_letter_case),
    refused("user inactive", INVALID_GRANT, paired_with_dormant, username="Dormant@MyCompany"),
    refused("ordinary user", INVALID_GRANT, paired_with_owner, username="owner@MyCompany"),
    refused("user not paired with the client", INVALID_GRANT, username="Reader@MyCompany"),
    refused("client paired with another user", INVALID_GRANT, paired_with_reader),
    refused("client paired with nobody", INVALID_GRANT, paired_with_nobody),
    refused("session unknown", INVALID_GRANT, username=None, session_id="no such session"),
    refused("entity unknown", INVALID_GRANT, username="Admin@MyCompany|North Region"),
    refused("entity in another letter case", INVALID_GRANT, username="Admin@MyCompany|central region"),
    refused("entity of a single-entity company", INVALID_GRANT, username="Admin@SoloCo|Central Region"),
    refused("production client, non-production company", INVALID_REQUEST, username="Admin@MyCompany-sandbox"),
    refused("non-production client, production company", INVALID_REQUEST, nothing, **NON_PRODUCTION),
    refused(
        "username and session id together",
        (400, "invalid_request", "Give either username or session_id, not both"),
        session_id="x",
    ),
]


@pytest.mark.parametrize("as_json", [False, True], ids=["form", "json"])
@pytest.mark.parametrize(("changes", "expected", "arrange"), ROWS)
def test_a_token_is_refused_as_sage_does(
    changes: dict[str, str | None],
    expected: tuple[int, str, str],
    arrange: Arrange,
    as_json: bool,
    http: TestClient,
    sandbox: Sandbox,
) -> None:
    arrange(sandbox)
    parameters = without_none({**GOOD, **changes})
    response = http.post(TOKEN, json=parameters) if as_json else http.post(TOKEN, data=parameters)
    status, error_code, text = expected
    assert (response.status_code, code(response)) == (status, error_code)
    assert text in response.text
    assert response.headers["cache-control"] == "no-store"
    assert sandbox.store.is_empty("oauth_token")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "GW-0035"),
        (b"not key and value", "GW-0032"),
        (b"grant_type=client_credentials&client_id=a&client_id=b&username=a@b", "GW-0038"),
        (b"grant_type=client_credentials&client_id=a&username=a@b&username=a@b", "GW-0039"),
    ],
)
def test_a_body_of_another_shape_is_refused_by_the_gateway(
    body: bytes, expected: str, http: TestClient
) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    response = http.post(TOKEN, content=body, headers=form)
    assert (response.status_code, code(response)) == (400, expected)
    assert response.json()["ia::error"]["details"]["requestId"]


@pytest.mark.parametrize("path", ["/ia/api/v1/oauth2/tokens", "/ia/api/v1/oauth2/", "/ia/api/v1/oauth2/a/b"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_another_path_is_no_token_endpoint(method: str, path: str, http: TestClient) -> None:
    response = http.request(method, path)
    assert (response.status_code, code(response)) == (404, "GW-0033")


def test_the_status_of_invalid_grant_is_a_quirk(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.quirks.set("invalid-grant-status", "400")
    assert ask(http, username="Nobody@MyCompany").status_code == 400


def test_the_check_of_the_scope_can_be_switched_off(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.quirks.set("client-scope-check", "off")
    assert code(ask(http, username="Admin@MyCompany-sandbox")) == "REST-1216"


def test_a_web_services_user_gets_a_token_as_recorded(http: TestClient) -> None:
    answer = granted(http)
    assert list(answer) == ["token_type", "access_token", "refresh_token", "expires_in"]
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 43200
    assert use(http, answer["access_token"]).status_code == 200


def test_a_non_production_client_gets_a_token_of_a_non_production_company(http: TestClient) -> None:
    assert granted(http, **NON_PRODUCTION, username="Admin@MyCompany-sandbox")


def test_a_token_can_be_for_one_entity(http: TestClient) -> None:
    token = granted(http, username="Admin@MyCompany|Central Region")["access_token"]
    assert claims(token)["entityId"] == "Central Region"


def restricted(sandbox: Sandbox, *, allow_top_level: bool) -> None:
    user = users.find(sandbox.store, my_company(sandbox).key, "Admin")
    assert user is not None
    users.update(
        sandbox.store,
        user.key,
        NewUser(
            id="Admin",
            user_name="Admin",
            account_email="admin@example.com",
            entity_ids=("East Region",),
            allow_top_level=allow_top_level,
        ),
    )


def test_a_restricted_user_gets_tokens_of_its_entities_only(http: TestClient, sandbox: Sandbox) -> None:
    restricted(sandbox, allow_top_level=False)
    assert granted(http, username="Admin@MyCompany|East Region")
    assert code(ask(http, username="Admin@MyCompany|West Region")) == "invalid_grant"
    assert code(ask(http)) == "invalid_grant"


def test_a_restricted_user_may_be_let_in_at_the_top_level(http: TestClient, sandbox: Sandbox) -> None:
    restricted(sandbox, allow_top_level=True)
    assert granted(http)


def test_a_session_of_a_person_earns_a_token_for_that_person(http: TestClient, sandbox: Sandbox) -> None:
    owner = users.find(sandbox.store, my_company(sandbox).key, "owner")
    assert owner is not None
    session = sessions.start(sandbox.store, sandbox.clock, sandbox.ids, owner, "East Region", "ui")
    read = claims(granted(http, username=None, session_id=session.id)["access_token"])
    assert (read["userId"], read["cnyId"], read["entityId"]) == ("owner", "MyCompany", "East Region")


def test_an_expired_session_earns_nothing(http: TestClient, sandbox: Sandbox) -> None:
    owner = users.find(sandbox.store, my_company(sandbox).key, "owner")
    assert owner is not None
    session = sessions.start(sandbox.store, sandbox.clock, sandbox.ids, owner, None, "ui")
    sandbox.clock.advance(timedelta(seconds=session.timeout_seconds))
    response = ask(http, username=None, session_id=session.id)
    assert (response.status_code, code(response)) == (401, "invalid_grant")


def test_a_session_in_another_letter_case_earns_nothing(http: TestClient, sandbox: Sandbox) -> None:
    owner = users.find(sandbox.store, my_company(sandbox).key, "owner")
    assert owner is not None
    session = sessions.start(sandbox.store, sandbox.clock, sandbox.ids, owner, None, "ui")
    assert code(ask(http, username=None, session_id=session.id.swapcase())) == "invalid_grant"


def test_a_session_is_no_way_round_the_authorization_of_the_client(
    http: TestClient, sandbox: Sandbox
) -> None:
    token = granted(http)["access_token"]
    session_id = use(http, token).json()["ia::result"]["sessionId"]
    authorization_made_inactive(sandbox)
    assert code(ask(http, username=None, session_id=session_id)) == "REST-1216"


def test_a_session_needs_a_known_client_even_where_it_is_dead(http: TestClient) -> None:
    gone = {"username": None, "session_id": "gone"}
    assert code(ask(http, **gone, client_secret="wrong")) == "REST-1216"
    assert code(ask(http, **gone, client_id="00000000000000000000.app.sage.com")) == "GW-0011"


def test_the_session_of_a_token_earns_another_token(http: TestClient) -> None:
    first = granted(http, username="Admin@MyCompany|West Region")["access_token"]
    session_id = use(http, first).json()["ia::result"]["sessionId"]
    second = granted(http, username=None, session_id=session_id)["access_token"]
    assert claims(second)["entityId"] == "West Region"


def test_a_refresh_keeps_user_company_and_entity(http: TestClient) -> None:
    first = granted(http, username="Admin@MyCompany|East Region")
    response = refresh(http, first["refresh_token"])
    assert response.status_code == 200
    kept = ("userId", "cnyId", "entityId", "clientId")
    before, after = claims(first["access_token"]), claims(response.json()["access_token"])
    assert [before[name] for name in kept] == [after[name] for name in kept]


def test_a_refreshed_token_lives_its_whole_time(http: TestClient, sandbox: Sandbox) -> None:
    first = granted(http)
    sandbox.clock.advance(timedelta(hours=13))
    assert code(use(http, first["access_token"])) == "GW-0040"
    second = refresh(http, first["refresh_token"]).json()["access_token"]
    assert use(http, second).status_code == 200


def test_a_refresh_token_is_good_again_by_default(http: TestClient) -> None:
    token = granted(http)["refresh_token"]
    assert [refresh(http, token).status_code for _ in range(3)] == [200, 200, 200]


def test_with_rotation_a_spent_refresh_token_is_refused(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.quirks.set("refresh-token-rotation", "rotate")
    first = granted(http)["refresh_token"]
    second = refresh(http, first).json()["refresh_token"]
    assert code(refresh(http, first)) == "invalid_grant"
    assert refresh(http, second).status_code == 200


def test_with_strict_rotation_a_spent_token_ends_its_whole_grant(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.quirks.set("refresh-token-rotation", "strict")
    first = granted(http)["refresh_token"]
    second = refresh(http, first).json()
    assert code(refresh(http, first)) == "invalid_grant"
    assert code(refresh(http, second["refresh_token"])) == "invalid_grant"
    assert code(use(http, second["access_token"])) == "REST-2102"


def test_a_refresh_token_ends(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.quirks.set("refresh-token-lifetime-seconds", "60")
    token = granted(http)["refresh_token"]
    sandbox.clock.advance(timedelta(seconds=60))
    assert code(refresh(http, token)) == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_secret": None}, (401, "invalid_client")),
        ({"client_id": "00000000000000000000.app.sage.com"}, (400, "GW-0011")),
        ({"refresh_token": "nonsense"}, (401, "invalid_grant")),
        ({"refresh_token": None}, (401, "invalid_grant")),
        (NON_PRODUCTION, (401, "invalid_grant")),
    ],
)
def test_a_refresh_is_refused(
    changes: dict[str, str | None], expected: tuple[int, str], http: TestClient
) -> None:
    response = refresh(http, granted(http)["refresh_token"], **changes)
    assert (response.status_code, code(response)) == expected


def test_an_access_token_refreshes_nothing(http: TestClient) -> None:
    assert code(refresh(http, granted(http)["access_token"])) == "invalid_grant"


@pytest.mark.parametrize(
    ("arrange", "expected"),
    [
        (client_made_inactive, "GW-0011"),
        (authorization_removed, "REST-1216"),
        (authorization_made_inactive, "REST-1216"),
        (subscription_off, "invalid_grant"),
    ],
)
def test_a_refresh_is_refused_once_the_consent_is_gone(
    arrange: Arrange, expected: str, http: TestClient, sandbox: Sandbox
) -> None:
    token = granted(http)["refresh_token"]
    arrange(sandbox)
    assert code(refresh(http, token)) == expected


def test_a_refresh_is_refused_once_the_user_is_inactive(http: TestClient, sandbox: Sandbox) -> None:
    token = granted(http)["refresh_token"]
    user = users.find(sandbox.store, my_company(sandbox).key, "Admin")
    assert user is not None
    users.set_status(sandbox.store, user.key, "inactive")
    assert code(refresh(http, token)) == "invalid_grant"


def revoke(http: TestClient, token: str, **changes: str) -> int:
    given = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "token": token, **changes}
    return http.post(REVOKE, data=given).status_code


def test_revoking_one_token_ends_all_of_the_user_in_the_company(http: TestClient, sandbox: Sandbox) -> None:
    first, second = granted(http), granted(http, username="Admin@MyCompany|East Region")
    elsewhere = granted(http, username="Admin@SoloCo")
    paired_with_reader(sandbox)
    of_another_user = granted(http, username="Reader@MyCompany")
    assert revoke(http, first["refresh_token"]) == 200
    for ended in (first, second):
        assert code(use(http, ended["access_token"])) == "REST-2102"
        assert code(refresh(http, ended["refresh_token"])) == "invalid_grant"
    for alive in (elsewhere, of_another_user):
        assert use(http, alive["access_token"]).status_code == 200


def test_after_a_revocation_new_tokens_are_good(http: TestClient) -> None:
    assert revoke(http, granted(http)["access_token"]) == 200
    assert use(http, granted(http)["access_token"]).status_code == 200


def test_revoking_an_unknown_token_is_no_error(http: TestClient) -> None:
    assert revoke(http, "nonsense") == 200


def test_only_the_client_that_holds_a_token_revokes_it(http: TestClient) -> None:
    token = granted(http)["access_token"]
    assert revoke(http, token, client_secret="wrong") == 401
    assert (
        revoke(http, token, client_id=NON_PRODUCTION_CLIENT_ID, client_secret=NON_PRODUCTION_CLIENT_SECRET)
        == 200
    )
    assert use(http, token).status_code == 200


def claims(token: str) -> dict[str, Any]:
    read: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return read
