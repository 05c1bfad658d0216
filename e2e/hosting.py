"""Web sites of somebody's on this machine, for pages that show the Connect page, or try to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """A site.

    Attributes:
        origin: Where it is.
        documents: HTML by path.
        headers: That each answer has beside the usual ones.
        asked: The addresses it was asked for, with their queries.
    """

    origin: str
    documents: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def site() -> Iterator[Site]:
    """Serve a site on a free port until the block ends."""
    found: list[Site] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found[0].asked.append(self.path)
            body = found[0].documents.get(self.path.partition("?")[0], "").encode()
            self.send_response(200 if body else 404)
            for name, value in found[0].headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.append(Site(f"http://127.0.0.1:{server.server_address[1]}"))
        yield found[0]
        server.shutdown()
