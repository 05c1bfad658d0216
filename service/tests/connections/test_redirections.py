"""One state is good for one answer, in one browser, within ten minutes."""

from dataclasses import replace

import pytest
from service.tests.doubles import PredictableIds

from counterfoil.access import Environment
from counterfoil.connections.redirections import (
    AnotherBrowser,
    Planned,
    Redirections,
    RedirectionUnknown,
    Returned,
)
from counterfoil.db import Database
from counterfoil.vault import Secret, Vault

STATE = Secret("5" * 64)
VERIFIER = "a-verifier-that-nobody-may-see"


@pytest.fixture
def redirections(database: Database, vault: Vault) -> Redirections:
    return Redirections(database, vault, PredictableIds("redirections"))


@pytest.fixture
async def planned(database: Database, environment: Environment) -> Planned:
    """A redirection of an integration that is there."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "INSERT INTO integrations (environment_id, unique_key, provider, settings_fields, custom) "
            "VALUES (%s, 'books', 'generic-oauth2', '[]', '{}') RETURNING id",
            (environment.id,),
        )
        [(integration_id,)] = await cursor.fetchall()
    return Planned(
        environment_id=environment.id,
        integration_id=integration_id,
        integration_key="books",
        session_pk=7,
        state=STATE,
        code_verifier=Secret(VERIFIER),
        redirect_uri="https://connect.example.com/oauth/callback",
        url=Secret("https://login.example.com/authorize?state=5"),
        submitted={"oauth_client_secret_override": "own-secret"},
        params={"region": "eu"},
        watcher=Secret("6" * 64),
    )


async def _returned(redirections: Redirections, planned: Planned) -> tuple[Returned, Secret]:
    departure = await redirections.depart(await redirections.add(planned))
    return await redirections.take(departure.state), departure.browser


async def test_a_browser_leaves_with_its_ticket_and_comes_back_with_the_state(
    redirections: Redirections, planned: Planned
) -> None:
    departure = await redirections.depart(await redirections.add(planned))
    assert departure.url == planned.url
    returned = await redirections.take(departure.state)
    returned.check(departure.browser)
    assert (returned.code_verifier, returned.submitted) == (planned.code_verifier, planned.submitted)
    assert (returned.params, returned.session_pk, returned.integration_key) == ({"region": "eu"}, 7, "books")


async def test_a_ticket_sends_one_browser_away(redirections: Redirections, planned: Planned) -> None:
    ticket = await redirections.add(planned)
    await redirections.depart(ticket)
    with pytest.raises(RedirectionUnknown):
        await redirections.depart(ticket)


async def test_a_ticket_is_good_for_a_minute(
    redirections: Redirections, planned: Planned, database: Database
) -> None:
    ticket = await redirections.add(planned)
    async with database.connection() as connection:
        await connection.execute("UPDATE redirections SET created_at = now() - interval '61 seconds'")
    with pytest.raises(RedirectionUnknown):
        await redirections.depart(ticket)


async def test_a_state_counts_once(redirections: Redirections, planned: Planned) -> None:
    await _returned(redirections, planned)
    with pytest.raises(RedirectionUnknown):
        await redirections.take(STATE)


async def test_a_state_that_was_never_given_is_unknown(redirections: Redirections, planned: Planned) -> None:
    await redirections.add(planned)
    for unknown in ("4" * 64, "", "5" * 10_000):
        with pytest.raises(RedirectionUnknown):
            await redirections.take(Secret(unknown))


async def test_another_browser_is_told_from_the_one_that_left(
    redirections: Redirections, planned: Planned
) -> None:
    returned, browser = await _returned(redirections, planned)
    for other in (None, Secret(""), Secret("7" * 64), Secret(browser.reveal() + "0")):
        with pytest.raises(AnotherBrowser):
            returned.check(other)


async def test_a_browser_that_never_left_is_none_that_can_come_back(
    redirections: Redirections, planned: Planned
) -> None:
    await redirections.add(planned)
    returned = await redirections.take(STATE)
    for browser in (None, Secret("")):
        with pytest.raises(AnotherBrowser):
            returned.check(browser)


async def test_ten_minutes_are_the_most(
    redirections: Redirections, planned: Planned, database: Database
) -> None:
    departure = await redirections.depart(await redirections.add(planned))
    async with database.connection() as connection:
        await connection.execute("UPDATE redirections SET expires_at = now()")
    returned = await redirections.take(departure.state)
    with pytest.raises(RedirectionUnknown, match="ten minutes"):
        returned.check(departure.browser)


async def test_nothing_that_is_kept_can_be_used_or_read(
    redirections: Redirections, planned: Planned, database: Database
) -> None:
    ticket = await redirections.add(planned)
    async with database.connection() as connection:
        rows = await (await connection.execute("SELECT * FROM redirections")).fetchall()
    kept = repr(rows).encode() + b"".join(value for value in rows[0] if isinstance(value, bytes))
    for secret in (ticket.reveal(), STATE.reveal(), VERIFIER, "own-secret", "6" * 64):
        assert secret.encode() not in kept


async def test_what_was_left_behind_goes_with_the_next_one(
    redirections: Redirections, planned: Planned, database: Database
) -> None:
    await redirections.add(planned)
    async with database.connection() as connection:
        await connection.execute("UPDATE redirections SET expires_at = now() - interval '2 hours'")
    await redirections.add(replace(planned, state=Secret("8" * 64)))
    async with database.connection() as connection:
        [(count,)] = await (await connection.execute("SELECT count(*) FROM redirections")).fetchall()
    assert count == 1
