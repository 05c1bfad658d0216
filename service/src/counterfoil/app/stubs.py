"""What the wire protocol has and this service doesn't: functions, records, syncs, actions, shared apps,
environment variables. They answer as if there were none, so that programs that ask for them go on.

Bodies are not looked at. Nothing here is stored or read but whether an integration or a connection is there.
"""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Header
from pydantic import Field

from counterfoil.access import ApiKeyCaller, ApiKeys
from counterfoil.connections import Connections
from counterfoil.connections.errors import UnknownConnection
from counterfoil.connections.schemas import ConnectionId, Filled, IntegrationKey
from counterfoil.errors import InvalidBody, InvalidRequest, NotFound
from counterfoil.integrations import Integrations, UnknownIntegration
from counterfoil.integrations.errors import IntegrationNotFound
from counterfoil.web import Strict, api_key_caller, query
from counterfoil.web import router as web_router

_FUNCTION: Final = "/integrations/{unique_key}/functions/{name}"
_VARIANT: Final = "/sync/{name}/variant/{variant}"


class NoSyncsFound(InvalidRequest):
    """No sync by any of the names; there are none."""

    code = "no_syncs_found"


class UnknownSync(InvalidRequest):
    """No sync by that name; there are none."""

    code = "unknown_sync"


class NoSuchConnection(InvalidRequest):
    """The connection whose records were asked for is not there."""

    code = "unknown_connection"


class NoSuchThing(NotFound):
    """No function, action or action's result by that name; there are none."""

    code = "not_found"


class FunctionsQuery(Strict):
    """GET /integrations/{uniqueKey}/functions."""

    type: Literal["sync", "action", "on-event"] | None = None
    search: Filled | None = None
    page: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class FunctionQuery(Strict):
    """What may be asked of one function."""

    type: Literal["sync", "action", "on-event"] | None = None


class RecordsQuery(Strict):
    """GET /records."""

    model: Filled
    variant: Filled | None = None
    delta: Filled | None = None
    modified_after: Filled | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 100
    filter: Filled | None = None
    cursor: Annotated[str, Field(max_length=1000)] | None = None
    ids: str | list[str] | None = None


class SyncStatusQuery(Strict):
    """GET /sync/status."""

    syncs: Annotated[str, Field(min_length=1)]
    provider_config_key: IntegrationKey
    connection_id: ConnectionId | None = None


class ScriptsQuery(Strict):
    """GET /scripts/config."""

    format: Literal["nango", "openai"] = "nango"


def router(integrations: Integrations, connections: Connections, api_keys: ApiKeys) -> APIRouter:
    """All these routes.

    Args:
        integrations: To say which ones are not there.
        connections: To say which ones are not there.
        api_keys: Who calls; scopes are the wire protocol's.
    """
    routes = web_router(tags=["not offered"])
    _templates_and_apps(routes, api_keys)
    _functions(routes, integrations, api_keys)
    _records(routes, connections, api_keys)
    _syncs(routes, api_keys)
    _actions(routes, api_keys)
    return routes


def _needs(api_keys: ApiKeys, scope: str) -> Any:  # noqa: ANN401 - what Depends returns
    return Depends(api_key_caller(api_keys, f"environment:{scope}"))


def _templates_and_apps(routes: APIRouter, api_keys: ApiKeys) -> None:
    @routes.get(
        "/environment-variables",
        summary="There are no environment variables",
        dependencies=[_needs(api_keys, "variables:read")],
    )
    async def list_variables() -> list[Any]:
        return []

    @routes.get(
        "/providers/{provider}/templates",
        summary="There are no function templates",
        dependencies=[_needs(api_keys, "providers:read")],
    )
    async def list_templates(provider: str) -> dict[str, Any]:  # noqa: ARG001 - any name has none
        return {"data": []}

    @routes.get(
        "/scripts/config",
        summary="There are no scripts",
        dependencies=[_needs(api_keys, "integrations:list_functions")],
    )
    async def read_scripts(asked: Annotated[ScriptsQuery, query(ScriptsQuery)]) -> Any:  # noqa: ANN401 - two shapes
        return {"data": []} if asked.format == "openai" else []

    @routes.post(
        "/integrations/quickstart",
        summary="There are no shared apps",
        dependencies=[_needs(api_keys, "integrations:create")],
    )
    async def create_quickstart() -> None:
        raise InvalidBody("There are no shared apps here; create the integration with a client of your own.")


def _functions(routes: APIRouter, integrations: Integrations, api_keys: ApiKeys) -> None:
    reading = [_needs(api_keys, "functions:read")]
    deleting = [_needs(api_keys, "functions:delete")]

    @routes.get("/integrations/{unique_key}/functions", summary="There are no functions")
    async def list_functions(
        unique_key: str,
        caller: Annotated[ApiKeyCaller, _needs(api_keys, "functions:list")],
        asked: Annotated[FunctionsQuery, query(FunctionsQuery)],
    ) -> dict[str, Any]:
        try:
            await integrations.get(caller.environment.id, unique_key)
        except UnknownIntegration as error:
            raise IntegrationNotFound(error.message) from error
        return {"data": [], "pagination": {"total": 0, "page": asked.page, "limit": asked.limit}}

    async def no_function(
        unique_key: str, name: str, _asked: Annotated[FunctionQuery, query(FunctionQuery)]
    ) -> None:
        raise NoSuchThing(f"There is no function {name!r} in {unique_key!r}.")

    routes.get(_FUNCTION, summary="There are no functions", dependencies=reading)(no_function)
    routes.get(f"{_FUNCTION}/code", summary="There are no functions", dependencies=reading)(no_function)
    routes.delete(_FUNCTION, summary="There are no functions", dependencies=deleting)(no_function)


def _records(routes: APIRouter, connections: Connections, api_keys: ApiKeys) -> None:
    async def list_records(
        caller: Annotated[ApiKeyCaller, _needs(api_keys, "records:read")],
        _asked: Annotated[RecordsQuery, query(RecordsQuery)],
        connection_id: Annotated[str, Header(alias="Connection-Id")],
        integration_key: Annotated[str, Header(alias="Provider-Config-Key")],
    ) -> dict[str, Any]:
        try:
            await connections.get(caller.environment.id, integration_key, connection_id)
        except (UnknownIntegration, UnknownConnection) as error:
            raise NoSuchConnection(error.message) from error
        return {"records": [], "next_cursor": None}

    routes.get("/records", summary="There are no records")(list_records)
    # The published client writes it with a slash, and follows no redirect with its headers.
    routes.get("/records/", include_in_schema=False)(list_records)

    @routes.patch(
        "/records/prune", summary="There are no records", dependencies=[_needs(api_keys, "records:write")]
    )
    async def prune_records() -> dict[str, Any]:
        return {"count": 0, "has_more": False}


def _syncs(routes: APIRouter, api_keys: ApiKeys) -> None:
    executing = [_needs(api_keys, "syncs:execute")]

    async def no_syncs() -> None:
        raise NoSyncsFound("There are no syncs here.")

    async def no_variant(name: str, variant: str) -> None:
        raise NoSyncsFound(f"There is no sync {name!r}, and no variant {variant!r} of it.")

    for verb in ("trigger", "start", "pause"):
        routes.post(f"/sync/{verb}", summary="There are no syncs", dependencies=executing)(no_syncs)
    creating, deleting = (_needs(api_keys, f"syncs:variant:{verb}") for verb in ("create", "delete"))
    routes.post(_VARIANT, summary="There are no syncs", dependencies=[creating])(no_variant)
    routes.delete(_VARIANT, summary="There are no syncs", dependencies=[deleting])(no_variant)

    @routes.get("/sync/status", summary="There are no syncs", dependencies=[_needs(api_keys, "syncs:read")])
    async def sync_status(_asked: Annotated[SyncStatusQuery, query(SyncStatusQuery)]) -> dict[str, Any]:
        return {"syncs": []}

    @routes.put(
        "/sync/update-connection-frequency",
        summary="There are no syncs",
        dependencies=[_needs(api_keys, "syncs:update")],
    )
    async def change_frequency() -> None:
        raise UnknownSync("There are no syncs here.")


def _actions(routes: APIRouter, api_keys: ApiKeys) -> None:
    executing = [_needs(api_keys, "actions:execute")]

    @routes.post("/action/trigger", summary="There are no actions", dependencies=executing)
    async def trigger_action() -> None:
        raise NoSuchThing("There are no actions here.")

    @routes.get("/action/{action_id}", summary="There are no actions", dependencies=executing)
    async def read_action(action_id: str) -> None:
        raise NoSuchThing(f"There is no result of an action {action_id!r}.")
