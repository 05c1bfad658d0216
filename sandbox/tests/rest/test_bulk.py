"""The bulk service over HTTP: a job from a file, its states by the sandbox's clock, its result."""

import json
from typing import Any

import pytest
from sandbox.tests.rest.calling import Response
from sandbox.tests.rest.conftest import Api

CREATE = "/services/bulk/job/create"
STATUS = "/services/bulk/job/status"
BOUNDARY = "b0undary"
ORDER = {
    "objectName": "accounts-payable/vendor",
    "operation": "create",
    "jobFile": "vendors.json",
    "fileContentType": "json",
}
VENDORS = [{"id": "K1", "name": "One"}, {"id": "K2", "name": "Two"}]


def multipart(parts: dict[str, bytes], *, filename: str | None = "vendors.json") -> bytes:
    body = b""
    for name, content in parts.items():
        named = f'; filename="{filename}"' if filename and name != "ia::requestBody" else ""
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode()
        body += content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


async def submit(
    api: Api, records: Any = VENDORS, *, part: str = "file", order: Any = None, **more: Any
) -> Response:
    content = records if isinstance(records, bytes) else json.dumps(records).encode()
    asked = order if isinstance(order, bytes) else json.dumps({**ORDER, **(order or {})}).encode()
    body = multipart({"ia::requestBody": asked, part: content})
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **more.pop("headers", {})}
    return await api.call("POST", CREATE, body=body, headers=headers, **more)


async def status(api: Api, created: Response) -> dict[str, Any]:
    job_id = created.json()["ia::result"]["jobId"]
    shown: dict[str, Any] = (await api.get(f"{STATUS}?jobId={job_id}")).json()["ia::result"]
    return shown


async def download(api: Api, created: Response) -> Response:
    return await api.get(f"{STATUS}?jobId={created.json()['ia::result']['jobId']}&download=true")


def vendors(api: Api) -> list[str]:
    return [row[0] for row in api.store.query("SELECT id FROM accounts_payable__vendor WHERE id LIKE 'K_'")]


async def test_a_job_goes_through_its_states_by_the_clock(api: Api) -> None:
    created = await submit(api)
    assert created.status == 200
    result = created.json()["ia::result"]
    assert set(result) == {"jobId", "statusURL", "createdDateTime"}
    assert result["createdDateTime"] == "2026-11-25T12:00:00Z"
    seen = []
    for _ in range(6):
        shown = await status(api, created)
        seen.append((shown["status"], shown["percentComplete"], len(vendors(api))))
        api.pass_time(1)
    assert seen == [
        ("queued", 0, 0),
        ("preprocessing", 10, 0),
        ("processing", 50, 0),
        ("postprocessing", 90, 2),
        ("completed", 100, 2),
        ("completed", 100, 2),
    ]


async def test_the_status_address_can_be_called_as_it_is(api: Api) -> None:
    api.quirks.set("bulk-urls", "absolute")
    result = (await submit(api)).json()["ia::result"]
    base, _, path = result["statusURL"].partition("/ia/api/v1")
    assert base == "http://127.0.0.1:8089"
    assert (await api.get(path)).json()["ia::result"]["jobId"] == result["jobId"]


async def test_addresses_begin_with_services_by_default(api: Api) -> None:
    assert (await submit(api)).json()["ia::result"]["statusURL"].startswith(f"{STATUS}?jobId=")


async def test_a_job_may_be_created_with_201(api: Api) -> None:
    api.quirks.set("bulk-create-status", "201")
    assert (await submit(api)).status == 201


async def test_the_result_file_has_an_outcome_for_each_record(api: Api) -> None:
    created = await submit(api, [*VENDORS, {"nam": "x"}, 7])
    assert (await download(api, created)).status == 404
    api.pass_time(4)
    shown = await status(api, created)
    assert shown["downloadURL"].endswith("&download=true")
    assert shown["jobStatusFile"] == f"{shown['jobId']}-response.json"
    file = await download(api, created)
    assert file.headers["content-disposition"] == f'attachment; filename="{shown["jobStatusFile"]}"'
    body = file.json()
    assert body["ia::meta"] == {"totalCount": 4, "totalSuccess": 2, "totalError": 2}
    assert [one["ia::status"] for one in body["ia::result"]] == [201, 201, 400, 400]
    assert vendors(api) == ["K1", "K2"]


async def test_records_are_changed_and_deleted_by_their_keys(api: Api) -> None:
    await submit(api)
    api.pass_time(4)
    await api.get(STATUS)
    key = api.store.query("SELECT key FROM accounts_payable__vendor WHERE id = 'K1'")[0][0]
    changes = [{"key": str(key), "name": "Changed"}, {"name": "No key"}]
    updated = await submit(api, changes, order={"operation": "update"})
    api.pass_time(4)
    statuses = [one["ia::status"] for one in (await download(api, updated)).json()["ia::result"]]
    assert statuses == [200, 400]
    gone = await submit(api, [{"key": str(key)}, {"key": "99999"}, {}], order={"operation": "delete"})
    api.pass_time(4)
    statuses = [one["ia::status"] for one in (await download(api, gone)).json()["ia::result"]]
    assert statuses == [204, 404, 400]
    assert vendors(api) == ["K2"]


async def test_more_records_than_a_batch_takes(api: Api) -> None:
    created = await submit(api, [{"id": f"M{number}", "name": "Many"} for number in range(700)])
    api.pass_time(4)
    assert (await download(api, created)).json()["ia::meta"]["totalSuccess"] == 700


async def test_a_job_keeps_its_pace_when_the_quirk_changes(api: Api) -> None:
    created = await submit(api)
    api.quirks.set("job-step-seconds", "60")
    api.pass_time(4)
    assert (await status(api, created))["status"] == "completed"


async def test_a_job_is_done_at_once_where_the_quirk_says_so(api: Api) -> None:
    api.quirks.set("job-step-seconds", "0")
    assert (await status(api, await submit(api)))["status"] == "completed"


@pytest.mark.parametrize("content", [b"not json", b'{"id": "K1"}'])
async def test_a_file_that_cannot_be_read_fails_the_job(api: Api, content: bytes) -> None:
    created = await submit(api, content)
    assert (await status(api, created))["status"] == "queued"
    api.pass_time(2)
    assert (await status(api, created))["status"] == "failed"
    api.pass_time(4)
    assert (await status(api, created))["status"] == "failed"
    assert (await download(api, created)).status == 404


async def test_a_part_named_by_the_job_file_is_taken_too(api: Api) -> None:
    created = await submit(api, part="vendors.json")
    api.pass_time(4)
    assert (await status(api, created))["status"] == "completed"
    assert vendors(api) == ["K1", "K2"]


@pytest.mark.parametrize(
    ("order", "target"),
    [
        ({"objectName": "accounts-payable/nothing"}, "/objectName"),
        ({"objectName": 7}, "/objectName"),
        ({"operation": "merge"}, "/operation"),
        ({"fileContentType": "csv"}, "/fileContentType"),
        ({"jobFile": ""}, "/jobFile"),
        ({"callbackURL": "nowhere"}, "/callbackURL"),
        ({"surprise": "x"}, "/surprise"),
        (b"[]", "/"),
    ],
)
async def test_what_is_no_order_is_refused(api: Api, order: Any, target: str) -> None:
    answer = await submit(api, order=order)
    assert answer.status == 400
    assert answer.error["details"][0]["target"] == target


async def test_missing_parts_and_other_bodies_are_refused(api: Api) -> None:
    assert (await submit(api, part="surprise")).error["details"][0]["target"] == "/file"
    assert (await submit(api, order=b"{")).error["errorId"] == "REST-1030"
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    without = multipart({"file": b"[]"})
    assert (await api.call("POST", CREATE, body=without, headers=headers)).status == 400
    assert (await api.call("POST", CREATE, body=b"torn", headers=headers)).status == 400
    assert (await api.post(CREATE, ORDER)).status == 400


async def test_an_object_may_be_named_without_its_application(api: Api) -> None:
    assert (await submit(api, order={"objectName": "vendor"})).status == 200
    # Two applications have one.
    assert (await submit(api, order={"objectName": "payment"})).status == 400


async def test_the_permission_of_a_single_write_is_needed(api: Api) -> None:
    assert (await submit(api, token=api.token("Clerk"))).status == 403
    assert (await submit(api, order={"objectName": "company-config/audit-history"})).status == 405


async def test_records_are_written_in_the_entity_of_the_job(api: Api) -> None:
    await submit(api, headers={"X-IA-API-Param-Entity": "East Region"})
    api.pass_time(4)
    await api.get("/objects/accounts-payable/vendor")
    entities = api.store.query("SELECT entity_key FROM accounts_payable__vendor WHERE id LIKE 'K_'")
    assert [row[0] is None for row in entities] == [False, False]


async def test_another_companys_job_is_not_there(api: Api) -> None:
    created = await submit(api)
    api.store.execute("UPDATE rest_job SET company_key = company_key + 1")
    assert (await api.get(f"{STATUS}?jobId={created.json()['ia::result']['jobId']}")).status == 404
