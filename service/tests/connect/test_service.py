"""Connecting, without HTTP: what becomes of a session request, and how attempts are named."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from service.tests.connections.provider_server import ProviderServer, provider_server
from service.tests.connections.service_process import BY_USERNAME, KEY, Process, add_integration, process
from service.tests.doubles import PredictableIds

from counterfoil.access import ConnectSessionRecord, ConnectSessions, Environment, SessionCaller
from counterfoil.auth_modes import Misread, Understood
from counterfoil.connect.errors import InvalidSessionRequest
from counterfoil.connect.schemas import CreateSession, ReconnectSession
from counterfoil.connect.service import Connecting
from counterfoil.db import Database
from counterfoil.errors import InvalidBody
from counterfoil.integrations import UnknownIntegration
from counterfoil.vault import MasterKey

_USER = {"id": "u1", "email": "ada@example.com"}
_HOOK = "https://hooks.example.com/old"


@pytest.fixture
async def provider() -> AsyncIterator[ProviderServer]:
    async with provider_server() as server:
        yield server


@pytest.fixture
async def service(
    database: Database, master_key: MasterKey, environment: Environment, provider: ProviderServer
) -> AsyncIterator[Process]:
    async with process(database, master_key, environment, provider.origin) as one:
        await add_integration(one)
        yield one


@pytest.fixture
def connecting(service: Process) -> Connecting:
    sessions = ConnectSessions(service.database, service.clock, PredictableIds("connecting"))
    return Connecting(sessions, service.integrations, service.connections, service.authorization)


async def _opened(connecting: Connecting, environment: Environment, **asked: Any) -> ConnectSessionRecord:
    request = CreateSession.model_validate({"end_user": _USER, **asked})
    record, _token = await connecting.open(environment, request)
    return record


def _caller(record: ConnectSessionRecord) -> SessionCaller:
    return SessionCaller(environment=record.environment, session=record)


async def test_a_session_keeps_what_was_asked_and_nothing_that_was_left_out(
    connecting: Connecting, environment: Environment
) -> None:
    record = await _opened(connecting, environment, allowed_integrations=[KEY], overrides={KEY: {}})

    assert record.end_user == _USER
    assert record.organization is None
    assert record.allowed_integrations == (KEY,)
    assert record.overrides == {KEY: {}}
    assert record.tags == {"end_user_id": "u1", "end_user_email": "ada@example.com"}
    assert (record.connection_pk, record.webhook_url_override) == (None, None)


@pytest.mark.parametrize(
    ("asked", "address"),
    [
        ({}, _HOOK),
        ({"webhook_url_override": "https://hooks.example.com/new"}, "https://hooks.example.com/new"),
        ({"webhook_url_override": ""}, ""),
    ],
)
async def test_a_webhook_address_among_the_settings_is_taken_out_unless_one_is_stated(
    connecting: Connecting, environment: Environment, asked: dict[str, str], address: str
) -> None:
    defaults = {KEY: {"connection_config": {"webhook_url": _HOOK, "region": "eu"}}}

    record = await _opened(connecting, environment, integrations_config_defaults=defaults, **asked)

    assert record.webhook_url_override == address
    assert record.integrations_config_defaults == {KEY: {"connection_config": {"region": "eu"}}}


async def test_every_name_that_is_not_there_is_told_at_once(
    connecting: Connecting, environment: Environment
) -> None:
    with pytest.raises(InvalidSessionRequest) as refused:
        await _opened(connecting, environment, allowed_integrations=["a", KEY, "b"], overrides={"c": {}})

    assert [error.path for error in refused.value.errors] == [
        ("allowed_integrations", "0"),
        ("allowed_integrations", "2"),
        ("overrides", "c"),
    ]


async def test_a_session_to_renew_is_for_one_connection_of_one_integration(
    connecting: Connecting, service: Process
) -> None:
    made = await service.connect()
    request = ReconnectSession.model_validate({"connection_id": "c1", "integration_id": KEY})

    record, _token = await connecting.reopen(service.environment, request)

    assert record.connection_pk == made.pk
    assert record.allowed_integrations == (KEY,)
    assert record.end_user is None


async def test_forms_are_those_of_the_integrations_that_are_allowed(
    connecting: Connecting, service: Process
) -> None:
    await add_integration(service, "second")
    one = await _opened(connecting, service.environment, allowed_integrations=["second"])
    everything = await _opened(connecting, service.environment)

    assert [form.integration.unique_key for form in await connecting.forms(_caller(one))] == ["second"]
    assert len(await connecting.forms(_caller(everything))) == 2


async def test_a_form_shows_no_secret_that_is_held(connecting: Connecting, environment: Environment) -> None:
    [form] = await connecting.forms(_caller(await _opened(connecting, environment)))

    assert [held.name for held in form.held] == ["clientId"]
    assert form.steps_done == ("2",)


async def test_a_text_is_read_by_the_integrations_provider(
    connecting: Connecting, environment: Environment
) -> None:
    caller = _caller(await _opened(connecting, environment))

    assert isinstance(await connecting.reading(caller, KEY, "username", "Admin@MyCompany"), Understood)
    assert isinstance(await connecting.reading(caller, KEY, "username", "Admin"), Misread)
    assert await connecting.reading(caller, KEY, "nothing", "Admin") is None
    with pytest.raises(UnknownIntegration):
        await connecting.reading(caller, "other", "username", "Admin")


async def test_an_attempt_names_its_connection_by_environment_session_and_integration(
    connecting: Connecting, service: Process
) -> None:
    await add_integration(service, "second")
    caller = _caller(await _opened(connecting, service.environment))
    other = _caller(await _opened(connecting, service.environment))

    async def made(caller: SessionCaller, key: str, attempt: str | None) -> str:
        return (await connecting.submit(caller, key, BY_USERNAME, attempt=attempt)).connection_id

    first = await made(caller, KEY, "a")
    assert await made(caller, KEY, "a") == first
    others = [
        await made(caller, KEY, "b"),
        await made(caller, "second", "a"),
        await made(other, KEY, "a"),
        await made(caller, KEY, None),
        await made(caller, KEY, None),
    ]
    assert len({first, *others}) == 6


async def test_what_can_not_be_understood_is_refused_before_the_provider_is_asked(
    connecting: Connecting, environment: Environment, provider: ProviderServer
) -> None:
    caller = _caller(await _opened(connecting, environment))

    with pytest.raises(InvalidBody):
        await connecting.submit(caller, KEY, {"username": ["Admin@MyCompany"]})

    assert provider.calls == []
