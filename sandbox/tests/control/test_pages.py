import pytest
from sandbox.tests.oauth2.asking import ask, granted
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox
from intacct_sandbox.control.pages import NEWEST, PREFIX
from intacct_sandbox.faults import ALL, FaultKind

PATHS = [PREFIX, f"{PREFIX}/requests", f"{PREFIX}/faults", f"{PREFIX}/quirks"]


@pytest.mark.parametrize("path", PATHS)
def test_the_landing_page_leads_to_every_page(path: str, http: TestClient) -> None:
    assert f'href="{path}"' in http.get("/").text
    answer = http.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("path", PATHS)
def test_nothing_can_be_changed_on_a_page(path: str, http: TestClient) -> None:
    assert http.post(path).status_code == 405
    assert "<form" not in http.get(path).text


def test_the_newest_request_comes_first(http: TestClient) -> None:
    granted(http)
    ask(http, client_secret="wrong")
    text = http.get(f"{PREFIX}/requests").text
    assert text.index("REST-1216") < text.index("client_credentials</span>", text.index("REST-1216"))
    assert "2 on Sage" in text


def test_a_long_log_shows_its_end(http: TestClient, sandbox: Sandbox) -> None:
    for number in range(NEWEST + 5):
        sandbox.log.add(
            time=sandbox.clock.now(), method="GET", path=f"/ia/api/v1/objects/{number}", status=200, facts={}
        )
    text = http.get(f"{PREFIX}/requests").text
    assert f"the last {NEWEST} are shown" in text
    assert "objects/4<" not in text
    assert "objects/5<" in text
    assert "objects/204<" in http.get(f"{PREFIX}/requests?path=/204").text


def test_what_is_planned_is_shown_with_whom_it_is_for(http: TestClient) -> None:
    fault = {"kind": "status", "status": 503, "company": "SoloCo", "method": "POST", "count": 2}
    http.post("/_sandbox/faults", json=fault)
    text = http.get(f"{PREFIX}/faults").text
    for part in ("1. status", "status 503", "SoloCo", "POST /ia/"):
        assert part in text
    assert all(f"<code>{kind}</code>" in text for kind in FaultKind)


def test_a_switched_quirk_comes_first(http: TestClient) -> None:
    last = ALL[-1]
    assert "None of" in http.get(f"{PREFIX}/quirks").text
    value = next((one for one in last.choices if one != last.default), "2026-01-31")
    http.patch("/_sandbox/quirks", json={last.name: value})
    text = http.get(f"{PREFIX}/quirks").text
    assert "1 of" in text
    assert text.index(f"<code>{last.name}</code>") < text.index(f"<code>{ALL[0].name}</code>")


def test_snapshots_are_listed(http: TestClient) -> None:
    http.post("/_sandbox/snapshots", json={"name": "before-import"})
    assert "before-import" in http.get(PREFIX).text


def test_what_was_asked_is_text_on_a_page(http: TestClient) -> None:
    http.get("/ia/<script>alert(1)</script>")
    assert "<script>alert" not in http.get(f"{PREFIX}/requests").text
