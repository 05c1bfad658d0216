"""`/environments` and `/environment/api-keys` over HTTP, for keys with account scopes. Translates; decides
nothing.

An environment's own keys can't do this: `environment:*` does not cover `account:…`. A key that can is made on
the command line, with `--scope account:*`.
"""

from datetime import UTC
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import StringConstraints
from starlette.responses import Response

from counterfoil.access import ApiKeys, Environments
from counterfoil.access.errors import UnknownApiKey
from counterfoil.integrations import Integrations
from counterfoil.web import Strict, api_key_caller
from counterfoil.web import router as web_router

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,255}$")]
DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class CreateEnvironment(Strict):
    """POST /environments. All environments are alike here; none is marked as production."""

    name: Name
    is_production: Literal[False] | None = None


class CreateApiKey(Strict):
    """POST /environment/api-keys."""

    environment_id: int
    display_name: DisplayName


class DeleteApiKey(Strict):
    """DELETE /environment/api-keys."""

    environment_id: int
    key_id: int


def router(environments: Environments, api_keys: ApiKeys, integrations: Integrations) -> APIRouter:
    """All these routes.

    Args:
        environments: The environments.
        api_keys: Who calls, and what is made and revoked.
        integrations: Deleted with their environment, and their connections with them.
    """
    routes = web_router(tags=["environments"])
    _environments(routes, environments, api_keys, integrations)
    _keys(routes, environments, api_keys)
    return routes


def _needs(api_keys: ApiKeys, verb: str) -> Any:  # noqa: ANN401 - what Depends returns
    return Depends(api_key_caller(api_keys, f"account:environments:{verb}"))


def _environments(
    routes: APIRouter, environments: Environments, api_keys: ApiKeys, integrations: Integrations
) -> None:
    @routes.post("/environments", summary="Create an environment", dependencies=[_needs(api_keys, "create")])
    async def create_environment(body: CreateEnvironment) -> dict[str, Any]:
        made = await environments.create(body.name)
        return {"data": {"id": made.id, "name": made.name}}

    @routes.delete(
        "/environments/{environment_id}",
        status_code=204,
        summary="Delete an environment with everything in it",
        dependencies=[_needs(api_keys, "delete")],
    )
    async def delete_environment(environment_id: int) -> Response:
        found = await environments.get_by_id(environment_id)
        # In this order, so that a deletion which broke off can be repeated.
        await environments.close(found)
        for integration in await integrations.list(found):
            await integrations.delete(found, integration.unique_key)
        await environments.remove(found)
        return Response(status_code=204)


def _keys(routes: APIRouter, environments: Environments, api_keys: ApiKeys) -> None:
    @routes.post(
        "/environment/api-keys",
        summary="Create an API key of an environment",
        dependencies=[_needs(api_keys, "api_keys:create")],
    )
    async def create_api_key(body: CreateApiKey) -> dict[str, Any]:
        environment = await environments.get_by_id(body.environment_id)
        record, key = await api_keys.create_named(environment, body.display_name)
        created_at = record.created_at.astimezone(UTC).isoformat(timespec="milliseconds")
        return {
            "data": {
                "id": record.id,
                "display_name": record.display_name,
                "scopes": list(record.scopes),
                "secret": key.reveal(),
                "created_at": created_at.replace("+00:00", "Z"),
            }
        }

    @routes.delete(
        "/environment/api-keys",
        summary="Revoke an API key of an environment",
        dependencies=[_needs(api_keys, "api_keys:delete")],
    )
    async def delete_api_key(body: DeleteApiKey) -> dict[str, bool]:
        environment = await environments.get_by_id(body.environment_id)
        keys = await api_keys.of_environment(environment.name)
        if body.key_id not in {one.id for one in keys}:
            raise UnknownApiKey(f"There is no key {body.key_id} in this environment.")
        await api_keys.revoke(body.key_id)
        return {"success": True}
