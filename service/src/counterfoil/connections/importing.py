"""POST /connections: a connection from credentials that the operator has. Translates; decides nothing.

It goes through the one pipeline, so what is imported is proven first like what somebody types: a key or a
password by the provider's test, what leads to a token by getting one. A token that was brought along is not
needed, but where only a person in a window can give another; there it is proven, and renewed if it has ended.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, TypedDict

from fastapi import APIRouter, Depends
from pydantic import Field, field_validator

from counterfoil.access import ApiKeyCaller, ApiKeys, Environment
from counterfoil.connections.authorization import Authorization, Authorized, InvalidAuthMode
from counterfoil.connections.end_users import EndUser
from counterfoil.connections.schemas import (
    ConnectionId,
    EndUserBody,
    IntegrationKey,
    Tags,
    WebhookAddress,
    connection_json,
)
from counterfoil.connections.service import ConnectionChange, Connections
from counterfoil.errors import FieldError, InvalidBody, NotFound
from counterfoil.integrations import UnknownIntegration
from counterfoil.web import Strict, api_key_caller
from counterfoil.web import router as web_router

IMPORTED: Final = ("API_KEY", "BASIC", "NONE", "OAUTH2", "OAUTH2_CC", "TWO_STEP")
_ADOPTED: Final = frozenset({"OAUTH2"})
_MOMENTS: Final = ("created_at", "updated_at", "last_fetched_at")


class ImportedCredentials(Strict):
    """What the mode's fields are filled with, and which mode it is taken to be."""

    model_config = Strict.model_config | {"extra": "allow"}

    type: str

    def values(self) -> dict[str, object]:
        """By the names of fields."""
        return dict(self.model_extra or {})

    def shown(self) -> dict[str, object]:
        """As they came."""
        return {"type": self.type, **self.values()}


class ImportConnection(Strict):
    """POST /connections."""

    provider_config_key: IntegrationKey
    connection_id: ConnectionId | None = None
    credentials: ImportedCredentials = Field(repr=False)
    metadata: dict[str, Any] | None = None
    connection_config: dict[str, Any] = Field(default_factory=dict)
    webhook_url_override: WebhookAddress | None = None
    end_user: EndUserBody | None = None
    tags: Tags | None = None

    @field_validator("connection_config")
    @classmethod
    def _scopes_are_listed(cls, config: dict[str, Any]) -> dict[str, Any]:
        scopes = config.get("oauth_scopes_override", [])
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise ValueError("oauth_scopes_override must be a list of texts.")
        return config

    def change(self) -> ConnectionChange:
        """What is said of the connection besides, in our own words."""
        told = self.end_user
        return ConnectionChange(
            end_user=None
            if told is None
            else EndUser(id=told.id, email=told.email, display_name=told.display_name, tags=told.tags),
            tags=self.tags,
            webhook_url_override=self.webhook_url_override,
        )


class _Told(TypedDict):
    connection_id: str | None
    params: Mapping[str, object]
    auth_mode: str


class ImportIntegrationNotFound(NotFound):
    """No integration by that key; as everywhere that something is made, not 400."""

    code: ClassVar[str] = "not_found"


def router(connections: Connections, authorization: Authorization, api_keys: ApiKeys) -> APIRouter:
    """The one route."""
    routes = web_router(tags=["connections"])
    maker = Depends(api_key_caller(api_keys, "environment:connections:create"))

    @routes.post("/connections", status_code=201, summary="Import a connection")
    async def import_connection(
        body: ImportConnection, caller: Annotated[ApiKeyCaller, maker]
    ) -> dict[str, Any]:
        _refuse_other_modes(body.credentials.type)
        try:
            made = await _made(authorization, caller.environment, body)
        except UnknownIntegration as error:
            raise ImportIntegrationNotFound(error.message) from error
        except InvalidAuthMode as error:
            raise _wrong_type(error.message) from error
        key = (caller.environment.id, made.integration_key, made.connection_id)
        await connections.change(*key, body.change())
        if body.metadata is not None:
            await connections.set_metadata(
                caller.environment.id,
                made.integration_key,
                [made.connection_id],
                body.metadata,
                merge=False,
            )
        return await _shown(connections, key)

    return routes


async def _made(authorization: Authorization, environment: Environment, body: ImportConnection) -> Authorized:
    told: _Told = {
        "connection_id": body.connection_id,
        "params": body.connection_config,
        "auth_mode": body.credentials.type,
    }
    if body.credentials.type in _ADOPTED:
        return await authorization.adopt(
            environment, body.provider_config_key, body.credentials.shown(), **told
        )
    return await authorization.authorize(
        environment, body.provider_config_key, body.credentials.values(), **told
    )


async def _shown(connections: Connections, key: tuple[int, str, str]) -> dict[str, Any]:
    opened = await connections.tokens.open(*key, force=False)
    credentials = opened.mode.reveal(opened.credentials, opened.expires_at, include_refresh_token=False)
    shown = connection_json(await connections.get(*key), credentials)
    # Unlike where it is read, the wire writes times here with a Z.
    return shown | {name: shown[name] and shown[name].replace("+00:00", "Z") for name in _MOMENTS}


def _refuse_other_modes(name: str) -> None:
    if name not in IMPORTED:
        raise _wrong_type(f"{name!r} can't be imported; there are {', '.join(IMPORTED)}.")


def _wrong_type(message: str) -> InvalidBody:
    return InvalidBody(message, errors=[FieldError(("credentials", "type"), "invalid_value", message)])
