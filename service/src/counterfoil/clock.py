"""Time as a passed-in thing: what the wall says, and how long something took.

Nothing else in the service reads a clock. Leases are not judged by it but by the database's own (`db`).
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        ...

    def monotonic_seconds(self) -> float:
        """Seconds since some fixed moment; for durations and deadlines only."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic_seconds(self) -> float:
        """Seconds of `time.monotonic`."""
        return time.monotonic()
