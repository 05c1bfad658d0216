"""One connection: how an answer ends, what may not come, who waits for whom. Real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from service.tests.outbound.network import Handler, raw_server, read_head

from counterfoil.outbound.connection import Gone, HttpConnection, Unsound

GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
IDLE_SECONDS = 5.0


@asynccontextmanager
async def connected(handle: Handler) -> AsyncIterator[HttpConnection]:
    async with raw_server(handle) as origin:
        loop = asyncio.get_running_loop()
        port = int(origin.rpartition(":")[2])
        _, connection = await loop.create_connection(HttpConnection, "127.0.0.1", port)
        yield connection
        connection.close()
        await asyncio.sleep(0)


def saying(*pieces: bytes, then_close: bool = False) -> Handler:
    """Answers each request with the next of the pieces, and keeps the connection."""
    left = list(pieces)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while left:
            await read_head(reader)
            writer.write(left.pop(0))
            await writer.drain()
        if not then_close:
            await reader.read()

    return handle


def until() -> float:
    return asyncio.get_running_loop().time() + IDLE_SECONDS


async def answer(connection: HttpConnection, head: bytes = GET, *, is_head: bool = False) -> bytes:
    connection.ask(head, None, is_head=is_head)
    await connection.head(IDLE_SECONDS, until())
    return await body(connection)


async def body(connection: HttpConnection) -> bytes:
    whole = b""
    while piece := await connection.read(IDLE_SECONDS, until()):
        whole += piece
    return whole


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", b"ok"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n",
            b"ok",
        ),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
async def test_an_answer_that_says_where_it_ends_leaves_the_connection_reusable(
    said: bytes, expected: bytes
) -> None:
    async with connected(saying(said, said)) as connection:
        for number in range(2):
            assert await answer(connection) == expected
            assert connection.at_end
            assert connection.is_reusable
            assert connection.used_before == (number == 1)
            connection.rest()


async def test_an_answer_that_ends_with_its_connection_is_whole_and_ends_it() -> None:
    async with connected(saying(b"HTTP/1.1 200 OK\r\n\r\nall of it", then_close=True)) as connection:
        assert await answer(connection) == b"all of it"
        assert not connection.is_reusable


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_where_the_other_side_goes_no_further_the_connection_is_not_reusable(said: bytes) -> None:
    async with connected(saying(said)) as connection:
        assert await answer(connection) == b"ok"
        assert not connection.is_reusable


async def test_the_answer_to_head_has_no_body_whatever_it_says() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    async with connected(saying(head, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as connection:
        assert await answer(connection, is_head=True) == b""
        assert connection.is_reusable
        connection.rest()
        assert await answer(connection) == b"ok"


async def test_interim_answers_are_passed_over() -> None:
    said = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    )
    async with connected(saying(said)) as connection:
        assert await answer(connection) == b"ok"
        assert connection.status == 200
        assert connection.headers == ((b"Content-Length", b"2"),)


@pytest.mark.parametrize("behind", [b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"])
async def test_more_than_was_asked_for_is_not_passed_on_and_ends_the_connection(behind: bytes) -> None:
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + behind
    async with connected(saying(said)) as connection:
        assert await answer(connection) == b"ok"
        assert connection.status == 200
        await _closed(connection)
        assert not connection.is_reusable


async def test_what_comes_while_nothing_is_asked_ends_the_connection() -> None:
    async def speak_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")
        await reader.read()

    async with connected(speak_up) as connection:
        await _closed(connection)
        assert not connection.is_open


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X%d: %b\r\n" % (n, b"y" * 10_000) for n in range(20)) + b"\r\n",
    ],
)
async def test_an_answer_that_is_unsound_or_too_large_in_its_head_is_none(said: bytes) -> None:
    async with connected(saying(said)) as connection:
        connection.ask(GET, None, is_head=False)
        with pytest.raises((Unsound, Gone)):
            await connection.head(IDLE_SECONDS, until())
        assert not connection.is_reusable


async def test_a_field_that_never_ends_is_too_large() -> None:
    async def never_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            writer.write(b"y" * 65_536)
            await writer.drain()

    async with connected(never_end) as connection:
        connection.ask(GET, None, is_head=False)
        with pytest.raises(Unsound):
            await connection.head(IDLE_SECONDS, until())


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nha",
    ],
)
async def test_what_came_before_a_cut_is_read_and_the_cut_is_told(said: bytes) -> None:
    async with connected(saying(said, then_close=True)) as connection:
        connection.ask(GET, None, is_head=False)
        await connection.head(IDLE_SECONDS, until())
        assert await connection.read(IDLE_SECONDS, until()) in {b"half", b"ha"}
        with pytest.raises(Gone) as gone:
            await body(connection)
        assert gone.value.answered


async def test_an_end_before_anything_came_is_told_as_that() -> None:
    async with connected(saying(b"", then_close=True)) as connection:
        connection.ask(GET, None, is_head=False)
        with pytest.raises(Gone) as gone:
            await connection.head(IDLE_SECONDS, until())
        assert not gone.value.answered


async def test_a_reader_that_is_slow_makes_the_other_side_wait() -> None:
    written_bytes = 0
    total_bytes = 64 * 1024 * 1024

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written_bytes
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total_bytes)
        while written_bytes < total_bytes:
            writer.write(b"x" * 65_536)
            await writer.drain()
            written_bytes += 65_536

    async with connected(flood) as connection:
        connection.ask(GET, None, is_head=False)
        await connection.head(IDLE_SECONDS, until())
        seen = -1
        while seen != written_bytes:
            seen = written_bytes
            await asyncio.sleep(0.2)
        # What the kernel and we hold; not all of it.
        assert written_bytes < total_bytes / 2
        received = 0
        while piece := await connection.read(IDLE_SECONDS, until()):
            received += len(piece)
        assert received == total_bytes


async def test_a_body_is_written_no_faster_than_it_is_taken() -> None:
    may_read = asyncio.Event()
    given = 0

    async def take_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await may_read.wait()
        while not (await reader.read(1_000_000)).endswith(b"end"):
            pass
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(400):
            given += 1
            yield b"x" * 65_536
        yield b"end"

    async with connected(take_late) as connection:
        connection.ask(POST, pieces(), is_head=False)
        seen = -1
        while seen != given:
            seen = given
            await asyncio.sleep(0.2)
        assert given < 400
        may_read.set()
        await connection.head(30, asyncio.get_running_loop().time() + 30)
        assert connection.status == 200


async def test_an_answer_before_the_request_is_complete_is_an_answer_and_ends_the_connection() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"3\r\none\r\n"
        await asyncio.Event().wait()

    said = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
    async with connected(saying(said)) as connection:
        connection.ask(POST, pieces(), is_head=False)
        await connection.head(IDLE_SECONDS, until())
        assert (connection.status, await body(connection)) == (413, b"no")
        assert not connection.is_reusable


async def test_a_body_that_fails_ends_the_exchange() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"3\r\none\r\n"
        raise RuntimeError("the caller is gone")

    async with connected(saying(b"")) as connection:
        connection.ask(POST, pieces(), is_head=False)
        with pytest.raises(Gone):
            await connection.head(IDLE_SECONDS, until())
        assert not connection.is_open


async def test_silence_is_a_time_out_and_every_sign_of_life_puts_it_off() -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n":
            writer.write(bytes([byte]))
            await asyncio.sleep(0.03)
        await reader.read()

    async with connected(trickle) as connection:
        began = asyncio.get_running_loop().time()
        connection.ask(GET, None, is_head=False)
        with pytest.raises(TimeoutError):
            await connection.head(0.5, until())
        # Longer than the idle time, as something kept coming.
        assert asyncio.get_running_loop().time() - began > 1


async def test_the_time_for_all_of_it_is_never_put_off() -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        while True:
            writer.write(b"H")
            await asyncio.sleep(0.01)

    async with connected(trickle) as connection:
        connection.ask(GET, None, is_head=False)
        with pytest.raises((TimeoutError, Unsound)):
            await connection.head(IDLE_SECONDS, asyncio.get_running_loop().time() + 0.2)


async def _closed(connection: HttpConnection) -> None:
    for _ in range(200):
        if not connection.is_open:
            return
        await asyncio.sleep(0.01)


LARGE = bytes(range(256)) * 4096


@pytest.mark.parametrize("piece_bytes", [1_000, 65_535, 65_536, 300_000, len(LARGE)])
async def test_a_large_body_of_known_length_arrives_as_it_was_sent_and_the_connection_goes_on(
    piece_bytes: int,
) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            await read_head(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LARGE))
            for start in range(0, len(LARGE), piece_bytes):
                writer.write(LARGE[start : start + piece_bytes])
                await writer.drain()
        await reader.read()

    async with connected(handle) as connection:
        for _ in range(3):
            assert await answer(connection) == LARGE
            assert connection.is_reusable
            connection.rest()


async def test_a_large_body_is_over_with_its_length_and_more_ends_the_connection() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LARGE)
    async with connected(saying(head + LARGE + b"HTTP/1.1 200 OK\r\n\r\n")) as connection:
        assert await answer(connection) == LARGE
        await _closed(connection)
        assert not connection.is_reusable


async def test_a_large_body_that_is_cut_is_told_as_cut() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LARGE)
    async with connected(saying(head + LARGE[:-1], then_close=True)) as connection:
        connection.ask(GET, None, is_head=False)
        await connection.head(IDLE_SECONDS, until())
        with pytest.raises(Gone):
            await body(connection)


async def test_after_a_large_body_a_close_that_was_announced_is_heeded() -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(LARGE)
    async with connected(saying(head + LARGE)) as connection:
        assert await answer(connection) == LARGE
        assert not connection.is_reusable


async def test_small_pieces_that_wait_are_read_together() -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % (65 + number % 26) for number in range(1_000))
    said = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    async with connected(saying(said)) as connection:
        connection.ask(GET, None, is_head=False)
        await connection.head(IDLE_SECONDS, until())
        # One wake-up for all that arrived with the head.
        assert len(await connection.read(IDLE_SECONDS, until())) > 1
