"""Logs are written by a process of their own here: configuring them is for a whole process."""

import functools
import json
import subprocess
import sys
from typing import Any

import pytest

_PROGRAM = """
import logging, sys
import structlog
from counterfoil.app import configure_logs

log = structlog.get_logger("counterfoil.test")
configure_logs(sys.argv[1])
for level in ("debug", "info", "warning", "error"):
    getattr(log, level)(f"ours {level}", path=__import__("pathlib").Path("/srv"))
    getattr(logging.getLogger("counterfoil.plain"), level)("plain %s", level)
    getattr(logging.getLogger("library"), level)("library %s", level)
try:
    raise ValueError("at fault")
except ValueError:
    log.exception("it failed")
    logging.getLogger("library").exception("library failed")
"""


@functools.cache
def _written(level: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, level], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def _levels(lines: list[dict[str, Any]], whose: str) -> list[str]:
    words = [line["event"].split() for line in lines]
    return [parts[1] for parts in words if parts[0] == whose and parts[1] != "failed"]


@pytest.mark.parametrize(
    ("level", "ours", "library"),
    [
        ("DEBUG", ["debug", "info", "warning", "error"], ["warning", "error"]),
        ("ERROR", ["error"], ["error"]),
    ],
)
def test_each_line_is_an_object_and_libraries_do_not_speak_of_their_insides(
    level: str, ours: list[str], library: list[str]
) -> None:
    lines = _written(level)

    assert _levels(lines, "ours") == ours
    assert _levels(lines, "plain") == ours
    assert _levels(lines, "library") == library
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
    assert all(line["timestamp"].endswith("Z") for line in lines)


def test_values_that_are_not_json_are_written_as_text_and_failures_in_one_line() -> None:
    lines = _written("ERROR")

    assert next(line for line in lines if line["event"] == "ours error")["path"] == "/srv"
    failures = [line for line in lines if line["event"].endswith("failed")]
    assert len(failures) == 2
    assert all("ValueError: at fault" in line["exception"] for line in failures)
