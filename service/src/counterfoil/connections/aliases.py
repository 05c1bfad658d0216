"""`/connection/{id}/metadata`, as older clients call it: the body is the metadata itself, the integration is
named by the query or by the header `Provider-Config-Key`.

The other older paths differ in nothing but their spelling (`app.aliases`).
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header

from counterfoil.access import ApiKeyCaller, ApiKeys
from counterfoil.connections.routes import UnknownIntegrationInQuery
from counterfoil.connections.schemas import IntegrationKey
from counterfoil.connections.service import Connections
from counterfoil.errors import FieldError
from counterfoil.integrations import UnknownIntegration
from counterfoil.web import InvalidQuery, Strict, api_key_caller, query
from counterfoil.web import router as web_router

_PATH: Final = "/connection/{connection_id:path}/metadata"

_Header = Annotated[str | None, Header(alias="Provider-Config-Key")]


class OlderQuery(Strict):
    """The integration, where no header names it."""

    provider_config_key: IntegrationKey | None = None


def router(connections: Connections, api_keys: ApiKeys) -> APIRouter:
    """The older metadata routes."""
    routes = web_router(tags=["connections"], deprecated=True)
    updater = Depends(api_key_caller(api_keys, "environment:connections:update"))

    @routes.post(_PATH, status_code=201, summary="Replace the metadata of a connection")
    async def set_metadata(
        connection_id: str,
        body: dict[str, Any],
        caller: Annotated[ApiKeyCaller, updater],
        asked: Annotated[OlderQuery, query(OlderQuery)],
        header: _Header = None,
    ) -> dict[str, Any]:
        key = _integration_key(asked, header)
        return await _save(connections, caller, key, connection_id, body, merge=False)

    @routes.patch(_PATH, summary="Merge the metadata of a connection")
    async def merge_metadata(
        connection_id: str,
        body: dict[str, Any],
        caller: Annotated[ApiKeyCaller, updater],
        asked: Annotated[OlderQuery, query(OlderQuery)],
        header: _Header = None,
    ) -> dict[str, Any]:
        key = _integration_key(asked, header)
        return await _save(connections, caller, key, connection_id, body, merge=True)

    return routes


def _integration_key(asked: OlderQuery, header: str | None) -> str:
    key = asked.provider_config_key or header
    if key:
        return key
    message = "Name the integration, in the query or in the header Provider-Config-Key."
    raise InvalidQuery(message, errors=[FieldError(("provider_config_key",), "invalid_type", message)])


async def _save(
    connections: Connections,
    caller: ApiKeyCaller,
    integration_key: str,
    connection_id: str,
    metadata: dict[str, Any],
    *,
    merge: bool,
) -> dict[str, Any]:
    try:
        await connections.set_metadata(
            caller.environment.id, integration_key, [connection_id], metadata, merge=merge
        )
    except UnknownIntegration as error:
        raise UnknownIntegrationInQuery(error.message) from error
    return metadata
