"""`@nangohq/node`, as published, judges the service: against one process and against two behind a
round-robin.

What is asked and what must come back is in `e2e/clients/*.test.js`.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e import npm
from e2e.staging import Stage, staged

pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(600)]

AREAS = sorted(path.name.removesuffix(".test.js") for path in npm.SOURCES.glob("*.test.js"))
_LINES_OF_A_FAILURE = 22


@pytest.fixture(scope="module")
def clients() -> Path:
    """The directory that the clients are installed in."""
    return npm.install()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("clients")) as stage:
        yield stage


@pytest.fixture(params=[1, 2], ids=["one process", "two processes"])
def stage(started: Stage, request: pytest.FixtureRequest) -> Stage:
    started.use(request.param)
    return started


@pytest.mark.parametrize("area", AREAS)
def test_the_node_client_agrees(area: str, stage: Stage, clients: Path) -> None:
    done = subprocess.run(
        [npm.program("node"), "--test-reporter=tap", f"{area}.test.js"],
        cwd=clients,
        env={**os.environ, **stage.variables()},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, _failures(done.stdout) or done.stdout + done.stderr


def test_every_method_of_the_node_client_is_called(clients: Path) -> None:
    """A method that a new release of the client adds is not overlooked."""
    script = """
        import { Nango } from "@nangohq/node";
        const all = Object.getOwnPropertyNames(Nango.prototype);
        console.log(all.filter((name) => name !== "constructor" && !name.startsWith("_")).join(" "));
    """
    done = subprocess.run(
        [npm.program("node"), "--input-type=module", "--eval", script],
        cwd=clients,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    scripts = "".join(path.read_text() for path in npm.SOURCES.glob("*.js"))
    # `enrichHeaders` is the client's own way to make headers.
    methods = set(done.stdout.split()) - {"enrichHeaders"}
    assert len(methods) > 40
    assert sorted(name for name in methods if f".{name}(" not in scripts) == []


def test_without_node_the_reason_is_said(tmp_path: Path) -> None:
    with pytest.raises(npm.NpmFailed, match=r"need Node\.js 20 .*make install"):
        npm.program("npm", str(tmp_path))


def _failures(tap: str) -> str:
    """The failed tests of a TAP report, with what they say, each in a few lines."""
    lines = tap.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("not ok")]
    return "\n\n".join("\n".join(lines[start : start + _LINES_OF_A_FAILURE]) for start in starts)
