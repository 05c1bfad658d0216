import pytest
from starlette.testclient import TestClient

from intacct_sandbox.fixtures.guide import CLIENT_ID

URL = "/_sandbox/triggers"
GOOD = {
    "company": "MyCompany",
    "object": "accounts-payable/vendor",
    "url": "http://127.0.0.1:9/",
    "client_id": CLIENT_ID,
}


def test_a_trigger_is_made_listed_and_deleted(http: TestClient) -> None:
    made = http.post(URL, json=GOOD).json()
    assert (made["name"], made["events"], made["status"]) == (
        "Trigger 1",
        ["create", "update", "delete"],
        "active",
    )
    assert http.get(URL).json() == {"triggers": [made]}
    assert http.delete(f"{URL}/{made['key']}").json() == {"triggers": []}
    assert http.delete(f"{URL}/{made['key']}").status_code == 404
    assert http.delete(f"{URL}/{10**30}").status_code == 404


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("company", "Nobody"),
        ("object", "accounts-payable/nothing"),
        ("object", 7),
        ("url", "nowhere"),
        ("client_id", "nobody"),
        ("events", "create"),
        ("events", []),
        ("status", "asleep"),
        ("more", 1),
    ],
)
def test_what_cannot_be_is_refused_with_its_member(member: str, value: object, http: TestClient) -> None:
    refused = http.post(URL, json={**GOOD, member: value})
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, member)


@pytest.mark.parametrize("body", [{"ahead": 1}, {"more": True}])
def test_a_delivery_is_asked_for_in_its_own_words(body: dict[str, object], http: TestClient) -> None:
    assert http.post("/_sandbox/deliveries", json=body).status_code == 400
