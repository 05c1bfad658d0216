"""What a request may look like before any application code sees it: size, number, speed, one meaning; no I/O.

Refused is what two readers could take for two different requests (RFC 9110, RFC 9112 sections 3, 5, 6, 11.2).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Headers = Sequence[tuple[bytes, bytes]]

_HOST: Final = re.compile(
    rb"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
)
_TARGET: Final = re.compile(rb"/[!-~]*")
_VALUE: Final = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEAD: Final = re.compile(rb"(?:[!#$%&'*+.^`|~0-9A-Za-z-]+\n[\t\x20-\x7e\x80-\xff]*\n)*")
_DIGITS: Final = re.compile(rb"[0-9]{1,18}")

# Where a second one would change what the request means or whom it is for.
_AT_MOST_ONCE: Final = frozenset(
    {
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"expect",
        b"host",
        b"origin",
        b"transfer-encoding",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much and how slowly a client may send.

    Attributes:
        head_bytes: Request line and headers together.
        head_count: Number of headers.
        target_bytes: Path and query together.
        head_seconds: From the first moment of a connection, or the first byte of a later request,
            to the last header.
        body_window_seconds: How often the progress of a body is judged.
        body_window_bytes: What must have arrived in such a window, unless we ourselves stopped reading.
        stall_seconds: How long a client may leave our answer unread.
        idle_seconds: How long a kept-alive connection waits for its next request.
        shutdown_seconds: How long requests under way may go on after the signal to stop.
        websocket_frame_bytes: The largest frame of a client of the WebSocket; none is needed at all.
        websocket_ping_seconds: How often such a client is asked whether it is there, and how long for an
            answer.
        connections: How many connections at once; beyond, requests are answered with 503.
    """

    head_bytes: int = 32_768
    head_count: int = 100
    target_bytes: int = 16_384
    head_seconds: float = 10
    body_window_seconds: float = 30
    body_window_bytes: int = 7_200
    stall_seconds: float = 60
    idle_seconds: int = 65
    shutdown_seconds: int = 30
    websocket_frame_bytes: int = 1_024
    websocket_ping_seconds: float = 20
    connections: int | None = None


class Refused(Exception):
    """A request that is not passed on: `status`, `code`, `message` are the answer, the connection ends."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def check_head(method: bytes, target: bytes, version: str, headers: Headers) -> None:
    """Pass if the head means exactly one thing. `headers` have names in lower case. Raises Refused."""
    if version not in ("1.0", "1.1"):
        raise Refused(505, "http_version_not_supported", "Speak HTTP/1.1.")
    if method in (b"TRACE", b"CONNECT"):
        raise Refused(405, "method_not_allowed", f"{method.decode()} is not available.")
    if not _TARGET.fullmatch(target) or b"#" in target:
        raise Refused(400, "invalid_request", "The request line must name a path, percent-encoded.")
    _check_headers(headers)
    _check_framing(version, headers)


def _check_headers(headers: Headers) -> None:
    fields = dict(headers)
    # Nearly every request: no name twice, none that could be another's second spelling.
    if len(fields) == len(headers) and b"_" not in b"".join(fields) and _are_plain(headers):
        _check_host(fields.get(b"host"))
        return
    _check_spellings(headers)


def _are_plain(headers: Headers) -> bool:
    """Whether all names and values have only characters that they can have, in one look."""
    head = b"".join([b"%b\n%b\n" % header for header in headers])
    # Counted, so that a line break inside of one can't make two of it.
    return head.count(b"\n") == 2 * len(headers) and _HEAD.fullmatch(head) is not None


def _check_host(host: bytes | None) -> None:
    if host is None:
        raise Refused(400, "invalid_headers", "Send exactly one Host header.")
    if not _HOST.fullmatch(host):
        raise Refused(400, "invalid_headers", "The Host header is not a host.")


def _check_spellings(headers: Headers) -> None:
    spellings: dict[bytes, bytes] = {}
    hosts = 0
    for name, value in headers:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Refused(400, "invalid_headers", "A header has characters that headers can't have.")
        canonical = name.replace(b"_", b"-")
        before = spellings.setdefault(canonical, name)
        if before != name:
            raise Refused(
                400, "invalid_headers", f"{_shown(canonical)} is there in two spellings, with - and with _."
            )
        if name == b"host":
            hosts += 1
            _check_host(value)
    if hosts != 1:
        raise Refused(400, "invalid_headers", "Send exactly one Host header.")
    if len(spellings) != len(headers):
        _check_repeated(headers)


def _check_repeated(headers: Headers) -> None:
    seen: set[bytes] = set()
    for name, _ in headers:
        if name in _AT_MOST_ONCE and name in seen:
            raise Refused(400, "invalid_headers", f"Send at most one {_shown(name)} header.")
        seen.add(name)


def _check_framing(version: str, headers: Headers) -> None:
    fields = dict(headers)
    coding = fields.get(b"transfer-encoding")
    length = fields.get(b"content-length")
    if coding is not None and (coding.strip(b" \t").lower() != b"chunked" or version == "1.0"):
        raise Refused(400, "invalid_headers", "The only transfer coding is chunked, over HTTP/1.1.")
    if coding is not None and length is not None:
        raise Refused(400, "invalid_headers", "Send either Content-Length or Transfer-Encoding.")
    if length is not None and not _DIGITS.fullmatch(length.strip(b" \t")):
        raise Refused(400, "invalid_headers", "Content-Length must be a number.")
    expect = fields.get(b"expect")
    if expect is not None and expect.lower() != b"100-continue":
        raise Refused(417, "expectation_failed", "The only expectation is 100-continue.")


def _shown(name: bytes) -> str:
    return name.decode("ascii", "replace").title()
