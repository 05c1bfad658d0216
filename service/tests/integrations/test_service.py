"""Integrations, as far as they are not seen through the API."""

import pytest
from service.tests.connections.api import Api
from service.tests.connections.service_process import CLIENT, add_integration

from counterfoil.integrations import UnknownIntegration
from counterfoil.vault import UnsealFailed


async def test_what_an_integration_holds_is_open_for_who_renews_tokens_and_hidden_in_print(api: Api) -> None:
    await add_integration(api.service)
    by_key = await api.service.integrations.get(api.service.environment.id, "intacct")
    by_id = await api.service.integrations.with_id(by_key.id)
    assert by_id == by_key
    assert {name: value.reveal() for name, value in by_id.settings.values.items()} == CLIENT
    assert CLIENT["clientSecret"] not in repr(by_id)


async def test_values_that_were_pasted_lose_the_blanks_around_them(api: Api) -> None:
    await add_integration(api.service, clientId=" \tid.app.sage.com\n")
    integration = await api.service.integrations.get(api.service.environment.id, "intacct")
    assert integration.settings.values["clientId"].reveal() == "id.app.sage.com"


async def test_sealed_settings_do_not_open_in_another_row(api: Api) -> None:
    await add_integration(api.service)
    await add_integration(api.service, "second")
    await api.service.sql(
        "UPDATE integrations SET sealed_settings = (SELECT sealed_settings FROM integrations WHERE"
        " unique_key = 'intacct') WHERE unique_key = 'second'"
    )
    with pytest.raises(UnsealFailed):
        await api.service.integrations.get(api.service.environment.id, "second")


async def test_a_deleted_integration_is_not_found_by_its_number_either(api: Api) -> None:
    await add_integration(api.service)
    integration = await api.service.integrations.get(api.service.environment.id, "intacct")
    await api.service.integrations.delete(api.service.environment, "intacct")
    with pytest.raises(UnknownIntegration):
        await api.service.integrations.with_id(integration.id)


async def test_what_happens_to_integrations_is_recorded_without_secrets(api: Api) -> None:
    await add_integration(api.service)
    await api("PATCH", "/integrations/intacct", {"integration_config": {"clientSecret": "another"}})
    await api("DELETE", "/integrations/intacct")
    rows = await api.service.sql("SELECT type, subject, payload::text FROM events ORDER BY id")
    assert [(row[0], row[1]) for row in rows] == [
        ("integration.created", "intacct"),
        ("integration.updated", "intacct"),
        ("integration.deleted", "intacct"),
    ]
    assert not any(CLIENT["clientSecret"] in row[2] or "another" in row[2] for row in rows)
