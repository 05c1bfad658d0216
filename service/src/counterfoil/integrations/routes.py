"""/integrations, /providers and the providers' logos over HTTP. Translates; decides nothing."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from counterfoil.access import ApiKeyCaller, ApiKeys, Caller, ConnectSessions, SessionCaller
from counterfoil.access.callers import has_scope
from counterfoil.errors import FieldError
from counterfoil.integrations.errors import IntegrationNotFound, InvalidIntegration, UnknownIntegration
from counterfoil.integrations.schemas import (
    CreateIntegration,
    IntegrationQuery,
    OAuthClient,
    ProvidersQuery,
    UpdateIntegration,
    included_json,
    integration_json,
    webhook_url,
)
from counterfoil.integrations.service import Integration, Integrations
from counterfoil.providers import Catalogue, Provider, UnknownProvider, definition
from counterfoil.web import any_caller, api_key_caller, query
from counterfoil.web import router as web_router

# A picture that is opened on its own must not run anything in our origin.
_LOGO_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "public, max-age=86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def router(
    integrations: Integrations,
    catalogue: Catalogue,
    api_keys: ApiKeys,
    sessions: ConnectSessions,
    public_url: str,
) -> APIRouter:
    """All routes of this package.

    Args:
        integrations: The verbs.
        catalogue: The providers.
        api_keys: Who calls.
        sessions: Who calls from a browser.
        public_url: The service's own address, no slash at the end.
    """
    routes = web_router(tags=["integrations"])
    _integrations(routes, integrations, api_keys, sessions, public_url)
    _providers(routes, catalogue, api_keys, sessions, public_url)
    return routes


def _integrations(
    routes: APIRouter,
    integrations: Integrations,
    api_keys: ApiKeys,
    sessions: ConnectSessions,
    public_url: str,
) -> None:
    def with_scope(name: str) -> Any:  # noqa: ANN401 - what Depends returns
        return Depends(api_key_caller(api_keys, f"environment:integrations:{name}"))

    lister = Depends(any_caller(api_keys, sessions, "environment:integrations:list"))

    @routes.get("/integrations", summary="List integrations")
    async def list_integrations(caller: Annotated[Caller, lister]) -> dict[str, Any]:
        found = await integrations.list(caller.environment, only=_visible_keys(caller))
        return {"data": [integration_json(one, public_url) for one in found]}

    @routes.post("/integrations", summary="Create an integration")
    async def create_integration(
        body: CreateIntegration, caller: Annotated[ApiKeyCaller, with_scope("create")]
    ) -> dict[str, Any]:
        _refuse_credentials(body.credentials, integrations.catalogue.find(body.provider))
        made = await integrations.create(caller.environment, body.new())
        return {"data": integration_json(made, public_url)}

    @routes.get("/integrations/{unique_key}", summary="Read an integration")
    async def read_integration(
        unique_key: str,
        caller: Annotated[ApiKeyCaller, with_scope("read")],
        asked: Annotated[IntegrationQuery, query(IntegrationQuery)],
    ) -> dict[str, Any]:
        found = await _found(integrations, caller, unique_key)
        included = included_json(
            list(asked.include),
            found,
            webhook_url=webhook_url(found, caller.environment.uuid, public_url),
            may_read_credentials=has_scope(caller, "environment:integrations:read_credentials"),
        )
        return {"data": {**integration_json(found, public_url), **included}}

    @routes.patch("/integrations/{unique_key}", summary="Change an integration")
    async def update_integration(
        unique_key: str, body: UpdateIntegration, caller: Annotated[ApiKeyCaller, with_scope("update")]
    ) -> dict[str, Any]:
        if body.credentials is not None:
            found = await _found(integrations, caller, unique_key)
            _refuse_credentials(body.credentials, found.provider)
        try:
            changed = await integrations.update(caller.environment, unique_key, body.change())
        except UnknownIntegration as error:
            raise IntegrationNotFound(error.message) from error
        return {"data": integration_json(changed, public_url)}

    @routes.delete("/integrations/{unique_key}", summary="Delete an integration and its connections")
    async def delete_integration(
        unique_key: str, caller: Annotated[ApiKeyCaller, with_scope("delete")]
    ) -> dict[str, bool]:
        try:
            await integrations.delete(caller.environment, unique_key)
        except UnknownIntegration as error:
            raise IntegrationNotFound(error.message) from error
        return {"success": True}


def _providers(
    routes: APIRouter, catalogue: Catalogue, api_keys: ApiKeys, sessions: ConnectSessions, public_url: str
) -> None:
    # Every key of the environment may: the scope is that of every session, and of no secret.
    reader = Depends(any_caller(api_keys, sessions, "environment:providers:read"))

    @routes.get("/providers", summary="List providers", dependencies=[reader])
    async def list_providers(asked: Annotated[ProvidersQuery, query(ProvidersQuery)]) -> dict[str, Any]:
        wanted = (asked.search or "").lower()
        found = [provider for provider in catalogue.all() if wanted in provider.id.lower()]
        return {"data": [definition(provider, public_url) for provider in found]}

    @routes.get("/providers/{provider}", summary="Read a provider", dependencies=[reader])
    async def read_provider(provider: str) -> dict[str, Any]:
        return {"data": definition(catalogue.get(provider), public_url)}

    @routes.get("/images/template-logos/{file_name}", summary="A provider's logo", include_in_schema=False)
    async def read_logo(file_name: str) -> Response:
        found = catalogue.find(file_name.removesuffix(".svg"))
        if found is None or not file_name.endswith(".svg") or not found.logo_svg:
            raise UnknownProvider("There is no such logo.")
        return Response(found.logo_svg, media_type="image/svg+xml", headers=_LOGO_HEADERS)


async def _found(integrations: Integrations, caller: ApiKeyCaller, unique_key: str) -> Integration:
    try:
        return await integrations.get(caller.environment.id, unique_key)
    except UnknownIntegration as error:
        raise IntegrationNotFound(error.message) from error


def _visible_keys(caller: Caller) -> tuple[str, ...] | None:
    if isinstance(caller, SessionCaller) and caller.session.allowed_integrations:
        return tuple(caller.session.allowed_integrations)
    return None


def _refuse_credentials(credentials: OAuthClient | None, provider: Provider | None) -> None:
    if credentials is None or provider is None or provider.auth_mode == credentials.type:
        return
    message = f"A provider of the auth mode {provider.auth_mode} takes its client in integration_config."
    raise InvalidIntegration(message, errors=[FieldError(("credentials",), "custom", message)])
