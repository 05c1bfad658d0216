"""What the control plane does, without HTTP: functions from JSON objects to JSON objects."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from intacct_sandbox import fixtures
from intacct_sandbox.clock import ClockSetting, SandboxClock
from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.faults import ALL, Faults, Planned, Quirks, RequestLog, planned
from intacct_sandbox.fixtures import ledger
from intacct_sandbox.identity import companies, developers, users
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.store import Store

Json = dict[str, Any]

_HUNDRED_YEARS_SECONDS: Final = 100 * 366 * 24 * 3600
_FIRST_YEAR: Final = 1971
_LAST_YEAR: Final = 2999
_CLOCK_MEMBERS: Final = ("advance_seconds", "stop_at", "reset")
_MOST_SNAPSHOTS: Final = 20
_MOST_LINES: Final = 5_000_000
_SNAPSHOT_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a reset goes back to.

    Attributes:
        fixture: The fixture loaded last.
        ledger_lines: How many lines the fixture `ledger` adds to the guide.
    """

    fixture: str = "guide"
    ledger_lines: int = ledger.LINES


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    """Everything that a restore brings back; the request log is not in it."""

    taken_at: datetime
    start: Start
    state: bytes
    place: tuple[Any, ...]
    clock: ClockSetting
    quirks: Mapping[str, str]
    faults: tuple[Planned, ...]


class Plane:
    """The control plane of one sandbox.

    Args:
        store: The state.
        clock: Moved by tests.
        ids: Starts again with every fixture.
        quirks: Switched by tests.
        faults: Planned by tests.
        log: Read by tests.
        start: What `reset` loads until another fixture has been loaded.
    """

    def __init__(
        self,
        store: Store,
        clock: SandboxClock,
        ids: SeededIds,
        quirks: Quirks,
        faults: Faults,
        log: RequestLog,
        start: Start,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._quirks = quirks
        self._faults = faults
        self._log = log
        self._start = start
        self._snapshots: dict[str, _Snapshot] = {}

    def reset(self) -> Json:
        """Everything as after a fresh start: fixture, clock, no quirks, no faults, an empty request log.

        Snapshots stay.
        """
        self._clock.reset()
        self._quirks.reset()
        self._faults.clear()
        self._log.clear()
        return self._load(self._start)

    def load(self, wanted: Mapping[str, Any]) -> Json:
        """Replace the state by a fixture; clock, quirks, faults and request log stay.

        Args:
            wanted: `name`, and for the ledger perhaps `lines`.

        Raises:
            InvalidInput: `name` is no fixture, or it can't have so many lines.
        """
        only(wanted, "name", "lines")
        name = wanted.get("name")
        if name not in fixtures.NAMES:
            raise InvalidInput("name", f"There is no such fixture; there are {', '.join(fixtures.NAMES)}.")
        if "lines" in wanted and name != "ledger":
            raise InvalidInput("lines", "Only the fixture ledger has a number of lines.")
        return self._load(Start(fixture=name, ledger_lines=_lines(wanted, self._start)))

    def _load(self, start: Start) -> Json:
        fixtures.load(start.fixture, self._store, self._clock, self._ids, ledger_lines=start.ledger_lines)
        self._start = start
        return self.state()

    def register_redirects(self, wanted: Mapping[str, Any]) -> Json:
        """Give a client redirect URIs without the console, which refuses `http` also on loopback.

        Args:
            wanted: `client_id` and `redirect_uris`, a list of addresses.

        Raises:
            InvalidInput: They are no texts.
            UnknownThing: There is no such client.
        """
        only(wanted, "client_id", "redirect_uris")
        client_id, uris = wanted.get("client_id"), wanted.get("redirect_uris")
        if not isinstance(client_id, str):
            raise InvalidInput("client_id", "Name a client by its Client ID.")
        if not isinstance(uris, list) or not all(isinstance(uri, str) and uri for uri in uris):
            raise InvalidInput("redirect_uris", "Give a list of addresses.")
        developers.replace_redirect_uris(self._store, client_id, uris)
        return {"client_id": client_id, "redirect_uris": uris}

    # Snapshots

    def snapshots(self) -> Json:
        """The snapshots there are, in the order in which they were taken."""
        return {
            "snapshots": [
                {
                    "name": name,
                    "taken_at": snapshot.taken_at.isoformat(),
                    "fixture": snapshot.start.fixture,
                    "bytes": len(snapshot.state),
                }
                for name, snapshot in self._snapshots.items()
            ]
        }

    def take_snapshot(self, wanted: Mapping[str, Any]) -> Json:
        """Keep everything as it is now, under a name; a snapshot of that name is replaced.

        Raises:
            InvalidInput: The name can't be one, or there are too many.
        """
        name = _snapshot_name(wanted)
        if name not in self._snapshots and len(self._snapshots) >= _MOST_SNAPSHOTS:
            raise InvalidInput("name", f"There can be {_MOST_SNAPSHOTS} snapshots; delete some.")
        self._snapshots.pop(name, None)
        self._snapshots[name] = _Snapshot(
            taken_at=self._clock.now(),
            start=self._start,
            state=self._store.snapshot(),
            place=self._ids.place(),
            clock=self._clock.setting(),
            quirks=self._quirks.changed(),
            faults=self._faults.every(),
        )
        return self.snapshots()

    def restore(self, wanted: Mapping[str, Any]) -> Json:
        """Everything as a snapshot has it; the request log goes on.

        Raises:
            InvalidInput: There is no snapshot of that name.
        """
        snapshot = self._snapshots.get(_snapshot_name(wanted))
        if snapshot is None:
            there = ", ".join(self._snapshots) or "none"
            raise InvalidInput("name", f"There is no such snapshot; there are {there}.")
        self._store.restore(snapshot.state)
        self._start = snapshot.start
        self._ids.go_to(snapshot.place)
        self._clock.set_as(snapshot.clock)
        self._faults.restore(snapshot.faults)
        self._quirks.reset()
        for name, value in snapshot.quirks.items():
            self._quirks.set(name, value)
        return self.state()

    def delete_snapshot(self, name: str) -> Json:
        """Forget a snapshot.

        Raises:
            UnknownThing: There is none of that name.
        """
        if self._snapshots.pop(name, None) is None:
            raise UnknownThing("There is no such snapshot.")
        return self.snapshots()

    # Time

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
        only(wanted, *_CLOCK_MEMBERS)
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

    # Requests

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

    # Behaviour

    def faults(self) -> Json:
        """The planned faults, in the order in which they are looked at."""
        return {"faults": [one.as_json() for one in self._faults.every()]}

    def plan_fault(self, wanted: Mapping[str, Any]) -> Json:
        """Plan a fault, and tell its number.

        Raises:
            InvalidInput: It can't be read, or there are too many.
        """
        return self._faults.plan(planned.read(wanted)).as_json()

    def clear_faults(self) -> Json:
        """Plan nothing any more."""
        self._faults.clear()
        return self.faults()

    def remove_fault(self, number: int) -> Json:
        """Take one fault back.

        Raises:
            UnknownThing: None has that number; it may have been carried out.
        """
        self._faults.remove(number)
        return self.faults()

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
            "fixture": self._start.fixture,
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
            "faults": len(self._faults.every()),
            "snapshots": list(self._snapshots),
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


def _snapshot_name(wanted: Mapping[str, Any]) -> str:
    only(wanted, "name")
    name = wanted.get("name")
    if isinstance(name, str) and _SNAPSHOT_NAME.fullmatch(name):
        return name
    raise InvalidInput("name", "name must be 1 to 60 letters, digits, dots, dashes or underscores.")


def _lines(wanted: Mapping[str, Any], start: Start) -> int:
    lines = wanted.get("lines", start.ledger_lines)
    if isinstance(lines, int) and not isinstance(lines, bool) and 2 <= lines <= _MOST_LINES:
        return lines
    raise InvalidInput("lines", f"lines must be a whole number from 2 to {_MOST_LINES}.")


def _quirk_text(value: object) -> str:
    """A number is as good as its digits; anything else but a text is accepted by no quirk."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def only(wanted: Mapping[str, Any], *names: str) -> None:
    """Refuse members that are not known.

    Raises:
        InvalidInput: There is one.
    """
    for name in wanted:
        if name not in names:
            raise InvalidInput(name, f"There is no member {name}; there are {', '.join(names)}.")
