"""One HTTP/1.1 connection, as the client of one exchange after the other: bytes, framing, flow control.

It knows no pool, no policy and no retry. An answer that is not sound HTTP, that is framed twice, or whose
head is too large breaks the connection (RFC 9112 sections 6 and 11); what arrives without having been asked
for ends it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final, cast

import httptools

_PAUSE_AT_BYTES: Final = 512 * 1024
_RESUME_AT_BYTES: Final = 128 * 1024
# Pieces are joined up to this size; larger ones go on as they came, for a copy costs more than a piece.
_JOINED_BYTES: Final = 64 * 1024
# From here on a body of known length is counted rather than parsed, which would copy it.
_WORTH_COUNTING_BYTES: Final = 64 * 1024
_LONGEST_FIELD_BYTES: Final = 16_384
_LONGEST_HEAD_BYTES: Final = 131_072
_MOST_FIELDS: Final = 256

Header = tuple[bytes, bytes]


class Unsound(Exception):
    """What came is not an HTTP answer, or one that can be read in two ways."""


class Gone(Exception):
    """The connection ended before the answer was complete.

    Attributes:
        answered: Whether anything of an answer had come.
    """

    def __init__(self, *, answered: bool) -> None:
        super().__init__("the connection ended")
        self.answered = answered


class HttpConnection(asyncio.Protocol):
    """The protocol of one connection. `ask`, `head`, `read` … in this order, then `is_reusable` tells.

    Attributes:
        status: Of the answer, once its head is there.
        headers: Of the answer, names and values as they came.
        used_before: Whether an exchange went before this one.
        idle_since_seconds: When it was put aside, on the loop's clock; for the pool.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._is_open = False
        self._waiter: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due_seconds = 0.0
        self._idle_seconds = 0.0
        self._until_seconds = 0.0
        self._last_activity_seconds = 0.0
        self._exchanges = 0
        self.idle_since_seconds = 0.0
        self.status = 0
        self.headers: tuple[Header, ...] = ()
        self._begin(is_head=False)
        self._asked = False

    def _begin(self, *, is_head: bool) -> None:
        self._asked = True
        self._is_head = is_head
        self._fields: list[Header] = []
        self._head_bytes = 0
        self._pieces: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._length_bytes = -1
        self._left_bytes = 0
        self._body_bytes = 0
        self._reading_paused = False
        self._has_head = False
        self._answered = False
        self._complete = False
        self._until_close = False
        self._keeps_alive = False
        self._error: Exception | None = None

    # What an exchange is made of.

    def ask(self, head: bytes, body: bytes | AsyncIterator[bytes] | None, *, is_head: bool) -> None:
        """Send a request.

        Args:
            head: Request line and headers, with the empty line.
            body: Bytes; or an iterator that gives the pieces as they are to be on the wire. It is read while
                the answer is waited for.
            is_head: The method is HEAD, whose answer has no body whatever it says.
        """
        self._begin(is_head=is_head)
        self._exchanges += 1
        self._last_activity_seconds = self._loop.time()
        if body is None or isinstance(body, bytes):
            self._write(head + body if body else head)
            return
        self._write(head)
        self._sending = self._loop.create_task(self._send(body))

    async def head(self, idle_seconds: float, until_seconds: float) -> None:
        """Wait for the head of the answer; `status` and `headers` are then set.

        Args:
            idle_seconds: How long nothing may happen.
            until_seconds: When all must be over, on the loop's clock.

        Raises:
            Gone, Unsound: The connection ended, or what came is no answer.
            TimeoutError: A deadline passed.
        """
        while not self._has_head:
            if self._error is not None:
                raise self._error
            await self._wait(idle_seconds, until_seconds)

    async def read(self, idle_seconds: float, until_seconds: float) -> bytes:
        """What has come of the body since the last time, at least a byte; empty at its end. Raises as
        `head`.
        """
        while not self._pieces:
            if self._complete:
                return b""
            if self._error is not None:
                raise self._error
            await self._wait(idle_seconds, until_seconds)
        piece = self._take()
        self._waiting_bytes -= len(piece)
        if self._reading_paused and self._waiting_bytes <= _RESUME_AT_BYTES:
            self._resume()
        return piece

    @property
    def at_end(self) -> bool:
        """Whether the answer is complete and all of its body read."""
        return self._complete and not self._pieces

    @property
    def used_before(self) -> bool:
        """Whether an exchange went before the present one."""
        return self._exchanges > 1

    @property
    def is_open(self) -> bool:
        """Whether it can still be written to, as far as is known."""
        return self._is_open

    @property
    def is_reusable(self) -> bool:
        """Whether the exchange is over, nothing is left of it, and the other side goes on."""
        return (
            self._is_open
            and self.at_end
            and self._keeps_alive
            and self._error is None
            and (self._sending is None or self._sending.done())
        )

    def rest(self) -> None:
        """The exchange is over; whatever comes before the next one ends the connection."""
        self._asked = False
        self.idle_since_seconds = self._loop.time()

    def close(self) -> None:
        """End the connection, whatever is under way."""
        if self._sending is not None:
            self._sending.cancel()
        self._is_open = False
        if self._transport is not None:
            self._transport.close()

    # What the event loop says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected, and the handshake is over."""
        self._transport = cast("asyncio.Transport", transport)
        self._is_open = True

    def data_received(self, data: bytes) -> None:
        """Bytes of an answer."""
        if not self._asked or self._complete or self._error is not None:
            self._break(Unsound("more came than was asked for"))
            return
        self._answered = True
        self._last_activity_seconds = self._loop.time()
        if self._left_bytes:
            self._count(data)
        else:
            self._parse(data)
        self._wake()

    def _parse(self, data: bytes) -> None:
        if not self._has_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            self._break(cause if isinstance(cause, Unsound) else Unsound("the answer can't be read"))
        # An upgrade that nobody asked for is among these.
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._break(Unsound("the answer is not HTTP"))
        else:
            # Fields are counted when they are whole; one that never ends is not.
            if not self._has_head and self._head_bytes > 2 * _LONGEST_HEAD_BYTES:
                self._break(Unsound("the head is too large"))
            elif self._length_bytes >= _WORTH_COUNTING_BYTES and not self._complete:
                self._left_bytes = self._length_bytes - self._body_bytes

    def _count(self, data: bytes) -> None:
        """A piece of a body whose length is known."""
        is_more = len(data) > self._left_bytes
        piece = data[: self._left_bytes] if is_more else data
        self._left_bytes -= len(piece)
        self.on_body(piece)
        if self._left_bytes:
            return
        self._finish()
        # The one before still waits for the body.
        self._parser = httptools.HttpResponseParser(self)
        if is_more:
            self._break(Unsound("more came than was asked for"))

    def eof_received(self) -> bool:
        """The other side sends no more."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._is_open = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._until_close and exc is None:
            self._complete = True
        if not self._complete and self._error is None:
            self._error = Gone(answered=self._answered)
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._wake()

    def pause_writing(self) -> None:
        """The other side takes no more for now."""
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        """It does again."""
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    # What the parser says.

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field of the head, or of a trailer, which is dropped."""
        if self._has_head:
            return
        self._fields.append((name, value))
        if len(self._fields) > _MOST_FIELDS:
            raise Unsound("the head is too large")

    def on_headers_complete(self) -> None:
        """The head is there; of an interim answer (RFC 9110 section 15.2) nothing is kept."""
        if self._has_head:
            raise Unsound("more came than was asked for")
        status = self._parser.get_status_code()
        if status == 101:
            raise Unsound("protocols were switched without being asked")
        if status < 200:
            self._fields.clear()
            return
        # What came in all of an answer is the most that any part of its head can be.
        if self._head_bytes > _LONGEST_FIELD_BYTES:
            _check_sizes(self._fields)
        lengths, codings = _framing(self._fields)
        if len(lengths) > 1 or (lengths and codings):
            raise Unsound("the answer is framed twice")
        self.status = status
        self.headers = tuple(self._fields)
        self._has_head = True
        is_chunked = bool(codings) and codings[-1].lower().rstrip().endswith(b"chunked")
        has_body = not (self._is_head or status in (204, 304))
        self._until_close = has_body and not (lengths or is_chunked)
        if lengths and has_body:
            # The parser has judged that it is a number.
            self._length_bytes = int(lengths[0])
        if self._is_head:
            self._finish()
            # It may still expect the body that the head speaks of.
            self._parser = httptools.HttpResponseParser(self)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if self._complete:
            raise Unsound("more came than was asked for")
        self._pieces.append(body)
        self._body_bytes += len(body)
        self._waiting_bytes += len(body)
        if self._waiting_bytes >= _PAUSE_AT_BYTES and not self._reading_paused:
            self._reading_paused = True
            if self._transport is not None:
                self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """The answer is complete, unless it was an interim one."""
        if self._has_head and not self._complete:
            self._finish()

    # Inside.

    def _finish(self) -> None:
        self._complete = True
        self._keeps_alive = bool(self._parser.should_keep_alive())

    def _take(self) -> bytes:
        """The next piece of the body; small ones joined."""
        piece = self._pieces.popleft()
        if not self._pieces or len(piece) >= _JOINED_BYTES:
            return piece
        joined, size_bytes = [piece], len(piece)
        while self._pieces and size_bytes + len(self._pieces[0]) <= _JOINED_BYTES:
            joined.append(self._pieces.popleft())
            size_bytes += len(joined[-1])
        return b"".join(joined)

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def _send(self, body: AsyncIterator[bytes]) -> None:
        try:
            async for piece in body:
                self._write(piece)
                self._last_activity_seconds = self._loop.time()
                if self._drained is not None:
                    await self._drained
        # Whatever ended the caller's body: this request can't be completed, so neither can its answer.
        except Exception:
            self._break(Gone(answered=self._answered))

    def _break(self, error: Exception) -> None:
        if self._error is None and not self._complete:
            self._error = error
        self.close()
        self._wake()

    def _resume(self) -> None:
        self._reading_paused = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self, idle_seconds: float, until_seconds: float) -> None:
        """Until something happens. Raises TimeoutError."""
        waiter = self._waiter = self._loop.create_future()
        self._last_activity_seconds = self._loop.time()
        self._idle_seconds, self._until_seconds = idle_seconds, until_seconds
        due_seconds = self._due_seconds()
        # One timer serves many waits: it is left where it is unless it would come too late.
        if self._timer is None or due_seconds < self._timer_due_seconds:
            self._set_timer(due_seconds)
        try:
            await waiter
        finally:
            self._waiter = None

    def _due_seconds(self) -> float:
        return min(self._last_activity_seconds + self._idle_seconds, self._until_seconds)

    def _set_timer(self, due_seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due_seconds = due_seconds
        self._timer = self._loop.call_at(due_seconds, self._check)

    def _check(self) -> None:
        """Whether the time of a wait is over; what was sent or has come meanwhile puts it off."""
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        due_seconds = self._due_seconds()
        if self._loop.time() < due_seconds:
            self._set_timer(due_seconds)
        else:
            self._waiter.set_exception(TimeoutError())


def _framing(fields: list[Header]) -> tuple[list[bytes], list[bytes]]:
    """The values of `Content-Length` and of `Transfer-Encoding`."""
    lengths: list[bytes] = []
    codings: list[bytes] = []
    for name, value in fields:
        lower = name.lower()
        if lower == b"content-length":
            lengths.append(value)
        elif lower == b"transfer-encoding":
            codings.append(value)
    return lengths, codings


def _check_sizes(fields: list[Header]) -> None:
    """Raise Unsound where a field, or all together, are longer than they may be."""
    sizes = [len(name) + len(value) for name, value in fields]
    if max(sizes, default=0) > _LONGEST_FIELD_BYTES or sum(sizes) > _LONGEST_HEAD_BYTES:
        raise Unsound("the head is too large")
