"""The WebSocket, on the real server: it speaks first, takes nothing, and does not wait for ever."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial

import pytest
from fastapi import FastAPI, WebSocket
from service.tests.doubles import PredictableIds
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from counterfoil.connect.sockets import serve
from counterfoil.connections import Outcomes, digest
from counterfoil.db import Database
from counterfoil.vault import Secret
from counterfoil.web.limits import Limits
from counterfoil.web.server import Server

DONE = {"message_type": "success", "provider_config_key": "books", "connection_id": "c1", "is_pending": False}


@pytest.fixture
async def outcomes(database: Database) -> AsyncIterator[Outcomes]:
    outcomes = Outcomes(database, PredictableIds("sockets"), most_watchers=2)
    yield outcomes
    await outcomes.close()


async def _served(outcomes: Outcomes, deadline_seconds: float) -> AsyncIterator[str]:
    app = FastAPI()
    deadline = partial(serve, outcomes=outcomes, deadline_seconds=deadline_seconds)

    @app.websocket("/")
    async def socket(socket: WebSocket) -> None:
        await deadline(socket)

    origin: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    # Shorter than any of these tests: what is told of heads must not end a socket.
    server = Server(app, "127.0.0.1", 0, origin.set_result, Limits(head_seconds=0.2, idle_seconds=1))  # type: ignore[arg-type]
    serving = asyncio.create_task(server.serve())
    yield (await origin).replace("http:", "ws:") + "/"
    server.stop()
    await serving


@pytest.fixture
async def address(outcomes: Outcomes) -> AsyncIterator[str]:
    async for url in _served(outcomes, 60):
        yield url


@pytest.fixture
async def impatient(outcomes: Outcomes) -> AsyncIterator[str]:
    async for url in _served(outcomes, 0.3):
        yield url


async def test_a_client_is_told_its_name_at_once_and_the_outcome_when_there_is_one(
    address: str, outcomes: Outcomes
) -> None:
    async with connect(address) as client:
        hello = json.loads(await client.recv())
        assert hello["message_type"] == "connection_ack"
        assert len(hello["ws_client_id"]) == 64
        # Longer than a head may take.
        await asyncio.sleep(0.5)
        await outcomes.tell(digest(Secret(hello["ws_client_id"])), DONE)
        assert json.loads(await client.recv()) == DONE


async def test_who_speaks_is_shown_out(address: str) -> None:
    async with connect(address) as client:
        await client.recv()
        await client.send("hello")
        with pytest.raises(ConnectionClosedError) as closed:
            await client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


async def test_who_says_too_much_is_cut_off(address: str) -> None:
    async with connect(address) as client:
        await client.recv()
        await client.send("x" * 2_000)
        with pytest.raises(ConnectionClosedError) as closed:
            await client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_who_is_one_too_many_is_not_let_in_and_a_place_that_is_left_is_free(
    address: str, outcomes: Outcomes
) -> None:
    async with connect(address) as first, connect(address) as second:
        await first.recv()
        await second.recv()
        with pytest.raises(InvalidStatus):
            await connect(address)
    async with asyncio.timeout(10):
        while outcomes.is_full:  # noqa: ASYNC110 - the server's doing, which sets no event
            await asyncio.sleep(0.01)
    async with connect(address) as third:
        await third.recv()


async def test_who_waits_too_long_is_told_so(impatient: str) -> None:
    async with connect(impatient) as client:
        await client.recv()
        late = json.loads(await client.recv())
    assert (late["message_type"], late["error_type"]) == ("error", "state_err")


async def test_there_is_one_socket_and_no_other(address: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{address}elsewhere")
    assert refused.value.response.status_code == 404
