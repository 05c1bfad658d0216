"""Throttling: how many requests of a company and of an application are under way, and who gets in.

`Limits` is the state, `Throttling` the middleware around everything that takes time, planned latencies too,
so that only requests that really overlap are counted against each other. The token endpoint is not throttled:
Sage names no limit for it.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.naming import GATEWAY_PREFIX, OAUTH_PREFIX, claims, xml_company
from intacct_sandbox.faults.peeking import peek
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.faults.refusing import Refused, refuse
from intacct_sandbox.faults.request_log import SAGE_PREFIX
from intacct_sandbox.identity import companies, sessions
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.limits import tiers, usage
from intacct_sandbox.limits.tiers import Tier
from intacct_sandbox.store import Store

_READ_BYTES: Final = 65_536
_SENDER: Final = re.compile(rb"<senderid>([^<]{1,50})</senderid>")
_SESSION: Final = re.compile(rb"<sessionid>([^<]{1,100})</sessionid>")
_MINUTE_SECONDS: Final = 60
_HOUR_SECONDS: Final = 3600


@dataclass(slots=True)
class _Window:
    """The requests of one clock minute or hour."""

    seconds: int
    begun: int = -1
    spent: int = 0

    def spend(self, now: datetime) -> int:
        """Count one request and say how many there are in the window now."""
        begun = int(now.timestamp()) // self.seconds
        # A clock that was moved back begins a new window as well.
        if begun != self.begun:
            self.begun, self.spent = begun, 0
        self.spent += 1
        return self.spent

    def left_seconds(self, now: datetime) -> int:
        return self.seconds - int(now.timestamp()) % self.seconds


@dataclass(slots=True)
class _Traffic:
    """What a company's requests are doing."""

    under_way: int = 0
    by_application: Counter[str] = field(default_factory=Counter)
    most: int = 0
    refused: int = 0
    minute: _Window = field(default_factory=lambda: _Window(_MINUTE_SECONDS))
    hour: _Window = field(default_factory=lambda: _Window(_HOUR_SECONDS))
    cpu: _Window = field(default_factory=lambda: _Window(_MINUTE_SECONDS))


@dataclass(frozen=True, slots=True)
class Load:
    """A company's traffic, to be looked at.

    Attributes:
        under_way: Requests that have no answer yet.
        most: The most there ever were at once.
        refused: How many were refused.
    """

    under_way: int
    most: int
    refused: int


class Limits:
    """The requests under way, by company and by application, since the start of the process."""

    def __init__(self, store: Store, clock: SandboxClock, ids: SeededIds, quirks: Quirks) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._quirks = quirks
        self._traffic: dict[str, _Traffic] = {}

    def load(self, company_id: str) -> Load:
        """The traffic of a company."""
        traffic = self._traffic.get(company_id, _Traffic())
        return Load(traffic.under_way, traffic.most, traffic.refused)

    def whose(self, path: str, authorization: str, body: bytes) -> tuple[Company, str] | None:
        """The company and the application a request is counted for; None where it names no company.

        Args:
            path: Of the request.
            authorization: Its header, or an empty text.
            body: The beginning of its body; needed at the XML gateway.
        """
        if path.startswith(GATEWAY_PREFIX):
            company = self._xml_company(body)
            sender = _SENDER.search(body)
            application = sender[1].decode("utf-8", "replace") if sender else ""
        else:
            named = claims(authorization.removeprefix("Bearer ").strip())
            company = companies.find(self._store, named.get("company", ""))
            application = named.get("client_id", "")
        return (company, application) if company is not None else None

    def enter(self, company: Company, application: str) -> Mapping[str, str] | Refused:
        """Let a request in, or not.

        Returns:
            The headers of its answer; or the refusal. Whoever was let in has to `leave`.
        """
        traffic = self._traffic.setdefault(company.id, _Traffic())
        tier = tiers.of(self._store, company.key)
        now = self._clock.now()
        if tier is not None:
            refused = self._refusal(traffic, tier, application, now)
            if refused is not None:
                traffic.refused += 1
                return refused
        traffic.under_way += 1
        traffic.by_application[application] += 1
        traffic.most = max(traffic.most, traffic.under_way)
        return self._headers(traffic, tier, application, now) if tier is not None else {}

    def leave(self, company: Company, application: str) -> None:
        """A request that was let in is over."""
        traffic = self._traffic[company.id]
        traffic.under_way -= 1
        traffic.by_application[application] -= 1
        if not traffic.by_application[application]:
            del traffic.by_application[application]

    def count(self, company: Company) -> None:
        """A request was answered without an error."""
        usage.count(self._store, company.key, self._clock.now())

    def now(self) -> datetime:
        """The sandbox's time."""
        return self._clock.now()

    def _xml_company(self, body: bytes) -> Company | None:
        named = xml_company(body).get("company")
        if named is not None:
            return companies.find(self._store, named)
        session_id = _SESSION.search(body)
        if session_id is None:
            return None
        session = sessions.find(self._store, self._clock, session_id[1].decode("utf-8", "replace").strip())
        return companies.by_key(self._store, session.company_key) if session is not None else None

    def _refusal(self, traffic: _Traffic, tier: Tier, application: str, now: datetime) -> Refused | None:
        seconds = int(self._quirks.value("throttle-retry-after-seconds"))
        if traffic.by_application[application] >= tier.per_application:
            return self._refused(_bounded("throttle", tier.per_application, 0, seconds), seconds)
        if traffic.under_way >= tier.per_company:
            return self._refused(_bounded("tenant-throttle", tier.per_company, 0, seconds), seconds)
        hour = self._number("hour-rate-limit")
        if hour is not None and traffic.hour.spend(now) > hour:
            left = traffic.hour.left_seconds(now)
            return self._refused(_bounded("hour-rate", hour, 0, left), left)
        return None

    def _refused(self, headers: Mapping[str, str], seconds: int) -> Refused:
        plain = {"retry-after": str(seconds)} if self._quirks.value("plain-retry-after") == "on" else {}
        request_id = f"{self._ids.hex(8).upper()}:{self._ids.hex(4).upper()}_{self._ids.hex(8).upper()}"
        return Refused(
            status=429,
            code="GW-0010",
            message="API rate limit exceeded",
            request_id=request_id,
            headers={**headers, **plain},
        )

    def _headers(self, traffic: _Traffic, tier: Tier, application: str, now: datetime) -> dict[str, str]:
        own = traffic.by_application[application]
        headers = {
            **_bounded("throttle", tier.per_application, tier.per_application - own),
            **_bounded("tenant-throttle", tier.per_company, tier.per_company - traffic.under_way),
        }
        minute, hour, cpu = map(self._number, ("minute-rate-limit", "hour-rate-limit", "cpu-limit"))
        if minute is not None:
            headers |= _bounded("minute-rate", minute, minute - traffic.minute.spend(now))
        if hour is not None:
            headers |= _bounded("hour-rate", hour, hour - traffic.hour.spent)
        if cpu is not None:
            headers |= {
                **_bounded("cpu", cpu, cpu - traffic.cpu.spend(now)),
                "x-ia-cpu-request-cost": "1",
                "x-ia-cpu-limit-reset": str(traffic.cpu.left_seconds(now)),
            }
        return headers

    def _number(self, quirk: str) -> int | None:
        value = self._quirks.value(quirk)
        return None if value == "none" else int(value)


class Throttling:
    """ASGI middleware that refuses what is too much and counts what is answered."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if its company may have one more under way."""
        if scope["type"] != "http" or not _is_limited(scope["path"]):
            await self._app(scope, receive, send)
            return
        body = b""
        if scope["path"].startswith(GATEWAY_PREFIX):
            peeked = await peek(receive, _READ_BYTES)
            body, receive = peeked.body, peeked.receive
        whose = self._limits.whose(scope["path"], Headers(scope=scope).get("authorization", ""), body)
        if whose is None:
            await self._app(scope, receive, send)
            return
        entered = self._limits.enter(*whose)
        if isinstance(entered, Refused):
            await refuse(entered, scope["path"], send)
            return
        try:
            await self._pass(whose[0], entered, scope, receive, send)
        finally:
            self._limits.leave(*whose)

    async def _pass(
        self, company: Company, headers: Mapping[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        begun = self._limits.now()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] < 400:
                    self._limits.count(company)
                told = MutableHeaders(scope=message)
                told.update(headers)
                if headers:
                    waited = (self._limits.now() - begun).total_seconds()
                    told["x-kong-response-latency"] = str(max(0, round(waited * 1000)))
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_limited(path: str) -> bool:
    return path.startswith(SAGE_PREFIX) and not path.startswith(OAUTH_PREFIX)


_NAMES: Final[Mapping[str, str]] = {
    "throttle": "x-ia-throttle",
    "tenant-throttle": "x-ia-tenant-throttle",
    "minute-rate": "x-ia-minute-rate",
    "hour-rate": "x-ia-hour-rate",
    "cpu": "x-ia-cpu",
}


def _bounded(kind: str, limit: int, left: int, retry_after_seconds: int | None = None) -> dict[str, str]:
    """The headers of one limit; all but the application's have `-Remaining` behind `-Limit`."""
    name = _NAMES[kind]
    behind = name if kind == "throttle" else f"{name}-limit"
    headers = {f"{name}-limit": str(limit), f"{behind}-remaining": str(max(0, left))}
    if retry_after_seconds is not None:
        headers[f"{behind}-retry-after"] = str(retry_after_seconds)
    return headers
