"""/environment/webhooks, and the rotation of its key, over HTTP. Translates; decides nothing."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from counterfoil.access import ApiKeyCaller, ApiKeys
from counterfoil.web import api_key_caller, query
from counterfoil.web import router as web_router
from counterfoil.webhooks.schemas import (
    DeliveriesQuery,
    PatchSettings,
    ReplayBody,
    RotateKey,
    RowNumber,
    delivery_json,
    details_json,
    keys_json,
    settings_json,
)
from counterfoil.webhooks.service import Webhooks

_BASE = "/environment/webhooks"
_Number = Annotated[RowNumber, Path()]


def router(webhooks: Webhooks, api_keys: ApiKeys) -> APIRouter:
    """All routes of this package."""
    routes = web_router(tags=["webhooks"])
    _settings(routes, webhooks, api_keys)
    _keys(routes, webhooks, api_keys)
    _deliveries(routes, webhooks, api_keys)
    return routes


def _with_scope(api_keys: ApiKeys, name: str) -> Any:  # noqa: ANN401 - what Depends returns
    return Depends(api_key_caller(api_keys, f"environment:webhooks:{name}"))


def _settings(routes: APIRouter, webhooks: Webhooks, api_keys: ApiKeys) -> None:
    updater = _with_scope(api_keys, "update")

    @routes.get(_BASE, summary="Read the webhook settings")
    async def read_settings(caller: Annotated[ApiKeyCaller, _with_scope(api_keys, "read")]) -> dict[str, Any]:
        return {"data": settings_json(await webhooks.configuration.read(caller.environment.id))}

    @routes.patch(_BASE, summary="Change the webhook settings")
    async def change_settings(
        body: PatchSettings, caller: Annotated[ApiKeyCaller, updater]
    ) -> dict[str, Any]:
        changed = await webhooks.configuration.change(caller.environment.id, body.change())
        return {"data": settings_json(changed)}

    @routes.post(f"{_BASE}/endpoints/{{endpoint_id}}/activate", summary="Activate an endpoint again")
    async def activate(endpoint_id: _Number, caller: Annotated[ApiKeyCaller, updater]) -> dict[str, Any]:
        changed = await webhooks.configuration.activate(caller.environment.id, endpoint_id)
        return {"data": settings_json(changed)}


def _keys(routes: APIRouter, webhooks: Webhooks, api_keys: ApiKeys) -> None:
    reader = _with_scope(api_keys, "read_credentials")
    rotator = Depends(api_key_caller(api_keys, "environment:webhook_signing_key:rotate"))

    @routes.post("/environment/webhook-signing-key/rotate", summary="Replace the signing key at once")
    async def replace_key(caller: Annotated[ApiKeyCaller, rotator]) -> dict[str, Any]:
        # The wire's own route. Its callers expect the new key to be in force when they read it.
        keys = await webhooks.configuration.rotate(caller.environment.id, overlap=timedelta(0))
        return {"data": {"webhook_signing_key": keys.current.reveal()}}

    @routes.get(f"{_BASE}/signing-keys", summary="Read the signing keys")
    async def read_keys(caller: Annotated[ApiKeyCaller, reader]) -> dict[str, Any]:
        return {"data": keys_json(await webhooks.configuration.keys(caller.environment.id))}

    @routes.post(f"{_BASE}/signing-keys/rotate", summary="Begin to sign with a second key")
    async def rotate(body: RotateKey, caller: Annotated[ApiKeyCaller, rotator]) -> dict[str, Any]:
        keys = await webhooks.configuration.rotate(
            caller.environment.id, key=body.key(), overlap=body.overlap()
        )
        return {"data": keys_json(keys)}

    @routes.post(f"{_BASE}/signing-keys/finish", summary="Let the second key take over")
    async def finish(caller: Annotated[ApiKeyCaller, rotator]) -> dict[str, Any]:
        return {"data": keys_json(await webhooks.configuration.finish_rotation(caller.environment.id))}


def _deliveries(routes: APIRouter, webhooks: Webhooks, api_keys: ApiKeys) -> None:
    reader = _with_scope(api_keys, "read")
    replayer = _with_scope(api_keys, "replay")

    @routes.get(f"{_BASE}/deliveries", summary="List deliveries, newest first")
    async def list_deliveries(
        caller: Annotated[ApiKeyCaller, reader], asked: Annotated[DeliveriesQuery, query(DeliveriesQuery)]
    ) -> dict[str, Any]:
        found = await webhooks.deliveries.list(caller.environment.id, asked.filter())
        return {"data": [delivery_json(one) for one in found]}

    @routes.get(f"{_BASE}/deliveries/{{delivery_id}}", summary="Read a delivery and its attempts")
    async def read_delivery(delivery_id: _Number, caller: Annotated[ApiKeyCaller, reader]) -> dict[str, Any]:
        return {"data": details_json(await webhooks.deliveries.get(caller.environment.id, delivery_id))}

    @routes.post(f"{_BASE}/deliveries/{{delivery_id}}/replay", summary="Send a delivery again")
    async def replay(delivery_id: _Number, caller: Annotated[ApiKeyCaller, replayer]) -> dict[str, Any]:
        await webhooks.deliveries.replay(caller.environment.id, delivery_id)
        return {"success": True}

    @routes.post(f"{_BASE}/replay", summary="Send a range of deliveries again")
    async def replay_range(body: ReplayBody, caller: Annotated[ApiKeyCaller, replayer]) -> dict[str, Any]:
        count = await webhooks.deliveries.replay_range(caller.environment.id, body.range())
        return {"data": {"replayed": count}}
