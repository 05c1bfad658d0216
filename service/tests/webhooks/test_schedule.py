"""The schedule of retries, played through on paper."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.webhooks.schedule import GIVES_UP_AFTER, next_attempt

BEGUN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SPREADS = st.floats(min_value=0, max_value=1, exclude_max=True)


def attempts(spreads: list[float]) -> list[datetime]:
    """When a message is attempted that always fails."""
    moments = [BEGUN]
    for failures in range(1, 100):
        following = next_attempt(
            now=moments[-1],
            failures=failures,
            gives_up_at=BEGUN + GIVES_UP_AFTER,
            spread=spreads[failures % len(spreads)],
            asked_seconds=None,
        )
        if following is None:
            return moments
        moments.append(following)
    raise AssertionError("it never gives up")


@given(st.lists(SPREADS, min_size=1, max_size=20))
def test_the_last_attempt_is_made_after_72_hours(spreads: list[float]) -> None:
    moments = attempts(spreads)
    assert moments[-1] - BEGUN >= timedelta(hours=72)
    assert 10 <= len(moments) <= 20


@given(st.lists(SPREADS, min_size=1, max_size=20))
def test_the_waits_never_shrink_but_for_the_last(spreads: list[float]) -> None:
    moments = attempts(spreads)
    waits = [later - earlier for earlier, later in pairwise(moments[:-1])]
    # The longest wait repeats with other jitter.
    assert all(b >= a * 0.8 for a, b in pairwise(waits))
    assert waits[0] >= timedelta(seconds=5)


def test_jitter_only_lengthens() -> None:
    plain, spread = (
        next_attempt(
            now=BEGUN,
            failures=3,
            gives_up_at=BEGUN + GIVES_UP_AFTER,
            spread=chance,
            asked_seconds=None,
        )
        for chance in (0.0, 0.99)
    )
    assert plain == BEGUN + timedelta(seconds=120)
    assert spread is not None
    assert timedelta(seconds=120) < spread - BEGUN < timedelta(seconds=150)


def test_what_the_receiver_asks_for_is_kept_up_to_an_hour() -> None:
    for asked, expected in ((300, 300), (10**6, 3600), (1, 5)):
        following = next_attempt(
            now=BEGUN, failures=1, gives_up_at=BEGUN + GIVES_UP_AFTER, spread=0.0, asked_seconds=asked
        )
        assert following == BEGUN + timedelta(seconds=expected)
