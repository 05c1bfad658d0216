"""The sender: attempts what is due for an endpoint.

    claim (lease, number of the attempt) → sign → send → write what came of it

Who dies between sending and writing leaves a lease; when it has run out, the delivery is attempted again
under the same id. Several lanes send to one endpoint at a time; a process sends to one endpoint from one
place only, to a few endpoints at once, and to fewer still that failed last time, so that those that answer
never wait for those that don't.

What the lanes have been answered is written together: while one writes, the others' answers gather, and the
next writes them all. A lane sends again only when its last answer is written, so that who dies has never
more unwritten than one answer a lane.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from typing import Final

from counterfoil.clock import Clock
from counterfoil.outbound import Deadlines, Outbound, OutboundError, OutboundRequest, OutboundStream
from counterfoil.webhooks.answers import Answer, excerpt, failure_of, outcome_of, retry_after_seconds
from counterfoil.webhooks.configuration import Configuration
from counterfoil.webhooks.ledger import Claimed, Ledger, Result, Target
from counterfoil.webhooks.signing import SigningKeys, signature_headers, standard_secret

DEADLINE_SECONDS: Final = 20.0
# Four turns of every lane, as many as are claimed at once, and time to write it down.
LEASE_SECONDS: Final = 120.0
BUSY_SECONDS: Final = 2.0
LANES: Final = 16
_CLAIMED_AT_ONCE: Final = 4 * LANES
# With the deadline of the last attempts it ends before a worker that is stopped loses its patience.
_TURN_SECONDS: Final = 5.0
MOST_ENDPOINTS: Final = 6
MOST_AILING_ENDPOINTS: Final = 2
# How long a turn goes on with the keys that it has read.
_KEYS_TRUSTED_SECONDS: Final = 1.0
_MOST_READ_BYTES: Final = 65_536
_HEADERS: Final = (
    ("Content-Type", "application/json"),
    # Bodies are not decompressed.
    ("Accept-Encoding", "identity"),
    ("User-Agent", f"counterfoil/{version('counterfoil')}"),
)


@dataclass(slots=True)
class _Turn:
    """One turn of sending to one endpoint.

    Attributes:
        target: The endpoint, read again with every claim.
        keys: The keys.
        keys_until_seconds: When to read them again.
        on_trial: The breaker lets one message through, to see.
        ends_at_seconds: When to let others go first.
        claimed: What the lanes take from.
        claiming: One lane claims at a time.
        unwritten: What has been answered and nobody writes yet, by delivery, in the order of the answers.
        writing: One lane writes at a time.
        judging: One lane judges at a time, in the order of writing.
        is_over: Nothing more is to be claimed.
    """

    target: Target
    keys: SigningKeys
    keys_until_seconds: float
    on_trial: bool
    ends_at_seconds: float
    claimed: deque[Claimed] = field(default_factory=deque)
    claiming: asyncio.Lock = field(default_factory=asyncio.Lock)
    unwritten: dict[int, Result] = field(default_factory=dict)
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    judging: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_over: bool = False


class Sender:
    """Sends what is due; one of these in each process that runs jobs.

    Args:
        ledger: What is due.
        configuration: The keys.
        outbound: The way out; its address policy holds at every attempt.
        clock: For what is due and how long things take.
        deadline_seconds: How long a receiver may take to answer.
    """

    def __init__(
        self,
        ledger: Ledger,
        configuration: Configuration,
        outbound: Outbound,
        clock: Clock,
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._ledger = ledger
        self._configuration = configuration
        self._outbound = outbound
        self._clock = clock
        self._deadlines = Deadlines(
            connect_seconds=deadline_seconds / 2,
            idle_seconds=deadline_seconds,
            total_seconds=deadline_seconds,
        )
        # The endpoints that are being sent to, and whether somebody asked for them meanwhile.
        self._asked_again: dict[int, bool] = {}
        self._ailing: set[int] = set()
        # In the order in which they were asked for; as keys, since each is there once.
        self._waiting: dict[int, None] = {}

    async def deliver(self, endpoint_id: int) -> dict[int, float]:
        """Attempt what is due for an endpoint, unless enough others are being sent to.

        Returns:
            The endpoints to call again for, this one or others, and in how many seconds.
        """
        if endpoint_id in self._asked_again:
            self._asked_again[endpoint_id] = True
            return {}
        if len(self._asked_again) >= MOST_ENDPOINTS:
            self._waiting[endpoint_id] = None
            return {}
        self._asked_again[endpoint_id] = False
        try:
            waits_seconds = await self._take_turn(endpoint_id)
        finally:
            is_asked_again = self._asked_again.pop(endpoint_id)
            self._ailing.discard(endpoint_id)
        calls = {} if waits_seconds is None else {endpoint_id: waits_seconds}
        if is_asked_again:
            calls[endpoint_id] = 0.0
        if self._waiting:
            following = next(iter(self._waiting))
            del self._waiting[following]
            calls[following] = 0.0
        return calls

    async def _take_turn(self, endpoint_id: int) -> float | None:
        target = await self._ledger.target(endpoint_id)
        if target is None:
            return None
        if target.is_ailing and len(self._ailing) >= MOST_AILING_ENDPOINTS:
            return BUSY_SECONDS
        if target.is_ailing:
            self._ailing.add(endpoint_id)
        is_open = target.open_until is not None
        if is_open and not await self._ledger.take_trial(endpoint_id, self._clock.now()):
            return await self._waits_seconds(endpoint_id)
        begun_seconds = self._clock.monotonic_seconds()
        turn = _Turn(
            target=target,
            keys=await self._configuration.keys(target.environment_id),
            keys_until_seconds=begun_seconds + _KEYS_TRUSTED_SECONDS,
            on_trial=is_open,
            ends_at_seconds=begun_seconds + _TURN_SECONDS,
        )
        lanes = (self._lane(turn) for _ in range(1 if turn.on_trial else LANES))
        # Every lane finishes what it has begun, also where another one failed.
        ends = await asyncio.gather(*lanes, return_exceptions=True)
        await self._ledger.release(turn.claimed)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return await self._waits_seconds(endpoint_id)

    async def _waits_seconds(self, endpoint_id: int) -> float | None:
        due_at = await self._ledger.next_due(endpoint_id)
        return None if due_at is None else max((due_at - self._clock.now()).total_seconds(), 0.0)

    async def _lane(self, turn: _Turn) -> None:
        while (claimed := await self._next(turn)) is not None:
            begun_seconds = self._clock.monotonic_seconds()
            answer = await self._attempt(turn, claimed)
            duration_seconds = self._clock.monotonic_seconds() - begun_seconds
            result = Result(
                claimed=claimed,
                answer=answer,
                at=self._clock.now(),
                duration_ms=round(duration_seconds * 1000),
            )
            await self._write(turn, result)

    async def _next(self, turn: _Turn) -> Claimed | None:
        async with turn.claiming:
            if self._clock.monotonic_seconds() >= turn.ends_at_seconds:
                turn.is_over = True
            if not turn.claimed and not turn.is_over:
                await self._claim(turn)
            return turn.claimed.popleft() if turn.claimed and not turn.is_over else None

    async def _claim(self, turn: _Turn) -> None:
        target = await self._ledger.target(turn.target.id)
        # Another process may have found out meanwhile how the endpoint is.
        if target is None or (target.open_until is not None and not turn.on_trial):
            turn.is_over = True
            return
        turn.target = target
        now_seconds = self._clock.monotonic_seconds()
        if now_seconds >= turn.keys_until_seconds:
            turn.keys = await self._configuration.keys(target.environment_id)
            turn.keys_until_seconds = now_seconds + _KEYS_TRUSTED_SECONDS
        most = 1 if turn.on_trial else _CLAIMED_AT_ONCE
        turn.claimed.extend(await self._ledger.claim(target.id, self._clock.now(), most))
        turn.is_over = turn.is_over or not turn.claimed

    async def _attempt(self, turn: _Turn, claimed: Claimed) -> Answer:
        now = self._clock.now()
        signatures = signature_headers(
            turn.keys,
            message_id=claimed.uid,
            timestamp_seconds=int(now.timestamp()),
            body=claimed.body,
        )
        request = OutboundRequest("POST", turn.target.url, (*_HEADERS, *signatures), claimed.body)
        try:
            async with self._outbound.stream(request, deadlines=self._deadlines) as stream:
                body = await _beginning(stream)
        except OutboundError as error:
            return failure_of(error)
        return Answer(
            outcome=outcome_of(stream.status),
            status_code=stream.status,
            excerpt=excerpt(body, [*_texts(turn.keys), *(value for _, value in signatures)]),
            asked_seconds=retry_after_seconds(_header(stream, b"retry-after"), now),
        )

    async def _write(self, turn: _Turn, result: Result) -> None:
        """Come back when the result is written, by whom ever, and the endpoint is judged by it."""
        turn.unwritten[result.claimed.delivery_id] = result
        async with turn.writing:
            results = await self._write_all(turn) if result.claimed.delivery_id in turn.unwritten else []
        # The next ones are written meanwhile, and judged after these.
        async with turn.judging:
            if results:
                await self._judge(turn, results)

    async def _write_all(self, turn: _Turn) -> list[Result]:
        # What has come in the same turn of the loop is written with it.
        await asyncio.sleep(0)
        results, turn.unwritten = list(turn.unwritten.values()), {}
        try:
            await self._ledger.write(results)
        except BaseException:
            # Nobody goes on where it is not known what is written; the leases run out.
            turn.is_over = True
            raise
        return results

    async def _judge(self, turn: _Turn, results: Sequence[Result]) -> None:
        health = await self._ledger.judge(turn.target.id, results, on_trial=turn.on_trial)
        if turn.on_trial or health.deactivated is not None or _is_open(health.open_until, results[-1].at):
            turn.is_over = True


def _is_open(open_until: datetime | None, now: datetime) -> bool:
    return open_until is not None and open_until > now


async def _beginning(stream: OutboundStream) -> bytes:
    """As much of the body as is read at all. The status is known already, so a failure changes nothing."""
    body = bytearray()
    try:
        while len(body) < _MOST_READ_BYTES and (piece := await stream.read()):
            body += piece
    except OutboundError:
        pass
    return bytes(body[:_MOST_READ_BYTES])


def _header(stream: OutboundStream, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in stream.headers if key.lower() == name), None)


def _texts(keys: SigningKeys) -> list[str]:
    both = [keys.current] if keys.following is None else [keys.current, keys.following]
    return [text for key in both for text in (key.reveal(), standard_secret(key).reveal())]
