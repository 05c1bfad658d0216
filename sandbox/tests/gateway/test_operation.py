from datetime import timedelta

import pytest
from sandbox.tests.gateway.asking import GET_SESSION, Answer, ask, into, login, post, request_xml, session
from sandbox.tests.oauth2 import asking as oauth
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox
from intacct_sandbox.gateway.operation import PARTNER_INCORRECT, SIGN_IN_INCORRECT
from intacct_sandbox.identity import companies, senders, sessions, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.users import NewUser, User

SIGN_IN_REFUSED = ("XL03000006", "", SIGN_IN_INCORRECT)
SENDER_REFUSED = (
    "The sender ID 'acme-sender' is not authorized to make Web Services requests to company ID '{}'."
)


@pytest.fixture
def company(sandbox: Sandbox) -> Company:
    found = companies.find(sandbox.store, "MyCompany")
    assert found is not None
    return found


@pytest.fixture
def admin(sandbox: Sandbox, company: Company) -> User:
    found = users.find(sandbox.store, company.key, "Admin")
    assert found is not None
    return found


def test_a_login_earns_a_session(http: TestClient, sandbox: Sandbox) -> None:
    answer = ask(http)
    assert answer.statuses() == ("success", "success", "success")
    assert answer.text("operation/authentication/userid") == "Admin"
    assert answer.text("operation/authentication/sessiontimestamp") == "2026-03-02T09:30:00+00:00"
    assert answer.text("operation/authentication/sessiontimeout") == "2026-03-02T15:30:00+00:00"
    assert answer.text("operation/result/controlid") == "call 1"
    found = sessions.find(sandbox.store, sandbox.clock, answer.session_id)
    assert found is not None
    assert (found.origin, found.entity_id) == ("api", None)


def test_its_session_earns_a_token(http: TestClient) -> None:
    session_id = ask(http, login(location_id="East Region")).session_id
    token = oauth.granted(http, username=None, session_id=session_id)["access_token"]
    assert oauth.use(http, token).status_code == 200


def test_a_session_earns_another_session_at_its_own_level(http: TestClient) -> None:
    first = ask(http, login(location_id="East Region")).session_id
    second = ask(http, session(first))
    assert second.session_id != first
    assert second.text("operation/authentication/locationid") == "East Region"
    assert second.text("operation/result/data/api/locationid") == "East Region"


def test_the_session_behind_a_token_is_good_for_the_gateway(http: TestClient) -> None:
    token = oauth.granted(http, username="Admin@MyCompany|West Region")["access_token"]
    session_id = oauth.use(http, token).json()["ia::result"]["sessionId"]
    assert ask(http, session(session_id)).text("operation/result/data/api/locationid") == "West Region"


def test_the_function_chooses_an_entity(http: TestClient) -> None:
    answer = ask(http, login(), into("West Region"))
    assert answer.text("operation/authentication/locationid") == ""
    assert answer.text("operation/result/data/api/locationid") == "West Region"


def test_an_empty_location_leads_back_to_the_top_level(http: TestClient) -> None:
    inside = ask(http, login(location_id="East Region")).session_id
    assert ask(http, session(inside), into("")).text("operation/result/data/api/locationid") == ""


def test_each_use_lets_a_session_live_for_its_time_again(http: TestClient, sandbox: Sandbox) -> None:
    session_id = ask(http).session_id
    for _ in range(3):
        sandbox.clock.advance(timedelta(hours=5))
        assert ask(http, session(session_id)).statuses()[1] == "success"
    sandbox.clock.advance(timedelta(hours=6))
    answer = ask(http, session(session_id))
    assert answer.statuses() == ("success", "failure", None)
    assert answer.error("operation/") == SIGN_IN_REFUSED


@pytest.mark.parametrize(
    "changes",
    [
        {"sender_id": "nobody"},
        {"sender_id": "ACME-SENDER"},
        {"sender_id": ""},
        {"password": "wrong"},
        {"password": "Sandbox-Sender"},
        {"password": "sandbox-sender "},
    ],
)
def test_a_wrong_sender_fails_in_the_control_block(changes: dict[str, str], http: TestClient) -> None:
    answer = post(http, request_xml(**changes))
    assert answer.statuses() == ("failure", None, None)
    assert answer.error("") == ("XL03000006", "", PARTNER_INCORRECT)
    assert answer.text("control/senderid") == changes.get("sender_id", "acme-sender")
    assert answer.root.find("operation") is None


def test_a_transport_policy_is_unknown(http: TestClient) -> None:
    answer = post(http, request_xml(control="<policyid>mine</policyid>"))
    assert answer.error("") == ("XL03000006", "", "mine is not a valid transport policy.")


@pytest.mark.parametrize(
    "authentication",
    [
        login(user_id="Nobody"),
        login(user_id="admin"),
        login(user_id="Dormant"),
        login(password="wrong"),
        login(password=""),
        login(company_id="Nowhere"),
        login(company_id="mycompany"),
        login(location_id="North Region"),
        login(company_id="SoloCo", location_id="East Region"),
        session("no such session"),
    ],
)
def test_a_wrong_login_fails_in_the_authentication_block(authentication: str, http: TestClient) -> None:
    answer = ask(http, authentication)
    assert answer.statuses() == ("success", "failure", None)
    assert answer.error("operation/") == SIGN_IN_REFUSED


def assert_sender_refused(http: TestClient, authentication: str, company_id: str) -> None:
    answer = ask(http, authentication)
    assert answer.statuses() == ("success", "failure", None)
    assert answer.error("operation/") == (
        "XL03000006",
        "Invalid Web Services Authorization",
        SENDER_REFUSED.format(company_id),
    )
    assert "company administrator" in str(answer.text("operation/errormessage/error/correction"))


def test_a_company_without_authorization_of_the_sender_refuses_it(http: TestClient) -> None:
    assert_sender_refused(http, login("owner", "NoServices"), "NoServices")


def test_an_inactive_authorization_is_none(http: TestClient, sandbox: Sandbox, company: Company) -> None:
    session_id = ask(http).session_id
    entry = senders.find(sandbox.store, company.key, "acme-sender")
    assert entry is not None
    senders.set_status(sandbox.store, entry.key, "inactive")
    assert_sender_refused(http, login(), "MyCompany")
    assert_sender_refused(http, session(session_id), "MyCompany")


def test_without_the_subscription_nobody_is_let_in(
    http: TestClient, sandbox: Sandbox, company: Company
) -> None:
    companies.subscribe(sandbox.store, company.key, [])
    assert_sender_refused(http, login(), "MyCompany")
    sandbox.quirks.set("gateway-subscription-check", "off")
    assert ask(http).statuses()[1] == "success"


def test_whether_people_may_log_in_is_a_quirk(http: TestClient, sandbox: Sandbox) -> None:
    assert ask(http, login("owner")).statuses()[1] == "success"
    sandbox.quirks.set("gateway-login-users", "web-services-only")
    assert ask(http, login("owner")).error("operation/") == SIGN_IN_REFUSED
    assert ask(http, login("Admin")).statuses()[1] == "success"


def test_the_session_of_a_user_who_is_inactive_now_is_dead(
    http: TestClient, sandbox: Sandbox, admin: User
) -> None:
    session_id = ask(http).session_id
    users.set_status(sandbox.store, admin.key, "inactive")
    assert ask(http, session(session_id)).error("operation/") == SIGN_IN_REFUSED


def test_a_restricted_user_enters_its_entities_only(http: TestClient, sandbox: Sandbox, admin: User) -> None:
    users.update(
        sandbox.store,
        admin.key,
        NewUser(
            id="Admin",
            user_name="Admin",
            account_email="admin@example.com",
            entity_ids=("East Region",),
            allow_top_level=False,
        ),
    )
    assert ask(http, login()).error("operation/") == SIGN_IN_REFUSED
    session_id = ask(http, login(location_id="East Region")).session_id
    for elsewhere in ("West Region", ""):
        assert ask(http, session(session_id), into(elsewhere)).statuses() == ("success", "success", "failure")


def test_an_unknown_entity_fails_in_the_result_of_the_function(http: TestClient) -> None:
    answer = ask(http, login(), into("North Region"))
    assert answer.statuses() == ("success", "success", "failure")
    number, _, text = answer.error("operation/result/")
    assert number == "BL01001973"
    assert "'North Region'" in str(text)
    assert "[Support ID: " in str(text)


def test_another_function_is_refused_in_its_own_result(http: TestClient) -> None:
    answer = ask(http, login(), "<readReport><report>Sales</report></readReport>", GET_SESSION)
    results = answer.root.findall("operation/result")
    assert [result.findtext("status") for result in results] == ["failure", "success"]
    assert [result.findtext("controlid") for result in results] == ["call 1", "call 2"]
    assert results[0].findtext("function") == "readReport"
    assert "readReport" in str(results[0].findtext("errormessage/error/description2"))


def in_transaction(http: TestClient, *functions: str) -> Answer:
    return post(
        http, request_xml(login(), *functions).replace(b"<operation>", b'<operation transaction="true">')
    )


VENDOR = "<create><VENDOR><VENDORID>{}</VENDORID><NAME>x</NAME></VENDOR></create>"
BAD = "<readByQuery><object>UNICORN</object><query/></readByQuery>"


def test_a_transaction_stands_where_all_its_functions_do(http: TestClient) -> None:
    answer = in_transaction(http, VENDOR.format("T-1"), VENDOR.format("T-2"))
    assert [one.text for one in answer.root.iterfind("operation/result/status")] == ["success", "success"]


def test_a_failure_undoes_the_whole_transaction(http: TestClient) -> None:
    answer = in_transaction(http, VENDOR.format("T-1"), BAD, VENDOR.format("T-2"))
    results = answer.root.findall("operation/result")
    assert [one.findtext("status") for one in results] == ["aborted", "aborted", "aborted"]
    assert [[error.text for error in one.iterfind("errormessage/error/errorno")] for one in results] == [
        ["XL03000009"],
        ["BL01001973", "XL03000009"],
        ["XL03000009"],
    ]
    found = "<readByName><object>VENDOR</object><keys>T-1,T-2</keys></readByName>"
    assert ask(http, None, found).root.findall("operation/result/data/VENDOR") == []


def test_the_failing_function_alone_fails_where_the_quirk_says_so(sandbox: Sandbox, http: TestClient) -> None:
    sandbox.quirks.set("gateway-failed-transaction", "failure")
    answer = in_transaction(http, VENDOR.format("T-1"), BAD)
    results = answer.root.findall("operation/result")
    assert [one.findtext("status") for one in results] == ["aborted", "failure"]
    assert len(results[1].findall("errormessage/error")) == 1


def once(http: TestClient, unique_id: str, *functions: str) -> list[str | None]:
    body = request_xml(login(), *functions)
    replacement = f"<uniqueid>{unique_id}</uniqueid>" if unique_id else ""
    answer = post(http, body.replace(b"<uniqueid>false</uniqueid>", replacement.encode()))
    return [one.text for one in answer.root.iterfind("operation/result/status")]


@pytest.mark.parametrize("unique_id", ["true", ""])
def test_a_function_is_carried_out_once_under_one_control_id(http: TestClient, unique_id: str) -> None:
    # The control IDs are `call 1` and `call 2`.
    assert once(http, unique_id, BAD, GET_SESSION) == ["failure", "success"]
    assert once(http, unique_id, GET_SESSION, GET_SESSION) == ["success", "failure"]
    assert once(http, "false", GET_SESSION, GET_SESSION) == ["success", "success"]


def test_another_company_has_control_ids_of_its_own(http: TestClient) -> None:
    assert once(http, "true", GET_SESSION) == ["success"]
    body = request_xml(login(company_id="SoloCo")).replace(b"<uniqueid>false", b"<uniqueid>true")
    assert post(http, body).statuses() == ("success", "success", "success")


def test_functions_may_be_repeated_where_the_quirk_says_so(sandbox: Sandbox, http: TestClient) -> None:
    sandbox.quirks.set("gateway-repeated-functions", "accept")
    assert once(http, "true", GET_SESSION) == once(http, "true", GET_SESSION) == ["success"]


def test_what_a_transaction_undid_may_be_tried_again(http: TestClient) -> None:
    def try_once(*functions: str) -> list[str | None]:
        body = request_xml(login(), *functions).replace(b"<uniqueid>false", b"<uniqueid>true")
        answer = post(http, body.replace(b"<operation>", b'<operation transaction="true">'))
        return [one.text for one in answer.root.iterfind("operation/result/status")]

    assert try_once(VENDOR.format("T-1"), BAD) == ["aborted", "aborted"]
    assert try_once(VENDOR.format("T-1"), VENDOR.format("T-2")) == ["success", "success"]
    assert try_once(VENDOR.format("T-3")) == ["aborted"]
