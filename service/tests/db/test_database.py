import asyncio

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from counterfoil.db import Database, DatabaseUnavailable, conninfo

_ADD = "INSERT INTO environments (uuid, name) VALUES (gen_random_uuid()::text, 'x')"


async def _count(database: Database) -> int:
    async with database.connection() as connection:
        row = await (await connection.execute("SELECT count(*) FROM environments")).fetchone()
    assert row is not None
    return int(row[0])


async def test_a_session_is_committed_when_its_block_ends(database: Database) -> None:
    async with database.session() as session:
        await session.execute(text(_ADD))
        assert await _count(database) == 0
    assert await _count(database) == 1


async def test_a_session_is_rolled_back_when_its_block_raises(database: Database) -> None:
    async def add_and_fail() -> None:
        async with database.session() as session:
            await session.execute(text(_ADD))
            raise LookupError

    with pytest.raises(LookupError):
        await add_and_fail()
    assert await _count(database) == 0


async def test_a_connection_of_the_pool_commits_each_statement(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(_ADD)
        assert await _count(database) == 1


async def test_a_statement_that_is_wrong_is_not_taken_for_a_database_that_is_away(database: Database) -> None:
    with pytest.raises(ProgrammingError):
        async with database.session() as session:
            await session.execute(text("SELECT nothing FROM nowhere"))
    async with database.session() as session:
        await session.execute(text(_ADD))
    with pytest.raises(IntegrityError):
        async with database.session() as session:
            await session.execute(text(_ADD))
    with pytest.raises(UniqueViolation):
        async with database.connection() as connection:
            await connection.execute(_ADD)


async def test_a_cancelled_statement_is_not_taken_for_a_database_that_is_away(database: Database) -> None:
    async def sleep_too_long() -> None:
        async with database.session() as session:
            await session.execute(text("SET LOCAL statement_timeout = 1"))
            await session.execute(text("SELECT pg_sleep(60)"))

    with pytest.raises(Exception, match="statement timeout") as failed:
        await sleep_too_long()
    assert not isinstance(failed.value, DatabaseUnavailable)


async def test_a_connection_lost_in_a_session_is_said_so_and_the_next_one_works(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with database.session() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    async with database.session() as session:
        assert await session.scalar(text("SELECT 1")) == 1


async def test_a_connection_lost_in_the_pool_is_said_so_and_the_next_one_works(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with database.connection() as connection:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    await database.ping()


async def test_all_connections_dying_at_once_is_survived(database: Database) -> None:
    async with database.session() as session, database.connection() as connection:
        await session.execute(text("SELECT 1"))
        await connection.execute("SELECT 1")
    async with database.connection() as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    async with database.session() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    await asyncio.gather(*(database.ping() for _ in range(4)))


async def test_nobody_listening_is_a_database_that_is_away(unused_tcp_port: int) -> None:
    database = Database(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/nothing")
    try:
        with pytest.raises(DatabaseUnavailable):
            async with database.session() as session:
                await session.execute(text("SELECT 1"))
    finally:
        await database.close()


async def test_closing_ends_every_connection(postgres_url: str, database: Database) -> None:
    other = Database(postgres_url)
    await other.open()
    async with other.session() as session:
        await session.execute(text("SELECT set_config('application_name', 'other', false)"))
    async with other.connection() as connection:
        await connection.execute("SELECT set_config('application_name', 'other', false)")
    await other.close()

    async def others() -> int:
        async with database.connection() as connection:
            found = await connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'other' "
                "AND datname = current_database()"
            )
            row = await found.fetchone()
        return int(row[0]) if row is not None else -1

    # The server notices a moment after the client has hung up.
    while await others():  # noqa: ASYNC110 - another process's doing, which tells nobody
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("url", "understood"),
    [
        ("postgresql://u:p@db:5432/name", "postgresql://u:p@db:5432/name"),
        ("postgres://db/name", "postgresql://db/name"),
        ("postgresql+psycopg://db/name?sslmode=require", "postgresql://db/name?sslmode=require"),
        ("postgresql://u@/name?host=%2Fvar%2Frun", "postgresql://u@/name?host=%2Fvar%2Frun"),
        ("host=db dbname=name", "host=db dbname=name"),
        ("mysql://db/name", "mysql://db/name"),
    ],
)
def test_driver_suffixes_and_the_short_scheme_are_forgiven(url: str, understood: str) -> None:
    assert conninfo(url) == understood
