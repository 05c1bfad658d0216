"""What the service's tests share: a real PostgreSQL, a fresh migrated database for each test that asks."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from service.tests.doubles import PredictableIds, SettableClock

from counterfoil.access import Environment, Environments
from counterfoil.db import Database, migrate
from counterfoil.db.embedded import EmbeddedPostgres
from counterfoil.vault import MasterKey, Vault

# Nothing here needs to survive a crash.
_FAST = {
    "max_connections": "300",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
_TEMPLATE = "migrated"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """One server for this process, with a migrated database `migrated` that the others are copied from."""
    # Not below pytest's own directory: another run beside this one would take the server's way to its data,
    # because pytest sets that directory's mode whenever it begins.
    with (
        tempfile.TemporaryDirectory(prefix="counterfoil-tests-") as directory,
        EmbeddedPostgres(Path(directory) / "server", settings=_FAST) as server,
    ):
        _run_sql(server, f"CREATE DATABASE {_TEMPLATE}")
        migrate(server.url_of(_TEMPLATE))
        yield server


@pytest.fixture
def postgres_url(postgres_server: EmbeddedPostgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh, migrated database of this test's own."""
    name = f"test_{abs(hash(request.node.nodeid)):x}"
    _run_sql(postgres_server, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    yield postgres_server.url_of(name)
    _run_sql(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_postgres_url(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a fresh database without any table."""
    _run_sql(postgres_server, "CREATE DATABASE empty")
    yield postgres_server.url_of("empty")
    _run_sql(postgres_server, "DROP DATABASE empty WITH (FORCE)")


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """An open `Database` on `postgres_url`."""
    database = Database(postgres_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def master_key() -> MasterKey:
    return MasterKey(b"the master key of all the tests!")


@pytest.fixture
async def vault(database: Database, master_key: MasterKey) -> Vault:
    """The vault of `database`."""
    return await Vault.open_with(database, master_key)


@pytest.fixture
async def environment(database: Database, clock: SettableClock, ids: PredictableIds) -> Environment:
    """The environment `dev` of `database`."""
    return await Environments(database, clock, ids).ensure("dev")


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def ids() -> PredictableIds:
    return PredictableIds()


@pytest.fixture
def private_dir(tmp_path: Path) -> Path:
    """A directory that only its owner may enter."""
    directory = tmp_path / "private"
    directory.mkdir(mode=0o700)
    return directory


def _run_sql(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())
