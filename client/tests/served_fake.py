"""The public fake behind a real HTTP server on the loopback, for programs that are given an address."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import httpx2
from client.tests.scripted_service import body_of, listening

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

    with listening(Handler, Handler._answer) as base_url:
        yield base_url
