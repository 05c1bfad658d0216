"""The proxy behind the real server, with a real database, and a provider on loopback that does as told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

import orjson
import pytest
from prometheus_client import CollectorRegistry
from service.tests.connections.service_process import KEY, Process, add_integration, process
from service.tests.doubles import PredictableIds, SettableClock
from service.tests.proxy.caller import Caller
from service.tests.proxy.upstream import Upstream, upstream
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn._types import ASGI3Application

from counterfoil.access import ApiKeys, Environment
from counterfoil.db import Database
from counterfoil.outbound import AddressPolicy, Deadlines, Outbound
from counterfoil.proxy import AccessLog, Proxy, ProxyLimits, ProxyMetrics
from counterfoil.vault import MasterKey
from counterfoil.web.server import Server

# Waits are nothing and sizes small, so that every bound is met with little.
SMALL = ProxyLimits(
    deadlines=Deadlines(connect_seconds=5, idle_seconds=5, total_seconds=20),
    request_body_bytes=2_000_000,
    replayable_bytes=10_000,
    judged_bytes=4_000,
    first_wait_seconds=0,
    longest_wait_seconds=1,
    decoded_free_bytes=100_000,
    most_growth=10,
    hangup_seconds=0.01,
)


@dataclass(frozen=True)
class Running:
    """The proxy as it runs, who calls it, and what it notes."""

    call: Caller
    service: Process
    api_keys: ApiKeys
    registry: CollectorRegistry
    lines: "asyncio.Queue[bytes]"

    async def caller(self, *scopes: str) -> Caller:
        """A caller of the same connection whose key may do just this."""
        _record, key = await self.api_keys.create("dev", "another", scopes)
        return Caller(self.call.port, {**self.call.headers, "Authorization": f"Bearer {key.reveal()}"})

    async def noted(self) -> dict[str, object]:
        """The next line of the access log; it is written after the answer's last byte."""
        return dict(orjson.loads(await self.lines.get()))


@pytest.fixture
async def provider() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


@pytest.fixture
def limits() -> ProxyLimits:
    return SMALL


@pytest.fixture
async def proxy(
    database: Database,
    master_key: MasterKey,
    environment: Environment,
    provider: Upstream,
    limits: ProxyLimits,
) -> AsyncIterator[Running]:
    clock, ids = SettableClock(), PredictableIds("proxy")
    registry, lines = CollectorRegistry(), asyncio.Queue[bytes]()
    outbound = Outbound(AddressPolicy.from_cidrs(["127.0.0.1/32"]))
    async with process(database, master_key, environment, provider.origin) as service:
        await add_integration(service)
        await service.connect()
        api_keys = ApiKeys(database, b"p" * 32, clock, ids)
        _record, key = await api_keys.create("dev", "all")
        app = Proxy(
            api_keys=api_keys,
            tokens=service.tokens,
            outbound=outbound,
            clock=clock,
            ids=ids,
            metrics=ProxyMetrics(registry),
            access_log=AccessLog(lines.put_nowait),
            limits=limits,
        )
        server, served, port = await _serving(app)
        headers = {
            "Authorization": f"Bearer {key.reveal()}",
            "Provider-Config-Key": KEY,
            "Connection-Id": "c1",
        }
        try:
            yield Running(Caller(port, headers), service, api_keys, registry, lines)
        finally:
            server.stop()
            server.stop()
            await served
            await outbound.close()


async def _serving(app: ASGIApp) -> tuple[Server, "asyncio.Task[None]", int]:
    async def alive(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await app(scope, receive, send)
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    origin: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = Server(cast("ASGI3Application", alive), "127.0.0.1", 0, origin.set_result)
    served = asyncio.create_task(server.serve())
    return server, served, int((await origin).rpartition(":")[2])
