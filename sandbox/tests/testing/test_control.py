from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from intacct_sandbox.testing import ControlRefused, TestSandbox

TOKEN = "/ia/api/v1/oauth2/token"
SESSION = "/ia/api/v1/services/core/session/id"


def token(sandbox: TestSandbox, username: str | None = None) -> str:
    answer = httpx2.post(sandbox.url + TOKEN, data=sandbox.credentials.token_request(username))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def status(sandbox: TestSandbox, access_token: str) -> int:
    headers = {"Authorization": f"Bearer {access_token}"}
    return httpx2.get(sandbox.url + SESSION, headers=headers).status_code


def test_the_credentials_get_a_token(sandbox: TestSandbox) -> None:
    for username in (None, sandbox.credentials.username_in_entity):
        assert status(sandbox, token(sandbox, username)) == 200


def test_the_clock_is_moved_and_stopped(sandbox: TestSandbox) -> None:
    held = token(sandbox)
    before = sandbox.now
    assert sandbox.advance(timedelta(hours=13)) > before + timedelta(hours=12)
    assert status(sandbox, held) == 401
    moment = datetime(2026, 1, 31, tzinfo=UTC)
    assert sandbox.stop_at(moment) == moment == sandbox.now
    assert sandbox.advance(1.5) == moment + timedelta(seconds=1.5)


def test_quirks_are_read_set_and_reset(sandbox: TestSandbox) -> None:
    sandbox.quirks["access-token-lifetime-seconds"] = 60
    assert sandbox.quirks["access-token-lifetime-seconds"] == "60"
    sandbox.quirks.reset()
    assert sandbox.quirks["access-token-lifetime-seconds"] == "43200"
    with pytest.raises(ControlRefused) as refused:
        sandbox.quirks["gravity"] = "off"
    assert (refused.value.status, refused.value.field) == (400, "gravity")
    with pytest.raises(KeyError):
        sandbox.quirks["gravity"]


def test_faults_are_planned_and_taken_back(sandbox: TestSandbox) -> None:
    held = token(sandbox)
    sandbox.faults.plan("status", status=503, path="/ia/api/v1/services", count=1)
    assert [status(sandbox, held) for _ in range(2)] == [503, 200]
    number = sandbox.faults.plan("html")
    sandbox.faults.remove(number)
    sandbox.faults.plan("garbage")
    assert [fault["kind"] for fault in sandbox.faults.every()] == ["garbage"]
    sandbox.faults.clear()
    assert sandbox.faults.every() == []


def test_requests_are_told_and_forgotten(sandbox: TestSandbox) -> None:
    status(sandbox, token(sandbox))
    assert [entry["path"] for entry in sandbox.requests()] == [TOKEN, SESSION]
    assert len(sandbox.requests(path="oauth2", since=sandbox.now - timedelta(minutes=1))) == 1
    assert len(sandbox.requests(company="MyCompany", method="POST", status=200)) == 1
    assert sandbox.requests(status=4) == []
    assert sandbox.requests(since=sandbox.now + timedelta(days=1)) == []
    sandbox.forget_requests()
    assert sandbox.requests() == []


def test_what_happens_in_a_context_is_undone(sandbox: TestSandbox) -> None:
    with sandbox.unchanged():
        sandbox.load("empty")
        sandbox.faults.plan("cut")
        assert sandbox.state["developers"] == 0
    assert (sandbox.state["developers"], sandbox.state["faults"]) == (1, 0)
    assert "unchanged" not in sandbox.state["snapshots"]


def test_a_snapshot_is_restored_by_its_name(sandbox: TestSandbox) -> None:
    held = token(sandbox)
    sandbox.snapshot("with-token")
    sandbox.reset()
    assert status(sandbox, held) == 401
    sandbox.restore("with-token")
    assert status(sandbox, held) == 200
    with pytest.raises(ControlRefused, match="no such snapshot"):
        sandbox.restore("another")


def test_a_ledger_of_a_size_is_loaded(sandbox: TestSandbox) -> None:
    sandbox.load("ledger", lines=100)
    assert sandbox.state["fixture"] == "ledger"


def test_a_company_is_throttled_and_freed_again(sandbox: TestSandbox) -> None:
    given = sandbox.limit("MyCompany", "custom", per_application=1, per_company=2)
    assert (given["per_application"], sandbox.limits["MyCompany"]["tier"]) == (1, "custom")
    status(sandbox, token(sandbox))
    assert sandbox.limits["MyCompany"]["transactions"] == 1
    sandbox.limit("MyCompany", "none")
    assert sandbox.limits["MyCompany"]["tier"] == "none"
    with pytest.raises(ControlRefused) as refused:
        sandbox.limit("MyCompany", "gold")
    assert refused.value.field == "tier"


def test_a_company_gets_its_formats(sandbox: TestSandbox) -> None:
    assert sandbox.set_formats("SoloCo", locale="en_GB")["date_format"] == "/dmY"
    with pytest.raises(ControlRefused) as refused:
        sandbox.set_formats("SoloCo", clock="13")
    assert refused.value.field == "clock"


def test_a_maintenance_window_ends_with_the_clock(sandbox: TestSandbox) -> None:
    held = token(sandbox)
    sandbox.faults.plan("maintenance", for_seconds=600, company="MyCompany")
    assert status(sandbox, held) == 503
    sandbox.advance(timedelta(minutes=10))
    assert status(sandbox, held) == 200


def test_triggers_are_made_and_what_they_post_is_told(sandbox: TestSandbox) -> None:
    vendor, url = "accounts-payable/vendor", "http://192.0.2.7/"
    made = sandbox.triggers.add("MyCompany", vendor, url, events=["create"])
    assert [one["key"] for one in sandbox.triggers.every()] == [made]
    headers = {"Authorization": f"Bearer {token(sandbox)}"}
    address = f"{sandbox.url}/ia/api/v1/objects/accounts-payable/vendor"
    assert httpx2.post(address, json={"id": "T", "name": "T"}, headers=headers).status_code == 201
    sandbox.triggers.deliver()
    assert sandbox.triggers.deliveries()[0]["trigger"] == "Trigger 1"
    sandbox.triggers.remove(made)
    assert sandbox.triggers.every() == []
