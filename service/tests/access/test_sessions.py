"""Connect sessions: thirty minutes, found by token alone, gone when deleted."""

import pytest
from service.tests.doubles import PredictableIds, SettableClock

from counterfoil.access import (
    SESSION_TTL_SECONDS,
    ConnectSessions,
    Environment,
    InvalidConnectSessionTokenFormat,
    NewConnectSession,
    UnknownConnectSessionToken,
)
from counterfoil.db import Database
from counterfoil.vault import Secret


@pytest.fixture
def sessions(database: Database, clock: SettableClock, ids: PredictableIds) -> ConnectSessions:
    return ConnectSessions(database, clock, ids)


_EVERYTHING = NewConnectSession(
    end_user={"id": "u1", "email": "u@example.com"},
    organization={"id": "o1"},
    tags={"end_user_id": "u1"},
    allowed_integrations=["sage"],
    integrations_config_defaults={"sage": {"connection_config": {"a": 1}}},
    overrides={"sage": {"docs_connect": "https://docs.example.com"}},
    webhook_url_override="https://hooks.example.com",
    connection_pk=7,
)


async def test_a_session_is_found_by_its_token_with_all_it_was_made_of(
    sessions: ConnectSessions, environment: Environment
) -> None:
    created, token = await sessions.create(environment, _EVERYTHING)
    found = await sessions.find(token)
    assert found == created
    assert found.environment == environment
    assert found.end_user == {"id": "u1", "email": "u@example.com"}
    assert found.connection_pk == 7
    assert found.allows("sage")
    assert not found.allows("other")


async def test_a_session_without_a_list_allows_every_integration(
    sessions: ConnectSessions, environment: Environment
) -> None:
    created, _token = await sessions.create(environment, NewConnectSession())
    assert created.allows("anything")
    assert created.end_user is None


async def test_the_token_has_the_form_that_published_clients_know(
    sessions: ConnectSessions, environment: Environment, database: Database
) -> None:
    _created, token = await sessions.create(environment, NewConnectSession())
    prefix, random = token.reveal()[:22], token.reveal()[22:]
    assert prefix == "nango_connect_session_"
    assert len(bytes.fromhex(random)) == 32
    async with database.pool.connection() as connection:
        rows = await (await connection.execute("SELECT s::text FROM connect_sessions s")).fetchall()
    assert random not in str(rows)


async def test_a_session_ends_after_thirty_minutes_however_often_it_is_used(
    sessions: ConnectSessions, environment: Environment, clock: SettableClock
) -> None:
    created, token = await sessions.create(environment, NewConnectSession())
    assert (created.expires_at - created.created_at).total_seconds() == 1800 == SESSION_TTL_SECONDS
    clock.advance(SESSION_TTL_SECONDS - 1)
    await sessions.find(token)
    clock.advance(1)
    with pytest.raises(UnknownConnectSessionToken):
        await sessions.find(token)


async def test_a_deleted_session_is_unknown(sessions: ConnectSessions, environment: Environment) -> None:
    created, token = await sessions.create(environment, NewConnectSession())
    await sessions.delete(created)
    with pytest.raises(UnknownConnectSessionToken):
        await sessions.find(token)
    await sessions.delete(created)


@pytest.mark.parametrize(
    "token",
    ["", "nango_connect_session_", "nango_connect_session_" + "g" * 64, "cf_dev_" + "0" * 40 + "_00000000"],
)
async def test_what_can_not_be_a_token_is_refused_before_any_database_work(
    token: str, clock: SettableClock
) -> None:
    closed = ConnectSessions(Database("postgresql://nobody@127.0.0.1:1/none"), clock, PredictableIds())
    with pytest.raises(InvalidConnectSessionTokenFormat):
        await closed.find(Secret(token))


async def test_what_was_begun_in_a_session_may_outlive_it_but_not_its_deletion(
    sessions: ConnectSessions, environment: Environment, clock: SettableClock
) -> None:
    created, _token = await sessions.create(environment, _EVERYTHING)
    clock.advance(SESSION_TTL_SECONDS + 1)
    assert await sessions.begun(created.id) == created
    await sessions.delete(created)
    for pk in (created.id, created.id + 1):
        with pytest.raises(UnknownConnectSessionToken):
            await sessions.begun(pk)
