import pytest
from sandbox.tests.oauth2.asking import ask, granted, use
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox
from intacct_sandbox.control.pages import NEWEST, PREFIX
from intacct_sandbox.faults import ALL, FaultKind

FORMS = ["/clock", "/requests/forget", "/faults/plan", "/faults/clear", "/quirks/switch", "/quirks/reset"]
PATHS = [PREFIX, f"{PREFIX}/requests", f"{PREFIX}/faults", f"{PREFIX}/quirks"]


@pytest.mark.parametrize("path", PATHS)
def test_the_landing_page_leads_to_every_page(path: str, http: TestClient) -> None:
    assert f'href="{path}"' in http.get("/").text
    answer = http.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("path", FORMS)
def test_other_web_sites_change_nothing(path: str, http: TestClient) -> None:
    assert http.post(PREFIX + path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert http.post(PREFIX + path, content=b"\xff").status_code == 400
    assert http.post(PREFIX + path, content=b"x" * 70_000).status_code == 400


def test_requests_are_filtered_and_what_is_shown_can_be_had_as_json(http: TestClient) -> None:
    use(http, granted(http)["access_token"])
    ask(http, client_secret="wrong")
    query = "status=4&company=MyCompany&method=POST&path=token"
    text = http.get(f"{PREFIX}/requests?{query}").text
    assert "1 on Sage" in text
    assert "REST-1216" in text
    found = http.get("/_sandbox/requests", params=dict(pair.split("=") for pair in query.split("&"))).json()
    assert [one["error"] for one in found["requests"]] == ["REST-1216"]
    assert "No request fits" in http.get(f"{PREFIX}/requests?company=SoloCo").text
    assert "status must be" in http.get(f"{PREFIX}/requests?status=many").text
    assert http.post(f"{PREFIX}/requests/forget").status_code == 303
    assert http.get("/_sandbox/requests").json()["count"] == 0


def test_a_fault_is_planned_taken_back_and_cleared(http: TestClient) -> None:
    form = {"kind": "status", "status": "503", "path": "/ia/api/v1/oauth2", "count": "2", "method": ""}
    assert http.post(f"{PREFIX}/faults/plan", data=form).status_code == 303
    assert ask(http).status_code == 503
    number = http.get("/_sandbox/faults").json()["faults"][0]["number"]
    for _ in range(2):
        assert http.post(f"{PREFIX}/faults/{number}/removal").status_code == 303
    assert http.get("/_sandbox/faults").json() == {"faults": []}
    http.post(f"{PREFIX}/faults/plan", data=form)
    http.post(f"{PREFIX}/faults/clear")
    assert ask(http).status_code == 200


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"kind": "status"}, "needs a status"),
        ({"kind": "cut", "count": "many"}, "Enter a whole number."),
        ({"kind": "fire"}, "kind must be one of"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_beside_its_field(
    form: dict[str, str], sentence: str, http: TestClient
) -> None:
    refused = http.post(f"{PREFIX}/faults/plan", data=form)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert http.get("/_sandbox/faults").json() == {"faults": []}


def test_a_quirk_is_switched_and_set_back(http: TestClient) -> None:
    wanted = {"name": "invalid-grant-status", "value": "400"}
    assert http.post(f"{PREFIX}/quirks/switch", data=wanted).status_code == 303
    assert ask(http, username="Nobody@MyCompany").status_code == 400
    refused = http.post(f"{PREFIX}/quirks/switch", data={**wanted, "value": "7"})
    assert (refused.status_code, "must be one of" in refused.text) == (422, True)
    assert http.post(f"{PREFIX}/quirks/reset").status_code == 303
    assert ask(http, username="Nobody@MyCompany").status_code == 401


def test_time_is_let_pass_and_set_back(http: TestClient, sandbox: Sandbox) -> None:
    before = sandbox.clock.now()
    assert http.post(f"{PREFIX}/clock", data={"hours": "13"}).status_code == 303
    assert (sandbox.clock.now() - before).total_seconds() == 13 * 3600
    assert http.post(f"{PREFIX}/clock", data={"hours": "soon"}).status_code == 422
    assert http.post(f"{PREFIX}/clock", data={"reset": "1"}).status_code == 303
    assert sandbox.clock.now() != before


def test_a_company_s_tier_and_transactions_are_shown(http: TestClient) -> None:
    http.patch("/_sandbox/limits", json={"company": "SoloCo", "tier": "4"})
    use(http, granted(http)["access_token"])
    text = http.get(PREFIX).text
    assert '<td data-label="Tier">4</td>' in text
    assert 'data-label="Transactions">1</td>' in text


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
