"""The whole application of a process, with an API key of two environments and a connect session's token."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import pytest
from service.tests.app.serving import settings_of, started
from service.tests.web.asgi import Answer, call

from counterfoil.access import ApiKeys, ConnectSessions, Environments, NewConnectSession
from counterfoil.app import Application, Foundation
from counterfoil.clock import SystemClock
from counterfoil.db import Database
from counterfoil.ids import SystemIds
from counterfoil.vault import MasterKey

# As the composition root derives it; the tests make keys as the command line does.
_PEPPER = "access/api-keys"


@dataclass(frozen=True)
class Whole:
    """The application and what lies behind it."""

    app: Application
    api_keys: ApiKeys
    sessions: ConnectSessions
    environments: Environments

    async def key(self, environment: str, *scopes: str) -> str:
        """A new API key, with all an environment's scopes unless some are named."""
        _record, key = await self.api_keys.create(
            environment, f"key for {len(scopes)}", scopes or ("environment:*",)
        )
        return key.reveal()

    async def session_token(self, environment: str) -> str:
        """The token of a new connect session."""
        found = await self.environments.get(environment)
        _record, token = await self.sessions.create(found, NewConnectSession())
        return token.reveal()

    async def ask(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """One request, JSON unless the headers say otherwise."""
        sent = {"Host": "connect.example.com", "Content-Type": "application/json", **(headers or {})}
        return await call(self.app, method, target, headers=sent, body=body)


@pytest.fixture
async def whole(postgres_url: str, master_key: MasterKey) -> AsyncIterator[Whole]:
    clock, ids = SystemClock(), SystemIds()
    ground = Foundation(postgres_url, master_key)
    # Without limits: a thousand wrong keys from one address are what these tests are about.
    settings = settings_of(postgres_url, rate_limit=0, failed_authentication_limit=0)
    async with started(settings, ground) as app:
        database = Database(postgres_url)
        await database.open()
        environments = Environments(database, clock, ids)
        await environments.create("other")
        keys = ApiKeys(database, master_key.derive(_PEPPER), clock, ids)
        yield Whole(app, keys, ConnectSessions(database, clock, ids), environments)
        await database.close()
