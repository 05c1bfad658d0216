"""/connections over HTTP. Translates; decides nothing."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends

from counterfoil.access import ApiKeyCaller, ApiKeys, MissingScope
from counterfoil.access.callers import has_scope
from counterfoil.connections.errors import ConnectionUnusable, UnknownConnection
from counterfoil.connections.schemas import (
    ConnectionsQuery,
    MetadataBody,
    OneConnectionQuery,
    PatchConnection,
    ReadConnectionQuery,
    connection_json,
    listed_json,
)
from counterfoil.connections.service import Connections
from counterfoil.errors import CounterfoilError, InvalidRequest
from counterfoil.integrations import UnknownIntegration
from counterfoil.web import api_key_caller, query
from counterfoil.web import router as web_router


class UnknownIntegrationInQuery(InvalidRequest):
    """The integration named beside a connection is not there. Callers expect 400 here, and 404 elsewhere."""

    code = "unknown_provider_config"


class NoSuchConnection(InvalidRequest):
    """The connection to be deleted is not there. Callers expect 400 here, and 404 elsewhere."""

    code = "unknown_connection"


class InvalidCredentials(CounterfoilError):
    """No token that works. 400 if the provider was asked just now, 424 if an earlier answer still holds."""

    code: ClassVar[str] = "invalid_credentials"

    def __init__(self, unusable: ConnectionUnusable, connection: Mapping[str, Any]) -> None:
        super().__init__(unusable.message)
        self._unusable = unusable
        self._connection = connection

    def diagnostics(self) -> Mapping[str, object]:
        """The connection without credentials, and the cause."""
        return {"payload": {"connection": self._connection}, **self._unusable.diagnostics()}


class InvalidCredentialsNow(InvalidCredentials):
    """The provider was asked just now."""

    status: ClassVar[int] = 400


class InvalidCredentialsStill(InvalidCredentials):
    """An earlier answer still holds."""

    status: ClassVar[int] = 424


def router(connections: Connections, api_keys: ApiKeys) -> APIRouter:
    """All routes of this package."""
    routes = web_router(tags=["connections"])
    _many(routes, connections, api_keys)
    _one(routes, connections, api_keys)
    return routes


def _with_scope(api_keys: ApiKeys, name: str) -> Any:  # noqa: ANN401 - what Depends returns
    return Depends(api_key_caller(api_keys, f"environment:connections:{name}"))


def _many(routes: APIRouter, connections: Connections, api_keys: ApiKeys) -> None:
    updater = _with_scope(api_keys, "update")

    @routes.get("/connections", summary="List connections")
    async def list_connections(
        caller: Annotated[ApiKeyCaller, _with_scope(api_keys, "list")],
        asked: Annotated[ConnectionsQuery, query(ConnectionsQuery)],
    ) -> dict[str, Any]:
        found = await connections.list(caller.environment.id, asked.filter())
        return {"connections": [listed_json(one) for one in found]}

    @routes.post("/connections/metadata", status_code=201, summary="Replace the metadata of connections")
    async def set_metadata(body: MetadataBody, caller: Annotated[ApiKeyCaller, updater]) -> dict[str, Any]:
        return await _save_metadata(connections, caller, body, merge=False)

    @routes.patch("/connections/metadata", summary="Merge the metadata of connections")
    async def merge_metadata(body: MetadataBody, caller: Annotated[ApiKeyCaller, updater]) -> dict[str, Any]:
        return await _save_metadata(connections, caller, body, merge=True)


def _one(routes: APIRouter, connections: Connections, api_keys: ApiKeys) -> None:
    # `:path`, because a connection's id may hold slashes.
    @routes.get("/connections/{connection_id:path}", summary="Read a connection and its credentials")
    async def read_connection(
        connection_id: str,
        caller: Annotated[ApiKeyCaller, _with_scope(api_keys, "read")],
        asked: Annotated[ReadConnectionQuery, query(ReadConnectionQuery)],
    ) -> dict[str, Any]:
        if has_scope(caller, "environment:connections:read_credentials"):
            return await _with_credentials(connections, caller, connection_id, asked)
        if asked.needs_credentials:
            raise MissingScope("This key lacks the scope environment:connections:read_credentials.")
        key = (caller.environment.id, asked.provider_config_key, connection_id)
        try:
            return connection_json(await connections.get(*key), {})
        except UnknownIntegration as error:
            raise UnknownIntegrationInQuery(error.message) from error

    @routes.patch("/connections/{connection_id:path}", summary="Change a connection")
    async def patch_connection(
        connection_id: str,
        body: PatchConnection,
        caller: Annotated[ApiKeyCaller, _with_scope(api_keys, "update")],
        asked: Annotated[OneConnectionQuery, query(OneConnectionQuery)],
    ) -> dict[str, bool]:
        key = (caller.environment.id, asked.provider_config_key, connection_id)
        try:
            await connections.change(*key, body.change())
        except UnknownIntegration as error:
            raise UnknownIntegrationInQuery(error.message) from error
        return {"success": True}

    @routes.delete("/connections/{connection_id:path}", summary="Delete a connection")
    async def delete_connection(
        connection_id: str,
        caller: Annotated[ApiKeyCaller, _with_scope(api_keys, "delete")],
        asked: Annotated[OneConnectionQuery, query(OneConnectionQuery)],
    ) -> dict[str, bool]:
        try:
            await connections.delete(caller.environment.id, asked.provider_config_key, connection_id)
        except UnknownIntegration as error:
            raise UnknownIntegrationInQuery(error.message) from error
        except UnknownConnection as error:
            raise NoSuchConnection(error.message) from error
        return {"success": True}


async def _with_credentials(
    connections: Connections, caller: ApiKeyCaller, connection_id: str, asked: ReadConnectionQuery
) -> dict[str, Any]:
    key = (caller.environment.id, asked.provider_config_key, connection_id)
    try:
        opened = await connections.tokens.open(*key, force=asked.force_refresh)
        connection = await connections.fetched(*key)
    except UnknownIntegration as error:
        raise UnknownIntegrationInQuery(error.message) from error
    except ConnectionUnusable as error:
        shown = connection_json(await connections.get(*key), {})
        refused = InvalidCredentialsNow if error.attempted else InvalidCredentialsStill
        raise refused(error, shown) from error
    credentials = opened.mode.reveal(
        opened.credentials, opened.expires_at, include_refresh_token=asked.refresh_token
    )
    return connection_json(connection, credentials, with_refresh_tokens=asked.refresh_token)


async def _save_metadata(
    connections: Connections, caller: ApiKeyCaller, body: MetadataBody, *, merge: bool
) -> dict[str, Any]:
    try:
        await connections.set_metadata(
            caller.environment.id, body.provider_config_key, body.connection_ids, body.metadata, merge=merge
        )
    except UnknownIntegration as error:
        raise UnknownIntegrationInQuery(error.message) from error
    return body.model_dump()
