"""The embedded PostgreSQL with real servers in directories of the tests' own."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from counterfoil.db.embedded import EmbeddedPostgres
from counterfoil.db.errors import DatabaseUnusable

_FAST: Final = {"fsync": "off", "full_page_writes": "off"}
_PROGRAM: Final = """
import sys
from pathlib import Path
from counterfoil.db.embedded import EmbeddedPostgres

server = EmbeddedPostgres(Path(sys.argv[1]), settings={"fsync": "off"})
print(server.start(), flush=True)
sys.stdin.readline()
"""


@contextmanager
def _another_process(directory: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that has started the server of `directory` and uses it until it is told or made to end."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://")
        yield process
    finally:
        process.kill()
        process.communicate()


def _end(process: "subprocess.Popen[str]") -> int:
    """Tell the process that it is done."""
    process.communicate("\n", timeout=60)
    return process.returncode


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _one(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def _do(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="module")
def initialized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with data, whose server has stopped; to be copied, since making one takes its time."""
    directory = tmp_path_factory.mktemp("initialized") / "postgres"
    with EmbeddedPostgres(directory, settings=_FAST):
        return directory


@pytest.fixture
def directory(initialized: Path, tmp_path: Path) -> Path:
    """A directory with data of the test's own."""
    directory = tmp_path / "postgres"
    subprocess.run(["cp", "-a", str(initialized), str(directory)], check=True)
    return directory


@pytest.fixture
def nothing(tmp_path: Path) -> Path:
    """A directory that is not there yet."""
    return tmp_path / "postgres"


@pytest.fixture
def server(directory: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(directory, settings=_FAST) as server:
        yield server


def test_it_makes_a_database_that_speaks_unicode_to_its_own_user_alone(nothing: Path) -> None:
    server = EmbeddedPostgres(nothing, settings=_FAST)
    assert not server.is_initialized
    with server:
        assert server.is_initialized
        assert _one(server.url, "SELECT current_database() || ' of ' || current_user") == (
            "counterfoil of counterfoil"
        )
        assert _one(server.url, "SELECT pg_encoding_to_char(encoding) FROM pg_database LIMIT 1") == "UTF8"
        assert _one(server.url, "SHOW listen_addresses") == ""
        assert _one(server.url, "SHOW unix_socket_permissions") == "0700"
        [socket_dir] = parse_qs(urlsplit(server.url).query)["host"]
    assert stat.S_IMODE(Path(socket_dir).stat().st_mode) == 0o700
    assert stat.S_IMODE((nothing / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((nothing / "log").stat().st_mode) == 0o600


def test_personal_values_of_failed_statements_are_not_logged(
    directory: Path, server: EmbeddedPostgres
) -> None:
    with pytest.raises(psycopg.DataError), psycopg.connect(server.url) as connection:
        connection.execute("SELECT 'ada@example.com'::text || (1 / 0)")

    log = (directory / "log").read_text()
    assert "division by zero" in log
    assert "ada@example.com" not in log


def test_data_outlive_the_server(directory: Path) -> None:
    server = EmbeddedPostgres(directory, settings=_FAST)
    with server:
        _run(server.url, "CREATE TABLE kept AS SELECT 7 AS n")
    assert not _answers(server.url)
    with EmbeddedPostgres(directory, settings=_FAST) as again:
        assert _one(again.url, "SELECT n FROM kept") == 7


def test_starting_and_stopping_twice_is_once(directory: Path) -> None:
    server = EmbeddedPostgres(directory, settings=_FAST)
    server.stop()
    assert server.start() == server.start()
    server.stop()
    server.stop()
    assert not _answers(server.url)


def test_two_processes_share_one_server_and_the_last_one_stops_it(directory: Path) -> None:
    server = EmbeddedPostgres(directory, settings=_FAST)
    with _another_process(directory) as other:
        server.start()
        pid = _one(server.url, "SELECT pg_postmaster_start_time()::text")
        assert _end(other) == 0
        assert _one(server.url, "SELECT pg_postmaster_start_time()::text") == pid
    server.stop()
    assert not _answers(server.url)


def test_a_process_that_is_told_to_end_stops_the_server(directory: Path) -> None:
    server = EmbeddedPostgres(directory, settings=_FAST)
    with _another_process(directory) as other:
        assert _answers(server.url)
        other.send_signal(signal.SIGTERM)
        assert other.wait(60) == 128 + signal.SIGTERM
    assert not _answers(server.url)


def test_after_a_kill_the_next_user_takes_the_server_over_and_stops_it(directory: Path) -> None:
    server = EmbeddedPostgres(directory, settings=_FAST)
    with _another_process(directory) as other:
        other.kill()
        other.wait(60)
        with server:
            assert _one(server.url, "SELECT 1") == 1
    assert not _answers(server.url)


def test_after_the_server_itself_was_killed_it_recovers(directory: Path) -> None:
    server = EmbeddedPostgres(directory, settings=_FAST)
    server.start()
    _run(server.url, "CREATE TABLE kept AS SELECT 7 AS n")
    _run(server.url, "CHECKPOINT")
    os.kill(int((directory / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    with EmbeddedPostgres(directory, settings=_FAST) as next_one:
        assert _one(next_one.url, "SELECT n FROM kept") == 7
    server.stop()
    assert not _answers(server.url)


def test_an_interrupted_beginning_is_begun_again(nothing: Path) -> None:
    (nothing / "data.new").mkdir(parents=True)
    (nothing / "data.new" / "PG_VERSION").write_text("half of one")

    with EmbeddedPostgres(nothing, settings=_FAST) as server:
        assert _one(server.url, "SELECT 1") == 1

    assert not (nothing / "data.new").exists()


def test_leaving_a_server_that_was_killed_is_no_failure(directory: Path) -> None:
    server = EmbeddedPostgres(directory, settings=_FAST)
    with server:
        os.kill(int((directory / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        while _answers(server.url):
            pass
    assert not _answers(server.url)


def test_another_releases_data_are_refused_with_the_way_out(nothing: Path) -> None:
    (nothing / "data").mkdir(parents=True)
    (nothing / "data" / "PG_VERSION").write_text("9\n")

    with pytest.raises(DatabaseUnusable, match=r"PostgreSQL 9's; this release brings .* Dump them"):
        EmbeddedPostgres(nothing).start()


def test_a_setting_that_postgresql_does_not_take_is_said_with_the_end_of_its_log(directory: Path) -> None:
    server = EmbeddedPostgres(directory, settings={"shared_buffers": "'; much"})

    with pytest.raises(DatabaseUnusable, match="shared_buffers"):
        server.start()

    with EmbeddedPostgres(directory, settings=_FAST) as works:
        assert _one(works.url, "SELECT 1") == 1


def test_a_directory_too_deep_for_a_socket_gets_one_elsewhere(directory: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.parent.mkdir()
    directory = directory.rename(deep)

    with EmbeddedPostgres(directory, settings=_FAST) as server:
        assert _one(server.url, "SELECT 1") == 1
        [socket_dir] = parse_qs(urlsplit(server.url).query)["host"]
        assert not Path(socket_dir).is_relative_to(tmp_path)
        assert stat.S_IMODE(Path(socket_dir).stat().st_mode) == 0o700


def test_an_endless_log_is_begun_anew(directory: Path) -> None:
    with (directory / "log").open("ab") as log:
        log.truncate(5_000_001)

    with EmbeddedPostgres(directory, settings=_FAST):
        assert (directory / "log").stat().st_size < 5_000_000
