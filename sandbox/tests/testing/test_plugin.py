"""pytest runs with the plugin, as a project has them that installs the sandbox."""

import subprocess
import sys
from pathlib import Path

TESTS = """
import json
import urllib.request


def test_one(intacct_sandbox):
    assert intacct_sandbox.state["fixture"] == "empty"
    assert intacct_sandbox.state["seed"] == 5
    intacct_sandbox.load("guide")
    urllib.request.urlopen(intacct_sandbox.url)


def test_two(intacct_sandbox):
    assert intacct_sandbox.state["fixture"] == "guide"
    intacct_sandbox.faults.plan("cut")


def test_three(fresh_intacct_sandbox, intacct_sandbox):
    assert fresh_intacct_sandbox is intacct_sandbox
    assert fresh_intacct_sandbox.state["fixture"] == "empty"
    assert fresh_intacct_sandbox.faults.every() == []
    assert fresh_intacct_sandbox.requests() == []
"""
CONFIGURATION = "[pytest]\nintacct_sandbox_fixture = empty\nintacct_sandbox_seed = 5\n"
# What a project that needs no sandbox pays for having it installed.
LOADED = """
import sys
import pytest
before = set(sys.modules)
import intacct_sandbox.testing.plugin
loaded = set(sys.modules) - before
print(*sorted(name for name in loaded if name.partition('.')[0] not in sys.stdlib_module_names))
"""


def run(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    plugins = ("-p", "intacct_sandbox.testing.plugin", "-p", "no:cacheprovider", "-p", "no:randomly")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )


def test_the_fixtures_are_there_and_configured(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text(CONFIGURATION)
    (tmp_path / "test_it.py").write_text(TESTS)
    done = run(tmp_path)
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_the_fixtures_explain_themselves(tmp_path: Path) -> None:
    done = run(tmp_path, "--fixtures")
    assert "intacct_sandbox [session scope]" in done.stdout
    assert "fresh_intacct_sandbox" in done.stdout


def test_the_plugin_loads_nothing_but_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, timeout=60
    )
    assert all(name.startswith("intacct_sandbox") for name in done.stdout.split())
    assert "intacct_sandbox.app" not in done.stdout
