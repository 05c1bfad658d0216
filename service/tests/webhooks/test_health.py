"""The breaker and the end of an endpoint, on paper."""

from datetime import UTC, datetime, timedelta

from counterfoil.webhooks.answers import Answer, Outcome
from counterfoil.webhooks.health import (
    DEACTIVATED_AFTER,
    FAILING,
    FAILURES_UNTIL_OPEN,
    GONE,
    WELL,
    Health,
    after_failure,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DOWN = Answer(outcome=Outcome.RECEIVER_ERROR, status_code=503)


def failing(times: int, health: Health = WELL) -> Health:
    for _ in range(times):
        health = after_failure(health, DOWN, now=NOW, spread=0.0)
    return health


def test_a_few_failures_leave_the_breaker_closed() -> None:
    health = failing(FAILURES_UNTIL_OPEN - 1)
    assert (health.open_until, health.failing_since) == (None, NOW)


def test_ten_in_a_row_open_it_and_those_under_way_do_not_open_it_further() -> None:
    opened = failing(FAILURES_UNTIL_OPEN)
    assert opened.open_until == NOW + timedelta(seconds=30)
    assert failing(10, opened).open_until == opened.open_until


def test_each_failed_trial_doubles_the_pause_up_to_a_quarter_of_an_hour() -> None:
    health, now, pauses = failing(FAILURES_UNTIL_OPEN), NOW, []
    for _ in range(8):
        assert health.open_until is not None
        now = health.open_until
        health = after_failure(health, DOWN, now=now, spread=0.0, on_trial=True)
        assert health.open_until is not None
        pauses.append((health.open_until - now).total_seconds())
    assert pauses == [60, 120, 240, 480, 900, 900, 900, 900]


def test_410_ends_it_at_once() -> None:
    gone = Answer(outcome=Outcome.GONE, status_code=410)
    assert after_failure(WELL, gone, now=NOW, spread=0.0).deactivated == GONE


def test_days_of_nothing_but_failures_end_it() -> None:
    health = failing(FAILURES_UNTIL_OPEN)
    almost = after_failure(
        health, DOWN, now=NOW + DEACTIVATED_AFTER - timedelta(seconds=1), spread=0.0, on_trial=True
    )
    assert almost.deactivated is None
    over = after_failure(almost, DOWN, now=NOW + DEACTIVATED_AFTER, spread=0.0, on_trial=True)
    assert over.deactivated == FAILING


def test_a_busy_receiver_is_left_alone_as_long_as_it_asks_for_and_not_blamed() -> None:
    busy = Answer(outcome=Outcome.THROTTLED, status_code=429, asked_seconds=90)
    health = after_failure(failing(5), busy, now=NOW, spread=0.0)
    assert health == Health(open_until=NOW + timedelta(seconds=90))
