"""One answer on its way to the caller: the provider's, or our own refusal in the shape of all refusals."""

from collections.abc import Sequence
from typing import Final

import orjson
from starlette.types import Send

from counterfoil.errors import CounterfoilError, TooManyRequests
from counterfoil.proxy.errors import MethodNotProxied
from counterfoil.proxy.headers import ALLOW, CORS, PREFLIGHT, Header
from counterfoil.proxy.records import Record
from counterfoil.web import error_body

_REFUSAL: Final[tuple[Header, ...]] = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"sandbox"),
    (b"x-content-type-options", b"nosniff"),
    *CORS,
)


class Answer:
    """Sends the messages of one answer and notes what went out.

    Args:
        send: ASGI's.
        record: Gets the status and the size.
    """

    __slots__ = ("_record", "_send")

    def __init__(self, send: Send, record: Record) -> None:
        self._send = send
        self._record = record

    @property
    def begun(self) -> bool:
        """Whether the head is out: from then on an answer can be cut off, but not be another one."""
        return self._record.status != 0

    async def begin(self, status: int, headers: Sequence[Header]) -> None:
        """The status and the headers; the request's id is added."""
        self._record.status = status
        named = [*headers, (b"counterfoil-request-id", self._record.request_id.encode())]
        await self._send({"type": "http.response.start", "status": status, "headers": named})

    async def go_on(self, piece: bytes, *, is_last: bool) -> None:
        """A piece of the body; waits while the caller does not take it."""
        self._record.response_bytes += len(piece)
        await self._send({"type": "http.response.body", "body": piece, "more_body": not is_last})

    async def preflight(self) -> None:
        """What browsers ask before they send a request across origins; also which methods there are."""
        await self.begin(204, PREFLIGHT)
        await self.go_on(b"", is_last=True)

    async def refuse(self, error: CounterfoilError) -> None:
        """Our own answer, if there is none yet; else the answer is left unfinished, and so the server cuts
        the connection: what was cut must not look complete.
        """
        self._record.error = error.code
        if self.begun:
            return
        body = orjson.dumps(error_body(error))
        headers = [
            *_REFUSAL,
            (b"content-length", str(len(body)).encode()),
            # What a provider answers never has this header, so callers can tell whose word it is.
            (b"counterfoil-error", error.code.encode()),
            *_headers_of(error),
        ]
        await self.begin(error.status, headers)
        await self.go_on(body, is_last=True)


def _headers_of(error: CounterfoilError) -> tuple[Header, ...]:
    if error.status == 401:
        return ((b"www-authenticate", b"Bearer"),)
    if isinstance(error, MethodNotProxied):
        return ((b"allow", ", ".join(error.allowed).encode() or ALLOW),)
    if isinstance(error, TooManyRequests):
        return ((b"retry-after", str(error.retry_after_seconds).encode()),)
    if error.status == 503:
        return ((b"retry-after", b"1"),)
    return ()
