"""What the tables themselves hold fast, and that neither keys nor tokens are in them."""

import pytest
from psycopg.errors import ForeignKeyViolation, UniqueViolation
from service.tests.doubles import PredictableIds, SettableClock

from counterfoil.access import ApiKeys, ConnectSessions, Environment, NewConnectSession
from counterfoil.db import Database


async def _texts(database: Database, table: str) -> str:
    async with database.connection() as connection:
        rows = await (await connection.execute(f"SELECT t::text FROM {table} t".encode())).fetchall()
    assert rows
    return " ".join(row[0] for row in rows)


async def _run(database: Database, statement: str, *parameters: object) -> None:
    async with database.connection() as connection:
        await connection.execute(statement.encode(), parameters)


async def test_an_api_key_is_kept_as_a_digest_only(
    database: Database, environment: Environment, clock: SettableClock, ids: PredictableIds
) -> None:
    _record, key = await ApiKeys(database, b"p" * 32, clock, ids).create(environment.name, "test")
    stored = await _texts(database, "api_keys")
    assert key.reveal() not in stored
    assert key.reveal().encode().hex() not in stored


async def test_a_sessions_token_is_kept_as_a_digest_only(
    database: Database, environment: Environment, clock: SettableClock, ids: PredictableIds
) -> None:
    _record, token = await ConnectSessions(database, clock, ids).create(environment, NewConnectSession())
    stored = await _texts(database, "connect_sessions")
    assert token.reveal() not in stored
    assert token.reveal().rpartition("_")[2] not in stored


@pytest.mark.parametrize("uuid_and_name", [("a-uuid", "other"), ("other", "a-name")])
async def test_environments_differ_in_name_and_in_uuid(
    database: Database, uuid_and_name: tuple[str, str]
) -> None:
    add = "INSERT INTO environments (uuid, name) VALUES (%s, %s)"
    await _run(database, add, "a-uuid", "a-name")
    with pytest.raises(UniqueViolation):
        await _run(database, add, *uuid_and_name)


async def test_an_environment_allows_no_origin_unless_told(database: Database) -> None:
    await _run(database, "INSERT INTO environments (uuid, name) VALUES ('u', 'n')")
    async with database.connection() as connection:
        rows = await (await connection.execute("SELECT allowed_origins FROM environments")).fetchall()
    assert rows == [([],)]


async def test_a_digest_is_one_keys_only_and_a_key_belongs_to_an_environment(
    database: Database, environment: Environment
) -> None:
    add = (
        "INSERT INTO api_keys (environment_id, display_name, key_prefix, digest, scopes) "
        "VALUES (%s, 'n', 'p', 'digest', '[]')"
    )
    await _run(database, add, environment.id)
    with pytest.raises(UniqueViolation):
        await _run(database, add, environment.id)
    with pytest.raises(ForeignKeyViolation):
        await _run(database, add.replace("'digest'", "'other'"), environment.id + 1)
