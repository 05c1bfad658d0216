"""Starts the sandbox and the service as real processes on free ports, and ends them by their own id.

It knows command lines, environment variables and readiness lines; nothing of what the programs do. Everything
a process writes is kept in files, since the leak scan reads them afterwards.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BIN: Final = Path(sys.executable).parent
_READY_SECONDS: Final = 60
_END_SECONDS: Final = 40


class ProcessFailed(Exception):
    """A program ended or stayed silent instead of becoming ready; the text carries the end of its log."""


@dataclass(frozen=True, slots=True)
class Running:
    """A program that has said it is ready.

    Attributes:
        url: Its base address, without a slash at the end.
        log: The file its standard error goes to.
        process: The process, to signal and to look at.
    """

    url: str
    log: Path
    process: "subprocess.Popen[str]"


@contextmanager
def running(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    ready_seconds: float = _READY_SECONDS,
) -> Iterator[Running]:
    """Run a program that prints `{"url": …}` once it is ready, and end it with SIGTERM afterwards.

    Args:
        command: The program's name in the environment's `bin`, then its arguments.
        environment: Variables beside the inherited ones; those of the programs themselves are not inherited.
        log: Where its standard error is appended.
        ready_seconds: How long it may take until it is ready.

    Raises:
        ProcessFailed: It did not become ready.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERFOIL_")}
    with log.open("a") as errors:
        process = subprocess.Popen(
            [str(BIN / command[0]), *command[1:]],
            env={**inherited, **environment},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield Running(_ready_url(process, log, ready_seconds), log, process)
    finally:
        _end(process, log)


@contextmanager
def sandbox(directory: Path, *, fixture: str = "guide", seed: int = 1, port: int = 0) -> Iterator[Running]:
    """A sandbox with its state in memory."""
    command = [
        "intacct-sandbox",
        "serve",
        "--port",
        str(port),
        "--fixture",
        fixture,
        "--seed",
        str(seed),
        "--json",
    ]
    with running(command, environment={}, log=directory / "sandbox.log") as started:
        yield started


@contextmanager
def service(
    directory: Path, *, sandbox_url: str, port: int = 0, log_name: str = "service.log", **settings: str
) -> Iterator[Running]:
    """A service on the data directory `directory/data`, allowed to reach loopback, logging everything it can.

    Args:
        directory: Holds the data directory and the log.
        sandbox_url: Stands in place of Sage's own address.
        port: 0 for a free one.
        log_name: The log's file name; a second process on one directory has its own.
        settings: Further settings by their lower-case name without the prefix.
    """
    with running(
        ["counterfoil", "serve", "--port", str(port), "--json"],
        environment=service_environment(directory, sandbox_url=sandbox_url, **settings),
        log=directory / log_name,
    ) as started:
        yield started


def service_environment(directory: Path, *, sandbox_url: str, **settings: str) -> dict[str, str]:
    """The variables that a service, or a command beside it, is started with."""
    environment = {
        "COUNTERFOIL_DATA_DIR": str(directory / "data"),
        "COUNTERFOIL_SAGE_INTACCT_URL": sandbox_url,
        "COUNTERFOIL_OUTBOUND_ALLOW": "127.0.0.1/32",
        "COUNTERFOIL_LOG_LEVEL": "DEBUG",
        # Everybody here is one address; tests of the limits set their own.
        "COUNTERFOIL_RATE_LIMIT": "0",
        "COUNTERFOIL_FAILED_AUTHENTICATION_LIMIT": "0",
    }
    return environment | {f"COUNTERFOIL_{name.upper()}": value for name, value in settings.items()}


def counterfoil(directory: Path, sandbox_url: str, *arguments: str) -> str:
    """What a command of a service on `directory/data` prints."""
    done = subprocess.run(
        [str(BIN / "counterfoil"), *arguments],
        env={**os.environ, **service_environment(directory, sandbox_url=sandbox_url)},
        capture_output=True,
        text=True,
        check=False,
        timeout=_READY_SECONDS,
    )
    if done.returncode != 0:
        raise ProcessFailed(f"{arguments!r} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def create_key(directory: Path, *, sandbox_url: str, environment: str = "dev") -> str:
    """An API key of a service on `directory/data`, made by its own command line."""
    out = counterfoil(directory, sandbox_url, "keys", "create", "--environment", environment, "--json")
    return str(json.loads(out)["key"])


def _ready_url(process: "subprocess.Popen[str]", log: Path, ready_seconds: float) -> str:
    assert process.stdout is not None
    # A silent program is ended, so that reading its first line can't wait for ever.
    watchdog = threading.Timer(ready_seconds, process.kill)
    watchdog.start()
    try:
        line = process.stdout.readline()
    finally:
        watchdog.cancel()
    if not line:
        raise ProcessFailed(f"{process.args!r} never became ready:\n{log.read_text()[-4000:]}")
    return str(json.loads(line)["url"]).rstrip("/")


def _end(process: "subprocess.Popen[str]", log: Path) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise ProcessFailed(f"{process.args!r} did not end on SIGTERM:\n{log.read_text()[-4000:]}") from None
    finally:
        if process.stdout is not None:
            process.stdout.close()
