"""A process of its own that sends, so that it can be killed. A module of tests' support, without any test."""

import asyncio
import multiprocessing
from multiprocessing.process import BaseProcess

from service.tests.doubles import PredictableIds, SettableClock
from service.tests.webhooks.site import site

from counterfoil.access import Environments
from counterfoil.db import Database
from counterfoil.vault import MasterKey, Vault

# As the fixture `master_key`: one is never handed from process to process.
_MASTER_KEY = b"the master key of all the tests!"
# Forked from a process that has imported everything and holds no connection.
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["service.tests.webhooks.site"])


def sender_process(url: str, endpoint_id: int) -> BaseProcess:
    """A process that attempts what is due for an endpoint, not started yet."""
    return _SERVER.Process(target=_run, args=(url, endpoint_id), daemon=True)


def _run(url: str, endpoint_id: int) -> None:
    asyncio.run(_send(url, endpoint_id))


async def _send(url: str, endpoint_id: int) -> None:
    database, clock = Database(url), SettableClock()
    await database.open()
    vault = await Vault.open_with(database, MasterKey(_MASTER_KEY))
    environment = await Environments(database, clock, PredictableIds()).ensure("dev")
    async with site(database, vault, environment, clock, seed="process") as here:
        await here.webhooks.sender.deliver(endpoint_id)
