"""`GET /config/{key}`, as older clients read an integration. What an integration holds as client is not
shown, whatever `include_creds` asks for.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from counterfoil.access import ApiKeyCaller, ApiKeys
from counterfoil.integrations.errors import IntegrationNotFound, UnknownIntegration
from counterfoil.integrations.schemas import integration_json
from counterfoil.integrations.service import Integrations
from counterfoil.web import QueryBool, Strict, api_key_caller, query
from counterfoil.web import router as web_router


class OlderQuery(Strict):
    """GET /config/{key}."""

    include_creds: QueryBool = False


def router(integrations: Integrations, api_keys: ApiKeys, public_url: str) -> APIRouter:
    """The older route.

    Args:
        integrations: The verbs.
        api_keys: Who calls.
        public_url: The service's own address, no slash at the end.
    """
    routes = web_router(tags=["integrations"], deprecated=True)
    reader = Depends(api_key_caller(api_keys, "environment:integrations:read"))

    @routes.get("/config/{unique_key}", summary="Read an integration")
    async def read_config(
        unique_key: str,
        caller: Annotated[ApiKeyCaller, reader],
        _asked: Annotated[OlderQuery, query(OlderQuery)],
    ) -> dict[str, Any]:
        try:
            found = await integrations.get(caller.environment.id, unique_key)
        except UnknownIntegration as error:
            raise IntegrationNotFound(error.message) from error
        return {"config": integration_json(found, public_url)}

    return routes
