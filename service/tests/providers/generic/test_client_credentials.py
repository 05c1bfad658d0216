"""What an operator sets on `generic-client-credentials`."""

import re

import pytest

from counterfoil.auth_modes import ClientSettings
from counterfoil.auth_modes.oauth2_cc import OAuth2CcOptions
from counterfoil.providers.generic.client_credentials import SCOPES, provider
from counterfoil.vault import Secret


def _options(**settings: str) -> OAuth2CcOptions:
    values = {"baseUrl": "https://api.example.com", "tokenUrl": "https://login.example.com/token", **settings}
    configured = provider().under(ClientSettings({name: Secret(value) for name, value in values.items()}))
    assert isinstance(configured.options, OAuth2CcOptions)
    return configured.options


def test_the_token_endpoint_may_be_on_another_host() -> None:
    options = _options()
    assert (options.token_url, options.provider_host) == (
        "https://login.example.com/token",
        "api.example.com",
    )
    assert (options.authentication, options.scope) == ("body", "")


@pytest.mark.parametrize("where", ["body", "header"])
def test_where_the_client_travels(where: str) -> None:
    assert _options(clientAuthentication=where).authentication == where


def test_scopes_and_test() -> None:
    options = _options(scopes="read write", verificationPath="/me")
    assert (options.scope, options.verification_urls) == ("read write", ("https://api.example.com/me",))


@pytest.mark.parametrize(("scopes", "fits"), [("read write", True), ("a  b", False), ('a"b', False)])
def test_scopes_are_written_as_the_rfc_says(scopes: str, fits: bool) -> None:
    assert SCOPES.pattern is not None
    assert bool(re.fullmatch(SCOPES.pattern, scopes)) is fits


def test_a_client_held_by_the_integration_is_no_setting_of_the_provider() -> None:
    held = ClientSettings({"client_id": Secret("c"), "client_secret": Secret("s")})
    assert provider().mode.fields(provider(), held) == ()
    assert {field.name for field in provider().settings}.isdisjoint(held.held())
