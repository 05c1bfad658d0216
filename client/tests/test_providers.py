from typing import Any

from client.tests.either import settled, walked
from client.tests.scripted_service import Scripted, ScriptedService

PROVIDER = {
    "name": "sage-intacct-cc",
    "display_name": "Sage Intacct",
    "auth_mode": "TWO_STEP",
    "docs": "https://developer.sage.com/intacct/",
    "categories": ["accounting"],
    "logo_url": "https://cf.example/images/template-logos/sage-intacct-cc.svg",
    "credentials": {"username": {"type": "string"}},
}


async def test_providers_are_listed(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"data": [PROVIDER]}))

    (found,) = await walked(client.providers.list())

    assert service.last.target == "/providers"
    assert (found.name, found.auth_mode, found.categories) == ("sage-intacct-cc", "TWO_STEP", ("accounting",))
    assert found.raw["credentials"] == PROVIDER["credentials"]


async def test_providers_are_searched_by_name(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"data": []}))

    assert await walked(client.providers.list(search="sage")) == []
    assert service.last.target == "/providers?search=sage"


async def test_a_provider_is_read(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"data": PROVIDER}))

    found = await settled(client.providers.get("sage-intacct-cc"))

    assert service.last.target == "/providers/sage-intacct-cc"
    assert found.docs_url == PROVIDER["docs"]
