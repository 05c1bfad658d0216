"""The policy of retries: what may be repeated, how often, and after how long."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.outbound import (
    AddressRefused,
    ConnectFailed,
    ConnectionBroken,
    OutboundError,
    OutboundTimeout,
    TlsFailed,
)
from counterfoil.proxy.retries import Retries, asked_seconds, wait_after_error, wait_after_status

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ALLOWED = Retries(
    most=3,
    on=frozenset({404}),
    repeatable=True,
    replayable=True,
    first_wait_seconds=3,
    longest_wait_seconds=60,
    spread=0.5,
)
ONCE_ONLY = replace(ALLOWED, repeatable=False)


def after_status(retries: Retries, status: int, done: int = 0, retry_after: str = "") -> float | None:
    return wait_after_status(retries, done, status, retry_after, NOW)


@pytest.mark.parametrize(
    ("status", "repeatable", "once_only"),
    [
        (200, False, False),
        (400, False, False),
        (401, False, False),
        (404, True, False),
        (429, True, True),
        (500, True, False),
        (503, True, False),
    ],
)
def test_which_answers_call_for_another_try(status: int, repeatable: bool, once_only: bool) -> None:
    assert (after_status(ALLOWED, status) is not None) is repeatable
    assert (after_status(ONCE_ONLY, status) is not None) is once_only


@pytest.mark.parametrize(
    ("error", "repeatable", "once_only"),
    [
        (ConnectFailed("nobody there"), True, True),
        (OutboundTimeout("late", sent=False), True, True),
        (OutboundTimeout("late", sent=None), True, False),
        (ConnectionBroken("cut", sent=None), True, False),
        (ConnectionBroken("cut", sent=True), True, False),
        (AddressRefused("private"), False, False),
        (TlsFailed("certificate"), False, False),
    ],
)
def test_which_failures_call_for_another_try(error: OutboundError, repeatable: bool, once_only: bool) -> None:
    assert (wait_after_error(ALLOWED, 0, error) is not None) is repeatable
    assert (wait_after_error(ONCE_ONLY, 0, error) is not None) is once_only


@given(
    st.integers(200, 599),
    st.frozensets(st.integers(100, 599)),
    st.sampled_from([None, True]),
)
def test_what_may_have_been_done_is_never_repeated(
    status: int, on: frozenset[int], sent: bool | None
) -> None:
    careful = replace(ONCE_ONLY, on=on)
    assert status == 429 or after_status(careful, status) is None
    assert wait_after_error(careful, 0, ConnectionBroken("cut", sent=sent)) is None


def test_no_more_tries_than_allowed() -> None:
    assert [after_status(ALLOWED, 503, done) is None for done in range(5)] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_a_body_that_is_gone_can_not_be_sent_again() -> None:
    gone = replace(ALLOWED, replayable=False)
    assert after_status(gone, 503) is None
    assert wait_after_error(gone, 0, ConnectFailed("nobody there")) is None


@given(st.integers(0, 2), st.floats(0, 1, exclude_max=True))
def test_waits_grow_to_a_bound_and_are_spread(done: int, spread: float) -> None:
    wait = after_status(replace(ALLOWED, spread=spread, longest_wait_seconds=10), 503, done)
    bound = min(3 * 2**done, 10)
    assert wait is not None
    assert bound / 2 <= wait <= bound


def test_a_provider_is_never_asked_earlier_than_it_wants() -> None:
    wait = after_status(ALLOWED, 503, retry_after="20")
    assert wait is not None
    assert wait >= 20
    assert after_status(ALLOWED, 503, retry_after="61") is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        (" 12 ", 12),
        ("Tue, 24 Nov 2026 12:01:00 GMT", 60),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0),
        ("Tue, 24 Nov 2026 12:01:00", 60),
        ("9" * 400, float("inf")),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("１２", None),
    ],
)
def test_what_retry_after_means(text: str, seconds: float | None) -> None:
    assert asked_seconds(text, NOW) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_is_too_odd_to_read(text: str) -> None:
    seconds = asked_seconds(text, NOW)
    assert seconds is None or seconds >= 0
