from datetime import UTC, timedelta

from counterfoil.clock import SystemClock


def test_the_time_is_aware_and_in_utc() -> None:
    now = SystemClock().now()

    assert now.tzinfo is UTC
    assert now.utcoffset() == timedelta()


def test_the_hand_for_durations_never_goes_back() -> None:
    clock = SystemClock()

    readings = [clock.monotonic_seconds() for _ in range(100)]

    assert readings == sorted(readings)
