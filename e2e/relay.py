"""A round-robin over several processes, as a load balancer is: it takes TCP connections and passes their
bytes on to one address after the other. It knows no HTTP.
"""

import itertools
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_CHUNK_BYTES = 65_536


class Relay:
    """Listens on a free port of loopback.

    Attributes:
        url: Its address, no slash at the end.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._targets: Iterator[tuple[str, int]] = iter(())
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def point_at(self, urls: Sequence[str]) -> None:
        """From now on, new connections go to these in turn."""
        self._targets = itertools.cycle([_address(url) for url in urls])

    def close(self) -> None:
        """Stop listening and end what is open."""
        # A thread that waits in accept() is woken by this, not by close() alone.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                caller, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with caller, suppress(OSError), socket.create_connection(next(self._targets)) as target:
            self._open += [caller, target]
            back = threading.Thread(target=_pass_on, args=(target, caller), daemon=True)
            back.start()
            _pass_on(caller, target)
            back.join()


@contextmanager
def relay() -> Iterator[Relay]:
    """A relay that is closed afterwards; point it at something before it is used."""
    one = Relay()
    try:
        yield one
    finally:
        one.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(_CHUNK_BYTES):
            target.sendall(chunk)
    # Half a connection may end while the other half still speaks.
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port
