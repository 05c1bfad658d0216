"""The parts of one process: built once, in the order in which they need one another, closed in reverse."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog
from procrastinate import App

from counterfoil import jobs
from counterfoil.access import ApiKeys, ConnectSessions, Environments, RateLimits, Rates
from counterfoil.app.foundation import Foundation
from counterfoil.clock import Clock, SystemClock
from counterfoil.connections import Authorization, Connections, OfIntegration, Tokens
from counterfoil.connections import tasks as connection_tasks
from counterfoil.db import Database
from counterfoil.errors import CounterfoilError
from counterfoil.ids import Ids, SystemIds
from counterfoil.integrations import Integrations
from counterfoil.outbound import AddressPolicy, Outbound
from counterfoil.providers import catalogue
from counterfoil.settings import Settings, ranges
from counterfoil.vault import Vault
from counterfoil.vault.service import MAINTENANCE_INTERVAL_SECONDS
from counterfoil.webhooks import Webhooks

_log: Final = structlog.get_logger(__name__)

_PEPPER: Final = "access/api-keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that requests, jobs and commands work with."""

    clock: Clock
    ids: Ids
    database: Database
    vault: Vault
    outbound: Outbound
    environments: Environments
    api_keys: ApiKeys
    rates: Rates
    sessions: ConnectSessions
    integrations: Integrations
    connections: Connections
    authorization: Authorization
    tokens: Tokens
    webhooks: Webhooks
    jobs: App


@asynccontextmanager
async def assembled(
    settings: Settings, ground: Foundation, *, outbound: Outbound | None = None
) -> AsyncIterator[Parts]:
    """All parts, open until the block ends.

    Args:
        settings: The operator's.
        ground: Database and master key.
        outbound: The way out, closed here; None for one under the settings' address policy.

    Raises:
        WrongMasterKey: The database was sealed with another master key.
        DatabaseUnavailable: The database does not answer.
    """
    clock, ids = SystemClock(), SystemIds()
    async with AsyncExitStack() as stack:
        database = Database(ground.database_url, pool_size=settings.database_pool_size)
        await database.open()
        stack.push_async_callback(database.close)
        vault = await Vault.open_with(database, ground.master_key)
        policy = AddressPolicy.from_cidrs(ranges(settings.outbound_allow))
        outbound = outbound or Outbound(policy)
        stack.push_async_callback(outbound.close)
        environments = Environments(database, clock, ids)
        await environments.ensure_defaults()
        integrations = Integrations(
            database, vault, catalogue(settings.sage_intacct_url, policy), clock, OfIntegration()
        )
        tokens = Tokens(database, vault, integrations, outbound, clock, ids)
        stack.push_async_callback(tokens.close)
        authorization = Authorization(database, vault, integrations, outbound, clock, ids)
        stack.push_async_callback(authorization.close)
        queue = jobs.create_app(ground.database_url)
        webhooks = Webhooks(database, vault, outbound, integrations.catalogue, clock, ids, queue)
        queue.add_tasks_from(jobs.recovering(queue), namespace="jobs")
        queue.add_tasks_from(connection_tasks.blueprint(tokens), namespace="connections")
        # The database's trigger on events names this namespace.
        queue.add_tasks_from(webhooks.blueprint(), namespace="webhooks")
        yield Parts(
            clock=clock,
            ids=ids,
            database=database,
            vault=vault,
            outbound=outbound,
            environments=environments,
            api_keys=ApiKeys(database, ground.master_key.derive(_PEPPER), clock, ids),
            rates=Rates(
                database,
                clock,
                RateLimits(
                    calls=settings.rate_limit,
                    failed_authentications=settings.failed_authentication_limit,
                ),
            ),
            sessions=ConnectSessions(database, clock, ids),
            integrations=integrations,
            connections=Connections(database, tokens),
            authorization=authorization,
            tokens=tokens,
            webhooks=webhooks,
            jobs=queue,
        )


@asynccontextmanager
async def maintained(parts: Parts) -> AsyncIterator[None]:
    """Keep the vault and the rates in step with the database while the block runs."""
    tasks = (asyncio.create_task(_maintain(parts.vault)), asyncio.create_task(parts.rates.run()))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def working(parts: Parts) -> AsyncIterator[None]:
    """Run jobs beside whatever the block does; those under way are finished when it ends."""
    async with parts.jobs.open_async():
        task = asyncio.create_task(jobs.run_worker(parts.jobs))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _maintain(vault: Vault) -> None:
    while True:
        await asyncio.sleep(MAINTENANCE_INTERVAL_SECONDS)
        try:
            await vault.maintain()
        except CounterfoilError as error:
            _log.error("the vault's maintenance failed; it is tried again", error=error.code)
        # The edge of a background life: whatever it was, the next minute tries again.
        except Exception:
            _log.exception("the vault's maintenance failed; it is tried again")
