"""/environment/webhooks as a server would call it."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from service.tests.doubles import PredictableIds
from service.tests.web.asgi import Answer, call
from service.tests.webhooks.receiver import Receiver, Reply
from service.tests.webhooks.site import Site

from counterfoil.access import ApiKeys
from counterfoil.vault import Secret
from counterfoil.web import install
from counterfoil.webhooks.routes import router

BASE = "/environment/webhooks"


@dataclass(frozen=True)
class Api:
    app: FastAPI
    api_keys: ApiKeys
    token: Secret

    async def __call__(self, method: str, target: str, body: object = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token.reveal()}", "Content-Type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        return await call(self.app, method, target, headers=headers, body=content)

    async def data(self, method: str, target: str, body: object = None) -> Any:
        answer = await self(method, target, body)
        assert answer.status == 200, answer.body
        return answer.json()["data"]

    async def with_scopes(self, *scopes: str) -> "Api":
        _record, token = await self.api_keys.create("dev", "test", scopes)
        return Api(self.app, self.api_keys, token)


@pytest.fixture
async def api(here: Site) -> Api:
    api_keys = ApiKeys(here.database, b"p" * 32, here.clock, PredictableIds("api"))
    app = FastAPI()
    install(app)
    app.include_router(router(here.webhooks, api_keys))
    _record, token = await api_keys.create("dev", "all")
    return Api(app, api_keys, token)


async def test_settings_are_read_and_changed(api: Api) -> None:
    before = await api.data("GET", BASE)
    assert (before["primary_url"], before["on_auth_creation"], before["endpoints"]) == (None, False, [])
    after = await api.data("PATCH", BASE, {"primary_url": "https://a.example.com/", "on_auth_creation": True})
    assert after == await api.data("GET", BASE)
    assert (after["primary_url"], after["secondary_url"]) == ("https://a.example.com/", None)
    [endpoint] = after["endpoints"]
    assert (endpoint["slot"], endpoint["status"], endpoint["failures"]) == ("primary", "active", 0)


async def test_what_cannot_be_set_is_refused_by_name(api: Api) -> None:
    refusals: list[tuple[object, list[str]]] = [
        ({"primary_url": "nowhere"}, ["primary_url"]),
        ({"on_auth_creation": "perhaps"}, ["on_auth_creation"]),
        ({"unknown": 1}, []),
    ]
    for body, path in refusals:
        answer = await api("PATCH", BASE, body)
        assert answer.status == 400
        error = answer.json()["error"]
        assert (error["code"], error["errors"][0]["path"]) == ("invalid_body", path)


async def test_keys_are_rotated(api: Api) -> None:
    before = await api.data("GET", f"{BASE}/signing-keys")
    assert before["standard_webhooks_secret"].startswith("whsec_")
    during = await api.data("POST", f"{BASE}/signing-keys/rotate", {})
    assert during["signing_key"] == before["signing_key"]
    again = await api("POST", f"{BASE}/signing-keys/rotate", {})
    assert (again.status, again.json()["error"]["code"]) == (409, "multiple_webhook_signing_keys")
    after = await api.data("POST", f"{BASE}/signing-keys/finish")
    assert (after["signing_key"], after["next_signing_key"]) == (during["next_signing_key"], None)


async def test_the_wires_own_rotation_puts_the_new_key_in_force(api: Api) -> None:
    before = await api.data("GET", f"{BASE}/signing-keys")
    rotated = await api.data("POST", "/environment/webhook-signing-key/rotate")
    after = await api.data("GET", f"{BASE}/signing-keys")
    assert rotated == {"webhook_signing_key": after["signing_key"]}
    assert (after["signing_key"] == before["signing_key"], after["next_signing_key"]) == (False, None)
    await api.data("POST", f"{BASE}/signing-keys/rotate", {})
    again = await api("POST", "/environment/webhook-signing-key/rotate")
    assert (again.status, again.json()["error"]["code"]) == (409, "multiple_webhook_signing_keys")


async def test_an_operator_brings_their_own_key(api: Api) -> None:
    own = "11111111-2222-4333-8444-555555555555"
    body = {"signing_key": own, "overlap_hours": 0}
    assert (await api.data("POST", f"{BASE}/signing-keys/rotate", body))["signing_key"] == own
    refused = await api("POST", f"{BASE}/signing-keys/rotate", {"signing_key": "short"})
    assert (refused.status, refused.json()["error"]["errors"][0]["path"]) == (400, ["signing_key"])


async def test_deliveries_are_listed_read_and_replayed(api: Api, here: Site, receiver: Receiver) -> None:
    receiver.script.append(Reply(410, b"no more"))
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await here.run_jobs()
    [listed] = await api.data("GET", f"{BASE}/deliveries?status=failed&connection_id=c1&limit=5")
    one = f"{BASE}/deliveries/{listed['id']}"
    details = await api.data("GET", one)
    assert (details["outcome"], details["body"]["connectionId"]) == ("gone", "c1")
    assert details["attempt_log"][0]["answer"] == "no more"
    refused = await api("POST", f"{one}/replay")
    assert (refused.status, refused.json()["error"]["code"]) == (409, "endpoint_not_active")
    [endpoint] = (await api.data("GET", BASE))["endpoints"]
    assert endpoint["reason"] == "gone"
    settings = await api.data("POST", f"{BASE}/endpoints/{endpoint['id']}/activate")
    assert settings["endpoints"][0]["status"] == "active"
    body = {"since": here.clock.now().isoformat()}
    assert await api.data("POST", f"{BASE}/replay", body) == {"replayed": 1}
    await here.run_jobs()
    assert (await api("POST", f"{one}/replay")).json() == {"success": True}
    await here.run_jobs()
    assert len(receiver.received) == 3


async def test_what_is_not_there_or_makes_no_sense_is_refused(api: Api) -> None:
    refusals: list[tuple[str, str, object, int]] = [
        ("GET", f"{BASE}/deliveries/1", None, 404),
        ("POST", f"{BASE}/deliveries/1/replay", None, 404),
        ("POST", f"{BASE}/endpoints/1/activate", None, 404),
        ("GET", f"{BASE}/deliveries/nine", None, 400),
        ("GET", f"{BASE}/deliveries/99999999999999999999", None, 400),
        ("GET", f"{BASE}/deliveries?status=lost", None, 400),
        ("GET", f"{BASE}/deliveries?limit=101", None, 400),
        ("POST", f"{BASE}/replay", {"since": "yesterday"}, 400),
        ("POST", f"{BASE}/replay", {"since": "2026-11-24T12:00:00"}, 400),
        ("POST", f"{BASE}/signing-keys/finish", None, 409),
    ]
    for method, target, body, status in refusals:
        assert (await api(method, target, body)).status == status, target


async def test_every_route_wants_its_scope(api: Api) -> None:
    rotation = "environment:webhook_signing_key:rotate"
    scopes = [
        ("GET", BASE, "environment:webhooks:read"),
        ("PATCH", BASE, "environment:webhooks:update"),
        ("POST", f"{BASE}/endpoints/1/activate", "environment:webhooks:update"),
        ("GET", f"{BASE}/signing-keys", "environment:webhooks:read_credentials"),
        ("POST", f"{BASE}/signing-keys/rotate", rotation),
        ("POST", f"{BASE}/signing-keys/finish", rotation),
        ("POST", "/environment/webhook-signing-key/rotate", rotation),
        ("GET", f"{BASE}/deliveries", "environment:webhooks:read"),
        ("GET", f"{BASE}/deliveries/1", "environment:webhooks:read"),
        ("POST", f"{BASE}/deliveries/1/replay", "environment:webhooks:replay"),
        ("POST", f"{BASE}/replay", "environment:webhooks:replay"),
    ]
    every = {scope for _, _, scope in scopes} - {"environment:webhooks:read_credentials"}
    for method, target, scope in scopes:
        lacking = await api.with_scopes(*(every - {scope}))
        assert (await lacking(method, target, {})).status == 403, target
        holding = await api.with_scopes(scope)
        assert (await holding(method, target, {})).status != 403, target
