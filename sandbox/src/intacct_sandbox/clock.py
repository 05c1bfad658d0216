"""The sandbox's clock: real time plus an offset that the control plane moves.

Everything that stamps or compares time in the sandbox asks this clock, so that a test can let 13 hours pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def _system_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ClockSetting:
    """How a clock was set: moved against real time, or stopped at a moment."""

    offset: timedelta
    stopped_at: datetime | None


class SandboxClock:
    """A clock that can be moved, or stopped at a moment for byte-identical runs."""

    def __init__(self, system_now: Callable[[], datetime] = _system_now) -> None:
        self._system_now = system_now
        self._offset = timedelta()
        self._stopped_at: datetime | None = None

    def now(self) -> datetime:
        """The sandbox's current time, aware, in UTC."""
        if self._stopped_at is not None:
            return self._stopped_at
        return self._system_now() + self._offset

    def advance(self, by: timedelta) -> datetime:
        """Move the clock and return the new time. Negative moves it back."""
        if self._stopped_at is not None:
            self._stopped_at += by
        else:
            self._offset += by
        return self.now()

    def stop_at(self, moment: datetime) -> None:
        """Stand still at `moment` until advanced, stopped elsewhere or reset."""
        self._stopped_at = moment

    def reset(self) -> None:
        """Back to real time."""
        self._offset = timedelta()
        self._stopped_at = None

    def setting(self) -> ClockSetting:
        """How it is set now; `set_as` sets it so again."""
        return ClockSetting(self._offset, self._stopped_at)

    def set_as(self, setting: ClockSetting) -> None:
        """Set it as it once was; unless it was stopped, real time has gone on."""
        self._offset = setting.offset
        self._stopped_at = setting.stopped_at
