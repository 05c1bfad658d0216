"""Takes gzip and deflate off an answer, piece by piece, and never lets a small one grow without measure."""

import zlib
from collections.abc import Iterator
from typing import Final

from counterfoil.proxy.errors import BodyBomb

_PIECE_BYTES: Final = 256 * 1024
_WINDOW: Final = 15
_GZIP: Final = _WINDOW + 16
_RAW: Final = -_WINDOW


def can_decode(coding: bytes) -> bool:
    """Whether a `Content-Encoding` is one that `Decoder` takes off: one coding, not a list."""
    return coding.strip().lower() in (b"gzip", b"x-gzip", b"deflate")


class Decoder:
    """Decompresses one body.

    Args:
        coding: Its `Content-Encoding`, one that `can_decode` approves.
        free_bytes: It may grow to this size in any case.
        most_growth: Beyond that, to so many times its compressed size.
    """

    def __init__(self, coding: bytes, *, free_bytes: int, most_growth: int) -> None:
        self._is_gzip = coding.strip().lower() != b"deflate"
        self._inflater: zlib._Decompress | None = None
        self._free_bytes = free_bytes
        self._most_growth = most_growth
        self._in_bytes = 0
        self._out_bytes = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What comes of the next piece, in pieces of bounded size. Raises BodyBomb."""
        self._in_bytes += len(data)
        while data:
            inflater = self._inflater or self._begun_by(data)
            try:
                piece = inflater.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise BodyBomb("The answer is not compressed the way it says.") from error
            data = inflater.unconsumed_tail
            if inflater.eof:
                # A gzip body may be several members (RFC 1952 section 2.2); of deflate there is one stream.
                data = inflater.unused_data if self._is_gzip else b""
                self._inflater = None if data else inflater
            if piece:
                self._measure(len(piece))
                yield piece

    def finish(self) -> None:
        """Check that the body was complete. Raises BodyBomb."""
        if self._inflater is not None and not self._inflater.eof:
            raise BodyBomb("The compressed answer ends too early.")

    def _begun_by(self, data: bytes) -> "zlib._Decompress":
        self._inflater = zlib.decompressobj(_GZIP if self._is_gzip else _window_of_deflate(data))
        return self._inflater

    def _measure(self, size_bytes: int) -> None:
        self._out_bytes += size_bytes
        if self._out_bytes > max(self._free_bytes, self._in_bytes * self._most_growth):
            raise BodyBomb("The compressed answer grows beyond measure.")


def _window_of_deflate(data: bytes) -> int:
    # The name means the zlib format (RFC 9110 section 8.4.1.2), but some send the bare stream.
    return _WINDOW if data[0] & 0x0F == zlib.DEFLATED else _RAW
