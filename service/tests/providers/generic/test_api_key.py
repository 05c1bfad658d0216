"""Where a key goes, by what an operator sets."""

import re

import pytest

from counterfoil.auth_modes import ClientSettings
from counterfoil.auth_modes.api_key import ApiKeyOptions
from counterfoil.providers.generic.api_key import HEADER_NAME, HEADER_PREFIX, provider
from counterfoil.vault import Secret


def _options(**settings: str) -> ApiKeyOptions:
    values = {"baseUrl": "https://api.example.com/v1/", **settings}
    configured = provider().under(ClientSettings({name: Secret(value) for name, value in values.items()}))
    assert configured.proxy_base_url == "https://api.example.com/v1"
    assert isinstance(configured.options, ApiKeyOptions)
    return configured.options


@pytest.mark.parametrize(
    ("settings", "header", "prefix"),
    [
        ({}, "Authorization", "Bearer "),
        ({"headerName": "X-Api-Key"}, "X-Api-Key", ""),
        ({"headerName": "Authorization"}, "Authorization", ""),
        ({"headerPrefix": "Token"}, "Authorization", "Token "),
        ({"headerName": "X-Auth", "headerPrefix": "Key"}, "X-Auth", "Key "),
    ],
)
def test_header_and_prefix(settings: dict[str, str], header: str, prefix: str) -> None:
    options = _options(**settings)
    assert (options.header, options.prefix) == (header, prefix)


def test_the_key_is_tested_where_the_operator_says() -> None:
    assert _options().verification_urls == ()
    assert _options(verificationPath="/me?x=1").verification_urls == ("https://api.example.com/v1/me?x=1",)


@pytest.mark.parametrize("name", ["Host", "content-length", "TRANSFER-ENCODING", "a b", "a:b", "", "é"])
def test_headers_that_frame_a_request_can_not_hold_a_key(name: str) -> None:
    assert HEADER_NAME.pattern is not None
    assert not re.fullmatch(HEADER_NAME.pattern, name)


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key", "hostname", "apikey"])
def test_other_headers_can(name: str) -> None:
    assert HEADER_NAME.pattern is not None
    assert re.fullmatch(HEADER_NAME.pattern, name)


@pytest.mark.parametrize(("prefix", "fits"), [("Bearer", True), ("a b", True), ("a\nb", False), ("é", False)])
def test_a_prefix_is_visible_ascii(prefix: str, fits: bool) -> None:
    assert HEADER_PREFIX.pattern is not None
    assert bool(re.fullmatch(HEADER_PREFIX.pattern, prefix)) is fits
