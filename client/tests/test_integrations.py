from typing import Any

import pytest
from client.tests.either import settled, walked
from client.tests.scripted_service import Scripted, ScriptedService

from counterfoil_client import InvalidRequest, NotFound

INTEGRATION = {
    "unique_key": "sage-intacct",
    "provider": "sage-intacct-cc",
    "display_name": "Sage Intacct",
    "logo": "https://cf.example/images/template-logos/sage-intacct-cc.svg",
    "forward_webhooks": True,
    "created_at": "2026-01-01T00:00:00.000Z",
    "updated_at": "2026-01-01T00:00:00.000Z",
    "preconfigured_credentials": ["clientId", "clientSecret"],
}


async def test_integrations_are_listed(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"data": [INTEGRATION, {**INTEGRATION, "unique_key": "second"}]}))

    found = await walked(client.integrations.list())

    assert [one.key for one in found] == ["sage-intacct", "second"]
    assert service.last.target == "/integrations"


async def test_an_integration_is_read(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"data": INTEGRATION}))

    found = await settled(client.integrations.get("sage intacct"))

    assert service.last.target == "/integrations/sage%20intacct"
    assert found.held_settings == ("clientId", "clientSecret")
    assert found.logo_url == INTEGRATION["logo"]
    assert found.forward_webhooks


async def test_an_integration_is_created_with_a_client_of_its_own(
    client: Any, service: ScriptedService
) -> None:
    service.will(Scripted(200, {"data": INTEGRATION}))
    settings = {"clientId": "id", "clientSecret": "secret"}

    await settled(client.integrations.create("sage-intacct", provider="sage-intacct-cc", settings=settings))

    assert service.last.json == {
        "unique_key": "sage-intacct",
        "provider": "sage-intacct-cc",
        "integration_config": settings,
    }


async def test_only_what_is_to_change_is_sent(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"data": INTEGRATION}))

    await settled(client.integrations.update("sage-intacct", new_key="second", forward_webhooks=False))

    assert (service.last.method, service.last.target) == ("PATCH", "/integrations/sage-intacct")
    assert service.last.json == {"unique_key": "second", "forward_webhooks": False}


async def test_an_integration_is_deleted(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"success": True}))

    assert await settled(client.integrations.delete("sage-intacct")) is None
    assert service.last.method == "DELETE"


async def test_an_unknown_integration_is_not_found(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(404, {"error": {"code": "not_found", "message": "There is none."}}))

    with pytest.raises(
        NotFound, match=r"404 not_found: There is none\. \(GET /integrations/x, request request-1\)"
    ):
        await settled(client.integrations.get("x"))


async def test_a_taken_key_is_an_invalid_request(client: Any, service: ScriptedService) -> None:
    taken = {"code": "custom", "message": "The key is taken.", "path": ["uniqueKey"]}
    service.will(Scripted(400, {"error": {"code": "invalid_body", "message": "Wrong.", "errors": [taken]}}))

    with pytest.raises(InvalidRequest) as caught:
        await settled(client.integrations.create("x", provider="sage-intacct-cc"))

    assert caught.value.errors[0].path == ("uniqueKey",)
