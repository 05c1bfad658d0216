"""A real HTTP server on the loopback: answers what a test has written down, and keeps what it was asked."""

import json
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REQUEST_ID = "request-1"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "REPORT")


@dataclass(frozen=True)
class Scripted:
    """One answer.

    Attributes:
        status: HTTP status.
        json: The body as JSON, or None.
        pieces: The body piece by piece, sent chunked, where there is no JSON.
        headers: Names and values; `Counterfoil-Request-Id` comes by itself unless it is given as empty.
        is_cut: Hang up after the last piece without ending the body.
        waits: Send nothing until the test is over.
    """

    status: int = 200
    json: Any = None
    pieces: Sequence[bytes] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False
    waits: bool = False


@dataclass(frozen=True)
class Seen:
    """One request; names of headers in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class ScriptedService:
    """The script and what was seen."""

    def __init__(self) -> None:
        self.script: deque[Scripted] = deque()
        self.seen: list[Seen] = []
        self.is_over = threading.Event()
        self.base_url = ""

    def will(self, *answers: Scripted) -> None:
        """Answer these, one after the other."""
        self.script.extend(answers)

    @property
    def last(self) -> Seen:
        """The last request."""
        return self.seen[-1]


@contextmanager
def scripted_service() -> Iterator[ScriptedService]:
    """A service that listens until the block is left."""
    service = ScriptedService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            service.seen.append(Seen(self.command, self.path, _lowered(self.headers.items()), body_of(self)))
            if not service.script:
                self.send_error(500, "The script is at its end.")
                return
            _play(self, service.script.popleft(), service.is_over)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' own name
            """Nothing: tests speak by their outcome."""

    with listening(Handler, Handler._answer) as service.base_url:
        try:
            yield service
        finally:
            service.is_over.set()


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler], answer: Any) -> Iterator[str]:
    """The address of a server whose handler gives this answer to every method, until the block is left."""
    for method in METHODS:
        setattr(handler, f"do_{method}", answer)
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def body_of(handler: BaseHTTPRequestHandler) -> bytes:
    """A request's body, whether its length is said or it comes in chunks."""
    if handler.headers.get("Transfer-Encoding") != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    body = b""
    while size := int(handler.rfile.readline(), 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body


class _Server(ThreadingHTTPServer):
    """Threads end with the process; that a client hangs up is part of some tests and no news."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _lowered(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


def _play(handler: BaseHTTPRequestHandler, answer: Scripted, is_over: threading.Event) -> None:
    if answer.waits:
        handler.close_connection = True
        is_over.wait()
        return
    handler.send_response(answer.status)
    headers = {"Counterfoil-Request-Id": REQUEST_ID, **answer.headers}
    for name, value in headers.items():
        if value:
            handler.send_header(name, value)
    if answer.pieces:
        _send_pieces(handler, answer)
        return
    content = b"" if answer.json is None else json.dumps(answer.json).encode()
    if answer.json is not None and "Content-Type" not in headers:
        handler.send_header("Content-Type", "application/json")
    if answer.status not in (204, 304):
        handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(content)


def _send_pieces(handler: BaseHTTPRequestHandler, answer: Scripted) -> None:
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for piece in answer.pieces:
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
    if answer.is_cut:
        handler.close_connection = True
        return
    handler.wfile.write(b"0\r\n\r\n")
