"""Stand-ins for time and randomness: real implementations of `Clock` and `Ids`, only predictable."""

import hashlib
from datetime import UTC, datetime, timedelta


class SettableClock:
    """A clock that moves only when a test says so; both of its hands move together."""

    def __init__(self, now: datetime = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)) -> None:
        self._now = now
        self._monotonic_seconds = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic_seconds(self) -> float:
        return self._monotonic_seconds

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic_seconds += seconds

    def set(self, now: datetime) -> None:
        self._now = now


class PredictableIds:
    """Ids that are the same in every run and never the same twice."""

    def __init__(self, seed: str = "ids") -> None:
        self._seed = seed
        self._count = 0

    def uuid(self) -> str:
        digits = self.token_hex(16)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"

    def token_hex(self, size_bytes: int) -> str:
        self._count += 1
        return hashlib.shake_256(f"{self._seed}/{self._count}".encode()).hexdigest(size_bytes)
