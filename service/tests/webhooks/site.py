"""An installation with webhooks and one integration, wired by hand; its connections are rows, not people."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from procrastinate import App
from service.tests.doubles import PredictableIds, SettableClock

from counterfoil import events, jobs
from counterfoil.access import Environment
from counterfoil.connections import OfIntegration
from counterfoil.connections.models import ConnectionRow, EndUserRow
from counterfoil.db import Database
from counterfoil.integrations import Integrations, NewIntegration
from counterfoil.outbound import AddressPolicy, Outbound
from counterfoil.providers import catalogue
from counterfoil.vault import Vault
from counterfoil.webhooks import SettingsChange, Webhooks
from counterfoil.webhooks.flags import DEFAULTS

KEY = "intacct"
EVERYTHING = dict.fromkeys(DEFAULTS, True)
_DUE_JOBS = (
    "SELECT 1 FROM procrastinate_jobs WHERE status < 'doing' AND coalesce(scheduled_at, now()) <= now()"
)
LOOPBACK = AddressPolicy.from_cidrs(["127.0.0.1/32"])


@dataclass(frozen=True)
class Site:
    """The parts, and what tests do with them most."""

    database: Database
    clock: SettableClock
    environment: Environment
    integration_id: int
    webhooks: Webhooks
    app: App

    async def send_to(self, primary: str, secondary: str | None = None, **flags: bool) -> None:
        """Have the environment's messages go there, all of them unless flags say otherwise."""
        change = SettingsChange(primary_url=primary, secondary_url=secondary, flags={**EVERYTHING, **flags})
        await self.webhooks.configuration.change(self.environment.id, change)

    async def connect(self, connection_id: str = "c1", **columns: Any) -> int:
        """A row of a connection, without any event; its primary key."""
        async with self.database.session() as session:
            row = ConnectionRow(
                environment_id=self.environment.id,
                integration_id=self.integration_id,
                connection_id=connection_id,
                status="active",
                provider_host="api.intacct.com",
                company_id="MyCompany",
                user_id="Admin",
                sealed_credentials=b"",
                **columns,
            )
            session.add(row)
            await session.flush()
            return row.id

    async def end_user(self, **columns: Any) -> int:
        async with self.database.session() as session:
            row = EndUserRow(environment_id=self.environment.id, **columns)
            session.add(row)
            await session.flush()
            return row.id

    async def happens(
        self, pk: int, kind: str = "connection.created", connection_id: str = "c1", **more: Any
    ) -> None:
        """An event about a connection, as `connections` writes it."""
        payload: Mapping[str, Any] = {
            "connection": pk,
            "integration": KEY,
            "provider": "sage-intacct-cc",
            **more,
        }
        async with self.database.session() as session:
            await events.record(session, self.environment.id, kind, connection_id, payload)

    async def run_jobs(self) -> None:
        """Run every job that is due, as one worker would, and those that these defer."""
        async with self.app.open_async():
            while await self.sql(_DUE_JOBS):
                await self.app.run_worker_async(
                    wait=False, install_signal_handlers=False, listen_notify=False, concurrency=4
                )

    async def sweep(self) -> None:
        """What a minute's sweep would do."""
        async with self.app.open_async():
            await self.app.configure_task("webhooks:sweep").defer_async(timestamp=0)
        await self.run_jobs()

    async def sql(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        async with self.database.pool.connection() as connection:
            cursor = await connection.execute(statement.encode(), parameters)
            return await cursor.fetchall() if cursor.description else []

    async def statuses(self) -> list[str]:
        """Of all deliveries, oldest first."""
        return [row[0] for row in await self.sql("SELECT status FROM webhook_deliveries ORDER BY id")]

    async def outcomes(self) -> list[str]:
        """Of all attempts, oldest first."""
        return [row[0] for row in await self.sql("SELECT outcome FROM webhook_attempts ORDER BY id")]

    async def endpoint_id(self, slot: str = "primary") -> int:
        [(found,)] = await self.sql("SELECT id FROM webhook_endpoints WHERE slot = %s", slot)
        return int(found)

    async def forget_leases(self) -> None:
        """As if the time of every lease had passed."""
        await self.sql(
            "UPDATE webhook_deliveries SET lease_until = now() - interval '1 second' "
            "WHERE lease_until IS NOT NULL"
        )


@asynccontextmanager
async def site(
    database: Database,
    vault: Vault,
    environment: Environment,
    clock: SettableClock,
    *,
    outbound: Outbound | None = None,
    seed: str = "webhooks",
) -> AsyncIterator[Site]:
    """A site on this database; another one on the same database is another process."""
    ids = PredictableIds(seed)
    integrations = Integrations(database, vault, catalogue("https://api.intacct.com"), clock, OfIntegration())
    found = await integrations.list(environment)
    integration = (
        found[0]
        if found
        else await integrations.create(
            environment, NewIntegration(unique_key=KEY, provider="sage-intacct-cc")
        )
    )
    app = jobs.create_app(database.url)
    way_out = outbound or Outbound(LOOPBACK)
    webhooks = Webhooks(database, vault, way_out, integrations.catalogue, clock, ids, app)
    app.add_tasks_from(webhooks.blueprint(), namespace="webhooks")
    try:
        yield Site(database, clock, environment, integration.id, webhooks, app)
    finally:
        await way_out.close()
        await asyncio.sleep(0)
