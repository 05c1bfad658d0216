"""What the control plane does, without HTTP: functions from JSON objects to JSON objects."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from intacct_sandbox import fixtures
from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.faults import ALL, Quirks, RequestLog
from intacct_sandbox.identity import companies, developers, users
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.store import Store

Json = dict[str, Any]

_HUNDRED_YEARS_SECONDS: Final = 100 * 366 * 24 * 3600
_FIRST_YEAR: Final = 1971
_LAST_YEAR: Final = 2999
_CLOCK_MEMBERS: Final = ("advance_seconds", "stop_at", "reset")


class Plane:
    """The control plane of one sandbox.

    Args:
        store: The state.
        clock: Moved by tests.
        ids: Starts again with every fixture.
        quirks: Switched by tests.
        log: Read by tests.
        fixture: What `reset` loads until another fixture has been loaded.
    """

    def __init__(
        self,
        store: Store,
        clock: SandboxClock,
        ids: SeededIds,
        quirks: Quirks,
        log: RequestLog,
        fixture: str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._quirks = quirks
        self._log = log
        self._fixture = fixture

    def reset(self) -> Json:
        """Everything as after a fresh start: fixture, clock, quirks, request log."""
        self._clock.reset()
        self._quirks.reset()
        self._log.clear()
        return self.load({"name": self._fixture})

    def load(self, wanted: Mapping[str, Any]) -> Json:
        """Replace the state by a fixture; clock, quirks and request log stay.

        Raises:
            InvalidInput: `name` is no fixture.
        """
        _only(wanted, "name")
        name = wanted.get("name")
        if name not in fixtures.NAMES:
            raise InvalidInput("name", f"There is no such fixture; there are {', '.join(fixtures.NAMES)}.")
        fixtures.load(name, self._store, self._clock, self._ids)
        self._fixture = name
        return self.state()

    def clock(self) -> Json:
        """What time it is in the sandbox."""
        return {"now": self._clock.now().isoformat()}

    def move_clock(self, wanted: Mapping[str, Any]) -> Json:
        """Advance the clock, stop it, or go back to real time.

        Args:
            wanted: One of `advance_seconds` (a number, negative moves back), `stop_at` (ISO 8601 with an
                offset), `reset` (true).

        Raises:
            InvalidInput: Not exactly one of them, or it can't be used.
        """
        _only(wanted, *_CLOCK_MEMBERS)
        if len(wanted) != 1:
            raise InvalidInput("", f"Give exactly one of {', '.join(_CLOCK_MEMBERS)}.")
        if "advance_seconds" in wanted:
            by = timedelta(seconds=_seconds(wanted["advance_seconds"]))
            _check_calendar("advance_seconds", self._clock.now() + by)
            self._clock.advance(by)
        elif "stop_at" in wanted:
            stop_at = moment("stop_at", wanted["stop_at"])
            _check_calendar("stop_at", stop_at)
            self._clock.stop_at(stop_at)
        elif wanted["reset"] is True:
            self._clock.reset()
        else:
            raise InvalidInput("reset", "reset can only be true.")
        return self.clock()

    def requests(self, *, path: str | None, since: str | None) -> Json:
        """The request log, oldest first.

        Raises:
            InvalidInput: `since` is no moment.
        """
        earliest = moment("since", since) if since else None
        entries = self._log.entries(path=path or None, since=earliest)
        return {"count": len(entries), "requests": [entry.as_json() for entry in entries]}

    def forget_requests(self) -> Json:
        """Empty the request log."""
        self._log.clear()
        return self.requests(path=None, since=None)

    def quirks(self) -> Json:
        """All quirks with what is known about them."""
        return {
            "quirks": [
                {
                    "name": quirk.name,
                    "value": self._quirks.value(quirk.name),
                    "default": quirk.default,
                    "allowed": list(quirk.choices) or quirk.allowed(),
                    "meaning": quirk.meaning,
                    "evidence": quirk.evidence,
                }
                for quirk in ALL
            ]
        }

    def set_quirks(self, wanted: Mapping[str, Any], *, replace: bool) -> Json:
        """Switch quirks, all of them or none.

        Args:
            wanted: Values by name.
            replace: Whether those that are not named go back to their defaults.

        Raises:
            InvalidInput: A name is no quirk, or a value can't be used; nothing has changed.
        """
        by_name = {quirk.name: quirk for quirk in ALL}
        for name, value in wanted.items():
            if name not in by_name:
                raise InvalidInput(name, f"There is no quirk {name}; there are {', '.join(by_name)}.")
            if not by_name[name].accepts(_quirk_text(value)):
                raise InvalidInput(name, f"{name} must be {by_name[name].allowed()}.")
        if replace:
            self._quirks.reset()
        for name, value in wanted.items():
            self._quirks.set(name, _quirk_text(value))
        return self.quirks()

    def state(self) -> Json:
        """How much of what there is."""
        return {
            "fixture": self._fixture,
            "seed": self._ids.seed,
            "now": self._clock.now().isoformat(),
            "companies": [
                {
                    "id": company.id,
                    "is_production": company.is_production,
                    "entities": len(companies.entities(self._store, company.key)),
                    "users": len(users.every(self._store, company.key)),
                }
                for company in companies.every(self._store)
            ],
            "developers": len(developers.every(self._store)),
            "rows": self._rows(),
            "requests": len(self._log.entries()),
        }

    def _rows(self) -> dict[str, int]:
        names = [
            row["name"]
            for row in self._store.query(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                " ORDER BY name"
            )
        ]
        counts = {
            name: int(self._store.query(f'SELECT COUNT(*) AS held FROM "{name}"')[0]["held"])  # noqa: S608 - names come from the schema itself
            for name in names
        }
        return {name: count for name, count in counts.items() if count}


def moment(field: str, text: object) -> datetime:
    """A moment in ISO 8601 with an offset, in UTC.

    Raises:
        InvalidInput: It is not one.
    """
    try:
        read = datetime.fromisoformat(text) if isinstance(text, str) else None
        if read is not None and read.tzinfo is not None:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidInput(field, f"{field} must be a moment such as 2026-01-31T12:00:00Z.")


def _seconds(value: object) -> float:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
    # NaN, which compares to nothing, is refused as well.
    if -_HUNDRED_YEARS_SECONDS <= number <= _HUNDRED_YEARS_SECONDS:
        return float(number)
    raise InvalidInput("advance_seconds", "advance_seconds must be a number of at most a hundred years.")


def _check_calendar(field: str, now: datetime) -> None:
    # Tokens and sessions end later than now, and JWT counts from 1970.
    if not _FIRST_YEAR <= now.year <= _LAST_YEAR:
        raise InvalidInput(field, f"The clock works from {_FIRST_YEAR} to {_LAST_YEAR}.")


def _quirk_text(value: object) -> str:
    """A number is as good as its digits; anything else but a text is accepted by no quirk."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _only(wanted: Mapping[str, Any], *names: str) -> None:
    for name in wanted:
        if name not in names:
            raise InvalidInput(name, f"There is no member {name}; there are {', '.join(names)}.")
