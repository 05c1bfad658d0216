"""A block that ends with the caller: what cancels it, and what does not."""

import asyncio

import pytest
from starlette.types import Message

from counterfoil.proxy.bodies import RequestBody
from counterfoil.proxy.errors import ClientGone
from counterfoil.proxy.hangups import Hangups


class Line:
    """ASGI's `receive`: says what it is told to, else it waits."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[Message] = asyncio.Queue()
        self.asked = asyncio.Event()

    async def __call__(self) -> Message:
        self.asked.set()
        return await self.said.get()

    def hang_up(self) -> None:
        self.said.put_nowait({"type": "http.disconnect"})


def bodyless(line: Line) -> RequestBody:
    body = RequestBody(line, most_bytes=100)
    body.ignore()
    return body


async def test_a_hang_up_cancels_the_block() -> None:
    line = Line()
    line.hang_up()
    with pytest.raises(ClientGone), Hangups(0).end(line, bodyless(line)):
        await asyncio.Event().wait()
    # What comes after goes on as if nothing had been cancelled.
    await asyncio.sleep(0)


async def test_what_still_arrives_of_an_unwanted_body_is_dropped() -> None:
    line = Line()
    line.said.put_nowait({"type": "http.request", "body": b"unwanted", "more_body": False})
    line.hang_up()
    with pytest.raises(ClientGone), Hangups(0).end(line, bodyless(line)):
        await asyncio.Event().wait()


async def test_a_quick_block_never_waits_for_a_hang_up() -> None:
    line = Line()
    with Hangups(60).end(line, bodyless(line)):
        await asyncio.sleep(0)
    assert not line.asked.is_set()


async def test_the_wait_ends_with_the_block() -> None:
    line = Line()
    with Hangups(0).end(line, bodyless(line)):
        await line.asked.wait()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_while_the_body_arrives_nobody_else_asks() -> None:
    line = Line()
    body = RequestBody(line, most_bytes=100)
    with Hangups(0).end(line, body):
        for _ in range(20):
            await asyncio.sleep(0)
        assert not line.asked.is_set()
        body.ignore()
        await line.asked.wait()


async def test_another_cancellation_stays_one() -> None:
    line = Line()

    async def work() -> None:
        with Hangups(60).end(line, bodyless(line)):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_block_stays_itself() -> None:
    line = Line()
    with pytest.raises(ZeroDivisionError), Hangups(60).end(line, bodyless(line)):
        raise ZeroDivisionError


async def test_who_hangs_up_ends_only_what_was_done_for_them() -> None:
    hangups, lines = Hangups(0), [Line() for _ in range(3)]

    async def work(line: Line) -> None:
        with hangups.end(line, bodyless(line)):
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(work(line)) for line in lines]
    for line in lines:
        await line.asked.wait()
    lines[1].hang_up()
    with pytest.raises(ClientGone):
        await tasks[1]
    assert not tasks[0].done()
    assert not tasks[2].done()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
