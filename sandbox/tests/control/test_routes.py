import json

import pytest
from sandbox.tests.oauth2.asking import TOKEN, ask, granted, use
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox

PATHS = [
    "/reset",
    "/fixture",
    "/snapshots",
    "/restore",
    "/clock",
    "/requests",
    "/requests.jsonl",
    "/faults",
    "/faults/1",
    "/quirks",
    "/limits",
    "/triggers",
    "/triggers/1",
    "/deliveries",
    "/openapi.json",
    "/state",
]


def test_a_token_expires_when_the_clock_is_advanced(http: TestClient) -> None:
    token = granted(http)["access_token"]
    moved = http.post("/_sandbox/clock", json={"advance_seconds": 13 * 3600})
    assert moved.status_code == 200
    assert use(http, token).status_code == 401


def test_the_request_log_is_read_filtered_and_cleared(http: TestClient) -> None:
    granted(http)
    http.post("/_sandbox/clock", json={"advance_seconds": 60})
    later = http.get("/_sandbox/clock").json()["now"]
    use(http, granted(http)["access_token"])
    assert http.get("/_sandbox/requests").json()["count"] == 3
    found = http.get("/_sandbox/requests", params={"path": "/oauth2/token", "since": later}).json()
    assert [entry["path"] for entry in found["requests"]] == [TOKEN]
    assert http.delete("/_sandbox/requests").json() == {"count": 0, "requests": []}


def test_quirks_are_switched(http: TestClient) -> None:
    wanted = {"invalid-grant-status": "400"}
    assert http.patch("/_sandbox/quirks", json=wanted).status_code == 200
    assert ask(http, username="Nobody@MyCompany").status_code == 400
    assert http.put("/_sandbox/quirks", json={}).status_code == 200
    assert ask(http, username="Nobody@MyCompany").status_code == 401


def test_a_fixture_is_loaded_and_the_sandbox_reset(http: TestClient, sandbox: Sandbox) -> None:
    assert http.post("/_sandbox/fixture", json={"name": "empty"}).json()["developers"] == 0
    assert http.get("/_sandbox/state").json()["fixture"] == "empty"
    sandbox.store.execute("DELETE FROM company_user")
    assert http.post("/_sandbox/reset").json()["rows"]["company_user"] == 4


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/fixture", b'{"name": "none"}'),
        ("POST", "/fixture", b""),
        ("POST", "/fixture", b"[1]"),
        ("POST", "/clock", b"{not json"),
        ("POST", "/clock", b"\xff"),
        ("POST", "/clock", b'{"advance_seconds": NaN}'),
        ("PUT", "/quirks", b"[" * 60_000),
        ("PUT", "/quirks", b" " * 70_000),
        ("PATCH", "/quirks", b'{"gravity": "off"}'),
        ("GET", "/requests?since=yesterday", b""),
        ("GET", "/requests.jsonl?since=yesterday", b""),
        ("POST", "/snapshots", b'{"name": "a b"}'),
        ("POST", "/restore", b'{"name": "nothing"}'),
        ("POST", "/faults", b'{"kind": "fire"}'),
    ],
)
def test_nonsense_is_refused_in_words(method: str, path: str, body: bytes, http: TestClient) -> None:
    response = http.request(method, f"/_sandbox{path}", content=body)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == "invalid_input"
    assert error["message"].endswith(".")


def test_another_method_is_refused_with_those_there_are(http: TestClient) -> None:
    response = http.delete("/_sandbox/quirks")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, PUT, PATCH"


@pytest.mark.parametrize(
    "path", ["/_sandbox", "/_sandbox/", "/_sandbox/nothing", "/_sandbox/reset/now", "/_sandbox/faults/x"]
)
def test_other_paths_are_answered_in_json(path: str, http: TestClient) -> None:
    response = http.get(path)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", PATHS)
def test_pages_of_other_sites_control_nothing(path: str, http: TestClient) -> None:
    response = http.post(f"/_sandbox{path}", headers={"Sec-Fetch-Site": "cross-site"}, json={})
    assert (response.status_code, response.json()["error"]["code"]) == (403, "cross_site")


def test_the_pages_of_the_sandbox_may_read_it(http: TestClient) -> None:
    assert http.get("/_sandbox/clock", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_the_control_plane_is_not_in_the_log_of_sage_requests(http: TestClient, sandbox: Sandbox) -> None:
    for path in PATHS:
        http.get(f"/_sandbox{path}")
    assert sandbox.log.entries() == []


def test_the_request_log_is_told_in_lines(http: TestClient) -> None:
    use(http, granted(http)["access_token"])
    response = http.get("/_sandbox/requests.jsonl", params={"path": "/ia/api"})
    assert response.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in response.text.splitlines()] == http.get("/_sandbox/requests").json()[
        "requests"
    ]


def test_a_snapshot_is_taken_restored_and_deleted(http: TestClient, sandbox: Sandbox) -> None:
    assert http.post("/_sandbox/snapshots", json={"name": "mine"}).status_code == 200
    sandbox.store.execute("DELETE FROM company_user")
    assert http.post("/_sandbox/restore", json={"name": "mine"}).json()["rows"]["company_user"] > 4
    assert http.get("/_sandbox/snapshots").json()["snapshots"][0]["name"] == "mine"
    assert http.delete("/_sandbox/snapshots/mine").json() == {"snapshots": []}
    assert http.delete("/_sandbox/snapshots/mine").status_code == 404


def test_a_token_of_before_is_good_after_a_restore(http: TestClient) -> None:
    token = granted(http)["access_token"]
    http.post("/_sandbox/snapshots", json={"name": "mine"})
    http.post("/_sandbox/clock", json={"advance_seconds": 13 * 3600})
    assert use(http, token).status_code == 401
    http.post("/_sandbox/restore", json={"name": "mine"})
    assert use(http, token).status_code == 200


def test_faults_are_planned_listed_and_cleared(http: TestClient) -> None:
    token = granted(http)["access_token"]
    planned = http.post("/_sandbox/faults", json={"kind": "status", "status": 502})
    assert (planned.status_code, planned.json()["number"]) == (200, 1)
    assert use(http, token).status_code == 502
    assert http.get("/_sandbox/faults").json()["faults"][0]["hits"] == 1
    assert http.delete("/_sandbox/faults/1").json() == {"faults": []}
    assert http.delete("/_sandbox/faults/1").status_code == 404
    assert use(http, token).status_code == 200
    assert http.delete("/_sandbox/faults").json() == {"faults": []}
