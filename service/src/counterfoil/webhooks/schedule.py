"""When a failed delivery is tried again; pure.

The waits grow from five seconds to half a day. How often is not counted: a delivery is given up by a failure
at or after 72 hours, and the last attempt is put there if it would fall later. Jitter only ever lengthens a
wait, so that no early attempt is lost to chance.
"""

from datetime import datetime, timedelta
from typing import Final

GIVES_UP_AFTER: Final = timedelta(hours=72)
_WAITS_SECONDS: Final = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200)
_JITTER: Final = 0.25
# A receiver may ask for more patience, but not for so much that nobody would notice.
LONGEST_ASKED_SECONDS: Final = 3600.0


def next_attempt(
    *, now: datetime, failures: int, gives_up_at: datetime, spread: float, asked_seconds: float | None
) -> datetime | None:
    """When to try again, or None to give up.

    Args:
        now: When it failed.
        failures: How many times by now, from 1 on.
        gives_up_at: A failure from then on is the last.
        spread: From 0 up to 1; chance.
        asked_seconds: What the receiver asked for (`Retry-After`), if it did.
    """
    if now >= gives_up_at:
        return None
    wait_seconds = _WAITS_SECONDS[min(failures, len(_WAITS_SECONDS)) - 1] * (1 + _JITTER * spread)
    wait_seconds = max(wait_seconds, min(asked_seconds or 0.0, LONGEST_ASKED_SECONDS))
    return min(now + timedelta(seconds=wait_seconds), gives_up_at)
