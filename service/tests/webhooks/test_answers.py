"""What answers mean, and what of them is kept."""

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
from counterfoil.webhooks.answers import (
    LONGEST_EXCERPT_CHARACTERS,
    Outcome,
    excerpt,
    failure_of,
    outcome_of,
    retry_after_seconds,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.DELIVERED),
        (204, Outcome.DELIVERED),
        (299, Outcome.DELIVERED),
        (301, Outcome.REDIRECTED),
        (308, Outcome.REDIRECTED),
        (400, Outcome.REJECTED),
        (404, Outcome.REJECTED),
        (410, Outcome.GONE),
        (429, Outcome.THROTTLED),
        (500, Outcome.RECEIVER_ERROR),
        (503, Outcome.RECEIVER_ERROR),
    ],
)
def test_every_status_has_its_meaning(status: int, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (AddressRefused("no"), Outcome.ADDRESS_REFUSED),
        (ConnectFailed("no"), Outcome.UNREACHABLE),
        (TlsFailed("no"), Outcome.TLS_FAILED),
        (OutboundTimeout("no", sent=None), Outcome.TIMED_OUT),
        (ConnectionBroken("no", sent=None), Outcome.CONNECTION_BROKEN),
    ],
)
def test_every_failure_on_the_way_has_its_name(error: OutboundError, outcome: Outcome) -> None:
    answer = failure_of(error)
    assert (answer.outcome, answer.status_code, answer.excerpt) == (outcome, None, "no")


@given(st.binary(max_size=5000))
def test_whatever_was_answered_the_excerpt_is_one_bounded_storable_line(body: bytes) -> None:
    kept = excerpt(body, [])
    assert len(kept) <= LONGEST_EXCERPT_CHARACTERS
    assert len(kept.splitlines()) <= 1
    assert "\x00" not in kept
    assert "\x1b" not in kept
    kept.encode()


def test_what_the_receiver_repeats_of_our_secrets_is_not_kept() -> None:
    kept = excerpt(b'{"you sent": "the-signing-key and v1,abc="}', ["the-signing-key", "v1,abc="])
    assert kept == '{"you sent": "… and …"}'


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9" * 40, 999_999_999.0),
        ("Tue, 24 Nov 2026 12:01:00 GMT", 60.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds
