"""Batches over HTTP: many operations in one request, mixed outcomes, all or nothing."""

import json
from typing import Any

import pytest
from sandbox.tests.rest.calling import Response
from sandbox.tests.rest.conftest import Api

from intacct_sandbox.rest.batches import LARGEST

VENDORS = "/objects/accounts-payable/vendor"
ATOMIC = {"X-IA-API-Param-Transaction": "true"}


async def write(api: Api, method: str, path: str, payload: object, **headers: str) -> Response:
    return await api.call(method, path, body=json.dumps(payload).encode(), headers=headers)


def named(*ids: str) -> list[dict[str, Any]]:
    return [{"id": one, "name": f"Vendor {one}"} for one in ids]


async def count(api: Api, *ids: str) -> int:
    payload = {
        "object": "accounts-payable/vendor",
        "fields": ["id"],
        "filters": [{"$in": {"id": list(ids)}}],
    }
    total: int = (await api.query(payload)).json()["ia::meta"]["totalCount"]
    return total


async def test_an_array_creates_its_records_in_their_order(api: Api) -> None:
    answer = await write(api, "POST", VENDORS, named("B1", "B2", "B3"))
    assert answer.status == 201
    body = answer.json()
    assert [one["id"] for one in body["ia::result"]] == ["B1", "B2", "B3"]
    assert body["ia::meta"] == {"totalCount": 3, "totalSuccess": 3, "totalError": 0}
    assert set(body["ia::result"][0]) == {"key", "id", "href"}


async def test_one_failure_does_not_stop_the_others(api: Api) -> None:
    answer = await write(api, "POST", VENDORS, [*named("B1"), {"id": "B2", "nam": "x"}, 7, *named("B3")])
    assert answer.status == 207
    body = answer.json()
    assert body["ia::meta"] == {"totalCount": 4, "totalSuccess": 2, "totalError": 2}
    first, second, third, last = body["ia::result"]
    assert first["id"] == "B1"
    assert first["ia::status"] == last["ia::status"] == 201
    assert second["ia::status"] == third["ia::status"] == 400
    assert second["ia::error"]["details"][0]["errorId"] == "REST-1043"
    assert set(second) == {"ia::error", "ia::status"}
    assert await count(api, "B1", "B2", "B3") == 2


async def test_an_atomic_batch_is_undone_by_one_failure(api: Api) -> None:
    payload = [*named("B1", "B2"), {"id": "B3", "nam": "x"}, *named("B4")]
    answer = await write(api, "POST", VENDORS, payload, **ATOMIC)
    assert answer.status == 207
    body = answer.json()
    assert body["ia::meta"] == {"totalCount": 4, "totalSuccess": 0, "totalError": 4}
    assert [one["ia::status"] for one in body["ia::result"]] == [422, 422, 400, 422]
    skipped = body["ia::result"][0]["ia::error"]
    assert skipped["code"] == "unprocessed"
    assert skipped["message"] == "Operation skipped due to atomic transaction failure"
    assert await count(api, "B1", "B2", "B3", "B4") == 0


async def test_an_atomic_batch_without_a_failure_is_written(api: Api) -> None:
    assert (await write(api, "POST", VENDORS, named("B1", "B2"), **ATOMIC)).status == 201
    assert await count(api, "B1", "B2") == 2


async def test_what_an_undone_batch_wrote_leaves_no_trace_of_its_keys(api: Api) -> None:
    await write(api, "POST", VENDORS, [*named("B1"), {"nam": "x"}], **ATOMIC)
    after = (await write(api, "POST", VENDORS, named("B2"))).json()["ia::result"][0]["key"]
    last = api.store.query("SELECT max(key) FROM accounts_payable__vendor")[0][0]
    assert int(after) == last
    assert (
        api.store.query("SELECT count(*) FROM accounts_payable__vendor WHERE key > ?", (last - 1,))[0][0] == 1
    )


@pytest.mark.parametrize(("quirk", "status"), [("common", 400), ("multi", 207)])
async def test_failures_of_one_kind_are_one_status_or_207(api: Api, quirk: str, status: int) -> None:
    api.quirks.set("batch-status", quirk)
    answer = await write(api, "POST", VENDORS, [{"nam": "x"}, {"nam": "y"}])
    assert answer.status == status
    assert [one["ia::status"] for one in answer.json()["ia::result"]] == [400, 400]


async def test_a_batch_of_changes_names_the_key_in_each_element(api: Api) -> None:
    payload = [{"key": "1", "name": "First"}, {"key": "2", "name": "Second"}]
    answer = await write(api, "PATCH", VENDORS, payload)
    assert answer.status == 200
    assert [one["key"] for one in answer.json()["ia::result"]] == ["1", "2"]
    assert (await api.get(f"{VENDORS}/2")).json()["ia::result"]["name"] == "Second"


async def test_a_change_without_a_key_or_of_an_unknown_one_fails_alone(api: Api) -> None:
    payload = [{"key": "1", "name": "First"}, {"name": "x"}, {"key": "99999", "name": "x"}]
    answer = await write(api, "PATCH", VENDORS, payload)
    assert answer.status == 207
    assert [one["ia::status"] for one in answer.json()["ia::result"]] == [200, 400, 404]


async def test_a_single_change_without_a_key_in_the_path_is_refused(api: Api) -> None:
    assert (await write(api, "PATCH", VENDORS, {"key": "1", "name": "x"})).status == 400


async def test_several_keys_are_deleted_at_once(api: Api) -> None:
    keys = [one["key"] for one in (await write(api, "POST", VENDORS, named("B1", "B2"))).json()["ia::result"]]
    answer = await api.call("DELETE", f"{VENDORS}/{','.join(keys)}")
    assert (answer.status, answer.body) == (204, b"")
    assert await count(api, "B1", "B2") == 0


async def test_a_partly_failed_delete_is_matched_by_position(api: Api) -> None:
    keys = [one["key"] for one in (await write(api, "POST", VENDORS, named("B1", "B2"))).json()["ia::result"]]
    answer = await api.call("DELETE", f"{VENDORS}/{keys[0]},99999,{keys[1]}")
    assert answer.status == 207
    first, second, third = answer.json()["ia::result"]
    assert first == third == {"ia::status": 204}
    assert second["ia::status"] == 404


async def test_a_partly_failed_atomic_delete_keeps_everything(api: Api) -> None:
    keys = [one["key"] for one in (await write(api, "POST", VENDORS, named("B1", "B2"))).json()["ia::result"]]
    answer = await api.call("DELETE", f"{VENDORS}/{keys[0]},99999,{keys[1]}", headers=ATOMIC)
    assert [one["ia::status"] for one in answer.json()["ia::result"]] == [422, 404, 422]
    assert await count(api, "B1", "B2") == 2


async def test_several_keys_are_read_at_once(api: Api) -> None:
    answer = await api.get(f"{VENDORS}/3,1")
    assert [one["key"] for one in answer.rows] == ["3", "1"]
    assert answer.rows[1] == (await api.get(f"{VENDORS}/1")).json()["ia::result"]
    mixed = await api.get(f"{VENDORS}/1,99999")
    assert mixed.status == 207
    assert [one["ia::status"] for one in mixed.json()["ia::result"]] == [200, 404]


async def test_a_workflow_runs_for_several_records(api: Api) -> None:
    keys = ["1", "2"]
    api.store.execute("UPDATE accounts_payable__bill SET state = 'draft' WHERE key IN (1, 2)")
    payload = [{"key": keys[0]}, {"key": "99999"}, {"key": keys[1]}]
    answer = await write(api, "POST", "/workflows/accounts-payable/bill/submit", payload)
    assert answer.status == 207
    first, second, third = answer.json()["ia::result"]
    assert (first["state"], second["ia::status"], third["state"]) == ("posted", 404, "posted")
    again = [{"key": key} for key in keys]
    answer = await write(api, "POST", "/workflows/accounts-payable/bill/submit", again, **ATOMIC)
    assert [one["ia::status"] for one in answer.json()["ia::result"]] == [400, 422]


@pytest.mark.parametrize("payload", [[], [{"name": "x"}] * (LARGEST + 1)])
async def test_a_batch_has_1_to_500_operations(api: Api, payload: list[object]) -> None:
    answer = await write(api, "POST", VENDORS, payload)
    assert answer.status == 400
    assert f"1 to {LARGEST} operations" in answer.details


async def test_the_largest_batch_is_written(api: Api) -> None:
    ids = [f"B{number}" for number in range(LARGEST)]
    answer = await write(api, "POST", VENDORS, named(*ids))
    assert answer.status == 201
    assert answer.json()["ia::meta"]["totalSuccess"] == LARGEST


async def test_a_batch_needs_the_permission_of_a_single_write(api: Api) -> None:
    answer = await api.call("POST", VENDORS, token=api.token("Clerk"), body=b'[{"id": "B1", "name": "x"}]')
    assert answer.status == 403
