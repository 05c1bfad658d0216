"""Requests, answers and deadlines as plain values; no I/O."""

from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """One request, complete: no header is added but `Host`, the framing and, if absent, `User-Agent`.

    Attributes:
        method: Upper case.
        url: Absolute, already percent-encoded; it is sent exactly as written.
        headers: Repeated names are sent repeatedly. `Content-Length` only beside an iterator of known length.
        body: Bytes, or an iterator that is sent as it comes and can't be sent twice.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | AsyncIterator[bytes] | None = None


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """A whole answer. Header names are in lower case, in the order they came, repeated ones kept."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first value under `name` (lower case), or None."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long the other side may take.

    Attributes:
        connect_seconds: To find an address and finish the handshakes.
        idle_seconds: Between two pieces of the answer, and before its first.
        total_seconds: From the start to the last byte.
    """

    connect_seconds: float = 10
    idle_seconds: float = 120
    total_seconds: float = 900
