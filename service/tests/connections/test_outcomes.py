"""An outcome finds who waits for it, on whichever process."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from service.tests.doubles import PredictableIds

from counterfoil.connections import Outcomes, digest
from counterfoil.db import Database
from counterfoil.vault import Secret

DONE = {"message_type": "success", "connection_id": "c1"}


@pytest.fixture
async def here(database: Database) -> AsyncIterator[Outcomes]:
    outcomes = Outcomes(database, PredictableIds("here"), most_watchers=2)
    yield outcomes
    await outcomes.close()


@pytest.fixture
async def elsewhere(postgres_url: str) -> AsyncIterator[Outcomes]:
    """The outcomes of another process."""
    database = Database(postgres_url)
    await database.open()
    outcomes = Outcomes(database, PredictableIds("elsewhere"))
    yield outcomes
    await outcomes.close()
    await database.close()


async def _is_listening(database: Database) -> bool:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' AND datname = "
            "current_database()"
        )
        [(count,)] = await cursor.fetchall()
    return bool(count)


async def test_an_outcome_reaches_who_waits_in_another_process(here: Outcomes, elsewhere: Outcomes) -> None:
    async with here.watch() as watcher, here.watch() as other:
        await elsewhere.tell(digest(watcher.name), DONE)
        assert await asyncio.wait_for(watcher.outcome, 10) == DONE
        assert not other.outcome.done()


async def test_who_comes_back_to_ask_is_told_as_often_as_it_asks(here: Outcomes, elsewhere: Outcomes) -> None:
    name = here.new_name()
    assert await here.read(name) is None
    await elsewhere.tell(digest(name), DONE)
    assert await here.read(name) == DONE
    assert await here.read(name) == DONE
    assert await here.read(Secret("another")) is None


async def test_the_first_word_counts(here: Outcomes) -> None:
    name = here.new_name()
    await here.tell(digest(name), DONE)
    await here.tell(digest(name), {"message_type": "error"})
    assert await here.read(name) == DONE


async def test_what_was_told_while_nobody_listened_is_not_lost(
    here: Outcomes, elsewhere: Outcomes, database: Database
) -> None:
    async with here.watch() as watcher:
        await _until(database, listening=True)
        async with database.connection() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' "
                "AND datname = current_database()"
            )
        await elsewhere.tell(digest(watcher.name), DONE)
        assert await asyncio.wait_for(watcher.outcome, 20) == DONE


async def test_nobody_listens_while_nobody_waits(here: Outcomes, database: Database) -> None:
    async with here.watch():
        await _until(database, listening=True)
    await _until(database, listening=False)


async def test_only_so_many_may_wait(here: Outcomes) -> None:
    async with here.watch():
        assert not here.is_full
        async with here.watch():
            assert here.is_full
        assert not here.is_full


async def test_a_stranger_on_the_channel_does_no_harm(here: Outcomes, database: Database) -> None:
    async with here.watch() as watcher:
        await _until(database, listening=True)
        async with database.connection() as connection:
            for payload in ("", "not hexadecimal", "00"):
                await connection.execute(
                    "SELECT pg_notify('counterfoil_redirection_outcomes', %s)", (payload,)
                )
        await here.tell(digest(watcher.name), DONE)
        assert await asyncio.wait_for(watcher.outcome, 10) == DONE


async def test_names_are_kept_as_digests_and_old_outcomes_go(here: Outcomes, database: Database) -> None:
    name = here.new_name()
    await here.tell(digest(name), DONE)
    rows = await _rows(database, "SELECT * FROM redirection_outcomes")
    assert name.reveal() not in repr(rows)
    await _rows(
        database, "UPDATE redirection_outcomes SET created_at = now() - interval '2 hours' RETURNING 1"
    )
    await here.tell(digest(here.new_name()), DONE)
    assert len(await _rows(database, "SELECT * FROM redirection_outcomes")) == 1


async def _until(database: Database, *, listening: bool) -> None:
    async with asyncio.timeout(10):
        # The database's own view: nothing of this process says when it has seen it.
        while await _is_listening(database) is not listening:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _rows(database: Database, statement: str) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return await (await connection.execute(statement.encode())).fetchall()
