"""The pytest plugin: fixtures, and two lines of configuration. Found by pytest through its entry point.

    intacct_sandbox          a sandbox for the whole run (for each process of it, under xdist)
    fresh_intacct_sandbox    the same one, as after its start for each test

    [tool.pytest.ini_options]
    intacct_sandbox_fixture = "guide"
    intacct_sandbox_seed = "0"

No process is started before the first test that asks for one.
"""

from collections.abc import Iterator

import pytest

from intacct_sandbox.testing.control import TestSandbox
from intacct_sandbox.testing.process import started

_START = "pytest-start"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The lines of configuration."""
    parser.addini(
        "intacct_sandbox_fixture", "what the sandbox starts from: guide, empty, ledger", default="guide"
    )
    parser.addini("intacct_sandbox_seed", "what all randomness of the sandbox comes from", default="0")


@pytest.fixture(scope="session")
def intacct_sandbox(request: pytest.FixtureRequest) -> Iterator[TestSandbox]:
    """A Sage Intacct of one's own for the whole run. What one test changes, the next one sees."""
    fixture = str(request.config.getini("intacct_sandbox_fixture"))
    seed = int(request.config.getini("intacct_sandbox_seed"))
    with started(fixture=fixture, seed=seed) as sandbox:
        sandbox.snapshot(_START)
        yield sandbox


@pytest.fixture
def fresh_intacct_sandbox(intacct_sandbox: TestSandbox) -> TestSandbox:
    """The sandbox of the run, as after its start: whatever tests before did to it is gone."""
    intacct_sandbox.restore(_START)
    intacct_sandbox.forget_requests()
    return intacct_sandbox
