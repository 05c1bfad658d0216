"""A receiver on loopback: a real socket, answers that follow a script, and a log of everything that came.

Speaks just enough HTTP/1.1, keep-alive included. A module of tests' support, without any test.
"""

import asyncio
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any


class Fault(Enum):
    """What to do instead of answering."""

    CUT = auto()
    """Close the connection without a word; the message was received."""

    HANG = auto()
    """Never answer; the message was received."""


@dataclass(frozen=True)
class Reply:
    """An answer."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Received:
    """One request that arrived."""

    headers: dict[str, str]
    raw: bytes

    @property
    def uid(self) -> str:
        return self.headers["webhook-id"]

    @property
    def body(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.raw)
        return parsed


Step = Reply | Fault
OK = Reply(200, b"thank you")


@dataclass
class Receiver:
    """The receiver; made by `receiving()`.

    Attributes:
        script: What to do next; when it is empty, `otherwise` is done.
        refuses: Which requests are answered with 500, whatever else is to be done.
        accepted: The ids of messages that were answered with 2xx, each as often as that happened.
    """

    origin: str = ""
    script: deque[Step] = field(default_factory=deque)
    otherwise: Callable[[], Step] = lambda: OK
    refuses: Callable[[Received], bool] = lambda _one: False
    received: list[Received] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)
    listener: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"{self.origin}/hooks"

    @property
    def uids(self) -> list[str]:
        return [one.uid for one in self.received]

    def sequences(self, connection_id: str) -> list[int]:
        """The numbers of the messages about a connection, in the order of their arrival."""
        return [
            one.body["sequence"] for one in self.received if one.body.get("connectionId") == connection_id
        ]

    async def arrived(self, count: int) -> None:
        """Wait until so many requests have come."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.received) >= count)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def cut(self) -> None:
        """Cut everything that is open."""
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def close(self) -> None:
        """Stop listening and cut everything that is open."""
        assert self.listener is not None
        self.listener.close()
        await self.cut()
        await self.listener.wait_closed()

    def _step(self, one: Received) -> Step:
        if self.refuses(one):
            return Reply(500)
        return self.script.popleft() if self.script else self.otherwise()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = head.rstrip().split("\r\n")[1:]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await reader.readexactly(int(headers["content-length"]))
        one = Received(headers, raw)
        step = self._step(one)
        async with self._arrived:
            self.received.append(one)
            self._arrived.notify_all()
        if step is Fault.HANG:
            await asyncio.Event().wait()
        if isinstance(step, Fault):
            return False
        if 200 <= step.status < 300:
            self.accepted[one.uid] += 1
        extra = "".join(f"{name}: {value}\r\n" for name, value in step.headers)
        writer.write(
            f"HTTP/1.1 {step.status} Whatever\r\nContent-Length: {len(step.body)}\r\n{extra}\r\n".encode()
            + step.body
        )
        await writer.drain()
        return True


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port of 127.0.0.1."""
    receiver = Receiver()
    receiver.listener = await asyncio.start_server(receiver.accept, "127.0.0.1", 0)
    port = receiver.listener.sockets[0].getsockname()[1]
    receiver.origin = f"http://127.0.0.1:{port}"
    try:
        yield receiver
    finally:
        await receiver.close()
