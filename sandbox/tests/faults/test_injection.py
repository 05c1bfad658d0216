import json

import httpx2
import pytest
from sandbox.tests.gateway import asking as gateway
from sandbox.tests.oauth2.asking import ask, code, granted, refresh, use
from sandbox.tests.test_cli import running
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox
from intacct_sandbox.faults import Fault, FaultKind

TOKEN = "/ia/api/v1/oauth2/token"
REVOKE = "/ia/api/v1/oauth2/revoke"


def tokens_issued(sandbox: Sandbox) -> int:
    return int(sandbox.store.query("SELECT count(*) FROM oauth_token")[0][0])


def test_a_status_answers_in_place_of_the_api(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.faults.plan(Fault(kind=FaultKind.STATUS, status=429, retry_after_seconds=7, count=1))
    refused = ask(http)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    assert refused.json()["ia::result"]["ia::error"]["errorId"] == "SANDBOX-FAULT"
    assert tokens_issued(sandbox) == 0
    assert ask(http).status_code == 200


def test_html_looks_like_the_network_in_front_of_the_api(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.faults.plan(Fault(kind=FaultKind.HTML))
    answer = ask(http)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    assert answer.headers["server"] == "cloudflare"
    assert "Error code 503" in answer.text


def test_garbage_says_that_it_is_json(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.faults.plan(Fault(kind=FaultKind.GARBAGE))
    answer = ask(http)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError, match="utf-8"):
        json.loads(answer.content)


def test_a_cut_has_no_effect_and_a_lost_answer_has(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.faults.plan(Fault(kind=FaultKind.CUT, count=1))
    with pytest.raises(ConnectionAbortedError):
        ask(http)
    assert tokens_issued(sandbox) == 0
    sandbox.faults.plan(Fault(kind=FaultKind.LOST_ANSWER, count=1))
    with pytest.raises(ConnectionAbortedError):
        ask(http)
    assert tokens_issued(sandbox) == 2


def test_a_token_ends_early_and_stays_ended(http: TestClient, sandbox: Sandbox) -> None:
    token = granted(http)["access_token"]
    sandbox.faults.plan(Fault(kind=FaultKind.EARLY_EXPIRY, count=1))
    assert [code(use(http, token)) for _ in range(2)] == ["GW-0040", "GW-0040"]
    assert use(http, granted(http)["access_token"]).status_code == 200


def test_a_latency_goes_on_to_the_next_fault(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.faults.plan(Fault(kind=FaultKind.LATENCY, latency_ms=1))
    assert ask(http).status_code == 200
    sandbox.faults.plan(Fault(kind=FaultKind.STATUS, status=500))
    assert ask(http).status_code == 500


def test_one_company_has_the_fault_and_others_have_not(http: TestClient, sandbox: Sandbox) -> None:
    mine, theirs = granted(http), granted(http, username="Admin@SoloCo")
    sandbox.faults.plan(Fault(kind=FaultKind.STATUS, status=503, company="SoloCo"))
    for answer, held in ((mine, 200), (theirs, 503)):
        assert use(http, answer["access_token"]).status_code == held
        assert refresh(http, answer["refresh_token"]).status_code == held
    assert ask(http).status_code == 200
    assert ask(http, username="Admin@SoloCo").status_code == 503


def test_a_body_that_was_looked_into_is_read_once_more(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.faults.plan(Fault(kind=FaultKind.CUT, company="Another"))
    assert gateway.ask(http).session_id
    assert ask(http).status_code == 200


def test_nothing_but_sages_paths_has_faults(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.faults.plan(Fault(kind=FaultKind.CUT))
    for path in ("/", "/_sandbox/state", "/company/sign-in"):
        assert http.get(path).status_code == 200


def test_what_went_wrong_on_purpose_is_in_the_log(http: TestClient, sandbox: Sandbox) -> None:
    sandbox.faults.plan(Fault(kind=FaultKind.LATENCY, latency_ms=1))
    sandbox.faults.plan(Fault(kind=FaultKind.STATUS, status=503, count=1))
    ask(http)
    entry = sandbox.log.entries()[-1]
    assert (entry.status, entry.error, entry.fault) == (503, "SANDBOX-FAULT", "latency+status")


def test_a_real_connection_is_cut_where_the_fault_says() -> None:
    with running() as (process, url), httpx2.Client(base_url=url) as client:
        body = {"grant_type": "client_credentials"}
        client.post("/_sandbox/faults", json={"kind": "cut", "count": 1})
        client.post("/_sandbox/faults", json={"kind": "lost-answer", "count": 1})
        client.post("/_sandbox/faults", json={"kind": "cut", "after_bytes": 10, "count": 1})
        for _ in range(3):
            with pytest.raises(httpx2.TransportError):
                client.post(TOKEN, data=body)
        assert client.post(TOKEN, data=body).status_code >= 400
        logged = client.get("/_sandbox/requests").json()["requests"]
        assert [entry["fault"] for entry in logged] == ["cut", "lost-answer", "cut", None]
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert errors == ""


@pytest.mark.parametrize("path", [TOKEN, "/ia/api/v1/services/core/session/id"])
def test_maintenance_answers_as_the_gateway_until_its_window_is_over(path: str, http: TestClient) -> None:
    http.post("/_sandbox/faults", json={"kind": "maintenance", "for_seconds": 7200})
    http.post("/_sandbox/clock", json={"advance_seconds": 3600})
    refused = http.post(path)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "3600")
    assert refused.json()["ia::error"]["code"] == "GW-0001"
    assert "maintenance" in refused.json()["ia::error"]["message"]
    http.post("/_sandbox/clock", json={"advance_seconds": 3600})
    assert http.post(path).status_code != 503
    assert http.get("/_sandbox/faults").json() == {"faults": []}


def test_maintenance_is_told_in_xml_where_xml_was_asked(http: TestClient) -> None:
    http.post("/_sandbox/faults", json={"kind": "maintenance", "count": 1})
    refused = http.post(gateway.PATH, content=gateway.request_xml())
    assert (refused.status_code, refused.headers["content-type"]) == (503, 'text/xml; encoding="UTF-8"')
    assert "<errorno>GW-0001</errorno>" in refused.text
    assert "[Request ID: " in refused.text
    assert "retry-after" not in refused.headers
    assert http.post(gateway.PATH, content=gateway.request_xml()).status_code == 200


@pytest.mark.parametrize(
    ("status", "title"), [(502, "Bad gateway"), (522, "Connection timed out"), (403, "Access denied")]
)
def test_html_says_what_the_network_says_of_a_status(status: int, title: str, http: TestClient) -> None:
    http.post("/_sandbox/faults", json={"kind": "html", "status": status})
    answer = ask(http)
    assert answer.status_code == status
    assert f"{status}: {title}</title>" in answer.text


def test_any_fault_can_end_by_the_clock(http: TestClient) -> None:
    planned = http.post("/_sandbox/faults", json={"kind": "status", "status": 500, "for_seconds": 60}).json()
    assert planned["ends_at"].endswith("09:31:00+00:00")
    assert ask(http).status_code == 500
    http.post("/_sandbox/clock", json={"advance_seconds": 60})
    assert ask(http).status_code == 200
