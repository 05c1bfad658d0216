"""/health, /ready and /metrics: for orchestrators and Prometheus, not for callers of the API."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from counterfoil.db import Database


def router(database: Database, registry: CollectorRegistry) -> APIRouter:
    """The routes; `registry` holds what /metrics shows."""
    routes = APIRouter(tags=["operation"], redirect_slashes=False)

    @routes.get("/health", summary="The process answers")
    async def health() -> dict[str, str]:
        return {"result": "ok"}

    @routes.get("/ready", summary="The process can serve: its database answers")
    async def ready() -> dict[str, str]:
        await database.ping()
        return {"result": "ok"}

    @routes.get("/metrics", summary="Figures for Prometheus", response_class=Response)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return routes
