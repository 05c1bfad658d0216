"""Settings, endpoints and keys of an environment."""

from datetime import timedelta

import pytest
from service.tests.webhooks.receiver import Receiver
from service.tests.webhooks.site import Site

from counterfoil.vault import Secret
from counterfoil.webhooks import SettingsChange
from counterfoil.webhooks.configuration import check_url
from counterfoil.webhooks.errors import (
    InvalidWebhookUrl,
    NoRotation,
    RotationUnderWay,
    UnknownEndpoint,
)

A = "https://a.example.com/hooks"
B = "https://b.example.com/hooks"


async def test_an_environment_begins_without_urls_and_with_the_wires_flags(here: Site) -> None:
    settings = await here.webhooks.configuration.read(here.environment.id)
    assert (settings.primary_url, settings.secondary_url, settings.endpoints) == (None, None, ())
    assert not settings.flags["on_auth_creation"]


async def test_what_is_not_named_stays(here: Site) -> None:
    change = here.webhooks.configuration.change
    await change(here.environment.id, SettingsChange(primary_url=A, flags={"on_auth_creation": True}))
    settings = await change(here.environment.id, SettingsChange(secondary_url=B))
    assert (settings.primary_url, settings.secondary_url) == (A, B)
    assert settings.flags["on_auth_creation"]
    settings = await change(here.environment.id, SettingsChange(primary_url=""))
    assert (settings.primary_url, settings.secondary_url) == (None, B)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "https://user:password@example.com/",
        "https://example.com/#part",
        "http://0x7f.1/",
        "http://2130706433/",
        "not a url",
        "https://example.com/ space",
        "https://example.com/" + "x" * 2100,
    ],
)
def test_what_could_never_be_called_is_refused(url: str) -> None:
    with pytest.raises(InvalidWebhookUrl) as caught:
        check_url(url, "secondary_url")
    assert caught.value.errors[0].path == ("secondary_url",)


async def test_a_refused_change_changes_nothing(here: Site) -> None:
    refused = SettingsChange(primary_url=A, secondary_url="nowhere")
    with pytest.raises(InvalidWebhookUrl):
        await here.webhooks.configuration.change(here.environment.id, refused)
    assert await here.sql("SELECT 1 FROM webhook_settings") == []


async def test_what_waits_follows_an_endpoint_to_its_new_url(here: Site, receiver: Receiver) -> None:
    await here.send_to("http://127.0.0.1:9/nobody-listens")
    await here.happens(await here.connect())
    await here.run_jobs()
    assert await here.outcomes() == ["unreachable"]
    await here.send_to(receiver.url)
    await here.sweep()
    assert await here.statuses() == ["delivered"]


async def test_taking_an_endpoint_away_ends_what_waits_for_it(here: Site) -> None:
    await here.send_to("http://127.0.0.1:9/nobody-listens")
    await here.happens(await here.connect())
    await here.run_jobs()
    await here.send_to("")
    assert await here.statuses() == ["failed"]


async def test_the_key_is_made_once_and_sealed(here: Site) -> None:
    keys = await here.webhooks.configuration.keys(here.environment.id)
    assert keys == await here.webhooks.configuration.keys(here.environment.id)
    assert keys.following is None
    [(sealed,)] = await here.sql("SELECT sealed_key FROM webhook_settings")
    assert keys.current.reveal().encode() not in sealed


async def test_a_rotation_has_two_keys_until_it_is_finished(here: Site) -> None:
    configuration = here.webhooks.configuration
    before = await configuration.keys(here.environment.id)
    during = await configuration.rotate(here.environment.id)
    assert during.current == before.current
    assert during.following not in (None, before.current)
    with pytest.raises(RotationUnderWay):
        await configuration.rotate(here.environment.id)
    after = await configuration.finish_rotation(here.environment.id)
    assert (after.current, after.following) == (during.following, None)
    assert await configuration.keys(here.environment.id) == after
    with pytest.raises(NoRotation):
        await configuration.finish_rotation(here.environment.id)


async def test_a_rotation_ends_by_itself(here: Site) -> None:
    configuration = here.webhooks.configuration
    during = await configuration.rotate(here.environment.id, overlap=timedelta(hours=1))
    here.clock.advance(3599)
    assert (await configuration.keys(here.environment.id)).following is not None
    assert (await configuration.read(here.environment.id)).rotation_ends_at is not None
    here.clock.advance(1)
    assert (await configuration.keys(here.environment.id)).current == during.following
    assert (await configuration.read(here.environment.id)).rotation_ends_at is None
    following = await configuration.rotate(here.environment.id)
    assert following.current == during.following


async def test_a_leaked_key_is_replaced_at_once(here: Site) -> None:
    own = Secret("the-operators-own-key-1234")
    keys = await here.webhooks.configuration.rotate(here.environment.id, key=own, overlap=timedelta(0))
    assert (keys.current, keys.following) == (own, None)


async def test_another_environments_endpoint_is_not_there(here: Site) -> None:
    await here.send_to(A)
    with pytest.raises(UnknownEndpoint):
        await here.webhooks.configuration.activate(here.environment.id + 1, await here.endpoint_id())
