"""One sandbox for the tests of this folder, as the plugin would start it."""

from collections.abc import Iterator

import pytest

from intacct_sandbox.testing import TestSandbox, started


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[TestSandbox]:
    with started(seed=3) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: TestSandbox) -> TestSandbox:
    running_sandbox.reset()
    return running_sandbox
