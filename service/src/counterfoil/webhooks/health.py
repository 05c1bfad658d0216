"""How an endpoint is doing, and what follows for sending to it; pure.

    closed       everything that is due is sent
    open         after ten failures in a row nothing is sent for a while
    on trial     then one message is; success closes the breaker, failure opens it for twice as long
    deactivated  it said 410, or nothing but failures has come of it for five days

What waits meanwhile waits in its rows and costs no attempt.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from counterfoil.webhooks.answers import Answer, Outcome
from counterfoil.webhooks.schedule import LONGEST_ASKED_SECONDS

FAILURES_UNTIL_OPEN: Final = 10
DEACTIVATED_AFTER: Final = timedelta(days=5)
TRIAL_SECONDS: Final = 60.0
_FIRST_OPEN_SECONDS: Final = 30.0
_LONGEST_OPEN_SECONDS: Final = 900.0
_JITTER: Final = 0.25
GONE: Final = "gone"
FAILING: Final = "failing_for_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is remembered of an endpoint's recent past.

    Attributes:
        failures: Failed attempts since the last success.
        failing_since: The first of them.
        openings: How many times in a row the breaker has opened.
        open_until: When the next trial is due; None while the breaker is closed.
        deactivated: Why nothing is sent any more, or None.
    """

    failures: int = 0
    failing_since: datetime | None = None
    openings: int = 0
    open_until: datetime | None = None
    deactivated: str | None = None


WELL: Final = Health()


def after_failure(
    health: Health, answer: Answer, *, now: datetime, spread: float, on_trial: bool = False
) -> Health:
    """What is remembered after a failed attempt.

    Args:
        health: What was before.
        answer: How the attempt ended.
        now: When it did.
        spread: From 0 up to 1; chance.
        on_trial: Whether it was the one that the open breaker let through.
    """
    if answer.outcome is Outcome.GONE:
        return replace(health, deactivated=GONE)
    if answer.outcome is Outcome.THROTTLED:
        # Alive, only busy: it is left alone as long as it asks for, and nothing is held against it.
        wait = min(answer.asked_seconds or _FIRST_OPEN_SECONDS, LONGEST_ASKED_SECONDS)
        return Health(open_until=now + timedelta(seconds=max(wait, 1.0)))
    failing_since = health.failing_since or now
    failed = replace(health, failures=health.failures + 1, failing_since=failing_since)
    if now - failing_since >= DEACTIVATED_AFTER:
        return replace(failed, deactivated=FAILING)
    if failed.failures < FAILURES_UNTIL_OPEN:
        return failed
    is_open = health.open_until is not None and health.open_until > now
    if is_open and not on_trial:
        # One of several that were under way when the breaker opened.
        return failed
    return _opened(failed, now, spread)


def _opened(health: Health, now: datetime, spread: float) -> Health:
    # 2**5 times the first wait is past the bound already.
    doubled = _FIRST_OPEN_SECONDS * (1 << min(health.openings, 5))
    wait = min(doubled, _LONGEST_OPEN_SECONDS) * (1 + _JITTER * spread)
    return replace(health, openings=health.openings + 1, open_until=now + timedelta(seconds=wait))
