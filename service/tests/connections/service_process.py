"""As much of the service as connections need, wired by hand: one of these is one process to the others."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from service.tests.doubles import PredictableIds, SettableClock

from counterfoil.access import Environment
from counterfoil.connections import (
    Authorization,
    Authorized,
    Connection,
    Connections,
    LiveConnection,
    OfIntegration,
    TokenLimits,
    Tokens,
)
from counterfoil.db import Database
from counterfoil.integrations import Integrations, NewIntegration
from counterfoil.outbound import AddressPolicy, Outbound
from counterfoil.providers import catalogue
from counterfoil.vault import MasterKey, Vault

KEY = "intacct"
CLIENT = {"clientId": "0123456789abcdef0123.app.sage.com", "clientSecret": "sandbox-client-secret"}
BY_USERNAME = {"username": "Admin@MyCompany"}
BY_SESSION = {"sessionId": "a-session-of-the-user-interface"}
# Short, so that what has to run out does so at once; never compared with how long something took.
SHORT_LIMITS = TokenLimits(call_deadline_seconds=0.4, lease_seconds=0.8, wait_seconds=5.0)


@dataclass(frozen=True)
class Process:
    """The services of one process, and what tests ask of them most."""

    environment: Environment
    database: Database
    clock: SettableClock
    integrations: Integrations
    authorization: Authorization
    tokens: Tokens
    connections: Connections

    async def connect(
        self, submitted: Mapping[str, object] = BY_USERNAME, connection_id: str = "c1"
    ) -> Authorized:
        """Make or renew a connection through the pipeline."""
        return await self.authorization.authorize(
            self.environment, KEY, submitted, connection_id=connection_id
        )

    async def live(self, connection_id: str = "c1") -> LiveConnection:
        return await self.tokens.live(self.environment.id, KEY, connection_id)

    async def read(self, connection_id: str = "c1") -> Connection:
        return await self.connections.get(self.environment.id, KEY, connection_id)

    async def sql(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        async with self.database.pool.connection() as connection:
            cursor = await connection.execute(statement.encode(), parameters)
            return await cursor.fetchall() if cursor.description else []

    async def expire(self, connection_id: str = "c1") -> None:
        """The token's time has come, and nobody remembers otherwise."""
        await self.sql(
            "UPDATE connections SET token_expires_at = now(), refresh_at = now() WHERE connection_id = %s",
            connection_id,
        )
        self.clock.advance(60)

    async def make_due(self, connection_id: str = "c1") -> None:
        """The token is valid for another minute, and should have been renewed."""
        await self.sql(
            "UPDATE connections SET token_expires_at = now() + interval '1 minute', refresh_at = now() "
            "WHERE connection_id = %s",
            connection_id,
        )
        self.clock.advance(60)

    async def events(self) -> list[str]:
        """The types of this environment's events about connections, in order."""
        rows = await self.sql("SELECT type FROM events WHERE type LIKE 'connection.%%' ORDER BY id")
        return [row[0] for row in rows]

    async def column(self, name: str, connection_id: str = "c1") -> Any:
        [(value,)] = await self.sql(f"SELECT {name} FROM connections WHERE connection_id = %s", connection_id)
        return value


@asynccontextmanager
async def process(
    database: Database,
    master_key: MasterKey,
    environment: Environment,
    origin: str,
    *,
    limits: TokenLimits | None = None,
    seed: str = "one",
) -> AsyncIterator[Process]:
    """A process on this database, whose provider is at `origin`."""
    clock, ids = SettableClock(), PredictableIds(seed)
    vault = await Vault.open_with(database, master_key)
    policy = AddressPolicy.from_cidrs(["127.0.0.1/32"])
    outbound = Outbound(policy)
    integrations = Integrations(database, vault, catalogue(origin, policy), clock, OfIntegration())
    tokens = Tokens(database, vault, integrations, outbound, clock, ids, limits)
    authorization = Authorization(database, vault, integrations, outbound, clock, ids)
    try:
        yield Process(
            environment=environment,
            database=database,
            clock=clock,
            integrations=integrations,
            authorization=authorization,
            tokens=tokens,
            connections=Connections(database, tokens),
        )
    finally:
        await tokens.close()
        await outbound.close()


async def add_integration(service: Process, key: str = KEY, **settings: str) -> None:
    """An integration of the Sage provider, with the client's settings."""
    new = NewIntegration(unique_key=key, provider="sage-intacct-cc", settings=settings or CLIENT)
    await service.integrations.create(service.environment, new)
