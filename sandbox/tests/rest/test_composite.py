"""The composite service over HTTP: requests that build on each other."""

import json
from typing import Any

import pytest
from sandbox.tests.rest.calling import Response
from sandbox.tests.rest.conftest import Api

from intacct_sandbox.rest.composite import MOST

COMPOSITE = "/services/core/composite"
VENDOR = "/objects/accounts-payable/vendor"
ATOMIC = {"X-IA-API-Param-Transaction": "true"}


async def compose(api: Api, *steps: Any, **more: Any) -> Response:
    return await api.call("POST", COMPOSITE, body=json.dumps(list(steps)).encode(), **more)


def create(vendor_id: str, **more: Any) -> dict[str, Any]:
    body = {"id": vendor_id, "name": f"Vendor {vendor_id}"}
    return {"method": "POST", "path": VENDOR, "body": body, **more}


FIND = {
    "method": "POST",
    "path": "/services/core/query",
    "body": {"object": "accounts-payable/vendor", "fields": ["key", "id"], "orderBy": [{"key": "asc"}]},
    "resultReference": "found",
}
BROKEN = {"method": "POST", "path": VENDOR, "body": {"nam": "x"}}


async def exists(api: Api, vendor_id: str) -> bool:
    row = api.store.one("SELECT 1 FROM accounts_payable__vendor WHERE id = ?", (vendor_id,))
    return row is not None


async def test_a_later_request_refers_to_an_earlier_result_in_path_and_body(api: Api) -> None:
    answer = await compose(
        api,
        create("C1", resultReference="made"),
        {"method": "PATCH", "path": f"{VENDOR}/@{{made.key}}", "body": {"notes": "key @{made.key}"}},
        {"method": "GET", "path": f"{VENDOR}/@{{made.key}}"},
        {"method": "DELETE", "path": f"{VENDOR}/@{{made.key}}"},
    )
    assert answer.status == 200
    body = answer.json()
    assert body["ia::meta"] == {"totalCount": 4, "totalSuccess": 4, "totalError": 0}
    made, changed, read, gone = body["ia::result"]
    assert [one["ia::status"] for one in (made, changed, read, gone)] == [201, 200, 200, 204]
    assert read["ia::result"]["notes"] == f"key {made['ia::result']['key']}"
    assert made["ia::meta"] == {"totalCount": 1, "totalSuccess": 1, "totalError": 0}
    assert gone == {"ia::status": 204}
    assert not await exists(api, "C1")


@pytest.mark.parametrize(("first", "reference"), [("1", "found.2.key"), ("0", "found.1.key")])
async def test_a_reference_picks_an_element_of_a_list(api: Api, first: str, reference: str) -> None:
    api.quirks.set("composite-first-index", first)
    answer = await compose(api, FIND, {"method": "GET", "path": f"{VENDOR}/@{{{reference}}}"})
    rows, picked = (one["ia::result"] for one in answer.json()["ia::result"])
    assert picked["key"] == rows[1]["key"]


async def test_a_single_result_can_be_counted_too(api: Api) -> None:
    answer = await compose(
        api,
        create("C1", resultReference="vendor"),
        {"method": "GET", "path": f"{VENDOR}/@{{vendor.1.key}}"},
        {"method": "GET", "path": f"{VENDOR}/@{{vendor.2.key}}"},
    )
    assert [one["ia::status"] for one in answer.json()["ia::result"]] == [201, 200, 400]


async def test_it_stops_at_the_first_failure_and_keeps_what_was_done(api: Api) -> None:
    answer = await compose(api, create("C1"), BROKEN, create("C2"))
    assert answer.status == 207
    body = answer.json()
    assert [one["ia::status"] for one in body["ia::result"]] == [201, 400, 422]
    assert body["ia::result"][2]["ia::error"]["code"] == "unprocessed"
    assert set(body["ia::result"][1]) == {"ia::error", "ia::status"}
    assert body["ia::meta"] == {"totalCount": 3, "totalSuccess": 1, "totalError": 2}
    assert await exists(api, "C1")
    assert not await exists(api, "C2")


async def test_a_mixed_answer_looks_like_sages_example(api: Api) -> None:
    answer = await compose(
        api,
        {"method": "GET", "path": "/services/core/async/job-status?jobId=x7"},
        {"method": "GET", "path": f"{VENDOR}/1"},
    )
    body = answer.json()
    assert body["ia::meta"] == {"totalCount": 2, "totalSuccess": 0, "totalError": 2}
    first, second = body["ia::result"]
    assert (first["ia::error"]["code"], first["ia::status"]) == ("notFound", 404)
    assert first["ia::error"]["message"] == "Asynchronous job x7 status could not be found"
    assert (second["ia::error"]["code"], second["ia::status"]) == ("unprocessed", 422)


async def test_requests_behind_a_failure_may_be_absent(api: Api) -> None:
    api.quirks.set("composite-skipped-requests", "absent")
    answer = await compose(api, create("C1"), BROKEN, create("C2"))
    assert [one["ia::status"] for one in answer.json()["ia::result"]] == [201, 400]


async def test_the_transaction_header_undoes_everything(api: Api) -> None:
    answer = await compose(api, create("C1"), BROKEN, create("C2"), headers=ATOMIC)
    assert [one["ia::status"] for one in answer.json()["ia::result"]] == [422, 400, 422]
    assert not await exists(api, "C1")


async def test_the_transaction_header_may_be_ignored(api: Api) -> None:
    api.quirks.set("composite-transaction-header", "ignored")
    await compose(api, create("C1"), BROKEN, headers=ATOMIC)
    assert await exists(api, "C1")


async def test_a_batch_inside_that_failed_partly_is_a_failure(api: Api) -> None:
    batch = {"method": "POST", "path": VENDOR, "body": [{"id": "C1", "name": "x"}, {"nam": "x"}]}
    answer = await compose(api, batch, create("C2"))
    first, second = answer.json()["ia::result"]
    assert (first["ia::status"], second["ia::status"]) == (207, 422)
    assert [one["ia::status"] for one in first["ia::result"]] == [201, 400]


@pytest.mark.parametrize("reference", ["@{nothing.key}", "@{made.no}", "@{made.2.key}"])
async def test_a_reference_that_leads_nowhere_fails_its_request(api: Api, reference: str) -> None:
    answer = await compose(
        api, create("C1", resultReference="made"), {"method": "GET", "path": f"{VENDOR}/{reference}"}
    )
    assert answer.status == 207
    assert reference in answer.json()["ia::result"][1]["ia::error"]["message"]


async def test_an_inner_request_may_be_made_in_an_entity(api: Api) -> None:
    headers = {"x-ia-api-param-entity": "East Region"}
    await compose(api, create("C1", headers=headers), create("C2"))
    entities = api.store.query("SELECT entity_key FROM accounts_payable__vendor WHERE id IN ('C1', 'C2')")
    assert [row[0] is None for row in entities] == [False, True]


async def test_an_inner_request_in_an_unknown_entity_fails(api: Api) -> None:
    answer = await compose(api, create("C1", headers={"X-IA-API-Param-Entity": "Nowhere"}), create("C2"))
    assert answer.json()["ia::result"][0]["ia::status"] == 400


async def test_inner_requests_need_the_callers_permissions(api: Api) -> None:
    answer = await compose(
        api, {"method": "GET", "path": f"{VENDOR}/1"}, create("C1"), token=api.token("Clerk")
    )
    assert [one["ia::status"] for one in answer.json()["ia::result"]] == [200, 403]


@pytest.mark.parametrize(
    ("steps", "target"),
    [
        ([create("C1")], "/"),
        ([create(f"C{n}") for n in range(MOST + 1)], "/"),
        ([create("C1"), {"path": VENDOR}], "/1/method"),
        ([create("C1"), {"method": "PUT", "path": VENDOR}], "/1/method"),
        ([create("C1"), {"method": "GET"}], "/1/path"),
        ([create("C1"), {"method": "GET", "path": "/oauth2/token"}], "/1/path"),
        ([create("C1"), {"method": "POST", "path": "/services/core/composite"}], "/1/path"),
        ([create("C1"), {"method": "POST", "path": "/services/%63ore/composite"}], "/1/path"),
        ([create("C1"), {"method": "POST", "path": "/workflows/accounts-payable/bill/submit"}], "/1/path"),
        ([create("C1"), 7], "/1"),
        ([create("C1"), create("C2", surprise=1)], "/1/surprise"),
        ([create("C1"), create("C2", headers={"a": 1})], "/1/headers"),
        ([create("C1"), create("C2", resultReference="not a name")], "/1/resultReference"),
        ([create("C1", resultReference="a"), create("C2", resultReference="a")], "/1/resultReference"),
    ],
)
async def test_what_is_no_composite_request_does_nothing(api: Api, steps: list[Any], target: str) -> None:
    answer = await compose(api, *steps)
    assert answer.status == 400
    assert answer.error["errorId"] == "REST-1064"
    assert answer.error["details"][0]["target"] == target
    assert not await exists(api, "C1")


async def test_workflows_may_be_allowed(api: Api) -> None:
    api.quirks.set("composite-workflows", "allowed")
    row = api.store.one("SELECT min(key) FROM accounts_payable__bill WHERE state = 'draft'")
    assert row is not None
    step = {"method": "POST", "path": "/workflows/accounts-payable/bill/submit", "body": {"key": str(row[0])}}
    answer = await compose(api, step, {"method": "GET", "path": f"/objects/accounts-payable/bill/{row[0]}"})
    assert answer.json()["ia::result"][1]["ia::result"]["state"] == "posted"


async def test_an_empty_body_and_no_json_are_refused(api: Api) -> None:
    assert (await api.call("POST", COMPOSITE)).error["errorId"] == "REST-1028"
    assert (await api.call("POST", COMPOSITE, body=b"[")).error["errorId"] == "REST-1030"
