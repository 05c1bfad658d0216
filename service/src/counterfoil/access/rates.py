"""How often an environment may call, and how often an address may fail to say who it is.

    Rates          counts in memory; what other processes counted is learnt about once a second
    Visit          one request, from whose context `spend` knows where to count
    spend          count one call of the environment that this request turned out to be from

A window is a minute of the clock. A call costs one; a call beyond the limit is refused and costs nothing. An
authentication that fails is counted for the address, and for the beginning of the key that was tried. Who has
failed too often from one address is not listened to there until the minute ends; a key whose beginning many
addresses guess at is refused only to those of them that have failed themselves, so that its owner, who has
not, is never shut out.

Counting is synchronous and touches no database. `settle` adds what was counted to a row that all processes
share and reads back the sum: of N processes, one window lets through at most what the other N - 1 admit
between two settlings, which are a second apart, or a twentieth of the limit, whichever comes first. Without
the database each process counts for itself.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

import structlog

from counterfoil.clock import Clock
from counterfoil.db import Database
from counterfoil.errors import CounterfoilError, TooManyRequests

WINDOW_SECONDS: Final = 60
SETTLE_SECONDS: Final = 1.0
# A key of ours begins `cf_dev_`; so many characters are its beginning, and the rest is still long enough.
PREFIX_CHARACTERS: Final = 16

_SHARE_BEFORE_SETTLING: Final = 20
_MOST_COUNTERS: Final = 100_000
_IPV6_NETWORK_BITS: Final = 64
_log: Final = structlog.get_logger(__name__)

_ADD: Final = """
INSERT INTO rate_counts AS c (bucket, minute, count)
SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[])
ON CONFLICT (bucket, minute) DO UPDATE SET count = c.count + excluded.count
RETURNING bucket, minute, count
"""
_PRUNE: Final = "DELETE FROM rate_counts WHERE minute < %s"

Networks = Sequence[IPv4Network | IPv6Network]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """How much is allowed a minute; 0 allows everything.

    Attributes:
        calls: Of one environment.
        failed_authentications: From one address, and for the beginning of one key.
    """

    calls: int = 6_000
    failed_authentications: int = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """What the headers of an answer say.

    Attributes:
        limit: How much the window allows.
        remaining: How much of it is left, as far as is known here.
        resets_at: When the next window begins, in seconds since 1970.
    """

    limit: int
    remaining: int
    resets_at: int


class RateLimited(TooManyRequests):
    """More calls, or more wrong keys, than a minute allows.

    Attributes:
        standing: What the answer's headers say.
        asked: Method and path of the request, once they are known.
    """

    def __init__(self, message: str, *, standing: Standing, retry_after_seconds: int) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds)
        self.standing = standing
        self.asked: tuple[str, str] | None = None

    def diagnostics(self) -> Mapping[str, object]:
        """`method` and `path`."""
        return {} if self.asked is None else {"method": self.asked[0], "path": self.asked[1]}


@dataclass(slots=True)
class _Counter:
    minute: int
    shared: int = 0
    unsettled: int = 0

    @property
    def total(self) -> int:
        return self.shared + self.unsettled


class Rates:
    """The counts of one process.

    Args:
        database: Where processes add theirs up.
        clock: Says which minute it is.
        limits: What is allowed.
    """

    def __init__(self, database: Database, clock: Clock, limits: RateLimits | None = None) -> None:
        self._database = database
        self._clock = clock
        self.limits = limits or RateLimits()
        self._counters: dict[str, _Counter] = {}
        self._pruned_minute = self._noisy_minute = self._this_minute = 0
        self._minute_ends = -math.inf
        self._pressing = asyncio.Event()

    def spend(self, environment_id: int) -> Standing | None:
        """Count one call of an environment; None where nothing is limited.

        Raises:
            RateLimited: The environment has used up this minute.
        """
        limit = self.limits.calls
        if limit == 0:
            return None
        counter = self._counter(f"environment {environment_id}")
        resets_at = (counter.minute + 1) * WINDOW_SECONDS
        if counter.total >= limit:
            raise RateLimited(
                f"More than {limit} calls a minute are not answered for one environment.",
                standing=Standing(limit, 0, resets_at),
                retry_after_seconds=self._seconds_left(),
            )
        self._count(counter, limit)
        return Standing(limit, limit - counter.total, resets_at)

    def failed(self, address: str, prefix: str) -> Standing | None:
        """Count an authentication that failed; what is left to the address.

        Args:
            address: Where it came from, as `client_address` gives it.
            prefix: The beginning of the key that was tried; empty where there was none.
        """
        limit = self.limits.failed_authentications
        if limit == 0:
            return None
        by_address = self._counter(f"address {address}")
        self._noisy_minute = by_address.minute
        self._count(by_address, limit)
        if prefix:
            self._count(self._counter(f"key {prefix}"), limit)
        return Standing(limit, max(limit - by_address.total, 0), (by_address.minute + 1) * WINDOW_SECONDS)

    @property
    def is_quiet(self) -> bool:
        """Whether no authentication has failed here in this minute, so that nobody is shut out."""
        return self._noisy_minute != self._minute()

    def seen(self, address: str) -> Standing | None:
        """What is left to an address; counts nothing."""
        limit = self.limits.failed_authentications
        if limit == 0:
            return None
        remaining = max(limit - self._total(f"address {address}"), 0)
        return Standing(limit, remaining, (self._minute() + 1) * WINDOW_SECONDS)

    def refuse_if_shut(self, address: str, prefix: str) -> None:
        """Raise RateLimited where somebody at this address is not listened to before the minute ends."""
        limit = self.limits.failed_authentications
        if limit == 0:
            return
        by_address, by_key = self._total(f"address {address}"), self._total(f"key {prefix}")
        if by_address < limit and (by_key < limit or by_address == 0):
            return
        resets_at = (self._minute() + 1) * WINDOW_SECONDS
        raise RateLimited(
            "Too many wrong keys came from here. Keys are looked at again when the minute ends.",
            standing=Standing(limit, 0, resets_at),
            retry_after_seconds=self._seconds_left(),
        )

    async def settle(self) -> None:
        """Add what was counted here to what all processes counted. Raises DatabaseUnavailable."""
        minute = self._minute()
        for bucket in [name for name, one in self._counters.items() if one.minute < minute]:
            del self._counters[bucket]
        # In one order everywhere, so that no two processes wait for each other's rows.
        counted = sorted((name, one, one.unsettled) for name, one in self._counters.items() if one.unsettled)
        if counted:
            await self._add(counted)
        if self._pruned_minute != minute:
            self._pruned_minute = minute
            async with self._database.connection() as connection:
                await connection.execute(_PRUNE, (minute - 1,))

    async def run(self) -> None:
        """Settle for ever, once a second while there is something, sooner where a limit comes near."""
        while True:
            try:
                await asyncio.wait_for(self._pressing.wait(), SETTLE_SECONDS)
            except TimeoutError:
                pass
            self._pressing.clear()
            if not self._counters:
                continue
            try:
                await self.settle()
            except CounterfoilError as error:
                _log.warning("rates are counted by each process alone", error=error.code)
                await asyncio.sleep(SETTLE_SECONDS)

    async def _add(self, counted: "list[tuple[str, _Counter, int]]") -> None:
        names = [name for name, _, _ in counted]
        minutes = [one.minute for _, one, _ in counted]
        numbers = [number for _, _, number in counted]
        async with self._database.connection() as connection:
            cursor = await connection.execute(_ADD, (names, minutes, numbers))
            sums = {(row[0], row[1]): int(row[2]) for row in await cursor.fetchall()}
        for name, one, number in counted:
            one.shared = sums[name, one.minute]
            one.unsettled -= number

    def _minute(self) -> int:
        """Which minute it is; the wall clock is only asked when one has ended."""
        monotonic = self._clock.monotonic_seconds()
        if monotonic >= self._minute_ends:
            now = self._clock.now().timestamp()
            self._this_minute = int(now) // WINDOW_SECONDS
            self._minute_ends = monotonic + (self._this_minute + 1) * WINDOW_SECONDS - now
        return self._this_minute

    def _seconds_left(self) -> int:
        return max(math.ceil(self._minute_ends - self._clock.monotonic_seconds()), 1)

    def _counter(self, bucket: str) -> _Counter:
        minute = self._minute()
        found = self._counters.get(bucket)
        if found is None or found.minute != minute:
            if len(self._counters) >= _MOST_COUNTERS:
                self._counters.clear()
            found = self._counters[bucket] = _Counter(minute)
        return found

    def _total(self, bucket: str) -> int:
        found = self._counters.get(bucket)
        return found.total if found is not None and found.minute == self._minute() else 0

    def _count(self, counter: _Counter, limit: int) -> None:
        counter.unsettled += 1
        if counter.unsettled * _SHARE_BEFORE_SETTLING >= limit:
            self._pressing.set()


@dataclass(slots=True)
class Visit:
    """One request as far as rates go.

    Attributes:
        rates: Where its calls are counted.
        asked: Method and path.
        standing: What its answer's headers say; None before anybody is known.
        is_known: Somebody was recognised.
    """

    rates: Rates
    asked: tuple[str, str] = ("", "")
    standing: Standing | None = None
    is_known: bool = False


VISIT: Final[ContextVar[Visit | None]] = ContextVar("counterfoil_visit", default=None)


def spend(environment_id: int) -> None:
    """Count one call of an environment, where the request is one that is counted. Raises RateLimited."""
    visit = VISIT.get()
    if visit is None:
        return
    visit.is_known = True
    try:
        visit.standing = visit.rates.spend(environment_id)
    except RateLimited as limited:
        visit.standing, limited.asked = limited.standing, visit.asked
        raise


def client_address(peer: str, forwarded_for: Sequence[str], trusted: Networks) -> str:
    """Where a request came from; of an IPv6 address its network, which is what one customer gets.

    Args:
        peer: The other end of the connection.
        forwarded_for: The values of `X-Forwarded-For`, in order; believed as far as trusted proxies wrote it.
        trusted: The networks of one's own reverse proxies.
    """
    hops = [hop.strip() for value in forwarded_for for hop in value.split(",")]
    address = peer
    while hops and _is_in(address, trusted) and _is_address(hops[-1]):
        address = hops.pop()
    return _network(address)


def _is_in(text: str, networks: Networks) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _network(text: str) -> str:
    if ":" not in text or not _is_address(text):
        return text
    return str(IPv6Network((text.partition("%")[0], _IPV6_NETWORK_BITS), strict=False))
