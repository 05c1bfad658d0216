"""The caller's body: read ahead as far as it can be sent again, streamed once beyond that.

An iterator of pieces for `outbound`, so nothing but the ASGI server's own small buffer holds them: while the
provider does not take the next piece, the server does not read on from the caller.
"""

from starlette.types import Receive

from counterfoil.proxy.errors import ClientGone, RequestBodyTooLarge


class RequestBody:
    """One request's body.

    Args:
        receive: ASGI's.
        most_bytes: A larger body is refused.

    Attributes:
        complete: Everything has arrived; from then on `receive` tells of nothing but a hang-up.
        size_bytes: What has arrived so far.
        failure: Why passing it on ended early, for who only sees that it did.
    """

    def __init__(self, receive: Receive, *, most_bytes: int) -> None:
        self._receive = receive
        self._most_bytes = most_bytes
        self._read_ahead: bytes = b""
        self.complete = False
        self.size_bytes = 0
        self.failure: ClientGone | RequestBodyTooLarge | None = None

    async def read_ahead(self, most_bytes: int) -> bytes | None:
        """The whole body if it has at most so many bytes, else None, and the pieces are still there to take.

        Raises ClientGone, RequestBodyTooLarge.
        """
        parts: list[bytes] = []
        while not self.complete and self.size_bytes <= most_bytes:
            parts.append(await self._next())
        self._read_ahead = b"".join(parts)
        return self._read_ahead if self.complete and self.size_bytes <= most_bytes else None

    async def whole(self, most_bytes: int) -> bytes:
        """All of it, what was read ahead included. Raises ClientGone, RequestBodyTooLarge."""
        self._most_bytes = min(self._most_bytes, most_bytes)
        if self.size_bytes > self._most_bytes:
            raise self._too_large()
        return b"".join([piece async for piece in self])

    def ignore(self) -> None:
        """There is none, or nobody wants it: whatever still arrives is dropped."""
        self.complete = True

    def refuse_if_declared_too_large(self, declared_bytes: int | None) -> None:
        """Raise RequestBodyTooLarge before anything was read, where the length is known."""
        if declared_bytes is not None and declared_bytes > self._most_bytes:
            raise self._too_large()

    def __aiter__(self) -> "RequestBody":
        return self

    async def __anext__(self) -> bytes:
        if self._read_ahead:
            piece, self._read_ahead = self._read_ahead, b""
            return piece
        try:
            while not self.complete:
                piece = await self._next()
                if piece:
                    return piece
        except (ClientGone, RequestBodyTooLarge) as failure:
            self.failure = failure
            raise
        raise StopAsyncIteration

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        self.complete = not message.get("more_body", False)
        self.size_bytes += len(piece)
        if self.size_bytes > self._most_bytes:
            raise self._too_large()
        return piece

    def _too_large(self) -> RequestBodyTooLarge:
        return RequestBodyTooLarge(f"The body is larger than {self._most_bytes} bytes.")
