import hashlib
import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from sandbox.tests.oauth2.asking import granted
from sandbox.tests.outbound.receiving import Receiver, receiver
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox
from intacct_sandbox.fixtures.guide import CLIENT_ID, CLIENT_SECRET
from intacct_sandbox.triggers.deliveries import AGAIN_AFTER, TRIED_AGAIN

# The guide's secret is short, as secrets of fixtures are.
pytestmark = pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")

VENDOR = "accounts-payable/vendor"


@pytest.fixture
def received() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def api(http: TestClient) -> TestClient:
    """A client whose calls carry a good token."""
    http.headers["Authorization"] = f"Bearer {granted(http)['access_token']}"
    return http


def trigger(api: TestClient, url: str, object_name: str = VENDOR, **more: object) -> None:
    wanted = {"company": "MyCompany", "object": object_name, "url": url, "client_id": CLIENT_ID, **more}
    answer = api.post("/_sandbox/triggers", json=wanted)
    assert answer.status_code == 200, answer.text


def create(api: TestClient, id_: str, **headers: str) -> str:
    path = f"/ia/api/v1/objects/{VENDOR}"
    answer = api.post(path, json={"id": id_, "name": id_}, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ia::result"]["key"])


def deliver(api: TestClient, **how: bool) -> list[dict[str, Any]]:
    answer = api.post("/_sandbox/deliveries", json=how)
    assert answer.status_code == 200, answer.text
    deliveries: list[dict[str, Any]] = answer.json()["deliveries"]
    return deliveries


def log(api: TestClient) -> list[dict[str, Any]]:
    deliveries: list[dict[str, Any]] = api.get("/_sandbox/deliveries").json()["deliveries"]
    return deliveries


def test_create_update_and_delete_are_posted_in_their_order(api: TestClient, received: Receiver) -> None:
    trigger(api, received.url)
    key = create(api, "Posted", **{"X-IA-API-Param-Entity": "East Region"})
    path = f"/ia/api/v1/objects/{VENDOR}/{key}"
    api.patch(path, json={"name": "Renamed"})
    api.delete(path)
    assert [one["state"] for one in deliver(api)] == ["delivered"] * 3
    bodies = sorted((json.loads(body) for _, body in received.posts), key=lambda one: str(one["event"]))
    assert [(one["event"], one["record"]["name"]) for one in bodies] == [
        ("create", "Posted"),
        ("delete", "Renamed"),
        ("update", "Renamed"),
    ]
    assert {(one["object"], one["key"], one["id"]) for one in bodies} == {(VENDOR, key, "Posted")}
    contexts = [json.loads(headers["x-clientcontext"]) for headers, _ in received.posts]
    first = next(one for one in contexts if one["EVENT"] == "CREATE")
    assert first == {
        "COMPANY": "MyCompany",
        "ENTITY": "East Region",
        "USER": "Admin",
        "OBJECTNAME": "VENDOR",
        "RESTOBJECTNAME": VENDOR,
        "DOCTYPE": "",
        "VID": "Posted",
        "EVENT": "CREATE",
        "EVENTNAME": "Trigger 1",
    }


def test_a_receiver_can_check_a_post_with_the_client_secret(api: TestClient, received: Receiver) -> None:
    trigger(api, received.url)
    create(api, "Signed")
    deliver(api)
    headers, body = received.posts[0]
    claims = jwt.decode(
        headers["x-ia-sage-signature"],
        CLIENT_SECRET,
        algorithms=["HS256"],
        issuer="Sage Intacct",
        options={"verify_iat": False, "require": ["iat", "exp"]},
    )
    assert (claims["tenant_id"], claims["app_id"]) == ("MyCompany", CLIENT_ID)
    assert claims["payload_signature"] == hashlib.sha256(body).hexdigest()


def test_only_the_events_of_an_active_trigger_of_the_company_are_posted(
    api: TestClient, received: Receiver
) -> None:
    trigger(api, received.url, events=["delete"])
    trigger(api, received.url, status="inactive")
    trigger(api, received.url, "accounts-receivable/customer")
    trigger(api, received.url, company="SoloCo")
    create(api, "Quiet")
    assert deliver(api) == []
    assert received.posts == []


def test_a_workflow_is_an_update(api: TestClient, received: Receiver, sandbox: Sandbox) -> None:
    trigger(api, received.url, "accounts-payable/bill", events=["update"])
    row = sandbox.store.one("SELECT key FROM accounts_payable__bill WHERE state = 'draft'")
    if row is None:
        sandbox.store.execute("UPDATE accounts_payable__bill SET state = 'draft' WHERE key = 1")
    key = str(row["key"]) if row is not None else "1"
    answer = api.post("/ia/api/v1/workflows/accounts-payable/bill/submit", json={"key": key})
    assert answer.status_code == 200, answer.text
    deliver(api)
    assert json.loads(received.posts[0][1])["key"] == key


@pytest.mark.parametrize("status", sorted(TRIED_AGAIN))
def test_what_is_worth_another_try_gets_three(status: int, api: TestClient, received: Receiver) -> None:
    trigger(api, received.url)
    create(api, "Again")
    received.statuses = [status] * 9
    states = [deliver(api)[0]["state"]]
    for after in AGAIN_AFTER:
        api.post("/_sandbox/clock", json={"advance_seconds": after.total_seconds() - 1})
        assert deliver(api) == []
        api.post("/_sandbox/clock", json={"advance_seconds": 1})
        states.append(deliver(api)[0]["state"])
    assert states == ["waiting", "waiting", "waiting", "failed"]
    assert deliver(api, ahead=True) == []
    assert len({headers["x-idempotencykey"] for headers, _ in received.posts}) == 1
    assert len({body for _, body in received.posts}) == 1
    assert [one["status"] for one in log(api)[0]["attempts"]] == [status] * 4


@pytest.mark.parametrize("status", [201, 204, 307, 400, 401, 404, 501])
def test_anything_else_but_200_is_the_end(status: int, api: TestClient, received: Receiver) -> None:
    trigger(api, received.url)
    create(api, "Once")
    received.statuses = [status]
    assert (deliver(api)[0]["state"], deliver(api, ahead=True)) == ("failed", [])


def test_a_second_try_that_succeeds_is_delivered(api: TestClient, received: Receiver) -> None:
    trigger(api, received.url)
    create(api, "Second")
    received.statuses = [503]
    assert deliver(api)[0]["next_at"] is not None
    assert deliver(api, ahead=True)[0]["state"] == "delivered"


def test_a_connection_that_fails_is_tried_again_unless_the_quirk_says_no(api: TestClient) -> None:
    trigger(api, "http://127.0.0.1:9/nobody")
    create(api, "Lost")
    first = deliver(api)[0]
    assert (first["state"], first["attempts"][0]["status"]) == ("waiting", None)
    api.patch("/_sandbox/quirks", json={"webhook-connection-failures": "final"})
    assert deliver(api, ahead=True)[0]["state"] == "failed"


def test_an_address_the_operator_does_not_allow_is_never_posted_to(api: TestClient) -> None:
    trigger(api, "http://192.0.2.7/hook")
    create(api, "Outside")
    refused = deliver(api)[0]
    assert refused["state"] == "failed"
    assert "192.0.2.7" in refused["attempts"][0]["problem"]


def test_the_body_can_be_the_reference_alone(api: TestClient, received: Receiver) -> None:
    api.patch("/_sandbox/quirks", json={"webhook-payload": "reference"})
    trigger(api, received.url)
    key = create(api, "Short")
    deliver(api)
    assert json.loads(received.posts[0][1]) == {
        "object": VENDOR,
        "event": "create",
        "key": key,
        "id": "Short",
        "href": f"/objects/{VENDOR}/{key}",
    }


def test_without_triggers_nothing_is_kept_of_a_change(api: TestClient, sandbox: Sandbox) -> None:
    create(api, "Silent")
    assert sandbox.store.is_empty("happening")


def test_a_refused_change_is_not_posted(api: TestClient, received: Receiver) -> None:
    trigger(api, received.url)
    create(api, "Same")
    api.post(f"/ia/api/v1/objects/{VENDOR}", json={"id": "Same", "name": "Same"})
    assert len(deliver(api)) == 1


def test_a_running_sandbox_posts_by_itself(api: TestClient, received: Receiver) -> None:
    with api:
        trigger(api, received.url)
        create(api, "Alone")
        while log(api)[0]["state"] != "delivered":
            pass
    assert len(received.posts) == 1
