"""A sandbox as a process of its own, on a free port of this machine."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

from intacct_sandbox.testing.control import TestSandbox

_READY_SECONDS: Final = 120
_END_SECONDS: Final = 15
_PREFIX: Final = "INTACCT_SANDBOX_"


class NotReady(Exception):
    """The sandbox ended or stayed silent instead of becoming ready; the text carries what it said."""


@contextmanager
def started(
    *, fixture: str = "guide", seed: int = 0, ledger_lines: int | None = None
) -> Iterator[TestSandbox]:
    """A sandbox with its state in memory, for as long as the context lasts.

    Args:
        fixture: What it starts from: `guide`, `empty` or `ledger`.
        seed: What all its randomness comes from.
        ledger_lines: How many lines the fixture `ledger` adds to the guide.

    Raises:
        NotReady: It did not start.
    """
    # Settings of whoever runs the tests are not those of the tests.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIX)}
    if ledger_lines is not None:
        environment[f"{_PREFIX}LEDGER_LINES"] = str(ledger_lines)
    command = [sys.executable, "-m", "intacct_sandbox.cli", "serve", "--port", "0", "--json"]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(  # noqa: S603 - the sandbox of this very environment
            [*command, "--fixture", fixture, "--seed", str(seed)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
        )
        try:
            line = _first_line(process)
            if not line:
                raise NotReady(f"The sandbox did not start: {_said(process, errors)}")
            yield TestSandbox(str(json.loads(line)["url"]))
        finally:
            _end(process)


def _first_line(process: "subprocess.Popen[str]") -> str:
    """What it says when it is ready; an empty text where it never is."""
    if process.stdout is None:
        return ""
    # A silent process is ended, so that reading its first line can't wait for ever.
    watchdog = threading.Timer(_READY_SECONDS, process.kill)
    watchdog.start()
    try:
        return process.stdout.readline()
    finally:
        watchdog.cancel()


def _said(process: "subprocess.Popen[str]", errors: IO[str]) -> str:
    process.wait(_END_SECONDS)
    errors.seek(0)
    return errors.read()[-2000:].strip()


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
