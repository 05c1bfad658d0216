"""`@intacct/intacct-sdk`, Sage's own client of the XML API, as published, against the sandbox.

It refuses hosts that are not Sage's, so it goes through the front. What is asked and what must come back is
in `e2e/clients/intacct.js`; `older-node.cjs` gives it what Node 24 no longer has.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e import npm
from e2e.fronting import Fronted, fronted

pytestmark = [pytest.mark.xdist_group("xml clients"), pytest.mark.timeout(600)]

SCRIPT = npm.SOURCES / "intacct.js"
TESTS = 28


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    with fronted(tmp_path_factory.mktemp("node-xml")) as both:
        yield both


@pytest.fixture(scope="module")
def clients() -> Path:
    return npm.install()


def node(clients: Path, started: Fronted, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [npm.program("node"), *arguments],
        cwd=clients,
        env={**os.environ, **started.variables(), "INTACCT_SANDBOX": started.sandbox.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_official_client_agrees(clients: Path, started: Fronted) -> None:
    done = node(clients, started, "--require", "./older-node.cjs", "--test-reporter=tap", SCRIPT.name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"^ok \d", done.stdout, re.MULTILINE)) == TESTS


def test_the_official_client_is_the_published_one(clients: Path) -> None:
    package = clients / "node_modules/@intacct/intacct-sdk/package.json"
    assert '"version": "2.2.1"' in package.read_text()


def test_without_the_front_the_client_refuses_the_sandbox(clients: Path, started: Fronted) -> None:
    script = """
        const { ClientConfig, OnlineClient } = require("@intacct/intacct-sdk");
        const config = Object.assign(new ClientConfig(), {
            senderId: "s", senderPassword: "p", companyId: "c", userId: "u", userPassword: "p",
            endpointUrl: process.env.INTACCT_SANDBOX,
        });
        try { new OnlineClient(config); } catch (error) { console.log(error.message); }
    """
    done = node(clients, started, "--input-type=commonjs", "--eval", script)
    assert "not a valid intacct.com domain name" in done.stdout
