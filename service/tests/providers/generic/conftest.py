"""An API on loopback, a process of the service that may call it, its connect endpoints and its proxy."""

from collections.abc import AsyncIterator

import pytest
from prometheus_client import CollectorRegistry
from service.tests.connect.api import ConnectApi, connect_api
from service.tests.connections.service_process import Process, process
from service.tests.doubles import PredictableIds
from service.tests.providers.generic.api_server import ApiServer, api_server

from counterfoil.access import Environment
from counterfoil.db import Database
from counterfoil.outbound import AddressPolicy, Outbound
from counterfoil.proxy import AccessLog, Proxy, ProxyLimits, ProxyMetrics
from counterfoil.vault import MasterKey


@pytest.fixture
async def upstream() -> AsyncIterator[ApiServer]:
    async with api_server() as server:
        yield server


@pytest.fixture
async def service(
    database: Database, master_key: MasterKey, environment: Environment
) -> AsyncIterator[Process]:
    async with process(database, master_key, environment, "https://api.intacct.com") as one:
        yield one


@pytest.fixture
async def connect(service: Process) -> ConnectApi:
    return await connect_api(service)


@pytest.fixture
async def proxy(service: Process, connect: ConnectApi) -> AsyncIterator[Proxy]:
    outbound = Outbound(AddressPolicy.from_cidrs(["127.0.0.1/32"]))
    yield Proxy(
        api_keys=connect.api_keys,
        tokens=service.tokens,
        outbound=outbound,
        clock=service.clock,
        ids=PredictableIds("proxy"),
        metrics=ProxyMetrics(CollectorRegistry()),
        access_log=AccessLog(lambda _line: None),
        # Called without a server, whose word alone could tell that a caller has hung up.
        limits=ProxyLimits(hangup_seconds=60),
    )
    await outbound.close()
