import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sandbox.tests.oauth2.asking import GOOD, TOKEN
from sandbox.tests.rest.calling import Response
from sandbox.tests.rest.conftest import Api
from sandbox.tests.test_cli import running

from intacct_sandbox.app import Sandbox, create_app
from intacct_sandbox.rest.idempotency import LONGEST_KEY
from intacct_sandbox.settings import Settings

VENDORS = "/objects/accounts-payable/vendor"
CACHED = "x-ia-idempotency-cached-date"


async def post(api: Api, key: str, vendor: dict[str, Any], path: str = VENDORS, **more: Any) -> Response:
    body = json.dumps(vendor).encode()
    return await api.call("POST", path, headers={"Idempotency-Key": key}, body=body, **more)


def vendors(api: Api, name: str) -> int:
    found = api.store.one("SELECT count(*) FROM accounts_payable__vendor WHERE name = ?", (name,))
    assert found is not None
    return int(found[0])


async def test_the_same_request_has_one_effect_and_one_answer(api: Api) -> None:
    vendor = {"id": "Twice", "name": "Twice"}
    first = await post(api, "k1", vendor)
    api.clock.advance(timedelta(hours=47))
    again = await post(api, "k1", vendor)
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert "idempotency-key" not in first.headers
    assert (again.headers["idempotency-key"], again.headers[CACHED]) == ("k1", "2026-11-25T12:00:00Z")
    assert vendors(api, "Twice") == 1


async def test_the_headers_of_the_first_answer_come_again(api: Api) -> None:
    path = "/objects/company-config/audit-history"
    first, again = [await post(api, "k1", {"id": "x"}, path) for _ in range(2)]
    assert (first.status, again.status) == (405, 405)
    assert first.headers["allow"] == again.headers["allow"]
    assert CACHED in again.headers


async def test_a_change_is_made_once(api: Api) -> None:
    headers = {"Idempotency-Key": "change"}
    path = f"{VENDORS}/1"
    body = json.dumps({"name": "Renamed"}).encode()
    first = await api.call("PATCH", path, headers=headers, body=body)
    await api.call("PATCH", path, body=json.dumps({"name": "Later"}).encode())
    again = await api.call("PATCH", path, headers=headers, body=body)
    assert (first.status, again.body) == (200, first.body)
    assert (vendors(api, "Renamed"), vendors(api, "Later")) == (0, 1)


@pytest.mark.parametrize(
    ("path", "vendor"),
    [
        (VENDORS, {"id": "Other", "name": "Other"}),
        ("/objects/accounts-receivable/customer", {"id": "One", "name": "One"}),
    ],
)
async def test_another_request_with_the_key_is_a_conflict(
    api: Api, path: str, vendor: dict[str, Any]
) -> None:
    await post(api, "k1", {"id": "One", "name": "One"})
    refused = await post(api, "k1", vendor, path)
    assert refused.status == 409
    assert "another request" in refused.details
    assert vendors(api, "Other") == 0


async def test_after_48_hours_the_key_is_known_and_its_answer_is_not(api: Api) -> None:
    vendor = {"id": "One", "name": "One"}
    await post(api, "k1", vendor)
    api.clock.advance(timedelta(hours=48))
    refused = await post(api, "k1", vendor)
    assert (refused.status, vendors(api, "One")) == (409, 1)
    assert "48 hours" in refused.details


async def test_after_60_days_the_key_is_new(api: Api) -> None:
    await post(api, "k1", {"id": "One", "name": "One"})
    api.clock.advance(timedelta(days=60))
    assert (await post(api, "k1", {"id": "Two", "name": "Two"})).status == 201


async def test_a_refusal_is_kept_unless_the_quirk_frees_it(api: Api) -> None:
    vendor = {"id": "One", "name": "One", "nonsense": 1}
    refused = [await post(api, "k1", vendor) for _ in range(2)]
    assert [answer.status for answer in refused] == [400, 400]
    assert refused[0].body == refused[1].body
    assert CACHED in refused[1].headers
    api.quirks.set("idempotency-of-failures", "free")
    assert [CACHED in (await post(api, "k2", vendor)).headers for _ in range(2)] == [False, False]


async def test_a_fault_inside_leaves_the_key_free(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = {"id": "One", "name": "One"}

    def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as patched:
        patched.setattr("intacct_sandbox.rest.writing.create_record", broken)
        with pytest.raises(RuntimeError, match="broken"):
            await post(api, "k1", vendor)
    assert (await post(api, "k1", vendor)).status == 201


async def test_a_query_is_answered_anew(api: Api) -> None:
    payload = {"object": "accounts-payable/vendor", "fields": ["id"], "filters": [{"$eq": {"id": "New"}}]}
    assert (await api.query(payload, headers={"Idempotency-Key": "q"})).rows == []
    await post(api, "k1", {"id": "New", "name": "New"})
    assert (await api.query(payload, headers={"Idempotency-Key": "q"})).rows == [{"id": "New"}]


async def test_a_key_that_is_too_long_is_refused(api: Api) -> None:
    vendor = {"id": "One", "name": "One"}
    assert (await post(api, "k" * LONGEST_KEY, vendor)).status == 201
    assert (await post(api, "k" * (LONGEST_KEY + 1), vendor)).status == 400


async def test_without_a_key_nothing_is_remembered(api: Api) -> None:
    await post(api, " ", {"id": "One", "name": "One"})
    assert api.store.is_empty("idempotency_key")


async def test_a_duplicate_of_a_request_that_is_held_up_is_a_conflict(sandbox: Sandbox) -> None:
    transport = httpx2.ASGITransport(app=create_app(Settings(), sandbox))
    async with httpx2.AsyncClient(base_url="http://sandbox.test", transport=transport) as client:
        headers = {**await _authorized(client), "Idempotency-Key": "same"}
        held = {"kind": "latency", "latency_ms": 600_000, "method": "POST", "path": "/ia/api/v1/objects"}
        await client.post("/_sandbox/faults", json={**held, "count": 1})
        wanted = {"id": "Held", "name": "Held"}
        first = asyncio.create_task(client.post(f"/ia/api/v1{VENDORS}", json=wanted, headers=headers))
        # Everything is in this process: the first request is held up after some turns of the loop.
        for _ in range(1000):
            await asyncio.sleep(0)
        assert not sandbox.faults.every()
        second = await client.post(f"/ia/api/v1{VENDORS}", json=wanted, headers=headers)
        sandbox.faults.clear()
        assert (second.status_code, (await first).status_code) == (409, 201)
        third = await client.post(f"/ia/api/v1{VENDORS}", json=wanted, headers=headers)
        assert (third.status_code, third.content) == (201, first.result().content)


async def test_a_lost_answer_is_given_again_even_after_a_restart(tmp_path: Path) -> None:
    wanted = {"id": "Lost", "name": "Lost"}
    options = ("--data", str(tmp_path / "state"))
    with running(*options) as (process, url):
        async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
            headers = {**await _authorized(client), "Idempotency-Key": "lost"}
            lost = {"kind": "lost-answer", "method": "POST", "path": "/ia/api/v1/objects", "count": 1}
            await client.post("/_sandbox/faults", json=lost)
            with pytest.raises(httpx2.TransportError):
                await client.post(f"/ia/api/v1{VENDORS}", json=wanted, headers=headers)
        process.terminate()
        process.wait(30)
    with running(*options) as (_process, url):
        async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
            again = await client.post(f"/ia/api/v1{VENDORS}", json=wanted, headers=headers)
            assert (again.status_code, again.headers["idempotency-key"]) == (201, "lost")
            assert again.json()["ia::result"]["id"] == "Lost"


async def _authorized(client: httpx2.AsyncClient) -> dict[str, str]:
    answer = (await client.post(TOKEN, data=GOOD)).json()
    return {"Authorization": f"Bearer {answer['access_token']}"}
