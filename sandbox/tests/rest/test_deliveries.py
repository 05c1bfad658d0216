"""Telling of finished jobs: to a real server, signed, and again as planned when it does not listen."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import jwt
import pytest
from sandbox.tests.rest.conftest import CLIENT_ID, Api
from sandbox.tests.rest.test_asynchronous import LATER, NEW, VENDORS, status
from sandbox.tests.rest.test_bulk import submit
from starlette.routing import Router

from intacct_sandbox import rest
from intacct_sandbox.fixtures import guide
from intacct_sandbox.identity import companies
from intacct_sandbox.outbound import AddressPolicy
from intacct_sandbox.outbound.signing import SIGNATURE_HEADER, hmac_signature
from intacct_sandbox.rest import jobs
from intacct_sandbox.rest.deliveries import RETRY_AFTER, is_address

# As long as the library that reads it insists on.
SECRET = "a-secret-of-more-than-32-characters"


@dataclass
class Listener:
    """A web server that answers as it is told, and remembers what it was sent."""

    answers: list[int]
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.heard.append((headers, body))
        answer = self.answers.pop(0) if self.answers else 200
        if answer:
            writer.write(f"HTTP/1.1 {answer} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(*answers: int) -> AsyncIterator[Listener]:
    """A listener; an answer of 0 ends the connection without one."""
    listener = Listener(list(answers))
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    listener.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/told"
    try:
        yield listener
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def working(api: Api) -> AsyncIterator[Api]:
    """The API with a worker that runs."""
    worker = rest.Worker()
    routes = rest.routes(store=api.store, clock=api.clock, ids=api.ids, quirks=api.quirks, worker=worker)
    task = asyncio.create_task(worker.run())
    yield replace(api, app=Router(routes))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        # What is waited for happens in a database and in another server.
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def ask(api: Api, listener: Listener, payload: Any = NEW) -> Any:
    headers = {**LATER, "X-IA-Webhook-EndpointURL": listener.url}
    return await api.post(VENDORS, payload, headers=headers)


async def test_the_answer_is_sent_without_anybody_asking(working: Api) -> None:
    async with listening() as listener:
        accepted = await ask(working, listener)
        working.pass_time(1)
        await until(lambda: bool(listener.heard))
        headers, body = listener.heard[0]
        assert headers["x-ia-respond-code"] == "201"
        assert headers["x-ia-original-request-id"] == accepted.json()["ia::result"]["jobId"]
        assert json.loads(body)["ia::result"]["id"] == "A1"
        await until(lambda: not jobs.is_anything_left(working.store))
        shown = await status(working, accepted)
        assert shown["state"] == "delivered"
        assert shown["finishedDateTime"] == "2026-11-25T12:00:01Z"
        assert headers["x-ia-timereceived"] == "Wed, 25 Nov 2026 12:00:00 GMT"
        assert shown["deliveryStatus"] == [{"status": "200", "deliveryDateTime": "2026-11-25T12:00:01Z"}]


async def test_it_is_in_transit_until_it_was_sent(api: Api) -> None:
    async with listening() as listener:
        accepted = await ask(api, listener)
        api.pass_time(1)
        assert (await status(api, accepted))["state"] == "inTransit"
        assert listener.heard == []


@pytest.mark.parametrize("answer", [503, 429, 0])
async def test_a_webhook_that_does_not_listen_is_tried_again_as_planned(working: Api, answer: int) -> None:
    async with listening(answer, answer, answer, answer) as listener:
        accepted = await ask(working, listener)
        working.pass_time(1)
        await until(lambda: _attempts(working) == 1)
        for number, after in enumerate(RETRY_AFTER, 2):
            shown = await status(working, accepted)
            assert shown["state"] == "deferred"
            assert shown["deliveryStatus"][-1]["scheduledRetryDateTime"] > shown["finishedDateTime"]
            working.clock.advance(after - timedelta(seconds=1))
            await asyncio.sleep(0.3)
            assert len(listener.heard) == number - 1
            working.pass_time(1)
            await until(partial(_has_tried, working, number))
        await until(lambda: not jobs.is_anything_left(working.store))
        assert (await status(working, accepted))["state"] == "dead"
        assert len(listener.heard) == 4


async def test_a_webhook_that_refuses_is_not_tried_again(working: Api) -> None:
    async with listening(204) as listener:
        accepted = await ask(working, listener)
        working.pass_time(1)
        await until(lambda: not jobs.is_anything_left(working.store))
        shown = await status(working, accepted)
        assert (shown["state"], shown["deliveryStatus"][0]["status"]) == ("dead", "204")


async def test_a_bulk_jobs_callback_is_told_its_state(working: Api) -> None:
    async with listening() as listener:
        created = await submit(working, order={"callbackURL": listener.url})
        working.pass_time(3)
        await until(lambda: bool(listener.heard))
        told = json.loads(listener.heard[0][1])
        assert told["jobId"] == created.json()["ia::result"]["jobId"]
        assert (told["status"], told["percentComplete"]) == ("completed", 100)
        working.pass_time(1)
        assert (await working.get(told["downloadURL"])).json()["ia::meta"]["totalSuccess"] == 2


@pytest.mark.parametrize("kind", ["jwt", "hmac"])
async def test_the_answer_is_signed_with_the_clients_secret(working: Api, kind: str) -> None:
    working.quirks.set("async-signature", kind)
    working.store.reset()
    guide.install(working.store, working.clock, working.ids)
    working.store.execute("UPDATE api_keys SET client_secret = ?", (SECRET,))
    company = companies.find(working.store, "MyCompany")
    assert company is not None
    working = replace(working, company=company)
    async with listening() as listener:
        await ask(working, listener)
        working.pass_time(1)
        await until(lambda: bool(listener.heard))
        headers, body = listener.heard[0]
        if kind == "hmac":
            assert headers[SIGNATURE_HEADER.lower()] == hmac_signature(SECRET, body)
            return
        claims = jwt.decode(
            headers[SIGNATURE_HEADER.lower()],
            SECRET,
            algorithms=["HS256"],
            options={"verify_iat": False, "verify_signature": True},
        )
        assert claims["payload_signature"] == hashlib.sha256(body).hexdigest()
        assert (claims["iss"], claims["tenant_id"], claims["app_id"]) == (
            "Sage Intacct",
            "MyCompany",
            CLIENT_ID,
        )


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("http://127.0.0.1:1/x", True),
        ("https://example.com", True),
        ("ftp://example.com", False),
        ("http://", False),
        ("http://x:99999", False),
        ("//example.com", False),
        ("http://[", False),
    ],
)
def test_only_web_addresses_are_taken(text: str, is_one: bool) -> None:
    assert is_address(text) is is_one


def _has_tried(api: Api, times: int) -> bool:
    return _attempts(api) == times


def _attempts(api: Api) -> int:
    row = api.store.one("SELECT json_array_length(deliveries) FROM rest_job")
    return int(row[0]) if row is not None else 0


async def test_an_address_that_the_operator_does_not_allow_is_told_nothing_and_not_tried_again(
    api: Api,
) -> None:
    worker = rest.Worker(AddressPolicy("127.0.0.2/32"))
    routes = rest.routes(store=api.store, clock=api.clock, ids=api.ids, quirks=api.quirks, worker=worker)
    task = asyncio.create_task(worker.run())
    async with listening() as listener:
        there = replace(api, app=Router(routes))
        await ask(there, listener)
        api.pass_time(1)
        await until(lambda: _attempts(api) == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert listener.heard == []
    assert not jobs.is_anything_left(api.store)
