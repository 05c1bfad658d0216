"""What a receiver's answer means, and as much of it as the log keeps; pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from counterfoil.outbound import (
    AddressRefused,
    ConnectFailed,
    OutboundError,
    OutboundTimeout,
    TlsFailed,
)

LONGEST_EXCERPT_CHARACTERS: Final = 1024
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HIDDEN: Final = "…"


class Outcome(StrEnum):
    """How an attempt ended, or why there was none."""

    DELIVERED = "delivered"
    """The receiver took it: 2xx."""

    GONE = "gone"
    """410: the receiver wants no more of them."""

    THROTTLED = "throttled"
    """429: the receiver is alive and wants fewer."""

    REDIRECTED = "redirected"
    """3xx; redirects are not followed."""

    REJECTED = "rejected"
    """Another 4xx."""

    RECEIVER_ERROR = "receiver_error"
    """5xx."""

    TIMED_OUT = "timed_out"
    """No whole answer in time; it may have been received."""

    UNREACHABLE = "unreachable"
    """No such name, or nobody listens."""

    TLS_FAILED = "tls_failed"
    """The certificate or the handshake."""

    ADDRESS_REFUSED = "address_refused"
    """The address policy forbids it; nothing was sent."""

    CONNECTION_BROKEN = "connection_broken"
    """The connection ended early; it may have been received."""

    ENDPOINT_NOT_ACTIVE = "endpoint_not_active"
    """Not sent, because the endpoint was deactivated or removed."""

    EXPIRED = "expired"
    """Given up while the endpoint was failing anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one attempt.

    Attributes:
        outcome: How it ended.
        status_code: The HTTP status, if there was one.
        excerpt: The beginning of the body, or our own sentence on why there is none. Untrusted text.
        asked_seconds: How long the receiver wants to be left alone, if it said so.
    """

    outcome: Outcome
    status_code: int | None = None
    excerpt: str = ""
    asked_seconds: float | None = None


def outcome_of(status: int) -> Outcome:
    """What a status says."""
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if status == 410:
        return Outcome.GONE
    if status == 429:
        return Outcome.THROTTLED
    if status >= 500:
        return Outcome.RECEIVER_ERROR
    return Outcome.REJECTED if status >= 400 else Outcome.REDIRECTED


def failure_of(error: OutboundError) -> Answer:
    """What a failure on the way says. The message names the host at most."""
    outcomes = (
        (AddressRefused, Outcome.ADDRESS_REFUSED),
        (ConnectFailed, Outcome.UNREACHABLE),
        (TlsFailed, Outcome.TLS_FAILED),
        (OutboundTimeout, Outcome.TIMED_OUT),
    )
    found = (outcome for kind, outcome in outcomes if isinstance(error, kind))
    return Answer(outcome=next(found, Outcome.CONNECTION_BROKEN), excerpt=error.message)


def excerpt(body: bytes, hidden: Iterable[str]) -> str:
    """The beginning of a body as harmless text: one line, bounded, without the texts in `hidden`."""
    text = body.decode("utf-8", "replace")
    for secret in hidden:
        text = text.replace(secret, _HIDDEN)
    text = " ".join(_UNPRINTABLE.sub(" ", text).split())
    if len(text) <= LONGEST_EXCERPT_CHARACTERS:
        return text
    return text[: LONGEST_EXCERPT_CHARACTERS - 1] + _HIDDEN


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """What a `Retry-After` header asks for, in seconds or as a date (RFC 9110 section 10.2.3)."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        asked = parsedate_to_datetime(text)
        return max((asked - now).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None
