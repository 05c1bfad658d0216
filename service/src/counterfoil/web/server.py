"""uvicorn behind our own limits, because no ASGI server is safe bare.

uvicorn with httptools refuses conflicting framing, but it caps neither the size nor the number of headers,
has no deadline for a slow sender or a slow reader, and accepts a missing or a double `Host`. This module adds
that. It serves HTTP/1.1 only: TLS and HTTP/2 belong to the reverse proxy in front. There is one WebSocket, at
`/`, on which the service speaks and clients only listen: a frame of theirs may be small, compression is off,
and who does not answer a ping is gone.
"""

import asyncio
import contextlib
import functools
import gc
import logging
import resource
import signal
import socket
import threading
from asyncio.events import TimerHandle
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import orjson
import uvicorn
import uvloop
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from counterfoil.web.limits import Limits, Refused, check_head

_LOG: Final = logging.getLogger(__name__)
_ALLOW: Final = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, PROPFIND, REPORT"
_LINGER_SECONDS: Final = 2.0
_RESERVED_FILES: Final = 256
_DEFAULT_LIMITS: Final = Limits()


def run(
    app: ASGI3Application,
    host: str,
    port: int,
    ready: Callable[[str], None],
    *,
    limits: Limits = _DEFAULT_LIMITS,
    listener: socket.socket | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is under way and return; a second signal forces it.

    Args:
        app: Must speak the lifespan protocol; a failing startup ends the process with status 3.
        host: Address to listen on.
        port: Port to listen on; 0 picks a free one.
        ready: Called once with the origin, `http://127.0.0.1:3003`, when requests are accepted.
        limits: What clients may do.
        listener: A socket of `listen`, for who must know the port beforehand; `host` and `port` are not used.
    """
    server = Server(app, host, port, ready, limits)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve(sockets=None if listener is None else [listener]))


def listen(host: str, port: int) -> socket.socket:
    """A socket that is bound to the address and not used yet.

    Args:
        host: A name or an address.
        port: 0 picks a free one.

    Raises:
        OSError: The address is taken, not of this machine, or not permitted.
    """
    family, kind, protocol, _name, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def origin_of(listener: socket.socket) -> str:
    """The socket's own address, `http://127.0.0.1:3003`."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn's server with our protocol, our signals and fewer wake-ups."""

    def __init__(
        self,
        app: ASGI3Application,
        host: str,
        port: int,
        ready: Callable[[str], None],
        limits: Limits = _DEFAULT_LIMITS,
    ) -> None:
        protocol = functools.partial(LimitedProtocol, limits=limits)
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=cast("type[asyncio.Protocol]", protocol),
                ws="websockets-sansio",
                ws_max_size=limits.websocket_frame_bytes,
                ws_ping_interval=limits.websocket_ping_seconds,
                ws_ping_timeout=limits.websocket_ping_seconds,
                ws_per_message_deflate=False,
                lifespan="on",
                log_config=None,
                access_log=False,
                # Whose X-Forwarded-* may be believed is for the application to decide.
                proxy_headers=False,
                server_header=False,
                limit_concurrency=limits.connections or _affordable_connections(),
                timeout_keep_alive=limits.idle_seconds,
                timeout_graceful_shutdown=limits.shutdown_seconds,
            )
        )
        self._ready = ready
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Stop accepting, finish what is under way; called again, drop it."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._stopping.set()

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if not self.started:
            return
        # What start-up made lives on; without it in the way collections stay short (p99).
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 100)
        self._ready(self._origin())

    async def main_loop(self) -> None:
        """Wait for the signal, waking once a second for the Date header instead of ten times."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGINT and SIGTERM, and do not raise them again: the caller still has to clean up."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _origin(self) -> str:
        return origin_of(self.servers[0].sockets[0])


class LimitedProtocol(HttpToolsProtocol):
    """One client's connection."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._refused: Refused | None = None
        self._in_head = False
        self._in_body = False
        self._is_upgraded = False
        self._head_bytes = 0
        self._unparsed_bytes = 0
        self._body_bytes = 0
        self._slow_windows = 0
        self._head_timer: TimerHandle | None = None
        self._body_timer: TimerHandle | None = None
        self._stall_timer: TimerHandle | None = None

    # What the transport tells.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: a client that says nothing is a client that takes too long."""
        super().connection_made(transport)
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks."""
        super().connection_lost(exc)
        for timer in (self._head_timer, self._body_timer, self._stall_timer):
            if timer is not None:
                timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse, then judge size and speed of what is still incomplete."""
        if self._refused is not None:
            return
        # Held back by the parser are at most the bytes since the last thing that it told.
        self._unparsed_bytes += len(data)
        self._body_bytes += len(data)
        super().data_received(data)
        # Once upgraded, the connection is another protocol's, with limits of its own.
        if self._is_upgraded:
            return
        if self._refused is not None:
            return
        if self._unparsed_bytes > self._limits.head_bytes:
            self._end_with(_headers_too_large())
        elif self._in_head:
            self._watch_head()
        elif self._in_body:
            self._watch_body()
        elif self._head_timer is None and self._cycle_under_way() is None:
            # Empty lines between requests are legal and must not keep a connection for ever.
            self._start_head_timer()

    def pause_writing(self) -> None:
        """The client does not read: it has until the deadline to take some of it."""
        super().pause_writing()
        self._stall_timer = self.loop.call_later(self._limits.stall_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    # What the parser tells; raising here makes it give up and call `send_400_response`.

    def on_message_begin(self) -> None:
        """A request line begins."""
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = self._unparsed_bytes = 0

    def on_url(self, url: bytes) -> None:
        """A piece of the request line."""
        super().on_url(url)
        if len(self.url) > self._limits.target_bytes:
            self._refuse(Refused(414, "uri_too_long", "The path and the query are too long."))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One whole header, or a trailer after a chunked body."""
        self._unparsed_bytes = 0
        self._head_bytes += len(name) + len(value) + 4
        # A trailer is dropped: the headers it would join were already checked and passed on.
        if not self._in_body:
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))
        if len(self.headers) > self._limits.head_count:
            self._refuse(Refused(431, "too_many_headers", "The request has too many headers."))
        if self._head_bytes > self._limits.head_bytes:
            self._refuse(_headers_too_large())

    def on_headers_complete(self) -> None:
        """The head is there: pass it on if it means exactly one thing."""
        self._in_head = False
        self._cancel_head_timer()
        try:
            check_head(self.parser.get_method(), self.url, self.parser.get_http_version(), self.headers)
        except Refused as refused:
            self._refuse(refused)
        super().on_headers_complete()
        self._in_body = True
        self._unparsed_bytes = self._body_bytes = self._slow_windows = 0
        if self.parser.should_upgrade() and not self._should_upgrade():
            # What may follow this request is in another protocol, which is not spoken here.
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._unparsed_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The body is there too."""
        super().on_message_complete()
        self._in_body = False
        self._unparsed_bytes = 0
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- the base class has one text for everything
        """The parser gave up, on its own or because one of the methods above refused."""
        self._end_with(self._refused or Refused(400, "invalid_request", "This is not well-formed HTTP/1.1."))

    def handle_websocket_upgrade(self) -> None:
        """From here on it is a WebSocket's connection."""
        self._is_upgraded = True
        self._cancel_head_timer()
        super().handle_websocket_upgrade()

    def _should_upgrade(self) -> bool:
        """Whether this request opens the one WebSocket; any other is answered as if it asked for nothing."""
        path = self.url.partition(b"?")[0]
        return path == b"/" and self.parser.get_method() == b"GET" and super()._should_upgrade()

    # The rules.

    def _refuse(self, refused: Refused) -> None:
        self._refused = refused
        raise refused

    def _watch_head(self) -> None:
        if self._head_timer is None:
            self._start_head_timer()

    def _start_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(self._limits.head_seconds, self._head_is_late)

    def _cancel_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._cycle_under_way() is not None:
            # The half head of a pipelined request; its time starts when the answer before it is out.
            self._start_head_timer()
        elif self._in_head:
            self._end_with(Refused(408, "request_timeout", "The headers took too long."))
        else:
            self.transport.close()

    def _watch_body(self) -> None:
        if self._body_timer is None:
            self._body_timer = self.loop.call_later(self._limits.body_window_seconds, self._judge_body)

    def _judge_body(self) -> None:
        self._body_timer = None
        # A client that we ourselves hold back is not slow; nor is one that had a single bad moment.
        slow = self._body_bytes < self._limits.body_window_bytes and not self.flow.read_paused
        self._slow_windows = self._slow_windows + 1 if slow else 0
        self._body_bytes = 0
        if self._slow_windows < 2:
            self._watch_body()
            return
        self._end_with(Refused(408, "request_timeout", "The body comes too slowly."))

    def _end_with(self, refused: Refused) -> None:
        self._refused = refused
        self._cancel_head_timer()
        cycle = self._cycle_under_way()
        if cycle is None:
            self._answer(refused)
            return
        if not cycle.more_body and not self.pipeline:
            # The fault is in the request after the one being answered: let that answer out, then close.
            cycle.keep_alive = False
            return
        cycle.disconnected = True
        cycle.message_event.set()
        if cycle.response_started or self.pipeline:
            # Something else is being written; only cutting it off can't be misread.
            self.transport.close()
        else:
            self._answer(refused)

    def _cycle_under_way(self) -> RequestResponseCycle | None:
        """The latest request, if its answer is not complete."""
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        return None if cycle is None or cycle.response_complete else cycle

    def _answer(self, refused: Refused) -> None:
        body = orjson.dumps({"error": {"code": refused.code, "message": refused.message}})
        allow = b"allow: " + _ALLOW + b"\r\n" if refused.status == 405 else b""
        length = str(len(body)).encode()
        self.transport.write(
            b"%scontent-type: application/json\r\ncontent-length: %s\r\n"
            b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n%sconnection: close\r\n\r\n%s"
            % (STATUS_LINE[refused.status], length, allow, body)
        )
        # Closing with unread bytes would reset the connection and destroy the answer on its way.
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.abort)


def _headers_too_large() -> Refused:
    return Refused(431, "headers_too_large", "The headers are too large.")


def _affordable_connections() -> int:
    """Half of the files the process may open: a proxied request needs two."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max((files - _RESERVED_FILES) // 2, _RESERVED_FILES)
