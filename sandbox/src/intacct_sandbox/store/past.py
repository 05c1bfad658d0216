"""States that a store was in a moment ago, for readers that lag behind its writers.

A state is kept whole, from before a write until everybody may see the write. Who lags, and by how much, is
decided elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

# A ledger of half a million lines takes hundreds of megabytes, the guide seven.
MOST_BYTES: Final = 400_000_000

Opened = TypeVar("Opened")


@dataclass(slots=True)
class _State(Generic[Opened]):
    until: datetime
    snapshot: bytes
    opened: Opened | None = None


class Past(Generic[Opened]):
    """The states that are kept, the oldest first.

    Args:
        open_: Makes something that can be read of a snapshot.
        close: Gives it back.
    """

    def __init__(self, open_: Callable[[bytes], Opened], close: Callable[[Opened], None]) -> None:
        self._open = open_
        self._close = close
        self._states: list[_State[Opened]] = []

    def keep(self, snapshot: bytes, until: datetime) -> None:
        """Keep a state from before a write that lagging readers see from `until` on.

        Where there are too many bytes the states between the oldest and this one go: what was written between
        them is seen somewhat early.
        """
        self._states.append(_State(until, snapshot))
        while len(self._states) > 2 and sum(len(one.snapshot) for one in self._states) > MOST_BYTES:
            self._drop(1)

    def at(self, now: datetime) -> Opened | None:
        """The state that lagging readers see now; None where it is the present one."""
        while self._states and self._states[0].until <= now:
            self._drop(0)
        if not self._states:
            return None
        state = self._states[0]
        if state.opened is None:
            state.opened = self._open(state.snapshot)
        return state.opened

    def forget(self) -> None:
        """Nothing lags any more."""
        while self._states:
            self._drop(0)

    def _drop(self, place: int) -> None:
        state = self._states.pop(place)
        if state.opened is not None:
            self._close(state.opened)
