"""A provider with canned answers: tokens, the proof of one, a small and a large body; 401 without a token.

Just enough HTTP/1.1 for the programs of this benchmark, and no more: it must not be what is measured.
"""

import asyncio
import json
from typing import Final, cast

import uvloop

SMALL: Final = "/ia/api/v1/small"
LARGE: Final = "/ia/api/v1/large"
SMALL_BYTES: Final = 1024
LARGE_BYTES: Final = 1024 * 1024

_TOKEN: Final = json.dumps(
    {"token_type": "Bearer", "access_token": "tok-bench", "expires_in": 43_200}
).encode()
_SESSION: Final = b'{"ia::result":{"sessionId":"session","expiresIn":21600}}'


def _answer(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


_REFUSED: Final = _answer("401 Unauthorized", b'{"ia::error":{"code":"GW-0040"}}')
_ANSWERS: Final = {
    b"/ia/api/v1/oauth2/token": _answer("200 OK", _TOKEN),
    b"/ia/api/v1/services/core/session/id": _answer("200 OK", _SESSION),
    SMALL.encode(): _answer("200 OK", b'"' + b"x" * (SMALL_BYTES - 2) + b'"'),
    LARGE.encode(): _answer("200 OK", b'"' + b"x" * (LARGE_BYTES - 2) + b'"'),
}
_OPEN: Final = b"/ia/api/v1/oauth2/token"


class Provider(asyncio.Protocol):
    """One connection; requests may come with a body of known length, one after the other."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        # uvloop's transports are not of asyncio's class.
        self._transport = cast("asyncio.Transport", transport)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            size = end + 4 + _length(head)
            if len(self._received) < size:
                return
            path = self._received[: self._received.find(b"\r\n")].split(b" ")[1]
            self._received = self._received[size:]
            has_token = path == _OPEN or b"authorization: bearer tok-" in head
            self._transport.write(_ANSWERS[path] if has_token else _REFUSED)


def _length(head: bytes) -> int:
    _, _, value = head.partition(b"\r\ncontent-length:")
    return int(value.partition(b"\r\n")[0]) if value else 0


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", 0)
    print(json.dumps({"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
