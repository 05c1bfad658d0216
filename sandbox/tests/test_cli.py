"""Real processes: what a shell, a script and a developer see of the command."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from intacct_sandbox.fixtures.guide import CLIENT_ID, CLIENT_SECRET

COMMAND = Path(sys.executable).with_name("intacct-sandbox")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("INTACCT_SANDBOX_")}
PATIENCE_SECONDS = 60


def serve(*options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(COMMAND), "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**ENVIRONMENT, "COLUMNS": "120"},
    )


@contextmanager
def running(*options: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A sandbox that is ready, and its URL."""
    process = serve("--json", *options)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.kill()
        process.communicate()


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(COMMAND), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        env={**ENVIRONMENT, **environment},
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_one_line_serves_and_ends_cleanly(number: signal.Signals) -> None:
    with running("--fixture", "empty") as (process, url):
        assert httpx2.get(f"{url}/_sandbox/state").json()["fixture"] == "empty"
        with httpx2.Client(base_url=url) as held_open:
            assert held_open.get("/").status_code == 200
            process.send_signal(number)
            rest, errors = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, rest, errors) == (0, "", "")


def test_a_token_is_to_be_had(tmp_path: Path) -> None:
    with running("--data", str(tmp_path), "--seed", "3") as (_, url):
        parameters = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "username": "Admin@MyCompany|Central Region",
        }
        token = httpx2.post(f"{url}/ia/api/v1/oauth2/token", data=parameters).json()["access_token"]
        session = httpx2.get(
            f"{url}/ia/api/v1/services/core/session/id", headers={"Authorization": f"Bearer {token}"}
        )
        assert session.json()["ia::result"]["sessionId"]
        second = run("serve", "--port", "0", "--json", "--data", str(tmp_path))
    assert (second.returncode, second.stdout) == (1, "")
    assert "Is another sandbox using it?" in second.stderr


def test_without_json_it_says_where_to_go() -> None:
    process = serve("--fixture", "guide")
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        shown = []
        for line in lines:
            shown.append(line)
            if "Ctrl-C" in line:
                break
    finally:
        process.terminate()
        process.communicate()
    text = "".join(shown)
    for part in (
        "/developer",
        "/company",
        "dev@example.com / sandbox",
        "owner / sandbox",
        CLIENT_ID,
        CLIENT_SECRET,
    ):
        assert part in text


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Can't listen at 127.0.0.1:{port}: Address already in use. Choose another with --port.\n"
    )


def test_an_unknown_fixture_is_one_sentence() -> None:
    done = run("serve", "--port", "0", "--fixture", "demo")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "There is no fixture demo; there are guide, empty, ledger.\n"


def test_a_directory_that_cannot_be_one_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("serve", "--port", "0", "--data", str(tmp_path / "file"))
    assert done.returncode == 1
    assert done.stderr.startswith("Can't keep the state in ")
    assert len(done.stderr.splitlines()) == 1


def test_a_wrong_setting_is_named() -> None:
    done = run("serve", "--json", INTACCT_SANDBOX_PORT="many")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("port: ")


def test_it_tells_its_options() -> None:
    done = run("serve", "--help", COLUMNS="120")
    assert done.returncode == 0
    for option in ("--host", "--port", "--fixture", "--data", "--seed", "--json"):
        assert option in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_front_says_one_line_and_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [str(COMMAND), "front", "--directory", str(tmp_path), "--port", "0", "--tls-port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert said["tlsPort"] > 0
    assert Path(said["ca"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
    process.send_signal(number)
    rest, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_a_front_that_cannot_start_says_why(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = run("front", "--directory", str(file / "below"))
    assert (done.returncode, done.stdout) == (1, "")
    assert str(file / "below") in done.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("front", "--directory", str(tmp_path), "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "Choose another with --port." in done.stderr
