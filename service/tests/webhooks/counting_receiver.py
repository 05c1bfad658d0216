"""A receiver that costs little and counts: what came, what was done, whose answer was lost on purpose.

It keeps a digest of each body instead of the body, so that it bears a hundred thousand. A module of tests'
support, without any test; `receiver` is the one that follows a script.
"""

import asyncio
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ID: Final = re.compile(rb"\r\nwebhook-id: *([^\r]+)", re.IGNORECASE)
_NUMBER: Final = re.compile(rb'"sequence":(\d+)')
_CONNECTION: Final = re.compile(rb'"connectionId":"([^"]+)"')
_DONE: Final = b"HTTP/1.1 204 Done\r\n\r\n"
_FAILED: Final = b"HTTP/1.1 500 Failed\r\nContent-Length: 0\r\n\r\n"
_HALF: Final = b"HTTP/1.1 20"


class Manner(Enum):
    """What a receiver does with a message."""

    TAKES = auto()
    """It does what it says, and answers."""

    TAKES_SILENTLY = auto()
    """It does what it says, and its answer is lost."""

    FAILS = auto()
    """It does nothing, and says 500."""

    CUTS = auto()
    """It does nothing, and hangs up in the middle of its answer."""


@dataclass
class CountingReceiver:
    """The receiver; made by `counting()`.

    Attributes:
        manner: What it does with the next message.
        requests: How many came.
        taken: By id, how often it was done and answered.
        taken_silently: By id, how often it was done and the answer lost.
        bodies: By id, the digests of all bodies that came.
        numbers: By connection, the sequence numbers of what was done.
        open: The connections.
    """

    url: str = ""
    manner: Callable[[], Manner] = lambda: Manner.TAKES
    requests: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    taken_silently: Counter[str] = field(default_factory=Counter)
    bodies: defaultdict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    numbers: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    open: set[asyncio.Transport] = field(default_factory=set)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def twice(self) -> int:
        """How many deliveries were one too many although the answer was given."""
        return self.taken.total() - len(self.taken)

    async def hears(self, more: int, within_seconds: float) -> None:
        """Wait until so many more requests have come, or for so long."""
        goal = self.requests + more
        try:
            async with asyncio.timeout(within_seconds):
                while self.requests < goal:
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            pass

    def hear(self, head: bytes, body: bytes) -> Manner:
        """Count a request; what is done with it."""
        uid = _found(_ID, head)
        manner = self.manner()
        self.requests += 1
        self.bodies[uid].add(digest(body))
        if manner in (Manner.TAKES, Manner.TAKES_SILENTLY):
            (self.taken if manner is Manner.TAKES else self.taken_silently)[uid] += 1
            self.numbers[_found(_CONNECTION, body)].add(int(_found(_NUMBER, body)))
        self._heard.set()
        return manner


class _Hearing(asyncio.Protocol):
    """One connection; requests that carry their length, one after the other."""

    def __init__(self, receiver: CountingReceiver) -> None:
        self._receiver = receiver
        self._transport: asyncio.Transport | None = None
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._receiver.open.add(transport)

    def connection_lost(self, _error: Exception | None) -> None:
        assert self._transport is not None
        self._receiver.open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (ends := self._unread.find(b"\r\n\r\n")) >= 0:
            head, start = self._unread[:ends], ends + 4
            length = int(_found(_LENGTH, head))
            if len(self._unread) < start + length:
                return
            body, self._unread = self._unread[start : start + length], self._unread[start + length :]
            self._answer(self._receiver.hear(head, body))

    def _answer(self, manner: Manner) -> None:
        assert self._transport is not None
        if manner is Manner.TAKES:
            self._transport.write(_DONE)
        elif manner is Manner.FAILS:
            self._transport.write(_FAILED)
        elif manner is Manner.CUTS:
            self._transport.write(_HALF)
            self._transport.close()
        else:
            self._transport.close()


@asynccontextmanager
async def counting() -> AsyncIterator[CountingReceiver]:
    """A counting receiver on a free port of 127.0.0.1."""
    receiver = CountingReceiver()
    server = await asyncio.get_running_loop().create_server(lambda: _Hearing(receiver), "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks"
    try:
        yield receiver
    finally:
        server.close()
        for transport in list(receiver.open):
            transport.abort()
        await server.wait_closed()


def digest(body: bytes) -> bytes:
    """What is kept of a body."""
    return hashlib.blake2b(body, digest_size=16).digest()


def _found(pattern: re.Pattern[bytes], text: bytes) -> str:
    found = pattern.search(text)
    assert found is not None, f"{pattern.pattern!r} is not in {text[:500]!r}"
    return found[1].decode()
