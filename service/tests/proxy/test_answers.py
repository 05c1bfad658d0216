"""Answers as they leave: one head, an id on each, and no second answer after a first has begun."""

import orjson
import pytest
from starlette.types import Message

from counterfoil.errors import CounterfoilError, Forbidden, TooManyRequests, Unauthenticated, Unavailable
from counterfoil.proxy.answers import Answer
from counterfoil.proxy.errors import MethodNotProxied
from counterfoil.proxy.records import Record


class Wire:
    """An answer and the messages it sent."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.record = Record(request_id="the-id", method="GET", path="/proxy/x")
        self.answer = Answer(self.send, self.record)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])


async def test_a_refusal_has_the_shape_of_all_refusals() -> None:
    wire = Wire()
    await wire.answer.refuse(Forbidden("Not you."))
    assert wire.sent[0]["status"] == 403
    assert orjson.loads(wire.sent[1]["body"]) == {"error": {"code": "forbidden", "message": "Not you."}}
    assert wire.headers[b"content-length"] == str(len(wire.sent[1]["body"])).encode()
    assert wire.headers[b"counterfoil-request-id"] == b"the-id"
    assert (wire.record.status, wire.record.error) == (403, "forbidden")


@pytest.mark.parametrize(
    ("error", "name", "value"),
    [
        (Unauthenticated("Who?"), b"www-authenticate", b"Bearer"),
        (TooManyRequests("Slowly.", retry_after_seconds=7), b"retry-after", b"7"),
        (Unavailable("Later."), b"retry-after", b"1"),
        (
            MethodNotProxied("Not that."),
            b"allow",
            b"GET, HEAD, POST, PUT, PATCH, DELETE, PROPFIND, REPORT, OPTIONS",
        ),
    ],
)
async def test_what_a_refusal_says_in_headers(error: CounterfoilError, name: bytes, value: bytes) -> None:
    wire = Wire()
    await wire.answer.refuse(error)
    assert wire.headers[name] == value


async def test_an_answer_that_has_begun_is_left_unfinished_and_not_followed_by_another() -> None:
    wire = Wire()
    await wire.answer.begin(200, [])
    await wire.answer.go_on(b"half", is_last=False)
    await wire.answer.refuse(Unavailable("Gone."))
    assert [message.get("more_body") for message in wire.sent] == [None, True]
    assert (wire.record.status, wire.record.error, wire.record.response_bytes) == (200, "unavailable", 4)
