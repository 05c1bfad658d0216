"""The pipeline: what it stores when it succeeds, and that it stores nothing when it doesn't."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from service.tests.connections.provider_server import Fault, ProviderServer, Reply, refused
from service.tests.connections.service_process import (
    BY_SESSION,
    BY_USERNAME,
    CLIENT,
    KEY,
    Process,
    add_integration,
)
from service.tests.doubles import SettableClock

from counterfoil.access import ConnectSessionRecord, Environment, SessionCaller
from counterfoil.auth_modes import AuthorizationFailed, SubmissionRefused
from counterfoil.connections import IntegrationNotAllowed, InvalidConnection, Phase
from counterfoil.errors import InvalidBody
from counterfoil.integrations import UnknownIntegration


def _session(environment: Environment, **told: Any) -> SessionCaller:
    now = SettableClock().now()
    record = ConnectSessionRecord(
        id=1, environment=environment, created_at=now, expires_at=now + timedelta(minutes=30), **told
    )
    return SessionCaller(environment=environment, session=record)


async def _count(service: Process) -> int:
    [(count,)] = await service.sql("SELECT count(*) FROM connections")
    return int(count)


async def test_a_username_becomes_a_connection_that_can_be_called_with(
    service: Process, provider: ProviderServer
) -> None:
    made = await service.connect()
    assert (made.connection_id, made.integration_key, made.operation) == ("c1", KEY, "creation")
    live = await service.live()
    assert live.authorization.reveal() == f"Bearer {provider.calls[0].access_token}"
    assert live.base_url == f"{provider.origin}/ia/api"
    assert provider.calls[0].parameters == {
        "grant_type": "client_credentials",
        "client_id": CLIENT["clientId"],
        "client_secret": CLIENT["clientSecret"],
        "username": "Admin@MyCompany",
    }
    assert await service.events() == ["connection.created"]


async def test_each_phase_is_told_as_it_begins(service: Process) -> None:
    told: list[Phase] = []

    async def progress(phase: Phase) -> None:
        told.append(phase)

    await service.authorization.authorize(service.environment, KEY, BY_USERNAME, progress=progress)
    assert told == [Phase.CHECKING, Phase.REQUESTING_TOKEN, Phase.PROVING_TOKEN, Phase.STORING]


async def test_a_connection_that_nobody_named_gets_a_name(service: Process) -> None:
    first = await service.authorization.authorize(service.environment, KEY, BY_USERNAME)
    second = await service.authorization.authorize(service.environment, KEY, BY_USERNAME)
    assert first.connection_id != second.connection_id


async def test_credentials_are_sealed_and_the_client_of_the_integration_is_not_among_them(
    service: Process,
) -> None:
    await service.connect()
    sealed = bytes(await service.column("sealed_credentials"))
    assert b"Admin@MyCompany" not in sealed
    assert b"access-1" not in sealed
    opened = await service.tokens.open(service.environment.id, KEY, "c1", force=False)
    dumped = repr(opened.credentials.dump())
    assert "access-1" in dumped
    assert CLIENT["clientSecret"] not in dumped


async def test_connecting_again_replaces_the_credentials_and_keeps_what_was_not_said_again(
    service: Process,
) -> None:
    first = await service.connect()
    await service.connections.set_metadata(service.environment.id, KEY, ["c1"], {"kept": True}, merge=False)
    again = await service.connect({"username": "Reader@MyCompany"})
    assert (again.pk, again.operation) == (first.pk, "override")
    assert (await service.read()).metadata == {"kept": True}
    assert await service.column("token_version") == 2
    assert await service.column("user_id") == "Reader"
    assert await service.events() == ["connection.created", "connection.replaced"]


async def test_two_creations_of_one_name_at_once_make_one_connection(service: Process) -> None:
    made = await asyncio.gather(*(service.connect() for _ in range(5)))
    assert sorted(one.operation for one in made) == ["creation"] + ["override"] * 4
    assert await _count(service) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (refused("invalid_grant"), "user_not_accepted"),
        (Reply(503), "provider_down"),
        (Reply(200, b"<html>hello</html>"), "answer_unreadable"),
        (Fault.CUT, "provider_unreachable"),
        (Fault.ISSUE_AND_CUT, "provider_unreachable"),
    ],
)
async def test_a_failure_has_a_named_cause_and_stores_nothing(
    service: Process, provider: ProviderServer, fault: Reply | Fault, code: str
) -> None:
    provider.script.append(fault)
    with pytest.raises(AuthorizationFailed) as failed:
        await service.connect()
    assert failed.value.cause.code == code
    assert await _count(service) == 0
    assert await service.events() == []


async def test_a_token_that_does_not_work_stores_nothing(service: Process, provider: ProviderServer) -> None:
    provider.script.append(Reply(200, b'{"access_token":"never-issued","expires_in":10}'))
    with pytest.raises(AuthorizationFailed):
        await service.connect()
    assert await _count(service) == 0


async def test_a_failure_leaves_the_connection_that_was_there_as_it_was(
    service: Process, provider: ProviderServer
) -> None:
    await service.connect()
    provider.script.append(refused())
    with pytest.raises(AuthorizationFailed):
        await service.connect({"username": "Dormant@MyCompany"})
    assert (await service.live()).authorization.reveal() == "Bearer access-1"
    assert await service.column("user_id") == "Admin"


async def test_what_can_not_work_is_refused_before_the_provider_is_asked(
    service: Process, provider: ProviderServer
) -> None:
    with pytest.raises(SubmissionRefused):
        await service.connect({"username": "no company in it"})
    with pytest.raises(InvalidBody):
        await service.connect({"username": 7})
    assert provider.calls == []


async def test_an_unknown_integration_is_refused(service: Process) -> None:
    with pytest.raises(UnknownIntegration):
        await service.authorization.authorize(service.environment, "other", BY_USERNAME)


async def test_a_session_is_held_to_its_integrations(service: Process, provider: ProviderServer) -> None:
    caller = _session(service.environment, allowed_integrations=("other",))
    with pytest.raises(IntegrationNotAllowed):
        await service.authorization.authorize(caller, KEY, BY_USERNAME)
    assert provider.calls == []


async def test_a_session_gives_the_connection_its_end_user_tags_and_settings(service: Process) -> None:
    caller = _session(
        service.environment,
        end_user={"id": "u1", "email": "ann@example.com", "display_name": "Ann"},
        organization={"id": "o1", "display_name": "Org"},
        tags={"plan": "gold"},
        webhook_url_override="https://hooks.example.com/x",
        integrations_config_defaults={KEY: {"connection_config": {"region": "eu"}}},
    )
    made = await service.authorization.authorize(
        caller,
        KEY,
        BY_USERNAME,
        params={"region": "us", "extra": "1", "webhook_url": "https://evil.example", "n": 7},
    )
    connection = await service.read(made.connection_id)
    assert connection.connection_config == {"region": "eu", "extra": "1"}
    assert connection.tags == {"plan": "gold"}
    assert connection.webhook_url_override == "https://hooks.example.com/x"
    assert connection.end_user is not None
    assert (connection.end_user.id, connection.end_user.organization_id) == ("u1", "o1")


async def test_a_reconnect_session_renews_its_connection_and_keeps_what_it_does_not_mention(
    service: Process,
) -> None:
    first = _session(
        service.environment, end_user={"id": "u1"}, tags={"a": "1"}, webhook_url_override="https://h.example"
    )
    made = await service.authorization.authorize(first, KEY, BY_USERNAME, params={"x": "1"})
    again = _session(service.environment, connection_pk=made.pk, allowed_integrations=(KEY,))
    renewed = await service.authorization.authorize(again, KEY, BY_USERNAME, connection_id="ignored")
    assert (renewed.pk, renewed.operation) == (made.pk, "override")
    connection = await service.read(made.connection_id)
    assert connection.tags == {"a": "1"}
    assert connection.webhook_url_override == "https://h.example"
    assert connection.connection_config == {"x": "1"}
    assert connection.end_user is not None


async def test_a_reconnect_session_whose_connection_is_gone_is_refused(
    service: Process, provider: ProviderServer
) -> None:
    made = await service.connect()
    await service.connections.delete(service.environment.id, KEY, "c1")
    calls = len(provider.calls)
    with pytest.raises(InvalidConnection):
        await service.authorization.authorize(
            _session(service.environment, connection_pk=made.pk), KEY, BY_USERNAME
        )
    assert len(provider.calls) == calls


async def test_the_same_user_in_the_same_company_is_pointed_out_and_not_refused(service: Process) -> None:
    await add_integration(service, "second")
    first = await service.connect()
    assert first.same_identity == ()
    second = await service.authorization.authorize(
        service.environment, "second", {"username": "Admin@MyCompany|West"}, connection_id="c2"
    )
    assert [(one.connection_id, one.integration_key) for one in second.same_identity] == [("c1", KEY)]
    other = await service.connect({"username": "Reader@MyCompany"}, "c3")
    assert other.same_identity == ()


async def test_a_session_whose_user_is_not_known_is_like_no_other(service: Process) -> None:
    await service.connect(BY_SESSION, "c1")
    assert (await service.connect(BY_SESSION, "c2")).same_identity == ()
