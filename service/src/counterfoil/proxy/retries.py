"""Whether a failed call is made again, and when. Pure: no clock, no chance, no socket.

A caller says how often (`Retries`) and on which further statuses (`Retry-On`); it can't say that a request
may be repeated that may not be. Repeated is what provably never left, what the provider refused to process
(429), what is idempotent (RFC 9110 section 9.2.2), and what carries an `Idempotency-Key` for the provider.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from counterfoil.outbound import AddressRefused, OutboundError, TlsFailed

IDEMPOTENT_METHODS: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "PROPFIND", "REPORT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """What one request allows.

    Attributes:
        most: How many further attempts.
        on: Statuses besides 429 and 500 to 599.
        repeatable: The request is idempotent, by its method or by its own key.
        replayable: Its body can be sent again.
        first_wait_seconds: Before the first retry; doubled each time.
        longest_wait_seconds: A longer wait than this is none.
        spread: From 0 up to 1, different for each request, so that they don't all come back at once.
    """

    most: int
    on: frozenset[int]
    repeatable: bool
    replayable: bool
    first_wait_seconds: float
    longest_wait_seconds: float
    spread: float


def wait_after_status(
    retries: Retries, done: int, status: int, retry_after: str, now: datetime
) -> float | None:
    """Seconds to wait before the next attempt, or None if this answer is the last one.

    Args:
        retries: What is allowed.
        done: How many retries there were.
        status: Of the answer.
        retry_after: Its `Retry-After` header (RFC 9110 section 10.2.3), empty where there is none.
        now: Against which a date in it is read.
    """
    if status < 500 and status != 429 and status not in retries.on:
        return None
    if not retries.repeatable and status != 429:
        return None
    return _wait(retries, done, asked_seconds(retry_after, now))


def wait_after_error(retries: Retries, done: int, error: OutboundError) -> float | None:
    """Seconds to wait before the next attempt after there was no answer, or None."""
    # The same address and the same certificate would be refused again.
    if isinstance(error, AddressRefused | TlsFailed):
        return None
    if error.sent is not False and not retries.repeatable:
        return None
    return _wait(retries, done, None)


def asked_seconds(retry_after: str, now: datetime) -> float | None:
    """What a `Retry-After` header asks for; None where it can't be read. Never negative."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)


def _wait(retries: Retries, done: int, asked: float | None) -> float | None:
    if done >= retries.most or not retries.replayable:
        return None
    if asked is not None:
        # Never earlier than asked for, and not everybody at that very moment.
        seconds = asked + retries.first_wait_seconds * retries.spread
        return seconds if asked <= retries.longest_wait_seconds else None
    growing = min(retries.first_wait_seconds * (1 << done), retries.longest_wait_seconds)
    return growing * (1 + retries.spread) / 2
