"""`Prefer: respond-async` over HTTP: accepted, done at the sandbox's time, and told to whoever asks."""

from datetime import timedelta
from typing import Any

import pytest
from sandbox.tests.rest.calling import Response
from sandbox.tests.rest.conftest import Api

from intacct_sandbox.identity import users
from intacct_sandbox.rest.jobs import REMEMBERED

VENDORS = "/objects/accounts-payable/vendor"
LATER = {"Prefer": "respond-async"}
NEW = {"id": "A1", "name": "Later"}


async def ask(api: Api, payload: Any = NEW, path: str = VENDORS, **headers: str) -> Response:
    return await api.post(path, payload, headers={**LATER, **headers})


async def status(api: Api, accepted: Response) -> dict[str, Any]:
    href = accepted.json()["ia::result"]["href"]
    shown: dict[str, Any] = (await api.get(href)).json()["ia::result"]
    return shown


def vendors(api: Api) -> list[str]:
    return [row[0] for row in api.store.query("SELECT id FROM accounts_payable__vendor WHERE id LIKE 'A_'")]


async def test_it_is_accepted_and_done_later(api: Api) -> None:
    answer = await ask(api)
    assert answer.status == 202
    assert answer.headers["retry-after"] == "120"
    accepted = answer.json()["ia::result"]
    assert accepted == {
        "jobId": accepted["jobId"],
        "state": "queued",
        "queuedDateTime": "2026-11-25T12:00:00Z",
        "href": f"/services/core/async/job-status?jobId={accepted['jobId']}",
    }
    assert (await status(api, answer))["state"] == "queued"
    assert vendors(api) == []
    api.pass_time(1)
    assert (await status(api, answer))["state"] == "dead"
    assert vendors(api) == ["A1"]


async def test_what_it_writes_is_stamped_with_the_moment_it_was_due(api: Api) -> None:
    await ask(api)
    api.pass_time(3600)
    payload = {
        "object": "accounts-payable/vendor",
        "fields": ["audit.createdDateTime"],
        "filters": [{"$eq": {"id": "A1"}}],
    }
    assert (await api.query(payload)).rows == [{"audit.createdDateTime": "2026-11-25T12:00:01Z"}]


async def test_it_is_done_once_and_in_order(api: Api) -> None:
    await ask(api)
    await ask(api, {"id": "A2", "name": "Second"}, Prefer="respond-async-serialized")
    api.pass_time(10)
    await api.get(VENDORS)
    await api.get(VENDORS)
    assert vendors(api) == ["A1", "A2"]


async def test_it_is_immediate_where_the_quirk_says_so(api: Api) -> None:
    api.quirks.set("job-step-seconds", "0")
    await ask(api)
    await api.get(VENDORS)
    assert vendors(api) == ["A1"]


async def test_the_answer_can_be_shown_in_the_status(api: Api) -> None:
    api.quirks.set("async-result-in-status", "yes")
    good, bad = await ask(api), await ask(api, {"nam": "x"})
    api.pass_time(1)
    shown = (await status(api, good))["response"]
    assert shown["status"] == 201
    assert shown["body"]["ia::result"]["id"] == "A1"
    assert (await status(api, bad))["response"]["status"] == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{VENDORS}?size=2", b""),
        ("DELETE", f"{VENDORS}/99999", b""),
        ("POST", "/services/core/query", b'{"object": "accounts-payable/vendor", "fields": ["id"]}'),
        ("POST", VENDORS, b'[{"id": "A1", "name": "x"}, {"nam": "x"}]'),
        ("GET", "/objects/order-entry/document::Sales%20Invoice", b""),
    ],
)
async def test_the_answer_is_that_of_the_same_call_at_once(
    api: Api, method: str, path: str, body: bytes
) -> None:
    api.quirks.set("async-result-in-status", "yes")
    accepted = await api.call(method, path, body=body, headers=LATER)
    twin = await api.call(method, path, body=body, headers={"X-IA-API-Param-Transaction": "false"})
    if method == "POST" and b"[" in body[:1]:
        api.store.execute("DELETE FROM accounts_payable__vendor WHERE id = 'A1'")
    api.pass_time(1)
    shown = (await status(api, accepted))["response"]
    assert shown["status"] == twin.status
    assert list(shown["body"]) == list(twin.json())


async def test_it_is_done_in_the_entity_it_was_asked_in(api: Api) -> None:
    await ask(api, **{"X-IA-API-Param-Entity": "East Region"})
    api.pass_time(1)
    await api.get(VENDORS)
    row = api.store.one("SELECT entity_key FROM accounts_payable__vendor WHERE id = 'A1'")
    assert row is not None
    assert row[0] is not None


async def test_a_user_who_is_gone_by_then_does_nothing(api: Api) -> None:
    api.quirks.set("async-result-in-status", "yes")
    user = users.find(api.store, api.company.key, "Admin")
    assert user is not None
    accepted = await ask(api)
    api.store.execute("UPDATE company_user SET status = 'inactive' WHERE key = ?", (user.key,))
    api.pass_time(1)
    shown = (await api.get(accepted.json()["ia::result"]["href"], token=api.token("Clerk"))).json()
    assert shown["ia::result"]["response"]["status"] == 401
    assert vendors(api) == []


async def test_what_tells_of_jobs_is_answered_at_once(api: Api) -> None:
    assert (await api.get("/services/core/session/id", headers=LATER)).status == 200
    assert (await api.get("/services/core/model?name=accounts-payable/bill", headers=LATER)).status == 200
    assert (await api.get("/services/core/async/job-status?jobId=x", headers=LATER)).status == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"X-IA-Webhook-Id": "7"},
        {"X-IA-Webhook-EndpointURL": "ftp://example.com/"},
        {"X-IA-Webhook-EndpointURL": "nowhere"},
    ],
)
async def test_a_webhook_that_cannot_be_told_is_refused(api: Api, headers: dict[str, str]) -> None:
    assert (await ask(api, **headers)).status == 400


async def test_a_request_without_a_webhook_may_be_refused(api: Api) -> None:
    api.quirks.set("async-without-webhook", "refused")
    assert (await ask(api)).status == 400


async def test_a_refused_caller_is_refused_at_once(api: Api) -> None:
    answer = await api.post(VENDORS, NEW, headers={**LATER, "Authorization": "Bearer x"})
    assert answer.json()["ia::error"]["code"] == "GW-0031"


async def test_a_body_over_the_limit_is_refused_at_once(api: Api) -> None:
    assert (await api.call("POST", VENDORS, headers=LATER, body=b" " * 1_000_001)).status == 413


async def test_it_is_forgotten_after_four_days(api: Api) -> None:
    accepted = await ask(api)
    href = accepted.json()["ia::result"]["href"]
    api.clock.advance(REMEMBERED - timedelta(seconds=1))
    token = api.token()
    assert (await api.get(href, token=token)).status == 200
    api.clock.advance(timedelta(seconds=1))
    assert (await api.get(href, token=token)).status == 404


async def test_an_unknown_job_is_told_as_documented(api: Api) -> None:
    answer = await api.get("/services/core/async/job-status?jobId=x7")
    assert answer.error["code"] == "notFound"
    assert answer.error["message"] == "Asynchronous job x7 status could not be found"


async def test_only_the_application_that_asked_sees_the_job(api: Api) -> None:
    href = (await ask(api)).json()["ia::result"]["href"]
    api.store.execute("UPDATE rest_job SET client_id = 'another'")
    assert (await api.get(href)).status == 404


async def test_a_job_is_not_shown_as_one_of_another_kind(api: Api) -> None:
    job_id = (await ask(api)).json()["ia::result"]["jobId"]
    assert (await api.get(f"/services/bulk/job/status?jobId={job_id}")).status == 404
