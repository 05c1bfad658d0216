"""A provider on loopback and a process of the service that has one integration with it."""

from collections.abc import AsyncIterator

import pytest
from service.tests.connections.provider_server import ProviderServer, provider_server
from service.tests.connections.service_process import SHORT_LIMITS, Process, add_integration, process

from counterfoil.access import Environment
from counterfoil.db import Database
from counterfoil.vault import MasterKey


@pytest.fixture
async def provider() -> AsyncIterator[ProviderServer]:
    async with provider_server() as server:
        yield server


@pytest.fixture
async def service(
    database: Database, master_key: MasterKey, environment: Environment, provider: ProviderServer
) -> AsyncIterator[Process]:
    """A process with the integration `intacct` that holds its own client."""
    async with process(database, master_key, environment, provider.origin) as one:
        await add_integration(one)
        yield one


@pytest.fixture
async def hasty(
    database: Database, master_key: MasterKey, environment: Environment, provider: ProviderServer
) -> AsyncIterator[Process]:
    """The same with very short deadlines and leases."""
    async with process(
        database, master_key, environment, provider.origin, limits=SHORT_LIMITS, seed="hasty"
    ) as one:
        await add_integration(one)
        yield one


@pytest.fixture
async def neighbour(
    postgres_url: str, master_key: MasterKey, environment: Environment, provider: ProviderServer
) -> AsyncIterator[Process]:
    """A second process on the same database, with connections to it of its own."""
    database = Database(postgres_url)
    await database.open()
    try:
        async with process(database, master_key, environment, provider.origin, seed="neighbour") as one:
            yield one
    finally:
        await database.close()
