"""What the sandbox's tests share: a whole sandbox in the state `guide`, for each test its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox, build, create_app
from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults import Quirks, RequestLog
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.settings import Settings
from intacct_sandbox.store import Store

SEED: Final = 7
START: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BASE_URL: Final = "http://sandbox.test:8089"


@pytest.fixture(scope="session")
def guide_state() -> bytes:
    """The fixture `guide`, loaded once for this process."""
    sandbox = build(Settings(fixture="guide", seed=SEED), clock=clock_at_start())
    try:
        return sandbox.store.snapshot()
    finally:
        sandbox.store.close()


@pytest.fixture
def sandbox(guide_state: bytes) -> Iterator[Sandbox]:
    """A sandbox in the state `guide`, at a clock that stands still."""
    store = Store()
    store.restore(guide_state)
    ids = SeededIds(SEED)
    ids.continue_as(2)
    yield Sandbox(
        store=store, clock=clock_at_start(), ids=ids, quirks=Quirks(), log=RequestLog(), is_fresh=True
    )
    store.close()


@pytest.fixture
def http(sandbox: Sandbox) -> TestClient:
    """A client of the whole application over `sandbox`."""
    app = create_app(Settings(fixture="guide", seed=SEED), sandbox)
    return TestClient(app, base_url=BASE_URL, follow_redirects=False)


def clock_at_start() -> SandboxClock:
    clock = SandboxClock()
    clock.stop_at(START)
    return clock
