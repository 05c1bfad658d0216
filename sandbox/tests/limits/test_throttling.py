import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from sandbox.tests.gateway import asking as gateway
from sandbox.tests.oauth2.asking import GOOD, TOKEN, ask, granted, use
from sandbox.tests.test_cli import running
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox
from intacct_sandbox.identity import companies
from intacct_sandbox.limits import tiers

SESSION = "/ia/api/v1/services/core/session/id"
GATEWAY = "/ia/xml/xmlgw.phtml"


def limit(sandbox: Sandbox, company_id: str, application: int, company: int) -> None:
    found = companies.find(sandbox.store, company_id)
    assert found is not None
    tiers.give_custom(
        sandbox.store, found.key, per_application=application, per_company=company, transactions=1000
    )


def usage(http: TestClient, company: str = "MyCompany") -> dict[str, Any]:
    limits = http.get("/_sandbox/limits").json()["limits"]
    return next(one for one in limits if one["company"] == company)


def test_without_a_tier_requests_are_counted_and_say_nothing_of_it(http: TestClient) -> None:
    answer = use(http, granted(http)["access_token"])
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith(("x-ia-", "x-kong"))]
    assert (usage(http)["tier"], usage(http)["transactions"], usage(http)["entitlement"]) == ("none", 1, None)


def test_with_a_tier_an_answer_tells_what_remains(http: TestClient) -> None:
    token = granted(http)["access_token"]
    http.patch("/_sandbox/limits", json={"company": "MyCompany", "tier": "1"})
    headers = use(http, token).headers
    assert (headers["x-ia-throttle-limit"], headers["x-ia-throttle-remaining"]) == ("6", "5")
    assert headers["x-ia-tenant-throttle-limit"] == "8"
    assert headers["x-ia-tenant-throttle-limit-remaining"] == "7"
    assert headers["x-kong-response-latency"] == "0"
    assert "x-ia-cpu-limit" not in headers


def test_the_softer_limits_are_told_when_they_have_a_figure(http: TestClient) -> None:
    token = granted(http)["access_token"]
    http.patch("/_sandbox/limits", json={"company": "MyCompany", "tier": "1"})
    http.patch("/_sandbox/quirks", json={"minute-rate-limit": 1, "cpu-limit": 10})
    first, second = use(http, token), use(http, token)
    assert (first.status_code, second.status_code) == (200, 200)
    assert [one.headers["x-ia-minute-rate-limit-remaining"] for one in (first, second)] == ["0", "0"]
    assert [one.headers["x-ia-cpu-limit-remaining"] for one in (first, second)] == ["9", "8"]
    assert (first.headers["x-ia-cpu-request-cost"], first.headers["x-ia-cpu-limit-reset"]) == ("1", "60")


def test_an_hour_that_is_used_up_is_refused_until_the_next(http: TestClient) -> None:
    token = granted(http)["access_token"]
    http.patch("/_sandbox/limits", json={"company": "MyCompany", "tier": "1"})
    http.patch("/_sandbox/quirks", json={"hour-rate-limit": 2})
    answers = [use(http, token) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[1].headers["x-ia-hour-rate-limit-remaining"] == "0"
    refused = answers[2].headers
    assert (refused["x-ia-hour-rate-limit-retry-after"], refused["retry-after"]) == ("1800", "1800")
    http.post("/_sandbox/clock", json={"advance_seconds": 1800})
    assert use(http, token).status_code == 200


def test_only_what_is_answered_without_an_error_is_a_transaction(http: TestClient) -> None:
    token = granted(http)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    http.get("/ia/api/v1/objects/accounts-payable/vendor/0", headers=headers)
    http.get(SESSION, headers={"Authorization": "Bearer nonsense"})
    ask(http)
    use(http, token)
    http.get("/ia/api/v1/objects/accounts-payable/vendor?size=1", headers=headers)
    assert usage(http)["transactions"] == 2


def test_a_request_of_the_xml_gateway_counts_for_its_company(http: TestClient) -> None:
    http.post(GATEWAY, content=gateway.request_xml(), headers={"Content-Type": "application/xml"})
    assert usage(http)["transactions"] == 1


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A real sandbox, one for this module."""
    with running() as (_process, url):
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of it, whose REST and XML requests are held up until the faults are cleared."""
    async with httpx2.AsyncClient(base_url=url, timeout=120) as client:
        await client.post("/_sandbox/reset")
        for path in ("/ia/api/v1/services", "/ia/xml"):
            fault = {"kind": "latency", "latency_ms": 600_000, "path": path}
            await client.post("/_sandbox/faults", json=fault)
        yield client
        await client.delete("/_sandbox/faults")


async def authorized(client: httpx2.AsyncClient, company: str = "MyCompany") -> dict[str, str]:
    answer = await client.post(TOKEN, data={**GOOD, "username": f"Admin@{company}"})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def load(client: httpx2.AsyncClient, company: str = "MyCompany") -> dict[str, Any]:
    limits = (await client.get("/_sandbox/limits")).json()["limits"]
    return next(one for one in limits if one["company"] == company)


async def under_way(client: httpx2.AsyncClient, number: int, company: str = "MyCompany") -> None:
    while (await load(client, company))["under_way"] != number:
        pass


def begin(
    client: httpx2.AsyncClient, number: int, headers: dict[str, str]
) -> list[asyncio.Task[httpx2.Response]]:
    return [asyncio.create_task(client.get(SESSION, headers=headers)) for _ in range(number)]


async def custom(client: httpx2.AsyncClient, application: int, whole: int) -> None:
    wanted = {"company": "MyCompany", "tier": "custom", "per_application": application, "per_company": whole}
    assert (await client.patch("/_sandbox/limits", json=wanted)).status_code == 200


async def test_requests_at_once_are_refused_above_the_limit_and_pass_afterwards(
    client: httpx2.AsyncClient,
) -> None:
    headers, others = await authorized(client), await authorized(client, "SoloCo")
    await custom(client, 3, 5)
    before = await load(client)
    mine, theirs = begin(client, 3, headers), begin(client, 5, others)
    await under_way(client, 3)
    await under_way(client, 5, "SoloCo")
    refused = await client.get(SESSION, headers=headers)
    assert refused.status_code == 429
    assert refused.json()["ia::error"]["code"] == "GW-0010"
    assert refused.json()["ia::error"]["message"] == "API rate limit exceeded"
    assert (refused.headers["x-ia-throttle-limit"], refused.headers["x-ia-throttle-remaining"]) == ("3", "0")
    assert (refused.headers["x-ia-throttle-retry-after"], refused.headers["retry-after"]) == ("1", "1")
    await client.patch("/_sandbox/quirks", json={"plain-retry-after": "off"})
    assert "retry-after" not in (await client.get(SESSION, headers=headers)).headers
    await client.delete("/_sandbox/faults")
    assert [(await one).status_code for one in (*mine, *theirs)] == [200] * 8
    assert (await client.get(SESSION, headers=headers)).status_code == 200
    after = await load(client)
    assert (after["under_way"], after["refused"] - before["refused"]) == (0, 2)
    errors = [one["error"] for one in (await client.get("/_sandbox/requests")).json()["requests"]]
    assert errors.count("GW-0010") == 2


async def test_both_doors_of_a_company_share_its_limit(client: httpx2.AsyncClient) -> None:
    headers = await authorized(client)
    await custom(client, 2, 3)
    rest = begin(client, 2, headers)
    xml = asyncio.create_task(client.post(GATEWAY, content=gateway.request_xml()))
    await under_way(client, 3)
    refused = await client.post(GATEWAY, content=gateway.request_xml())
    assert (refused.status_code, refused.headers["content-type"]) == (429, 'text/xml; encoding="UTF-8"')
    assert "<errorno>GW-0010</errorno>" in refused.text
    assert refused.headers["x-ia-tenant-throttle-limit-remaining"] == "0"
    await client.delete("/_sandbox/faults")
    assert [(await one).status_code for one in (*rest, xml)] == [200] * 3


async def test_a_request_whose_connection_is_cut_makes_room(client: httpx2.AsyncClient) -> None:
    headers = await authorized(client)
    await custom(client, 1, 1)
    await client.post("/_sandbox/faults", json={"kind": "cut", "path": "/ia/api/v1/objects", "count": 1})
    with pytest.raises(httpx2.TransportError):
        await client.get("/ia/api/v1/objects/accounts-payable/vendor", headers=headers)
    answer = await client.get("/ia/api/v1/objects/accounts-payable/vendor", headers=headers)
    assert answer.status_code == 200
