"""The caller's body: whole where it is small, in pieces where it is not, never more than asked for."""

from collections.abc import Sequence

import pytest
from starlette.types import Message, Receive

from counterfoil.proxy.bodies import RequestBody
from counterfoil.proxy.errors import ClientGone, RequestBodyTooLarge


def saying(*pieces: bytes, then_gone: bool = False) -> Receive:
    left = [
        {"type": "http.request", "body": piece, "more_body": then_gone or at + 1 < len(pieces)}
        for at, piece in enumerate(pieces)
    ]

    async def receive() -> Message:
        return left.pop(0) if left else {"type": "http.disconnect"}

    return receive


@pytest.mark.parametrize("pieces", [[b""], [b"abcde"], [b"ab", b"", b"cde"], [b"abcdef", b"ghij"]])
async def test_a_small_body_is_read_whole(pieces: Sequence[bytes]) -> None:
    body = RequestBody(saying(*pieces), most_bytes=100)
    assert await body.read_ahead(10) == b"".join(pieces)
    assert body.complete
    assert body.size_bytes == len(b"".join(pieces))


@pytest.mark.parametrize("pieces", [[b"abcdefghijk"], [b"abcdef", b"ghijk"], [b"abcdefghijk", b"", b"lm"]])
async def test_a_larger_one_is_still_there_in_pieces(pieces: Sequence[bytes]) -> None:
    body = RequestBody(saying(*pieces), most_bytes=100)
    assert await body.read_ahead(10) is None
    assert b"".join([piece async for piece in body]) == b"".join(pieces)
    assert body.complete


async def test_an_empty_piece_is_no_end() -> None:
    body = RequestBody(saying(b"", b"ab", b"", b"cd", b""), most_bytes=100)
    assert [piece async for piece in body] == [b"ab", b"cd"]


async def test_who_hangs_up_is_remembered_as_the_reason() -> None:
    body = RequestBody(saying(b"ab", then_gone=True), most_bytes=100)
    with pytest.raises(ClientGone):
        _ = [piece async for piece in body]
    assert isinstance(body.failure, ClientGone)
    with pytest.raises(ClientGone):
        await RequestBody(saying(b"ab", then_gone=True), most_bytes=100).read_ahead(10)


async def test_more_than_the_bound_is_refused_in_the_middle() -> None:
    body = RequestBody(saying(b"abc", b"def"), most_bytes=5)
    with pytest.raises(RequestBodyTooLarge):
        _ = [piece async for piece in body]
    assert isinstance(body.failure, RequestBodyTooLarge)


def test_a_declared_length_beyond_the_bound_is_refused_before() -> None:
    body = RequestBody(saying(b"abc"), most_bytes=5)
    body.refuse_if_declared_too_large(None)
    body.refuse_if_declared_too_large(5)
    with pytest.raises(RequestBodyTooLarge):
        body.refuse_if_declared_too_large(6)


async def test_all_of_it_is_had_where_it_has_to_be_rewritten() -> None:
    body = RequestBody(saying(b"abcdef", b"ghijk", b"lm"), most_bytes=100)
    assert await body.read_ahead(8) is None
    assert await body.whole(13) == b"abcdefghijklm"


@pytest.mark.parametrize("most", [3, 8, 12])
async def test_more_than_can_be_rewritten_is_refused(most: int) -> None:
    body = RequestBody(saying(b"abcdef", b"ghijk", b"lm"), most_bytes=100)
    await body.read_ahead(8)
    with pytest.raises(RequestBodyTooLarge):
        await body.whole(most)
