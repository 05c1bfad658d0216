"""`TestSandbox`: a running sandbox as a test sees it. All it does is call the control plane over HTTP."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from intacct_sandbox.testing.credentials import GUIDE, Credentials

Json = dict[str, Any]

# A ledger of half a million lines takes some seconds to load.
_PATIENCE_SECONDS: Final = 120


class ControlRefused(Exception):
    """The control plane can't do what was asked; the text is its sentence.

    Attributes:
        status: Its HTTP status.
        field: The member the sentence is about, if it is about one.
    """

    def __init__(self, status: int, message: str, field: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.field = field


@dataclass(frozen=True, slots=True)
class _Plane:
    """The control plane at an address."""

    url: str

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """One call and its JSON.

        Raises:
            ControlRefused: Its error.
        """
        address = urlsplit(self.url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=_PATIENCE_SECONDS)
        try:
            content = json.dumps(body).encode() if body is not None else None
            connection.request(method, f"/_sandbox{path}", content, {"Connection": "close"})
            answer = connection.getresponse()
            read: Json = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            error = read["error"]
            raise ControlRefused(answer.status, error["message"], error.get("field"))
        return read


@dataclass(frozen=True, slots=True)
class Quirks:
    """The quirks of a sandbox, as a mapping that can be set."""

    _plane: _Plane

    def __getitem__(self, name: str) -> str:
        """What a quirk is set to. KeyError if there is none of that name."""
        return self.every()[name]

    def __setitem__(self, name: str, value: str | int) -> None:
        """Switch a quirk until the next reset.

        Raises:
            ControlRefused: There is no such quirk, or it can't have this value.
        """
        self._plane.call("PATCH", "/quirks", {name: value})

    def every(self) -> dict[str, str]:
        """All quirks by name."""
        return {quirk["name"]: quirk["value"] for quirk in self._plane.call("GET", "/quirks")["quirks"]}

    def reset(self) -> None:
        """All defaults again."""
        self._plane.call("PUT", "/quirks", {})


@dataclass(frozen=True, slots=True)
class Faults:
    """The planned faults of a sandbox."""

    _plane: _Plane

    def plan(self, kind: str, **members: str | int) -> int:
        """Plan a fault and give back its number.

        Args:
            kind: `latency`, `cut`, `status`, `garbage`, `html`, `maintenance`, `early-expiry` or
                `lost-answer`.
            members: For whom: `method`, `path` (its beginning), `company`, `count`; how long: `for_seconds`.
                What: `latency_ms`, `after_bytes`, `status`, `retry_after_seconds`.

        Raises:
            ControlRefused: Such a fault can't be.
        """
        planned: Json = self._plane.call("POST", "/faults", {"kind": kind, **members})
        return int(planned["number"])

    def every(self) -> list[Json]:
        """Those still planned, with `left` and `hits`."""
        return list(self._plane.call("GET", "/faults")["faults"])

    def remove(self, number: int) -> None:
        """Take one back.

        Raises:
            ControlRefused: It is not planned (any more).
        """
        self._plane.call("DELETE", f"/faults/{number}")

    def clear(self) -> None:
        """Take all back."""
        self._plane.call("DELETE", "/faults")


@dataclass(frozen=True, slots=True)
class Triggers:
    """The triggers of a sandbox, which post what happens to records."""

    _plane: _Plane

    def add(self, company: str, object_name: str, url: str, **members: str | list[str]) -> int:
        """Make a trigger and give back its key.

        Args:
            company: Its Company ID.
            object_name: Application and name, `accounts-payable/vendor`.
            url: Where it posts to; by default only addresses of this machine are allowed.
            members: `client_id`, whose secret signs; that of the guide if not given. Perhaps `name` and
                `events`.

        Raises:
            ControlRefused: Such a trigger can't be.
        """
        given = {"company": company, "object": object_name, "url": url, "client_id": GUIDE.client_id}
        return int(self._plane.call("POST", "/triggers", {**given, **members})["key"])

    def every(self) -> list[Json]:
        """All triggers."""
        return list(self._plane.call("GET", "/triggers")["triggers"])

    def remove(self, key: int) -> None:
        """Delete one.

        Raises:
            ControlRefused: There is none of that key.
        """
        self._plane.call("DELETE", f"/triggers/{key}")

    def deliver(self, *, ahead: bool = False) -> list[Json]:
        """Send what is due on the sandbox's clock, wait for the answers, and tell them.

        Args:
            ahead: Send also what waits for its next attempt.
        """
        return list(self._plane.call("POST", "/deliveries", {"ahead": ahead})["deliveries"])

    def deliveries(self) -> list[Json]:
        """What was posted, the newest first, with every attempt."""
        return list(self._plane.call("GET", "/deliveries")["deliveries"])


@dataclass(frozen=True, slots=True)
class TestSandbox:
    """A running sandbox.

    Attributes:
        url: Its base address without a slash at the end; stands in place of `https://api.intacct.com`.
        credentials: What is good in the fixtures `guide` and `ledger`.
    """

    # The name says what it is for; pytest would take it for a class of tests.
    __test__ = False

    url: str
    credentials: Credentials = field(default=GUIDE)

    @property
    def quirks(self) -> Quirks:
        """Behaviour without evidence: `sandbox.quirks["expired-token-answer"] = "REST-2102"`."""
        return Quirks(self._plane)

    @property
    def faults(self) -> Faults:
        """Single answers that go wrong: `sandbox.faults.plan("status", status=503, count=1)`."""
        return Faults(self._plane)

    @property
    def triggers(self) -> Triggers:
        """Outbound webhooks: `sandbox.triggers.add("MyCompany", "accounts-payable/vendor", url)`."""
        return Triggers(self._plane)

    @property
    def state(self) -> Json:
        """How much of what there is."""
        return dict(self._plane.call("GET", "/state"))

    @property
    def now(self) -> datetime:
        """The time in the sandbox."""
        return datetime.fromisoformat(self._plane.call("GET", "/clock")["now"])

    def limit(self, company: str, tier: str, **numbers: int) -> Json:
        """Give a company a performance tier, which throttles it.

        Args:
            company: Its Company ID.
            tier: `none`, `1` to `4`, or `custom`.
            numbers: Of a custom one: `per_application`, `per_company`, `transactions`.

        Raises:
            ControlRefused: There is no such company or tier.
        """
        return self._plane.call("PATCH", "/limits", {"company": company, "tier": tier, **numbers})

    @property
    def limits(self) -> dict[str, Json]:
        """By company: its tier, the transactions of the month, requests under way and refused."""
        return {one["company"]: one for one in self._plane.call("GET", "/limits")["limits"]}

    def set_formats(self, company: str, **formats: str) -> Json:
        """Give a company formats of dates and times, in which the XML gateway writes and reads.

        Args:
            company: Its Company ID.
            formats: Some of `locale`, `date_format`, `clock` and `gmt_offset`.

        Raises:
            ControlRefused: There is no such company or format.
        """
        return self._plane.call("PATCH", "/formats", {"company": company, **formats})

    def requests(
        self,
        *,
        path: str | None = None,
        since: datetime | None = None,
        company: str | None = None,
        method: str | None = None,
        status: int | None = None,
    ) -> list[Json]:
        """What was asked on Sage's paths, oldest first.

        Args:
            path: Only requests whose path holds this.
            since: Only requests of this moment (aware) or later, on the sandbox's clock.
            company: Only requests of this company.
            method: Only requests of this method.
            status: Only requests that were answered so; one digit stands for all that begin with it.
        """
        given = {
            "path": path,
            "since": since.isoformat() if since is not None else None,
            "company": company,
            "method": method,
            "status": status,
        }
        query = urlencode({name: value for name, value in given.items() if value is not None})
        return list(self._plane.call("GET", f"/requests?{query}")["requests"])

    def forget_requests(self) -> None:
        """Empty the request log."""
        self._plane.call("DELETE", "/requests")

    def reset(self) -> None:
        """As after its start: fixture, real time, no quirks, no faults, an empty request log."""
        self._plane.call("POST", "/reset")

    def load(self, fixture: str, **members: int) -> None:
        """Replace the state by a fixture; of `ledger` the number of `lines` can be given.

        Raises:
            ControlRefused: There is no such fixture.
        """
        self._plane.call("POST", "/fixture", {"name": fixture, **members})

    def advance(self, by: timedelta | float) -> datetime:
        """Move the sandbox's clock and tell the new time.

        Args:
            by: A duration, or a number of seconds; negative moves back.
        """
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        return self._moved({"advance_seconds": seconds})

    def stop_at(self, moment: datetime) -> datetime:
        """Let the clock stand still at a moment (aware)."""
        return self._moved({"stop_at": moment.isoformat()})

    def snapshot(self, name: str) -> None:
        """Keep everything but the request log under a name."""
        self._plane.call("POST", "/snapshots", {"name": name})

    def restore(self, name: str) -> None:
        """Everything but the request log as it was in a snapshot.

        Raises:
            ControlRefused: There is none of that name.
        """
        self._plane.call("POST", "/restore", {"name": name})

    @contextmanager
    def unchanged(self, name: str = "unchanged") -> Iterator[None]:
        """Undo at the end of the context whatever happened in it."""
        self.snapshot(name)
        try:
            yield
        finally:
            self.restore(name)
            self._plane.call("DELETE", f"/snapshots/{quote(name)}")

    def _moved(self, how: Mapping[str, Any]) -> datetime:
        return datetime.fromisoformat(self._plane.call("POST", "/clock", how)["now"])

    @property
    def _plane(self) -> _Plane:
        return _Plane(self.url)
