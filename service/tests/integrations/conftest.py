"""The API of integrations over a provider that is never called."""

from collections.abc import AsyncIterator

import pytest
from service.tests.connections.api import Api, api_of
from service.tests.connections.service_process import process

from counterfoil.access import Environment
from counterfoil.db import Database
from counterfoil.vault import MasterKey


@pytest.fixture
async def api(database: Database, master_key: MasterKey, environment: Environment) -> AsyncIterator[Api]:
    async with process(database, master_key, environment, "https://api.intacct.com") as service:
        yield await api_of(service)
