"""A site and a receiver for each test that asks for them."""

from collections.abc import AsyncIterator

import pytest
from service.tests.doubles import SettableClock
from service.tests.webhooks.receiver import Receiver, receiving
from service.tests.webhooks.site import Site, site

from counterfoil.access import Environment
from counterfoil.db import Database
from counterfoil.vault import Vault


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@pytest.fixture
async def other_receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@pytest.fixture
async def here(
    database: Database, vault: Vault, environment: Environment, clock: SettableClock
) -> AsyncIterator[Site]:
    async with site(database, vault, environment, clock) as one:
        yield one
