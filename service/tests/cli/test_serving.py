"""`serve`, `worker` and `migrate` as real processes: ready, at work, ended."""

import json
import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket

import pytest
from e2e.processes import BIN, running
from service.tests.cli.commands import CommandLine

_SECONDS = 60


def _environment(counterfoil: CommandLine) -> dict[str, str]:
    return {f"COUNTERFOIL_{name.upper()}": value for name, value in counterfoil.settings.items()}


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        content: bytes = answer.read()
        return content


def test_serve_makes_what_it_needs_says_one_line_and_ends_cleanly(bare: CommandLine) -> None:
    directory = bare.directory
    variables = {"COUNTERFOIL_DATA_DIR": str(directory / "data")}

    with running(
        ["counterfoil", "serve", "--port", "0", "--json"], environment=variables, log=directory / "log"
    ) as service:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", service.url)
        assert json.loads(_get(f"{service.url}/ready")) == {"result": "ok"}
        assert b"Counterfoil" in _get(f"{service.url}/connect/")
        # A command beside it joins the embedded PostgreSQL.
        key = bare.succeeds("keys", "create", "-e", "dev").output.strip()
        request = urllib.request.Request(
            f"{service.url}/integrations", headers={"Authorization": f"Bearer {key}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer) == {"data": []}
        service.process.send_signal(signal.SIGTERM)
        rest, _nothing = service.process.communicate(timeout=_SECONDS)
        assert rest == "", "more than one line on standard output"
        assert service.process.returncode == 0

    assert (directory / "data" / "development.key").exists()
    assert not (directory / "data" / "postgres" / "data" / "postmaster.pid").exists()
    log = (directory / "log").read_text()
    assert key not in log
    assert all(json.loads(line) for line in log.splitlines())


def test_serve_without_json_tells_a_person_where_everything_is(
    counterfoil: CommandLine, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [str(BIN / "counterfoil"), "serve", "--port", "0", "--no-worker"],
        env={
            **os.environ,
            **_environment(counterfoil),
            "COUNTERFOIL_PUBLIC_URL": "https://books.example.com",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line
        if "keys create" in line:
            break
    process.send_signal(signal.SIGINT)
    output, _rest = process.communicate(timeout=_SECONDS)

    assert (process.returncode, output) == (0, "")
    for expected in ("https://books.example.com/openapi.json", "http://127.0.0.1:", "your own"):
        assert expected in told
    assert counterfoil.settings["database_url"] not in told


@pytest.mark.parametrize("arguments", [("serve",), ("serve", "--json")])
def test_a_port_that_is_taken_is_told_before_anything_is_made(
    bare: CommandLine, arguments: tuple[str, ...]
) -> None:
    with socket(AF_INET, SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = bare(*arguments, "--port", str(port))

    assert (done.status, done.output) == (1, "")
    assert done.errors.startswith(f"counterfoil: Can't listen on 127.0.0.1:{port}: ")
    assert "0 picks a free one" in done.errors
    assert done.errors.count("\n") == 1
    assert not (bare.directory / "data").exists()


def test_a_host_that_is_not_this_machines_is_told(bare: CommandLine) -> None:
    done = bare("serve", "--host", "192.0.2.1", "--port", "0")

    assert done.status == 1
    assert "Can't listen on 192.0.2.1:0" in done.errors


def test_a_wrong_master_key_ends_serve_with_one_sentence(counterfoil: CommandLine, tmp_path: Path) -> None:
    counterfoil.succeeds("environments", "list")
    counterfoil.succeeds("vault", "create-key", str(tmp_path / "other.key"))

    done = counterfoil("serve", "--port", "0", "--json", master_key_file=str(tmp_path / "other.key"))

    assert (done.status, done.output) == (1, "")
    assert done.errors.splitlines()[-1].startswith("counterfoil: ")


def test_worker_runs_until_it_is_told_to_end(counterfoil: CommandLine) -> None:
    process = subprocess.Popen(
        [str(BIN / "counterfoil"), "worker"],
        env={**os.environ, **_environment(counterfoil)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert any("The worker runs" in line for line in process.stderr)
    process.send_signal(signal.SIGTERM)
    output, _rest = process.communicate(timeout=_SECONDS)

    assert (process.returncode, output) == (0, "")


def test_migrate_brings_the_database_to_the_schema_and_ends(counterfoil: CommandLine) -> None:
    for _ in range(2):
        done = counterfoil.succeeds("migrate")
        assert (done.output, done.errors) == ("", "The database is at this release's schema.\n")
