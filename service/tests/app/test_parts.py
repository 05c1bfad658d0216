"""All parts together: what is there after the start, what is wired to what, and that all of it ends."""

import asyncio

import pytest
from service.tests.app.serving import settings_of

from counterfoil.app import Foundation, assembled
from counterfoil.app.parts import maintained, working
from counterfoil.connections import UnknownConnection
from counterfoil.integrations import NewIntegration, UnknownIntegration
from counterfoil.outbound import OutboundError, OutboundRequest
from counterfoil.settings import Settings


async def test_the_default_environments_are_there_however_often_it_is_started(
    settings: Settings, ground: Foundation
) -> None:
    for _ in range(2):
        async with assembled(settings, ground) as parts:
            assert [one.name for one in await parts.environments.all()] == ["dev", "prod"]


async def test_a_key_made_by_one_process_is_known_to_the_next(settings: Settings, ground: Foundation) -> None:
    async with assembled(settings, ground) as parts:
        _record, key = await parts.api_keys.create("dev", "test")
    async with assembled(settings, ground) as parts:
        assert (await parts.api_keys.authenticate(key)).environment.name == "dev"


async def test_parts_work_on_the_same_data(settings: Settings, ground: Foundation) -> None:
    async with assembled(settings, ground) as parts:
        dev = await parts.environments.get("dev")
        new = NewIntegration(unique_key="intacct", provider="sage-intacct-cc", settings={"clientId": "x"})
        await parts.integrations.create(dev, new)

        with pytest.raises(UnknownConnection):
            await parts.connections.get(dev.id, "intacct", "c1")
        with pytest.raises(UnknownIntegration):
            await parts.connections.get(dev.id, "other", "c1")


async def test_only_the_addresses_that_are_allowed_are_called(postgres_url: str, ground: Foundation) -> None:
    request = OutboundRequest("GET", "http://127.0.0.1:1/")
    codes: list[str] = []
    for allowed in ("", "127.0.0.1/32"):
        async with assembled(settings_of(postgres_url, outbound_allow=allowed), ground) as parts:
            with pytest.raises(OutboundError) as refused:
                await parts.outbound.fetch(request, deadline_seconds=5)
            codes.append(type(refused.value).__name__)
    assert codes[0] != codes[1], "with and without permission the same thing happened"


async def test_the_background_ends_with_the_block(settings: Settings, ground: Foundation) -> None:
    before = asyncio.all_tasks()

    async with assembled(settings, ground) as parts, maintained(parts), working(parts):
        assert len(asyncio.all_tasks()) > len(before)

    assert asyncio.all_tasks() == before


async def test_the_renewal_of_tokens_is_among_the_jobs(settings: Settings, ground: Foundation) -> None:
    async with assembled(settings, ground) as parts:
        names = [name for name in parts.jobs.tasks if name.startswith("connections:")]

    assert names
