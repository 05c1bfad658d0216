"""The generic providers, from an operator's settings to a call: real sockets, the headless endpoints."""

import base64
from typing import Any

import pytest
from service.tests.connect.api import ConnectApi
from service.tests.connections.service_process import Process
from service.tests.providers.generic.api_server import ApiServer
from service.tests.web.asgi import call

from counterfoil.connections import ConnectionUnusable
from counterfoil.integrations import IntegrationChange, NewIntegration
from counterfoil.proxy import Proxy

KEY = "books"
PATHS = {
    "generic-api-key": "/api-auth/api-key/",
    "generic-basic": "/api-auth/basic/",
    "generic-client-credentials": "/oauth2/auth/",
    "generic-unauthenticated": "/auth/unauthenticated/",
}
BODIES: dict[str, dict[str, str] | None] = {
    "generic-api-key": {"apiKey": "key-1"},
    "generic-basic": {"username": "ada", "password": "secret"},
    "generic-client-credentials": {"client_id": "client-7", "client_secret": "client-secret"},
    "generic-unauthenticated": None,
}
BASIC = "Basic " + base64.b64encode(b"ada:secret").decode()
KNOWN = {
    "generic-api-key": ("authorization", "Bearer key-1"),
    "generic-basic": ("authorization", BASIC),
    "generic-client-credentials": ("authorization", "Bearer token-1"),
    "generic-unauthenticated": None,
}
EVERY = pytest.mark.parametrize("provider", PATHS)
TESTED = pytest.mark.parametrize("provider", ["generic-api-key", "generic-basic"])


async def _integration(service: Process, upstream: ApiServer, provider: str, **settings: str) -> None:
    own = {"tokenUrl": f"{upstream.origin}/token"} if provider == "generic-client-credentials" else {}
    given = {"baseUrl": f"{upstream.origin}/v1/", "verificationPath": "/me", **own, **settings}
    new = NewIntegration(unique_key=KEY, provider=provider, settings=given)
    await service.integrations.create(service.environment, new)


async def _connect(connect: ConnectApi, provider: str, body: Any = ...) -> tuple[int, dict[str, Any]]:
    page = await connect.page()
    target = f"{PATHS[provider]}{KEY}?connect_session_token={page.token.reveal()}"
    answer = await page("POST", target, BODIES[provider] if body is ... else body)
    return answer.status, answer.json()


async def _count(service: Process) -> int:
    [(count,)] = await service.sql("SELECT count(*) FROM connections")
    return int(count)


@EVERY
async def test_an_integration_connects_and_is_called_where_its_settings_say(
    provider: str, service: Process, connect: ConnectApi, upstream: ApiServer
) -> None:
    await _integration(service, upstream, provider)
    upstream.known = KNOWN[provider]

    status, answer = await _connect(connect, provider)

    assert status == 200, answer
    assert answer["providerConfigKey"] == KEY
    assert upstream.asked[-1] == "GET /v1/me"
    live = await service.tokens.live(service.environment.id, KEY, answer["connectionId"])
    assert live.base_url == f"{upstream.origin}/v1"
    sent = KNOWN[provider]
    assert live.authorization.reveal() == (sent[1] if sent else "")


@TESTED
async def test_refused_credentials_are_told_with_their_cause_and_not_stored(
    provider: str, service: Process, connect: ConnectApi, upstream: ApiServer
) -> None:
    await _integration(service, upstream, provider)
    upstream.known = ("authorization", "somebody else")

    status, answer = await _connect(connect, provider)

    assert (status, answer["error"]["code"]) == (400, "connection_test_failed")
    diagnosis = answer["error"]["diagnosis"]
    assert (diagnosis["code"], diagnosis["who"]) == ("credentials_refused", "administrator")
    assert diagnosis["sentence"]
    assert diagnosis["remedy"]
    assert await _count(service) == 0


async def test_a_refused_client_is_told_with_its_cause_and_not_stored(
    service: Process, connect: ConnectApi, upstream: ApiServer
) -> None:
    await _integration(service, upstream, "generic-client-credentials")

    status, answer = await _connect(
        connect, "generic-client-credentials", {"client_id": "client-7", "client_secret": "wrong"}
    )

    assert (status, answer["error"]["code"]) == (400, "client_credentials_fetch_error")
    assert answer["error"]["diagnosis"]["code"] == "client_refused"
    assert await _count(service) == 0


async def test_an_address_without_anybody_is_told_as_the_developers_affair(
    service: Process, connect: ConnectApi, upstream: ApiServer
) -> None:
    await _integration(service, upstream, "generic-api-key", baseUrl="http://127.0.0.1:1")

    status, answer = await _connect(connect, "generic-api-key")

    assert (status, answer["error"]["code"]) == (400, "connection_test_failed")
    assert answer["error"]["diagnosis"]["code"] == "provider_unreachable"


@EVERY
async def test_another_modes_endpoint_is_refused(
    provider: str, service: Process, connect: ConnectApi, upstream: ApiServer
) -> None:
    await _integration(service, upstream, provider)
    page = await connect.page()
    for other, path in PATHS.items():
        if other == provider:
            continue
        answer = await page("POST", path + KEY, BODIES[other])
        assert (answer.status, answer.error_code) == (400, "invalid_auth_mode"), path
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("provider", "body", "code"),
    [
        ("generic-api-key", {}, "invalid_body"),
        ("generic-api-key", {"apiKey": ""}, "invalid_body"),
        ("generic-api-key", {"apiKey": "x" * 1025}, "invalid_body"),
        ("generic-api-key", {"apiKey": "a\nb"}, "invalid_body"),
        ("generic-api-key", {"apiKey": "k", "type": "API_KEY"}, "invalid_body"),
        ("generic-basic", {"username": "ada"}, "invalid_body"),
        ("generic-basic", {"username": "", "password": ""}, "invalid_body"),
        ("generic-basic", {"username": "a:b", "password": ""}, "invalid_body"),
        ("generic-client-credentials", {}, "missing_client_id"),
        ("generic-client-credentials", {"client_id": "c"}, "missing_client_secret"),
        ("generic-client-credentials", {"client_id": "c", "client_private_key": "k"}, "invalid_body"),
        ("generic-unauthenticated", {"apiKey": "k"}, "invalid_body"),
    ],
)
async def test_a_body_that_is_not_the_modes_is_refused_before_anything_is_sent(
    provider: str, body: object, code: str, service: Process, connect: ConnectApi, upstream: ApiServer
) -> None:
    await _integration(service, upstream, provider)

    status, answer = await _connect(connect, provider, body)

    assert (status, answer["error"]["code"]) == (400, code)
    assert upstream.asked == []


async def test_an_unknown_integration_is_told_as_each_endpoint_does(connect: ConnectApi) -> None:
    page = await connect.page()
    for provider, path in PATHS.items():
        answer = await page("POST", path + "nobody", BODIES[provider])
        expected = 400 if provider == "generic-client-credentials" else 404
        assert (answer.status, answer.error_code) == (expected, "unknown_provider_config")


async def test_a_user_name_alone_is_enough(
    service: Process, connect: ConnectApi, upstream: ApiServer
) -> None:
    await _integration(service, upstream, "generic-basic")
    upstream.known = ("authorization", "Basic " + base64.b64encode(b"key-1:").decode())

    status, _answer = await _connect(connect, "generic-basic", {"username": "key-1", "password": ""})

    assert status == 200


async def test_a_client_that_the_integration_holds_is_asked_from_nobody(
    service: Process, connect: ConnectApi, upstream: ApiServer
) -> None:
    held = {"client_id": "client-7", "client_secret": "client-secret"}
    await _integration(service, upstream, "generic-client-credentials", **held, scopes="read write")

    status, answer = await _connect(connect, "generic-client-credentials", {})

    assert status == 200
    assert upstream.forms == [{"grant_type": "client_credentials", "scope": "read write", **held}]
    opened = await service.tokens.open(service.environment.id, KEY, answer["connectionId"], force=False)
    shown = opened.mode.reveal(opened.credentials, opened.expires_at, include_refresh_token=False)
    assert set(shown) == {"type", "token", "expires_at", "raw"}


async def test_a_changed_base_url_is_noticed_when_memory_ends(
    service: Process, connect: ConnectApi, upstream: ApiServer
) -> None:
    await _integration(service, upstream, "generic-unauthenticated")
    _status, answer = await _connect(connect, "generic-unauthenticated")
    key = (service.environment.id, KEY, answer["connectionId"])
    await service.tokens.live(*key)

    change = IntegrationChange(settings={"baseUrl": f"{upstream.origin}/v2"})
    await service.integrations.update(service.environment, KEY, change)
    service.clock.advance(60)

    assert (await service.tokens.live(*key)).base_url == f"{upstream.origin}/v2"


@TESTED
async def test_lasting_credentials_are_never_due(
    provider: str, service: Process, connect: ConnectApi, upstream: ApiServer
) -> None:
    await _integration(service, upstream, provider)
    upstream.known = KNOWN[provider]
    await _connect(connect, provider)
    [(expires_at, refresh_at)] = await service.sql("SELECT token_expires_at, refresh_at FROM connections")
    assert (expires_at, refresh_at) == (None, None)
    assert await service.tokens.sweep() == 0


@TESTED
async def test_a_revoked_key_needs_a_person_once_the_provider_has_refused_it_twice(
    provider: str, service: Process, connect: ConnectApi, upstream: ApiServer
) -> None:
    await _integration(service, upstream, provider)
    upstream.known = KNOWN[provider]
    _status, answer = await _connect(connect, provider)
    live = await service.tokens.live(service.environment.id, KEY, answer["connectionId"])
    upstream.known = ("authorization", "revoked")

    with pytest.raises(ConnectionUnusable) as unusable:
        await service.tokens.renew(live)

    assert unusable.value.cause.code == "credentials_refused"
    [(status,)] = await service.sql("SELECT status FROM connections")
    assert status == "needs_reconnect"


async def test_an_operator_sees_no_settings_among_the_preconfigured_credentials(
    service: Process, upstream: ApiServer
) -> None:
    await _integration(service, upstream, "generic-client-credentials", client_id="client-7")
    found = await service.integrations.get(service.environment.id, KEY)
    client = {field.name for field in found.provider.mode.client_fields(found.provider)}
    assert found.settings.held() & client == {"client_id"}


@pytest.mark.parametrize(
    ("provider", "settings", "sent"),
    [
        ("generic-api-key", {}, ("authorization", "Bearer key-1")),
        ("generic-api-key", {"headerName": "X-Api-Key"}, ("x-api-key", "key-1")),
        ("generic-basic", {}, ("authorization", BASIC)),
        ("generic-client-credentials", {}, ("authorization", "Bearer token-1")),
        ("generic-unauthenticated", {}, None),
    ],
)
async def test_a_proxied_call_goes_to_the_base_url_with_the_header_of_the_integration(
    provider: str,
    settings: dict[str, str],
    sent: tuple[str, str] | None,
    service: Process,
    connect: ConnectApi,
    upstream: ApiServer,
    proxy: Proxy,
) -> None:
    await _integration(service, upstream, provider, **settings)
    upstream.known = sent
    _status, made = await _connect(connect, provider)
    headers = {
        "Authorization": f"Bearer {connect.token.reveal()}",
        "Provider-Config-Key": KEY,
        "Connection-Id": made["connectionId"],
        "Nango-Proxy-X-Api-Key": "the caller's",
    }

    answer = await call(proxy, "GET", "/proxy/invoices?page=2", headers=headers)

    assert answer.status == 200, answer.body
    assert upstream.asked[-1] == "GET /v1/invoices?page=2"
    arrived = answer.json()["headers"]
    assert arrived.get("authorization") == (sent[1] if sent and sent[0] == "authorization" else None)
    assert arrived["x-api-key"] == (sent[1] if sent and sent[0] == "x-api-key" else "the caller's")
