import sqlite3
from pathlib import Path

import pytest
from sandbox.tests.conftest import BASE_URL
from sandbox.tests.oauth2.asking import granted, refresh, use
from starlette.testclient import TestClient

from intacct_sandbox.app import DATABASE_FILE, Sandbox, build, create_app
from intacct_sandbox.errors import UnknownThing
from intacct_sandbox.identity import companies
from intacct_sandbox.settings import Settings

QUERY = {"object": "accounts-payable/vendor", "fields": ["id", "name"], "size": 2}


def test_the_guide_leads_to_rows(http: TestClient) -> None:
    token = granted(http)["access_token"]
    response = http.post(
        "/ia/api/v1/services/core/query", json=QUERY, headers={"Authorization": f"Bearer {token}"}
    )
    assert response.status_code == 200
    assert len(response.json()["ia::result"]) == 2
    assert response.json()["ia::meta"]["totalCount"] == 40


@pytest.mark.parametrize(
    "path", ["/", "/developer/sign-in", "/company/sign-in", "/nowhere", "/company/nowhere"]
)
def test_every_page_forbids_what_it_does_not_need(path: str, http: TestClient) -> None:
    response = http.get(path)
    policy = response.headers["content-security-policy"]
    assert response.headers["content-type"].startswith("text/html")
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/", "/nowhere", "/ia/nowhere", "/_sandbox/state", "/static/x/sandbox.css"])
def test_every_answer_is_taken_for_what_it_is(path: str, http: TestClient) -> None:
    response = http.get(path)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"


def test_an_unknown_page_is_said_to_be_unknown(http: TestClient) -> None:
    response = http.get("/nowhere")
    assert response.status_code == 404
    assert "<html" in response.text


@pytest.mark.parametrize("path", ["/ia", "/ia/", "/ia/acct/login.phtml", "/ia/xml/other.phtml", "/ia/api/v1"])
def test_an_unknown_address_of_sage_is_answered_without_a_page(path: str, http: TestClient) -> None:
    response = http.get(path)
    assert response.status_code == 404
    if path != "/ia":
        assert "<html" not in response.text


def test_a_failure_is_answered_and_raised_for_the_log(sandbox: Sandbox) -> None:
    app = create_app(Settings(), sandbox)
    sandbox.store.execute("DROP TABLE company")
    quiet = TestClient(app, base_url=BASE_URL, raise_server_exceptions=False)
    response = quiet.get("/_sandbox/state")
    assert response.status_code == 500
    assert response.text == "The sandbox itself failed here; its own log says why.\n"
    with pytest.raises(sqlite3.OperationalError):
        TestClient(app, base_url=BASE_URL).get("/_sandbox/state")


def test_an_unknown_fixture_is_refused() -> None:
    with pytest.raises(UnknownThing, match="There is no fixture demo"):
        build(Settings(fixture="demo"))


def test_a_data_directory_keeps_everything_over_a_restart(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "deep" / "data", fixture="guide")
    with TestClient(create_app(settings), base_url=BASE_URL) as http:
        first = granted(http)
        http.post("/_sandbox/clock", json={"advance_seconds": 1})
    with TestClient(create_app(settings), base_url=BASE_URL) as http:
        assert use(http, first["access_token"]).status_code == 200
        assert refresh(http, first["refresh_token"]).status_code == 200
        assert granted(http)["access_token"] != first["access_token"]
    assert (tmp_path / "deep" / "data" / DATABASE_FILE).exists()


def test_a_fixture_is_loaded_into_nothing_only(tmp_path: Path) -> None:
    first = build(Settings(data=tmp_path, fixture="empty"))
    assert first.is_fresh
    companies.create(first.store, company_id="Added", title="Added")
    first.store.close()
    second = build(Settings(data=tmp_path, fixture="guide"))
    assert not second.is_fresh
    assert companies.find(second.store, "Added") is not None
    second.store.close()


def test_a_restart_never_hands_out_an_identifier_again(tmp_path: Path) -> None:
    handed: list[str] = []
    for _ in range(3):
        sandbox = build(Settings(data=tmp_path, fixture="empty"))
        handed += [sandbox.ids.uuid() for _ in range(50)]
        sandbox.store.close()
    assert len(set(handed)) == len(handed)


def test_the_date_of_an_answer_is_the_sandbox_s_own(http: TestClient) -> None:
    assert http.get("/_sandbox/clock").headers["date"] == "Mon, 02 Mar 2026 09:30:00 GMT"
