"""The public fake behind a real HTTP server on the loopback, for programs that are given an address."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
from client.tests.scripted_service import METHODS, body_of

from counterfoil_client.testing import FakeCounterfoil


@contextmanager
def served(fake: FakeCounterfoil) -> Iterator[str]:
    """The base URL at which the fake listens until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            request = httpx2.Request(
                self.command,
                f"{fake.base_url}{self.path}",
                headers=list(self.headers.items()),
                content=body_of(self),
            )
            response = fake.transport.handle_request(request)
            content = response.read()
            self.send_response(response.status_code)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' own name
            """Nothing: tests speak by their outcome."""

    for method in METHODS:
        setattr(Handler, f"do_{method}", Handler._answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
