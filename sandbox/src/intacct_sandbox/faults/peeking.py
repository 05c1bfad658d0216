"""A look into a request's body by middleware, which leaves it to be read once more."""

from dataclasses import dataclass

from starlette.types import Message, Receive


@dataclass(frozen=True, slots=True)
class Peeked:
    """The beginning of a body.

    Attributes:
        is_whole: Whether it is all of it.
        receive: Gives the whole body once more, from its start.
    """

    body: bytes
    is_whole: bool
    receive: Receive


async def peek(receive: Receive, most_bytes: int) -> Peeked:
    """Read until the body ends or there are more than `most_bytes` of it."""
    messages: list[Message] = []
    body = bytearray()
    more = True
    while more and len(body) <= most_bytes:
        message = await receive()
        messages.append(message)
        body += message.get("body", b"")
        more = message["type"] == "http.request" and bool(message.get("more_body"))

    async def receive_again() -> Message:
        return messages.pop(0) if messages else await receive()

    return Peeked(bytes(body), not more, receive_again)
