"""Integrations in the wire's shapes. What the routes make of them is `test_routes`'."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from pydantic import ValidationError

from counterfoil.auth_modes import ClientSettings
from counterfoil.integrations.schemas import (
    CreateIntegration,
    IntegrationQuery,
    UpdateIntegration,
    included_json,
    integration_json,
)
from counterfoil.integrations.service import Integration
from counterfoil.providers import catalogue
from counterfoil.vault import Secret

_SAGE: Final = "sage-intacct-cc"
_MOMENT: Final = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


def _integration(provider: str = _SAGE, **settings: str) -> Integration:
    return Integration(
        id=1,
        environment_id=1,
        unique_key="intacct",
        provider=catalogue("https://api.intacct.com").get(provider),
        display_name="Books",
        settings=ClientSettings({name: Secret(value) for name, value in settings.items()}),
        custom={},
        forward_webhooks=True,
        created_at=_MOMENT,
        updated_at=_MOMENT,
    )


def test_an_integration_is_shown_with_its_logo_where_browsers_find_it() -> None:
    assert integration_json(_integration(), "https://connect.example.com/base") == {
        "unique_key": "intacct",
        "provider": _SAGE,
        "display_name": "Books",
        "logo": f"https://connect.example.com/base/images/template-logos/{_SAGE}.svg",
        "forward_webhooks": True,
        "created_at": "2026-11-24T12:00:00.123Z",
        "updated_at": "2026-11-24T12:00:00.123Z",
    }


def test_what_it_holds_is_named_and_never_shown() -> None:
    shown = integration_json(
        _integration(clientSecret="s3cret", clientId="id", empty=""), "https://x.example"
    )
    assert shown["preconfigured_credentials"] == ["clientId", "clientSecret"]
    assert "s3cret" not in str(shown)


@pytest.mark.parametrize(
    ("include", "may_read", "members"),
    [
        ([], True, {}),
        (["webhook"], False, {"webhook_url": "https://c.example/webhook/u/books"}),
        (["credentials"], False, {}),
        (
            ["credentials", "webhook"],
            True,
            {"credentials": None, "webhook_url": "https://c.example/webhook/u/books"},
        ),
    ],
)
def test_what_is_asked_for_besides_is_there(
    include: list[str], may_read: bool, members: dict[str, str | None]
) -> None:
    url = "https://c.example/webhook/u/books"
    found = included_json(include, _integration(), webhook_url=url, may_read_credentials=may_read)
    assert found == members


def test_the_client_of_an_integration_that_sends_people_away_is_shown_to_who_may_read_it() -> None:
    held = _integration("sage-intacct-oauth", client_id="id", client_secret="s3cret", scopes="a,b")
    assert included_json(["credentials"], held, webhook_url=None, may_read_credentials=True) == {
        "credentials": {"type": "OAUTH2", "client_id": "id", "client_secret": "s3cret", "scopes": "a,b"}
    }
    assert included_json(["credentials"], held, webhook_url=None, may_read_credentials=False) == {}


def test_a_client_in_the_wires_form_becomes_settings() -> None:
    told = {"type": "OAUTH2", "client_id": "id", "client_secret": "s3cret", "scopes": "a,b"}
    body = {"provider": "generic-oauth2", "unique_key": "x", "integration_config": {"baseUrl": "https://a"}}
    new = CreateIntegration.model_validate({**body, "credentials": told}).new()
    assert new.settings == {
        "baseUrl": "https://a",
        "client_id": "id",
        "client_secret": "s3cret",
        "scopes": "a,b",
    }
    kept = {name: told[name] for name in ("type", "client_id", "client_secret")}
    changed = UpdateIntegration.model_validate({"credentials": kept}).change()
    assert changed.settings == {"client_id": "id", "client_secret": "s3cret"}


@pytest.mark.parametrize(
    "credentials",
    [
        {"type": "OAUTH2", "client_id": "id"},
        {"type": "OAUTH1", "client_id": "id", "client_secret": "s"},
        {"type": "OAUTH2", "client_id": "", "client_secret": "s"},
        {"type": "OAUTH2", "client_id": "id", "client_secret": "s", "scopes": "a;b"},
        {"type": "OAUTH2", "client_id": "id", "client_secret": "s", "more": "x"},
    ],
)
def test_a_client_that_is_none_is_refused(credentials: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        UpdateIntegration.model_validate({"credentials": credentials})


def test_include_may_come_once_or_more_often() -> None:
    assert IntegrationQuery.model_validate({"include": "webhook"}).include == ["webhook"]
    assert IntegrationQuery.model_validate({"include": ["webhook", "credentials"]}).include == [
        "webhook",
        "credentials",
    ]
    assert IntegrationQuery().include == []
    with pytest.raises(ValidationError):
        IntegrationQuery.model_validate({"include": "everything"})


def test_a_new_integration_is_told_in_our_words() -> None:
    new = CreateIntegration.model_validate(
        {
            "provider": _SAGE,
            "unique_key": "intacct",
            "integration_config": {"clientId": "id"},
            "custom": {"a": "b"},
            "forward_webhooks": False,
        }
    ).new()
    assert (new.provider, new.unique_key, new.display_name) == (_SAGE, "intacct", None)
    assert (new.settings, new.custom, new.forward_webhooks) == ({"clientId": "id"}, {"a": "b"}, False)


def test_a_change_that_says_nothing_changes_nothing() -> None:
    change = UpdateIntegration().change()
    assert (change.unique_key, change.display_name, change.forward_webhooks) == (None, None, None)
    assert (dict(change.settings), dict(change.custom)) == ({}, {})


def test_settings_do_not_show_in_print() -> None:
    values: dict[str, Any] = {"integration_config": {"clientSecret": "s3cret"}}
    assert "s3cret" not in repr(UpdateIntegration.model_validate(values))
    created = CreateIntegration.model_validate({"provider": _SAGE, "unique_key": "x", **values})
    assert "s3cret" not in repr(created)
    assert "s3cret" not in repr(created.new())


@pytest.mark.parametrize("key", ["a/b", "", "x" * 256, "ä", "a\n"])
def test_a_key_has_its_characters(key: str) -> None:
    with pytest.raises(ValidationError):
        CreateIntegration.model_validate({"provider": _SAGE, "unique_key": key})
