"""The pipeline where a person has to be sent to the provider: `begin`, a browser's way, `complete`."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from service.tests.connections.provider_server import Fault, ProviderServer, Rotation, refused
from service.tests.connections.service_process import Process

from counterfoil.access import ConnectSessions, NewConnectSession, SessionCaller
from counterfoil.auth_modes import AuthorizationFailed
from counterfoil.connections import (
    Authorized,
    ConnectionUnusable,
    IntegrationNotAllowed,
    RedirectionUnknown,
    Wishes,
)
from counterfoil.connections.authorization import AuthModeWithoutRedirection, RedirectionNeeded
from counterfoil.connections.redirections import AnotherBrowser
from counterfoil.errors import CounterfoilError
from counterfoil.ids import SystemIds
from counterfoil.integrations import NewIntegration, UnknownIntegration
from counterfoil.vault import Secret

KEY = "books"
CLIENT = {"client_id": "client-7", "client_secret": "the-secret"}
OWN_CLIENT = {"oauth_client_id_override": "own", "oauth_client_secret_override": "own-secret"}
REDIRECT = "https://connect.example.com/oauth/callback"


@pytest.fixture(autouse=True)
async def books(service: Process) -> None:
    """An integration whose people sign in at the provider."""
    await _add(service, KEY, CLIENT)


async def _add(service: Process, key: str, settings: Mapping[str, str]) -> None:
    new = NewIntegration(unique_key=key, provider="sage-intacct-oauth", settings=settings)
    await service.integrations.create(service.environment, new)


async def _session(service: Process, **told: Any) -> SessionCaller:
    sessions = ConnectSessions(service.database, service.clock, SystemIds())
    record, _token = await sessions.create(service.environment, NewConnectSession(**told))
    return SessionCaller(environment=service.environment, session=record)


async def _left(
    service: Process, caller: SessionCaller, wishes: Wishes | None = None, key: str = KEY
) -> tuple[dict[str, str], Secret]:
    """The query that a browser leaves with, and what it keeps."""
    ticket = await service.authorization.begin(caller, key, wishes or Wishes(), REDIRECT)
    departure = await service.authorization.redirections.depart(ticket)
    query = parse_qs(urlsplit(departure.url.reveal()).query)
    return {name: values[0] for name, values in query.items()}, departure.browser


async def _back(
    service: Process, caller: SessionCaller, state: str, browser: Secret | None, **parameters: str
) -> Authorized:
    returned = await service.authorization.redirections.take(Secret(state))
    return await service.authorization.complete(caller, returned, browser, parameters)


async def _connected(
    service: Process, caller: SessionCaller, wishes: Wishes | None = None, *, code: str = "code-1"
) -> Authorized:
    query, browser = await _left(service, caller, wishes)
    return await _back(service, caller, query["state"], browser, code=code)


async def _shown(service: Process, made: Authorized) -> dict[str, Any]:
    opened = await service.tokens.open(service.environment.id, KEY, made.connection_id, force=False)
    return opened.mode.reveal(opened.credentials, opened.expires_at, include_refresh_token=True)


def _token_of(company: str, user: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"cnyId": company, "userId": user}).encode()).rstrip(b"=")
    return f"eyJhbGciOiJIUzI1NiJ9.{claims.decode()}.c2ln"


async def test_a_person_who_allowed_it_is_connected(service: Process, provider: ProviderServer) -> None:
    caller = await _session(service, tags={"project": "x"})
    query, browser = await _left(service, caller)
    assert (query["client_id"], query["redirect_uri"], query["scope"]) == (
        "client-7",
        REDIRECT,
        "offline_access",
    )
    made = await _back(service, caller, query["state"], browser, code="code-1")

    [call] = provider.calls
    challenge = base64.urlsafe_b64encode(hashlib.sha256(call.parameters["code_verifier"].encode()).digest())
    assert challenge.rstrip(b"=").decode() == query["code_challenge"]
    assert 43 <= len(call.parameters["code_verifier"]) <= 128
    assert (made.integration_key, made.operation) == (KEY, "creation")
    live = await service.tokens.live(service.environment.id, KEY, made.connection_id)
    assert live.authorization.reveal() == "Bearer access-1"
    assert await service.events() == ["connection.created"]


async def test_the_same_answer_asks_for_no_second_token(service: Process, provider: ProviderServer) -> None:
    caller = await _session(service)
    query, browser = await _left(service, caller)
    await _back(service, caller, query["state"], browser, code="code-1")
    with pytest.raises(RedirectionUnknown):
        await _back(service, caller, query["state"], browser, code="code-1")
    assert len(provider.calls) == 1


async def test_a_browser_that_was_not_sent_asks_for_none_and_ends_it(
    service: Process, provider: ProviderServer
) -> None:
    caller = await _session(service)
    query, browser = await _left(service, caller)
    with pytest.raises(AnotherBrowser):
        await _back(service, caller, query["state"], None, code="code-1")
    with pytest.raises(RedirectionUnknown):
        await _back(service, caller, query["state"], browser, code="code-1")
    assert provider.calls == []


async def test_another_session_does_not_finish_what_one_began(
    service: Process, provider: ProviderServer
) -> None:
    query, browser = await _left(service, await _session(service))
    with pytest.raises(UnknownIntegration):
        await _back(service, await _session(service, tags={"b": "2"}), query["state"], browser, code="c")
    assert provider.calls == []


async def test_an_integration_that_was_replaced_meanwhile_gets_no_code(
    service: Process, provider: ProviderServer
) -> None:
    caller = await _session(service)
    query, browser = await _left(service, caller)
    await service.integrations.delete(service.environment, KEY)
    await _add(service, KEY, CLIENT)
    with pytest.raises(UnknownIntegration):
        await _back(service, caller, query["state"], browser, code="code-1")
    assert provider.calls == []


@pytest.mark.parametrize(
    ("told", "key", "refusal"),
    [
        ({"allowed_integrations": ["other"]}, KEY, IntegrationNotAllowed),
        ({}, "intacct", AuthModeWithoutRedirection),
        ({}, "nobody", UnknownIntegration),
    ],
)
async def test_who_may_not_be_sent_is_not(
    service: Process, told: dict[str, Any], key: str, refusal: type[CounterfoilError]
) -> None:
    # The integration `intacct` of the fixture asks for a username.
    with pytest.raises(refusal):
        await _left(service, await _session(service, **told), key=key)


async def test_nothing_can_be_submitted_instead_of_being_sent(service: Process) -> None:
    with pytest.raises(RedirectionNeeded):
        await service.authorization.authorize(await _session(service), KEY, {"code": "code-1"})


async def test_an_integration_without_a_client_sends_nobody(service: Process) -> None:
    await _add(service, "bare", {})
    with pytest.raises(AuthorizationFailed) as failed:
        await _left(service, await _session(service), key="bare")
    assert failed.value.code == "provider_config_err"


async def test_what_the_browser_wishes_yields_to_what_the_session_says(service: Process) -> None:
    wishes = Wishes(parameters={"prompt": "consent", "scope": "everything", "hint": "undefined"})
    query, _browser = await _left(service, await _session(service), wishes)
    assert (query["prompt"], query["scope"]) == ("consent", "offline_access")
    assert "hint" not in query
    defaults = {
        KEY: {
            "authorization_params": {"login_hint": "ada"},
            "user_scopes": "u1,u2",
            "connection_config": {"oauth_scopes_override": "read"},
        }
    }
    caller = await _session(service, integrations_config_defaults=defaults)
    query, _browser = await _left(service, caller, wishes)
    assert "prompt" not in query
    assert (query["login_hint"], query["user_scope"]) == ("ada", "u1,u2")
    assert query["scope"] == "read offline_access"


async def test_scopes_are_not_the_browsers_to_choose(service: Process) -> None:
    wishes = Wishes(params={"oauth_scopes_override": "everything", "region": "eu"})
    query, _browser = await _left(service, await _session(service), wishes)
    assert query["scope"] == "offline_access"


async def test_settings_are_kept_and_scopes_become_a_list(service: Process) -> None:
    defaults = {KEY: {"connection_config": {"oauth_scopes_override": "read, write"}}}
    caller = await _session(service, integrations_config_defaults=defaults)
    made = await _connected(service, caller, Wishes(params={"region": "eu", "webhook_url": "https://x"}))
    config = await service.column("connection_config", made.connection_id)
    assert config == {"region": "eu", "oauth_scopes_override": ["read", "write"]}


@pytest.mark.parametrize("place", ["credentials", "params", "session"])
async def test_a_client_of_the_connections_own_is_a_credential_wherever_it_came(
    service: Process, provider: ProviderServer, place: str
) -> None:
    defaults = {KEY: {"connection_config": OWN_CLIENT}} if place == "session" else {}
    caller = await _session(service, integrations_config_defaults=defaults)
    wishes = {
        "credentials": Wishes(submitted=OWN_CLIENT),
        "params": Wishes(params=OWN_CLIENT),
        "session": Wishes(submitted={"oauth_client_id_override": "overruled"}),
    }[place]
    query, browser = await _left(service, caller, wishes)
    assert query["client_id"] == "own"
    made = await _back(service, caller, query["state"], browser, code="code-1")
    assert provider.calls[0].parameters["client_secret"] == "own-secret"
    assert (await _shown(service, made))["config_override"] == {
        "client_id": "own",
        "client_secret": "own-secret",
    }
    assert await service.column("connection_config", made.connection_id) == {}


async def test_a_reconnect_session_renews_its_connection(service: Process) -> None:
    made = await _connected(service, await _session(service))
    again = await _connected(service, await _session(service, connection_pk=made.pk), code="code-2")
    assert (again.connection_id, again.operation) == (made.connection_id, "override")
    assert (await _shown(service, again))["access_token"] == "access-2"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"error": "access_denied"}, "callback_err"),
        ({"code": "c", "iss": "https://e.example"}, "callback_err"),
    ],
)
async def test_without_a_code_nothing_is_stored(
    service: Process, provider: ProviderServer, parameters: dict[str, str], code: str
) -> None:
    caller = await _session(service)
    query, browser = await _left(service, caller)
    with pytest.raises(AuthorizationFailed) as failed:
        await _back(service, caller, query["state"], browser, **parameters)
    assert failed.value.code == code
    assert provider.calls == []
    assert await service.sql("SELECT 1 FROM connections") == []


async def test_a_refused_code_stores_nothing(service: Process, provider: ProviderServer) -> None:
    provider.script.append(refused())
    with pytest.raises(AuthorizationFailed) as failed:
        await _connected(service, await _session(service))
    assert failed.value.code == "token_err"
    assert await service.sql("SELECT 1 FROM connections") == []


# Afterwards.


async def test_each_refresh_token_is_used_once_and_replaced(
    service: Process, provider: ProviderServer
) -> None:
    provider.rotation = Rotation.STRICT
    made = await _connected(service, await _session(service))
    for turn in (2, 3):
        await service.expire(made.connection_id)
        live = await service.tokens.live(service.environment.id, KEY, made.connection_id)
        assert live.authorization.reveal() == f"Bearer access-{turn}"
    assert [call.parameters.get("refresh_token") for call in provider.calls] == [
        None,
        "refresh-1",
        "refresh-2",
    ]


@pytest.mark.parametrize("fault", [Fault.ISSUE_AND_CUT, Fault.CUT])
async def test_a_refresh_token_whose_answer_was_lost_is_never_sent_again(
    service: Process, provider: ProviderServer, fault: Fault
) -> None:
    provider.rotation = Rotation.STRICT
    made = await _connected(service, await _session(service))
    provider.script.append(fault)
    for _turn in range(3):
        await service.expire(made.connection_id)
        with pytest.raises(ConnectionUnusable) as unusable:
            await service.tokens.live(service.environment.id, KEY, made.connection_id)
        assert unusable.value.cause.code == "refresh_outcome_unknown"
    assert len(provider.calls) == 2
    assert await service.column("status", made.connection_id) == "needs_reconnect"


async def test_without_a_refresh_token_the_end_is_the_end_unless_somebody_insists(
    service: Process, provider: ProviderServer
) -> None:
    made = await _connected(service, await _session(service))
    key = (service.environment.id, KEY, made.connection_id)
    opened = await service.tokens.open(*key, force=False)
    await _lose_refresh_token(service, made)
    insisted = await service.tokens.open(*key, force=True)
    assert insisted.credentials.dump()["access_token"] == opened.credentials.dump()["access_token"]
    assert await service.column("status", made.connection_id) == "active"
    await service.expire(made.connection_id)
    with pytest.raises(ConnectionUnusable) as unusable:
        await service.tokens.live(*key)
    assert unusable.value.cause.code == "sign_in_again"
    assert len(provider.calls) == 1


async def test_an_authorization_that_a_later_one_ended_names_the_later_one(
    service: Process, provider: ProviderServer
) -> None:
    provider.access_token = _token_of("MyCompany", "owner")
    first = await _connected(service, await _session(service))
    second = await _connected(service, await _session(service), code="code-2")
    assert [same.connection_id for same in second.same_identity] == [first.connection_id]
    provider.access_token = None
    provider.script.append(refused())
    await service.expire(first.connection_id)
    with pytest.raises(ConnectionUnusable) as unusable:
        await service.tokens.live(service.environment.id, KEY, first.connection_id)
    assert unusable.value.cause.code == "superseded"
    assert unusable.value.cause.details["superseded_by"] == second.connection_id


async def test_another_persons_authorization_ends_nobodys(service: Process, provider: ProviderServer) -> None:
    provider.access_token = _token_of("MyCompany", "owner")
    first = await _connected(service, await _session(service))
    provider.access_token = _token_of("MyCompany", "somebody")
    await _connected(service, await _session(service), code="code-2")
    provider.script.append(refused())
    await service.expire(first.connection_id)
    with pytest.raises(ConnectionUnusable) as unusable:
        await service.tokens.live(service.environment.id, KEY, first.connection_id)
    assert unusable.value.cause.code == "sign_in_again"


async def _lose_refresh_token(service: Process, made: Authorized) -> None:
    """As if the provider had issued none: a reconnect whose answer has none."""
    vault = service.authorization.redirections._vault
    from counterfoil.connections.sealed import credentials_context

    context = credentials_context(service.environment.id, made.pk)
    [(sealed,)] = await service.sql("SELECT sealed_credentials FROM connections WHERE id = %s", made.pk)
    held = json.loads(vault.open(sealed, context)) | {"refresh_token": None}
    again = vault.seal(json.dumps(held).encode(), context)
    await service.sql("UPDATE connections SET sealed_credentials = %s WHERE id = %s", again, made.pk)
