"""What is kept for the next request, and how many there may be. Real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from service.tests.outbound.network import FixedAnswers, raw_server, read_head

from counterfoil.outbound import AddressPolicy
from counterfoil.outbound.connection import HttpConnection
from counterfoil.outbound.pool import NoName, Pool
from counterfoil.outbound.sockets import PolicedSockets, RefusedAddress
from counterfoil.outbound.targets import Origin

GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
LOOPBACK = AddressPolicy.from_cidrs(["127.0.0.1/32"])


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    made = Pool(PolicedSockets(LOOPBACK))
    yield made
    await made.close()


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await read_head(reader):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with raw_server(keep) as url:
        yield Origin(False, "127.0.0.1", int(url.rpartition(":")[2]))


async def used(connection: HttpConnection) -> HttpConnection:
    """The connection after a whole exchange."""
    until = asyncio.get_running_loop().time() + 5
    connection.ask(GET, None, is_head=False)
    await connection.head(5, until)
    while await connection.read(5, until):
        pass
    return connection


async def test_nothing_is_kept_at_first(pool: Pool, origin: Origin) -> None:
    assert pool.kept(origin) is None


async def test_what_is_given_back_is_kept_and_the_last_comes_first(pool: Pool, origin: Origin) -> None:
    first, second = await pool.connect(origin), await pool.connect(origin)
    for connection in (first, second):
        pool.give_back(origin, await used(connection))
    assert pool.kept(origin) is second
    assert pool.kept(origin) is first
    assert pool.kept(origin) is None


async def test_what_is_not_over_is_ended_instead_of_kept(pool: Pool, origin: Origin) -> None:
    connection = await pool.connect(origin)
    connection.ask(GET, None, is_head=False)
    pool.give_back(origin, connection)
    assert not connection.is_open
    assert pool.kept(origin) is None


async def test_one_that_was_closed_meanwhile_is_not_given(pool: Pool) -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    async with raw_server(once) as url:
        origin = Origin(False, "127.0.0.1", int(url.rpartition(":")[2]))
        connection = await used(await pool.connect(origin))
        pool.give_back(origin, connection)
        await _closed(connection)
        assert pool.kept(origin) is None


async def test_more_than_the_most_wait_for_one_to_be_given_back(origin: Origin) -> None:
    pool = Pool(PolicedSockets(LOOPBACK), most_per_origin=2)
    held = [await pool.connect(origin) for _ in range(2)]
    waiting = [asyncio.create_task(pool.connect(origin)) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert not any(task.done() for task in waiting)
    # Who gives up while waiting takes nobody's place.
    waiting[0].cancel()
    await asyncio.gather(waiting[0], return_exceptions=True)
    for connection in held:
        pool.drop(origin, connection)
    got = await asyncio.wait_for(asyncio.gather(*waiting[1:]), 5)
    assert all(connection.is_open for connection in got)
    for connection in got:
        pool.drop(origin, connection)
    assert (await pool.connect(origin)).is_open
    await pool.close()


async def test_a_connect_that_fails_takes_no_place(unused_tcp_port: int) -> None:
    pool = Pool(PolicedSockets(LOOPBACK), most_per_origin=1)
    nobody = Origin(False, "127.0.0.1", unused_tcp_port)
    for _ in range(3):
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await asyncio.wait_for(pool.connect(nobody), 5)
    await pool.close()


async def test_what_is_kept_for_long_is_closed(origin: Origin) -> None:
    pool = Pool(PolicedSockets(LOOPBACK), keep_idle_seconds=0.1)
    connection = await used(await pool.connect(origin))
    pool.give_back(origin, connection)
    await _closed(connection)
    assert not connection.is_open
    assert pool.kept(origin) is None
    await pool.close()


async def test_closing_ends_what_is_kept(origin: Origin) -> None:
    pool = Pool(PolicedSockets(LOOPBACK))
    kept, in_use = await used(await pool.connect(origin)), await pool.connect(origin)
    pool.give_back(origin, kept)
    await pool.close()
    assert not kept.is_open
    assert in_use.is_open
    pool.give_back(origin, await used(in_use))
    assert not in_use.is_open


async def test_a_name_is_looked_up_again_after_a_moment_and_judged_every_time() -> None:
    resolver = FixedAnswers(["93.184.216.34"], ["10.0.0.1"])
    pool = Pool(PolicedSockets(AddressPolicy(), _never), resolve=resolver)
    origin = Origin(False, "name.example", 80)
    for _ in range(2):
        with pytest.raises(OSError, match="never connects"):
            await pool.connect(origin)
    pool.forget_names()
    with pytest.raises(RefusedAddress):
        await pool.connect(origin)
    await pool.close()


async def test_a_name_that_leads_nowhere_is_told() -> None:
    pool = Pool(PolicedSockets(LOOPBACK), resolve=FixedAnswers([]))
    with pytest.raises(NoName):
        await pool.connect(Origin(False, "nowhere.example", 80))
    await pool.close()


def _never(_family: int, _kind: int, _protocol: int) -> socket.socket:
    raise OSError("this test never connects")


async def _closed(connection: HttpConnection) -> None:
    for _ in range(200):
        if not connection.is_open:
            return
        await asyncio.sleep(0.02)
