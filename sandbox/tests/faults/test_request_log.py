import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox.tests.conftest import START
from sandbox.tests.gateway import asking as gateway
from sandbox.tests.oauth2.asking import REVOKE, TOKEN, ask, granted, refresh, use
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from intacct_sandbox.app import Sandbox
from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.request_log import Entry, RequestLog, RequestLogging, Wanted
from intacct_sandbox.fixtures.guide import CLIENT_ID, CLIENT_SECRET, SENDER_PASSWORD


def last(sandbox: Sandbox) -> Entry:
    return sandbox.log.entries()[-1]


def test_a_token_request_is_logged_with_client_and_company(http: TestClient, sandbox: Sandbox) -> None:
    ask(http, username="Admin@MyCompany|East Region")
    assert last(sandbox) == Entry(
        number=1,
        time=START,
        method="POST",
        path=TOKEN,
        grant_type="client_credentials",
        client_id=CLIENT_ID,
        company="MyCompany",
        status=200,
        error=None,
    )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "magic"}, "GW-0032"),
        ({"client_secret": "wrong"}, "REST-1216"),
        ({"username": "Nobody@MyCompany"}, "invalid_grant"),
    ],
)
def test_a_refusal_is_logged_with_its_code(
    changes: dict[str, str], error: str, http: TestClient, sandbox: Sandbox
) -> None:
    response = ask(http, **changes)
    entry = last(sandbox)
    assert (entry.status, entry.error) == (response.status_code, error)
    assert (entry.client_id, entry.company) == (CLIENT_ID, "MyCompany")


def test_a_json_body_is_read_as_well(http: TestClient, sandbox: Sandbox) -> None:
    http.post(TOKEN, json={"grant_type": "magic", "client_id": CLIENT_ID, "username": "Admin@SoloCo"})
    entry = last(sandbox)
    assert (entry.grant_type, entry.client_id, entry.company) == ("other", CLIENT_ID, "SoloCo")


def test_a_refresh_is_logged_with_the_company_of_its_token(http: TestClient, sandbox: Sandbox) -> None:
    refresh(http, granted(http)["refresh_token"])
    entry = last(sandbox)
    assert (entry.grant_type, entry.company) == ("refresh_token", "MyCompany")


def test_an_api_call_is_logged_with_the_client_of_its_token(http: TestClient, sandbox: Sandbox) -> None:
    use(http, granted(http)["access_token"])
    entry = last(sandbox)
    assert (entry.method, entry.client_id, entry.company) == ("GET", CLIENT_ID, "MyCompany")
    assert (entry.grant_type, entry.status, entry.error) == (None, 200, None)


def test_an_expired_call_is_logged_with_its_code(http: TestClient, sandbox: Sandbox) -> None:
    token = granted(http)["access_token"]
    sandbox.clock.advance(timedelta(hours=13))
    use(http, token)
    assert (last(sandbox).status, last(sandbox).error) == (401, "GW-0040")


def test_the_gateway_is_logged_with_company_and_error(http: TestClient, sandbox: Sandbox) -> None:
    session_id = gateway.ask(http).session_id
    gateway.ask(http, gateway.session(session_id))
    gateway.ask(http, gateway.login(password="wrong"))
    assert [entry.company for entry in sandbox.log.entries()] == ["MyCompany"] * 3
    assert [entry.error for entry in sandbox.log.entries()] == [None, None, "XL03000006"]


def test_only_the_paths_of_sage_are_logged(http: TestClient, sandbox: Sandbox) -> None:
    for path in ("/", "/developer", "/company", "/_sandbox/state", "/nowhere"):
        http.get(path)
    assert sandbox.log.entries() == []
    http.get("/ia/nowhere?token=secret")
    assert (last(sandbox).path, last(sandbox).status) == ("/ia/nowhere", 404)


def test_no_secret_is_in_the_log_wherever_it_was_typed(http: TestClient, sandbox: Sandbox) -> None:
    answer = granted(http)
    session_id = use(http, answer["access_token"]).json()["ia::result"]["sessionId"]
    planted = [CLIENT_SECRET, SENDER_PASSWORD, session_id, answer["access_token"], answer["refresh_token"]]
    for secret in planted:
        ask(http, client_id=secret)
        ask(http, grant_type=secret)
        ask(http, username=f"Admin@{secret}")
        ask(http, username=None, session_id=secret)
        refresh(http, secret)
        http.post(REVOKE, data={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "token": secret})
        use(http, secret)
        http.get(f"/ia/api/v1/services/core/session/id?access_token={secret}")
        gateway.ask(http, gateway.session(secret))
        gateway.ask(http, gateway.login(company_id=secret, password=secret))
    logged = json.dumps([entry.as_json() for entry in sandbox.log.entries()])
    assert len(sandbox.log.entries()) == 2 + 10 * len(planted)
    assert [secret for secret in planted if secret in logged] == []


def add(log: RequestLog, path: str, minute: int = 0) -> None:
    log.add(time=START + timedelta(minutes=minute), method="GET", path=path, status=200, facts={})


def test_the_oldest_are_forgotten() -> None:
    log = RequestLog(most_entries=3)
    for number in range(10):
        add(log, f"/ia/{number}")
    assert [entry.number for entry in log.entries()] == [8, 9, 10]
    log.clear()
    add(log, "/ia/x")
    assert [entry.number for entry in log.entries()] == [11]


def test_entries_are_found_by_path_and_time() -> None:
    log = RequestLog()
    for minute, path in enumerate(["/ia/a/token", "/ia/b", "/ia/b/token"]):
        add(log, path, minute)
    later = START + timedelta(minutes=1)
    assert [entry.number for entry in log.entries(Wanted(path="token"))] == [1, 3]
    assert [entry.number for entry in log.entries(Wanted(since=later))] == [2, 3]
    assert [entry.number for entry in log.entries(Wanted(path="token", since=later))] == [3]


def test_a_long_path_is_cut() -> None:
    log = RequestLog()
    add(log, "/ia/" + "x" * 5000)
    assert len(log.entries()[0].path) == 300


async def test_an_application_that_fails_is_logged_as_500() -> None:
    async def failing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(_message: Message) -> None:
        pass

    log = RequestLog()
    logging = RequestLogging(failing, log, SandboxClock(), lambda _text: True)
    scope: Scope = {"type": "http", "path": "/ia/x", "method": "GET", "headers": []}
    with pytest.raises(RuntimeError):
        await logging(scope, receive, send)
    assert log.entries()[0].status == 500


BODIES = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([b"[]", b"7", b'"x"', b'{"username": 7}', b'{"client_id": []}', b"[" * 2000]),
)


@given(
    path=st.sampled_from(["/ia/api/v1/oauth2/token", "/ia/xml/xmlgw.phtml", "/ia/api/v1/objects/a/b"]),
    asked=BODIES,
    answered=BODIES,
    status=st.sampled_from([200, 400, 500]),
    header=st.text(alphabet=st.characters(codec="latin-1"), max_size=60),
    content_type=st.sampled_from(["", "application/json", "text/xml"]),
)
async def test_whatever_passes_through_is_passed_on_and_logged(
    path: str, asked: bytes, answered: bytes, status: int, header: str, content_type: str
) -> None:
    async def application(_scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["body"] == asked
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": answered})

    async def receive() -> Message:
        return {"type": "http.request", "body": asked}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    log = RequestLog()
    headers = [
        (b"authorization", f"Bearer {header}".encode("latin-1")),
        (b"content-type", content_type.encode()),
    ]
    scope: Scope = {"type": "http", "path": path, "method": "POST", "headers": headers}
    await RequestLogging(application, log, SandboxClock(), lambda _text: False)(scope, receive, send)
    assert sent[1]["body"] == answered
    assert (log.entries()[0].status, log.entries()[0].company) == (status, None)
