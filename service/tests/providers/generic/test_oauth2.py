"""`generic-oauth2`: what an operator sets becomes the options."""

import pytest

from counterfoil.auth_modes.oauth2_authorization_code import OAuth2Options
from counterfoil.providers.generic import oauth2

SETTINGS = {
    "baseUrl": "https://api.example.com/v1/",
    "authorizationUrl": "https://login.example.com/authorize",
    "tokenUrl": "https://login.example.com/token",
}


def _options(**more: str) -> OAuth2Options:
    options = oauth2.configured({**SETTINGS, **more}).options
    assert isinstance(options, OAuth2Options)
    return options


def test_addresses_are_the_operators() -> None:
    options = _options()
    assert options.authorization_endpoint == SETTINGS["authorizationUrl"]
    assert options.token_endpoint == SETTINGS["tokenUrl"]
    assert options.provider_host == "api.example.com"
    assert oauth2.configured(SETTINGS).proxy_base_url == "https://api.example.com/v1"


@pytest.mark.parametrize(("said", "single_use"), [("", True), ("single-use", True), ("reusable", False)])
def test_a_refresh_token_is_taken_for_single_use_unless_said_otherwise(said: str, single_use: bool) -> None:
    assert _options(refreshTokens=said).single_use_refresh_tokens is single_use


@pytest.mark.parametrize(("said", "where"), [("", "body"), ("header", "header")])
def test_where_the_client_travels_is_said(said: str, where: str) -> None:
    assert _options(clientAuthentication=said).authentication == where


def test_an_issuer_is_known_where_it_is_said() -> None:
    assert (_options().issuer, _options(issuer="https://id.example.com").issuer) == (
        None,
        "https://id.example.com",
    )
