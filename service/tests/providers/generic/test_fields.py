"""What follows from a base URL and a verification path."""

import re

import pytest

from counterfoil.providers.generic import fields


@pytest.mark.parametrize(
    ("base", "path", "url"),
    [
        ("https://a.example", "/me", "https://a.example/me"),
        ("https://a.example/v1//", "me", "https://a.example/v1/me"),
        ("https://a.example", "//evil.example/me", "https://a.example/evil.example/me"),
        ("https://a.example", "https://evil.example/", "https://a.example/https://evil.example/"),
    ],
)
def test_a_path_never_leaves_the_base(base: str, path: str, url: str) -> None:
    assert fields.verification_urls({"baseUrl": base, "verificationPath": path}) == (url,)


def test_without_settings_there_is_nothing() -> None:
    assert fields.base_url({}) == ""
    assert fields.provider_host({}) == ""
    assert fields.verification_urls({}) == ()


@pytest.mark.parametrize(
    ("path", "fits"), [("/me?a=%20", True), ("/a b", False), ("/a#b", False), ("/é", False)]
)
def test_a_path_is_written_as_it_is_sent(path: str, fits: bool) -> None:
    assert fields.VERIFICATION_PATH.pattern is not None
    assert bool(re.fullmatch(fields.VERIFICATION_PATH.pattern, path)) is fits
