"""The whole API over a database of the test's own, called by somebody with a key."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from service.tests.app.serving import PUBLIC_URL
from service.tests.web.asgi import Answer, call

from counterfoil.app import Foundation, Parts, assembled
from counterfoil.app.api import create_api
from counterfoil.integrations import NewIntegration
from counterfoil.settings import Settings
from counterfoil.vault import Secret

KEY = "intacct"


@dataclass(frozen=True)
class Called:
    """The API, and a key of the environment `dev`."""

    app: FastAPI
    parts: Parts
    key: Secret

    async def __call__(
        self, method: str, target: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self.key.reveal()}", "Content-Type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        return await call(self.app, method, target, headers={**sent, **(headers or {})}, body=content)

    async def limited(self, *scopes: str) -> "Called":
        """The same with a key that may do just this."""
        _record, key = await self.parts.api_keys.create("dev", "limited", scopes)
        return Called(self.app, self.parts, key)


@asynccontextmanager
async def called(settings: Settings, ground: Foundation) -> AsyncIterator[Called]:
    """The API with an integration `intacct` in `dev`."""
    async with assembled(settings, ground) as parts:
        environment = await parts.environments.get("dev")
        await parts.integrations.create(
            environment, NewIntegration(unique_key=KEY, provider="sage-intacct-cc")
        )
        _record, key = await parts.api_keys.create("dev", "all")
        yield Called(create_api(parts, PUBLIC_URL, CollectorRegistry()), parts, key)
