"""The HTTP API of integrations and connections, called as a server would call it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from service.tests.connections.service_process import Process
from service.tests.doubles import PredictableIds
from service.tests.web.asgi import Answer, call

from counterfoil.access import ApiKeys, ConnectSessions, NewConnectSession
from counterfoil.connections.importing import router as importing_router
from counterfoil.connections.routes import router as connections_router
from counterfoil.integrations.routes import router as integrations_router
from counterfoil.vault import Secret
from counterfoil.web import install

PUBLIC_URL = "https://connect.example.com"


@dataclass(frozen=True)
class Api:
    """The API and a caller of it."""

    app: FastAPI
    api_keys: ApiKeys
    sessions: ConnectSessions
    service: Process
    token: Secret

    async def __call__(self, method: str, target: str, body: object = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token.reveal()}", "Content-Type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        return await call(self.app, method, target, headers=headers, body=content)

    async def with_scopes(self, scopes: Sequence[str], environment: str = "dev") -> "Api":
        """The same API with a key that may do just this."""
        _record, token = await self.api_keys.create(environment, "test", scopes)
        return Api(self.app, self.api_keys, self.sessions, self.service, token)

    async def with_session(self, **told: Any) -> "Api":
        """The same API with a connect session's token."""
        _record, token = await self.sessions.create(self.service.environment, NewConnectSession(**told))
        return Api(self.app, self.api_keys, self.sessions, self.service, token)


async def api_of(service: Process) -> Api:
    """The API of a process, with a key that may do everything."""
    ids = PredictableIds("api")
    api_keys = ApiKeys(service.database, b"p" * 32, service.clock, ids)
    sessions = ConnectSessions(service.database, service.clock, ids)
    app = FastAPI()
    install(app)
    app.include_router(connections_router(service.connections, api_keys))
    app.include_router(importing_router(service.connections, service.authorization, api_keys))
    app.include_router(
        integrations_router(
            service.integrations, service.integrations.catalogue, api_keys, sessions, PUBLIC_URL
        )
    )
    _record, token = await api_keys.create("dev", "all")
    return Api(app, api_keys, sessions, service, token)
