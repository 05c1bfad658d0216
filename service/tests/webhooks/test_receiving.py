"""A provider's webhook goes through the outbox to the operator's receiver, signed, once for each of its
connections."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from service.tests.doubles import PredictableIds
from service.tests.providers.sage_intacct.signing import SECRET, signature
from service.tests.web.asgi import Answer, call
from service.tests.webhooks.receiver import Receiver
from service.tests.webhooks.site import KEY, LOOPBACK, Site

from counterfoil.access import Environments
from counterfoil.connections import OfIntegration
from counterfoil.integrations import IntegrationChange, Integrations, NewIntegration
from counterfoil.providers import catalogue
from counterfoil.vault import Vault
from counterfoil.web import install
from counterfoil.webhooks import Receiving
from counterfoil.webhooks.receiving import MOST_BODY_BYTES
from counterfoil.webhooks.receiving_routes import router

BODY = b'{"objects": [{"id": 7, "name": "B\xc3\xa4r"}]}'


class Door:
    """The endpoint as Sage calls it."""

    def __init__(self, here: Site, integrations: Integrations) -> None:
        self.here, self.integrations = here, integrations
        self.app = FastAPI()
        install(self.app)
        environments = Environments(here.database, here.clock, PredictableIds("door"))
        self.app.include_router(router(Receiving(here.database, environments, integrations, here.clock)))

    async def __call__(
        self, body: bytes = BODY, *, key: str = KEY, uuid: str | None = None, **said: Any
    ) -> Answer:
        token = said.pop("token", None) or signature(body, self.here.clock.now(), **said)
        headers = {
            "Content-Type": "application/json",
            "Authorization": "Bearer of-the-trigger",
            "X-IA-Sage-Signature": token,
            "X-IdempotencyKey": "i-1",
            "x-clientcontext": '{"OBJECTNAME": "VENDOR"}',
        }
        target = f"/webhook/{uuid or self.here.environment.uuid}/{key}"
        return await call(self.app, "POST", target, headers=headers, body=body)

    async def events(self) -> list[Any]:
        rows = await self.here.sql("SELECT subject FROM events WHERE type = 'webhook.received' ORDER BY id")
        return [row[0] for row in rows]


@pytest.fixture
async def door(here: Site, vault: Vault) -> Door:
    integrations = Integrations(
        here.database, vault, catalogue("https://api.intacct.com", LOOPBACK), here.clock, OfIntegration()
    )
    change = IntegrationChange(settings={"clientId": "c", "clientSecret": SECRET})
    await integrations.update(here.environment, KEY, change)
    return Door(here, integrations)


async def test_it_is_forwarded_to_each_connection_of_the_company(
    door: Door, here: Site, receiver: Receiver
) -> None:
    await here.send_to(receiver.url)
    for connection_id in ("c1", "c2"):
        await here.connect(connection_id, tags={"team": connection_id})
    assert (await door()).status == 200
    await here.run_jobs()
    told = [one.body for one in receiver.received]
    assert [one["connectionId"] for one in told] == ["c1", "c2"]
    first = told[0]
    assert (first["from"], first["type"], first["providerConfigKey"]) == ("sage-intacct-cc", "forward", KEY)
    assert first["payload"] == json.loads(BODY)
    assert first["tags"] == {"team": "c1"}
    assert first["headers"]["x-idempotencykey"] == "i-1"
    assert "authorization" not in first["headers"]
    assert "content-type" not in first["headers"]
    assert all("webhook-signature" in one.headers for one in receiver.received)


async def test_about_no_connection_it_is_told_once_all_the_same(
    door: Door, here: Site, receiver: Receiver
) -> None:
    await here.send_to(receiver.url)
    await here.connect("c1")
    assert (await door(tenant_id="SoloCo")).status == 200
    await here.run_jobs()
    [told] = [one.body for one in receiver.received]
    assert "connectionId" not in told
    assert told["payload"] == json.loads(BODY)


async def test_it_is_written_down_before_it_is_answered_and_sent_by_workers(
    door: Door, here: Site, receiver: Receiver
) -> None:
    await here.send_to(receiver.url)
    await here.connect("c1")
    assert (await door()).status == 200
    assert await door.events() == ["c1"]
    assert await here.sql("SELECT 1 FROM webhook_outbox")
    assert receiver.received == []


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"secret": "wrong"}, 401, "invalid_webhook_signature"),
        ({"token": "none"}, 401, "invalid_webhook_signature"),
        ({"uuid": "00000000-0000-4000-8000-000000000000"}, 404, "unknown_environment"),
        ({"key": "nobody"}, 404, "unknown_provider_config"),
        ({"body": b"x" * (MOST_BODY_BYTES + 1)}, 413, "payload_too_large"),
    ],
)
async def test_what_can_not_be_believed_or_placed_is_refused_and_not_written_down(
    said: dict[str, Any], status: int, code: str, door: Door
) -> None:
    answer = await door(**said)
    assert (answer.status, answer.error_code) == (status, code)
    assert await door.events() == []


async def test_an_integration_that_forwards_nothing_takes_it_in_silence(door: Door, here: Site) -> None:
    await door.integrations.update(here.environment, KEY, IntegrationChange(forward_webhooks=False))
    assert (await door()).status == 200
    assert await door.events() == []


async def test_a_provider_that_sends_none_is_told_that_nothing_came_of_it(door: Door, here: Site) -> None:
    new = NewIntegration(unique_key="books", provider="sage-intacct")
    await door.integrations.create(here.environment, new)
    assert (await door(key="books")).status == 204
    assert await door.events() == []


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b"not json", "not json"),
        (b"", ""),
        (b"\xff\x00", "\ufffd\ufffd"),
        (b'{"a": "\\u0000"}', '{"a": "\\u0000"}'),
        (b"[" * 2000, "[" * 2000),
        (b"17", 17),
    ],
)
async def test_whatever_was_signed_is_passed_on(
    body: bytes, payload: object, door: Door, here: Site, receiver: Receiver
) -> None:
    await here.send_to(receiver.url)
    assert (await door(body)).status == 200
    await here.run_jobs()
    [told] = [one.body for one in receiver.received]
    assert told["payload"] == payload
