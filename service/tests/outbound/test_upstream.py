"""One request over the pool and its answer as a stream. Small calls are `test_client`'s."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from service.tests.outbound.network import Handler, raw_server, read_head

from counterfoil.outbound import (
    AddressPolicy,
    AddressRefused,
    ConnectionBroken,
    Deadlines,
    OutboundRequest,
    OutboundTimeout,
    Upstream,
)
from counterfoil.outbound.sockets import PolicedSockets

_DEADLINES = Deadlines(connect_seconds=5, idle_seconds=5, total_seconds=10)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    upstream = Upstream(PolicedSockets(AddressPolicy.from_cidrs(["127.0.0.1/32"])))
    yield upstream
    await upstream.close()


def _closing_after_each(heads: list[bytes]) -> Handler:
    """Answers properly, and hangs up on a second request of a connection without a word."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await read_head(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await read_head(reader)

    return handle


async def _read(upstream: Upstream, request: OutboundRequest) -> bytes:
    async with await upstream.open(request, _DEADLINES) as stream:
        return b"".join([chunk async for chunk in stream.chunks])


async def test_names_and_order_of_an_answers_headers_are_kept(upstream: Upstream) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 418 Odd\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nContent-Length: 0\r\n\r\n")

    async with (
        raw_server(handle) as origin,
        await upstream.open(OutboundRequest("GET", f"{origin}/"), _DEADLINES) as stream,
    ):
        assert stream.status == 418
        assert stream.headers == (
            (b"X-B", b"1"),
            (b"x-a", b"2"),
            (b"X-B", b"3"),
            (b"Content-Length", b"0"),
        )


async def test_an_idempotent_request_survives_a_kept_alive_connection_that_was_closed(
    upstream: Upstream,
) -> None:
    heads: list[bytes] = []
    async with raw_server(_closing_after_each(heads)) as origin:
        for _ in range(3):
            assert await _read(upstream, OutboundRequest("GET", f"{origin}/")) == b"ok"

    assert len(heads) == 3


async def test_any_other_request_is_not_sent_twice_by_itself(upstream: Upstream) -> None:
    heads: list[bytes] = []
    async with raw_server(_closing_after_each(heads)) as origin:
        assert await _read(upstream, OutboundRequest("POST", f"{origin}/", body=b"")) == b"ok"
        with pytest.raises(ConnectionBroken) as broken:
            await _read(upstream, OutboundRequest("POST", f"{origin}/", body=b""))

    assert broken.value.sent is None
    assert len(heads) == 1


async def test_the_first_pieces_are_there_before_the_last_ones(upstream: Upstream) -> None:
    may_go_on = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        await may_go_on.wait()
        writer.write(b"3\r\ntwo\r\n0\r\n\r\n")

    async with (
        raw_server(handle) as origin,
        await upstream.open(OutboundRequest("GET", f"{origin}/"), _DEADLINES) as stream,
    ):
        assert await stream.read() == b"one"
        assert not stream.at_end
        may_go_on.set()
        assert b"".join([chunk async for chunk in stream.chunks]) == b"two"
        assert stream.at_end
        assert await stream.read() == b""


async def test_leaving_early_cuts_the_connection(upstream: Upstream) -> None:
    hung_up = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfew")
        assert await reader.read() == b""
        hung_up.set()

    async with raw_server(handle) as origin:
        async with await upstream.open(OutboundRequest("GET", f"{origin}/"), _DEADLINES) as stream:
            assert await stream.read() == b"few"
        await hung_up.wait()


async def test_messages_name_the_host_and_nothing_else_of_a_url(upstream: Upstream) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)

    async with raw_server(handle) as origin:
        request = OutboundRequest("POST", f"{origin}/path?secret=1", (("X-Token", "secret"),), b"secret")
        with pytest.raises(ConnectionBroken) as broken:
            await upstream.open(request, _DEADLINES)

    assert "127.0.0.1" in broken.value.message
    assert "secret" not in broken.value.message
    assert "path" not in broken.value.message


async def test_silence_before_the_head_is_a_timeout_that_may_have_been_sent(upstream: Upstream) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_server(handle) as origin:
        with pytest.raises(OutboundTimeout) as late:
            await upstream.open(OutboundRequest("POST", f"{origin}/"), Deadlines(idle_seconds=0.1))

    assert late.value.sent is None


async def test_an_answer_without_end_runs_into_the_deadline_for_all_of_it(upstream: Upstream) -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with raw_server(trickle) as origin:
        deadlines = Deadlines(idle_seconds=5, total_seconds=0.2)
        async with await upstream.open(OutboundRequest("GET", f"{origin}/"), deadlines) as stream:
            with pytest.raises(OutboundTimeout) as late:
                _ = [chunk async for chunk in stream.chunks]

    assert late.value.sent is True


async def test_a_name_that_is_never_found_is_a_timeout_that_provably_sent_nothing() -> None:
    async def never_find(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    upstream = Upstream(PolicedSockets(AddressPolicy()), resolve=never_find)
    with pytest.raises(OutboundTimeout) as late:
        await upstream.open(OutboundRequest("GET", "http://lost.example/"), Deadlines(connect_seconds=0.1))
    await upstream.close()
    assert late.value.sent is False


async def test_an_address_the_policy_forbids_is_told_as_such() -> None:
    upstream = Upstream(PolicedSockets(AddressPolicy()))
    with pytest.raises(AddressRefused, match="an operator can let it through"):
        await upstream.open(OutboundRequest("GET", "http://127.0.0.1/"), _DEADLINES)
    await upstream.close()
