"""The framework's application: every router of every feature, mounted once, and its OpenAPI document."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from prometheus_client import CollectorRegistry

from counterfoil.app import environments, health, stubs
from counterfoil.app.aliases import Aliases
from counterfoil.app.parts import Parts
from counterfoil.connect import routes as connect_routes
from counterfoil.connections import aliases as connection_aliases
from counterfoil.connections import importing
from counterfoil.connections import routes as connection_routes
from counterfoil.integrations import aliases as integration_aliases
from counterfoil.integrations import routes as integration_routes
from counterfoil.web import describe_queries, describe_refusals, describe_scopes, install
from counterfoil.webhooks import Receiving, receiving_routes
from counterfoil.webhooks import routes as webhook_routes

__all__ = ["create_api"]

_VERSION = "0.1.0"
_DESCRIPTION = (
    "Connections to Sage Intacct: connect sessions, connections, credentials, an authenticated proxy. "
    "The dialect is that of the published @nangohq clients. Everything but the Connect page's own calls "
    "needs an API key: `Authorization: Bearer cf_…`. Not listed here: `ANY /proxy/<path>`, which passes "
    "a request on to the provider with the connection's token (headers `Provider-Config-Key`, "
    "`Connection-Id`)."
)


def create_api(parts: Parts, public_url: str, registry: CollectorRegistry) -> FastAPI:
    """The API and the pages, without the proxy.

    Args:
        parts: What they work with.
        public_url: Where browsers reach the service; no slash at the end.
        registry: What /metrics shows.
    """
    api = FastAPI(
        title="Counterfoil", version=_VERSION, description=_DESCRIPTION, docs_url=None, redoc_url=None
    )
    install(api)
    api.add_middleware(Aliases)
    api.include_router(health.router(parts.database, registry))
    api.include_router(
        integration_routes.router(
            parts.integrations, parts.integrations.catalogue, parts.api_keys, parts.sessions, public_url
        )
    )
    api.include_router(connection_routes.router(parts.connections, parts.api_keys))
    api.include_router(importing.router(parts.connections, parts.authorization, parts.api_keys))
    api.include_router(
        connect_routes.router(
            public_url=public_url,
            environments=parts.environments,
            api_keys=parts.api_keys,
            sessions=parts.sessions,
            integrations=parts.integrations,
            connections=parts.connections,
            authorization=parts.authorization,
            clock=parts.clock,
        )
    )
    api.include_router(webhook_routes.router(parts.webhooks, parts.api_keys))
    api.include_router(
        receiving_routes.router(
            Receiving(parts.database, parts.environments, parts.integrations, parts.clock)
        )
    )
    api.include_router(connection_aliases.router(parts.connections, parts.api_keys))
    api.include_router(integration_aliases.router(parts.integrations, parts.api_keys, public_url))
    api.include_router(environments.router(parts.environments, parts.api_keys, parts.integrations))
    api.include_router(stubs.router(parts.integrations, parts.connections, parts.api_keys))
    _describe(api)
    return api


def _describe(api: FastAPI) -> None:
    def document() -> dict[str, Any]:
        if api.openapi_schema is None:
            schema = get_openapi(
                title=api.title, version=api.version, description=api.description, routes=api.routes
            )
            # The application's own list holds included routers whole; no router is included under a prefix.
            every = (context.route for context in iter_route_contexts(api.routes))
            routes = [route for route in every if isinstance(route, APIRoute)]
            describe_queries(schema, routes)
            describe_scopes(schema, routes)
            describe_refusals(schema)
            api.openapi_schema = schema
        return api.openapi_schema

    # The framework's own way to replace the document (its documentation, "Extending OpenAPI").
    api.openapi = document  # type: ignore[method-assign]
