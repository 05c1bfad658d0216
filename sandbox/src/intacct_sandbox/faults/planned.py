"""Faults: single answers of Sage's paths that go wrong on purpose, and the list of those that are planned.

A fault is a value; it is planned by the control plane and carried out by `injection`. Which requests it is
for is said by method, beginning of the path and company, and how often by a count. Behaviour that is always
so is not a fault but a quirk.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.faults.request_log import SAGE_PREFIX

MOST_FAULTS: Final = 100
LONGEST_LATENCY_MS: Final = 600_000
_LARGEST_COUNT: Final = 1_000_000
_LONGEST_SECONDS: Final = 366 * 24 * 3600
_LONGEST_TEXT: Final = 300
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")


class FaultKind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"
    CUT = "cut"
    STATUS = "status"
    GARBAGE = "garbage"
    HTML = "html"
    MAINTENANCE = "maintenance"
    EARLY_EXPIRY = "early-expiry"
    LOST_ANSWER = "lost-answer"


MEANINGS: Final[Mapping[FaultKind, str]] = {
    FaultKind.LATENCY: "The request is held up for latency_ms, or until all faults are cleared; then it goes"
    " on, into another fault if one is planned for it.",
    FaultKind.CUT: "The connection is cut before an answer and nothing has happened; with after_bytes, the"
    " request has its effect and the answer breaks off after so many bytes of its body.",
    FaultKind.STATUS: "The answer has the given status and an error in the shape of the REST API; nothing has"
    " happened. With retry_after_seconds it has the header Retry-After.",
    FaultKind.GARBAGE: "The answer says that it is JSON with status 200, and breaks off in the middle of a"
    " byte sequence; nothing has happened.",
    FaultKind.HTML: "The answer is a page of the network in front of the API: status 503 or the given one,"
    " text/html, headers as of Cloudflare; nothing has happened.",
    FaultKind.MAINTENANCE: "The gateway in front of REST, XML and the token endpoint says that the service is"
    " down for maintenance: status 503 or the given one, GW-0001, each in its own shape. With for_seconds the"
    " window has an end, which the header Retry-After tells; nothing has happened.",
    FaultKind.EARLY_EXPIRY: "The access token of the request ends now, long before its expires_in is over;"
    " this call and all later ones with it are told so.",
    FaultKind.LOST_ANSWER: "The request has its effect, then the connection is cut in place of the answer.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One planned fault.

    Attributes:
        kind: What goes wrong.
        method: Only requests of this method; None for all.
        path: Only requests whose path begins so.
        company: Only requests that name this company; None for all.
        count: How many requests it is for; None for all until it is cleared.
        latency_ms: Of a latency.
        after_bytes: Of a cut: how much of the answer's body still gets through; None for none and no effect.
        status: Of a status and of HTML; None for the kind's own.
        retry_after_seconds: Of a status: the header of that name; None for none.
        ends_at: When it is over, on the sandbox's clock, aware, in UTC; None for never.
    """

    kind: FaultKind
    method: str | None = None
    path: str = SAGE_PREFIX
    company: str | None = None
    count: int | None = None
    latency_ms: int | None = None
    after_bytes: int | None = None
    status: int | None = None
    retry_after_seconds: int | None = None
    ends_at: datetime | None = None

    def is_for(self, method: str, path: str, company: str | None) -> bool:
        """Whether a request is one of those it is meant for."""
        return (
            (self.method is None or self.method == method)
            and path.startswith(self.path)
            and (self.company is None or self.company == company)
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault on the list.

    Attributes:
        number: Its name on the list; counts up over the life of the process.
        left: For how many requests it still is; None for all.
        hits: For how many it has been.
    """

    number: int
    fault: Fault
    left: int | None
    hits: int = 0

    def as_json(self) -> dict[str, Any]:
        """The members that were given, and where it stands."""
        given = {name: value for name, value in asdict(self.fault).items() if value is not None}
        return {
            "number": self.number,
            **given,
            "kind": str(self.fault.kind),
            **({"ends_at": self.fault.ends_at.isoformat()} if self.fault.ends_at is not None else {}),
            "left": self.left,
            "hits": self.hits,
        }


class Faults:
    """The planned faults of one sandbox, in the order in which they were planned."""

    def __init__(self) -> None:
        self._planned: tuple[Planned, ...] = ()
        self._last_number = 0
        self._held: set[asyncio.Event] = set()

    def plan(self, fault: Fault) -> Planned:
        """Put a fault on the list.

        Raises:
            InvalidInput: There are too many.
        """
        if len(self._planned) >= MOST_FAULTS:
            raise InvalidInput("", f"There can be {MOST_FAULTS} faults; clear some.")
        self._last_number += 1
        planned = Planned(self._last_number, fault, fault.count)
        self._planned = (*self._planned, planned)
        return planned

    def every(self) -> tuple[Planned, ...]:
        """Those that are still planned; a fault whose count is used up is gone."""
        return self._planned

    def end(self, now: datetime) -> None:
        """Take those off the list whose time is over."""
        self._planned = tuple(
            one for one in self._planned if one.fault.ends_at is None or one.fault.ends_at > now
        )

    def wants_company(self, method: str, path: str) -> bool:
        """Whether it has to be known which company a request is about."""
        return any(
            one.fault.company is not None and one.fault.is_for(method, path, one.fault.company)
            for one in self._planned
        )

    def take(self, method: str, path: str, company: str | None) -> tuple[Fault, ...]:
        """The faults of a request: all latencies in front of the first other fault, and that one.

        Their counts go down by one.
        """
        taken: list[int] = []
        faults: list[Fault] = []
        for one in self._planned:
            if not one.fault.is_for(method, path, company):
                continue
            taken.append(one.number)
            faults.append(one.fault)
            if one.fault.kind is not FaultKind.LATENCY:
                break
        counted = (_hit(one) if one.number in taken else one for one in self._planned)
        self._planned = tuple(one for one in counted if one.left != 0)
        return tuple(faults)

    def remove(self, number: int) -> None:
        """Take one off the list.

        Raises:
            UnknownThing: It is not on it.
        """
        left = tuple(one for one in self._planned if one.number != number)
        if len(left) == len(self._planned):
            raise UnknownThing(f"There is no fault {number}.")
        self._planned = left

    def clear(self) -> None:
        """Empty the list, and let go what is held up."""
        self._planned = ()
        for held in self._held:
            held.set()

    async def hold(self, seconds: float) -> None:
        """Hold a request up for a while, or until the list is cleared."""
        held = asyncio.Event()
        self._held.add(held)
        try:
            await asyncio.wait_for(held.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            self._held.discard(held)

    def restore(self, planned: tuple[Planned, ...]) -> None:
        """Replace the list by what `every` once was."""
        self._planned = planned


def _hit(one: Planned) -> Planned:
    return replace(one, hits=one.hits + 1, left=one.left - 1 if one.left is not None else None)


def read(wanted: Mapping[str, Any], now: datetime) -> Fault:
    """A fault from the control plane's JSON.

    Args:
        wanted: Its members by name.
        now: On the sandbox's clock; `for_seconds` counts from here.

    Raises:
        InvalidInput: A member is unknown, missing or can't be used.
    """
    kind = _kind(wanted.get("kind"))
    for name in wanted:
        if name not in _MEMBERS:
            raise InvalidInput(name, f"There is no member {name}; there are {', '.join(_MEMBERS)}.")
        if wanted[name] is not None and kind not in _MEMBERS[name]:
            raise InvalidInput(name, f"A fault of kind {kind} has no {name}.")
    for_seconds = _whole("for_seconds", wanted.get("for_seconds"), 1, _LONGEST_SECONDS)
    return Fault(
        kind=kind,
        method=_method(wanted.get("method")),
        path=_path(wanted.get("path", SAGE_PREFIX)),
        company=_text("company", wanted.get("company")),
        count=_whole("count", wanted.get("count"), 1, _LARGEST_COUNT),
        latency_ms=_latency(kind, wanted.get("latency_ms")),
        after_bytes=_whole("after_bytes", wanted.get("after_bytes"), 0, 2**31),
        status=_status(kind, wanted.get("status")),
        retry_after_seconds=_whole("retry_after_seconds", wanted.get("retry_after_seconds"), 0, 86_400),
        ends_at=now + timedelta(seconds=for_seconds) if for_seconds is not None else None,
    )


_ALL: Final = tuple(FaultKind)
_MEMBERS: Final[Mapping[str, tuple[FaultKind, ...]]] = {
    "kind": _ALL,
    "method": _ALL,
    "path": _ALL,
    "company": _ALL,
    "count": _ALL,
    "latency_ms": (FaultKind.LATENCY,),
    "after_bytes": (FaultKind.CUT,),
    "for_seconds": _ALL,
    "status": (FaultKind.STATUS, FaultKind.HTML, FaultKind.MAINTENANCE),
    "retry_after_seconds": (FaultKind.STATUS,),
}


def _kind(value: object) -> FaultKind:
    if isinstance(value, str) and value in _ALL:
        return FaultKind(value)
    raise InvalidInput("kind", f"kind must be one of {', '.join(_ALL)}.")


def _method(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and value.upper() in _METHODS:
        return value.upper()
    raise InvalidInput("method", f"method must be one of {', '.join(_METHODS)}.")


def _path(value: object) -> str:
    if isinstance(value, str) and value.startswith(SAGE_PREFIX) and len(value) <= _LONGEST_TEXT:
        return value
    raise InvalidInput("path", f"path must begin with {SAGE_PREFIX}; nothing else is Sage's.")


def _text(name: str, value: object) -> str | None:
    if value is None or (isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT):
        return value
    raise InvalidInput(name, f"{name} must be a text.")


def _whole(name: str, value: object, least: int, most: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise InvalidInput(name, f"{name} must be a whole number from {least} to {most}.")


def _latency(kind: FaultKind, value: object) -> int | None:
    read_ms = _whole("latency_ms", value, 1, LONGEST_LATENCY_MS)
    if kind is FaultKind.LATENCY and read_ms is None:
        raise InvalidInput("latency_ms", "A latency needs latency_ms.")
    return read_ms


def _status(kind: FaultKind, value: object) -> int | None:
    status = _whole("status", value, 200, 599)
    if kind is FaultKind.STATUS and status is None:
        raise InvalidInput("status", "A fault of kind status needs a status.")
    # These have no body, so nothing could be told by one.
    if status in {204, 205, 304}:
        raise InvalidInput("status", f"A {status} has no body; choose another status.")
    return status
