from datetime import UTC, datetime, timedelta

import pytest

from intacct_sandbox.clock import SandboxClock

REAL = datetime(2026, 1, 1, tzinfo=UTC)
THEN = datetime(2020, 5, 5, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(lambda: REAL)


def test_it_tells_real_time_at_first(clock: SandboxClock) -> None:
    assert clock.now() == REAL
    assert SandboxClock().now().tzinfo is UTC


def test_it_is_advanced_forth_and_back(clock: SandboxClock) -> None:
    assert clock.advance(timedelta(hours=13)) == REAL + timedelta(hours=13)
    assert clock.advance(timedelta(hours=-14)) == REAL - timedelta(hours=1)


def test_it_stands_still_and_can_be_advanced_there(clock: SandboxClock) -> None:
    clock.stop_at(THEN)
    assert clock.now() == THEN
    clock.advance(timedelta(seconds=1))
    assert clock.now() == THEN + timedelta(seconds=1)


def test_a_reset_brings_real_time_back(clock: SandboxClock) -> None:
    clock.advance(timedelta(days=1))
    clock.stop_at(THEN)
    clock.reset()
    assert clock.now() == REAL


def test_a_clock_is_set_as_it_once_was() -> None:
    clock = SandboxClock(lambda: datetime(2026, 1, 1, tzinfo=UTC))
    clock.advance(timedelta(hours=2))
    setting = clock.setting()
    clock.stop_at(datetime(2030, 1, 1, tzinfo=UTC))
    clock.set_as(setting)
    assert clock.now() == datetime(2026, 1, 1, 2, tzinfo=UTC)
