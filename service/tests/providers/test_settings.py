"""What an operator sets is judged where it is set: texts, patterns, addresses that keys may be sent to."""

import pytest

from counterfoil.auth_modes import Field
from counterfoil.outbound import AddressPolicy
from counterfoil.providers import missing_settings, setting_error
from counterfoil.providers.settings import MAX_SETTING_CHARACTERS, address_problem

PUBLIC = AddressPolicy()
DEVELOPING = AddressPolicy.from_cidrs(["127.0.0.1/32", "10.0.0.0/8", "::1/128"])

URL = Field(name="baseUrl", label="Base URL", description="Where it is.", web_address=True)
WORD = Field(name="word", label="Word", description="A word.", required=False, pattern="body|header")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com",
        "https://api.example.com:8443/v1/",
        "https://8.8.8.8/v1",
        "https://[2606:4700::1111]/",
        "https://intranet/v1",
    ],
)
def test_https_to_a_public_host_can_be_used(url: str) -> None:
    assert address_problem(url, PUBLIC) is None


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://api.example.com", "https"),
        ("http://localhost:8089", "https"),
        ("http://8.8.8.8", "https"),
        ("https://127.0.0.1", "loopback"),
        ("https://10.1.2.3", "private"),
        ("https://169.254.169.254/latest", "link-local"),
        ("https://[::1]/", "loopback"),
        ("https://[::ffff:10.0.0.1]/", "mapped"),
        ("https://2130706433/", "unusual"),
        ("https://0x7f.1/", "unusual"),
        ("https://user:pass@api.example.com", "user name"),
        ("https://api.example.com/#x", "fragment"),
        ("https://api.example.com/?key=1", "question mark"),
        ("https://api.example.com/?", "question mark"),
        ("ftp://api.example.com", "http"),
        ("api.example.com", "http"),
        ("https://api.example.com/a b", "percent"),
        ("https://", ""),
        ("https://exa mple.com", "percent"),
    ],
)
def test_every_other_address_is_refused_with_the_reason(url: str, part: str) -> None:
    problem = address_problem(url, PUBLIC)
    assert problem is not None
    assert part in problem


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8089/v1", "http://10.1.2.3", "http://[::1]:8089", "http://sandbox:8080"]
)
def test_what_the_operator_lets_through_may_be_http(url: str) -> None:
    assert address_problem(url, DEVELOPING) is None
    assert address_problem(url, PUBLIC) is not None


@pytest.mark.parametrize("url", ["http://api.example.com", "http://8.8.8.8", "http://192.168.1.1"])
def test_letting_some_hosts_through_opens_no_others(url: str) -> None:
    assert address_problem(url, DEVELOPING) is not None


@pytest.mark.parametrize(
    ("asked", "value", "code"),
    [
        (URL, "http://api.example.com", "invalid_format"),
        (URL, "x" * (MAX_SETTING_CHARACTERS + 1), "too_big"),
        (WORD, "a\x00b", "invalid_format"),
        (WORD, "neither", "invalid_format"),
        (WORD, "body|header", "invalid_format"),
    ],
)
def test_a_setting_that_can_not_be_used_is_named(asked: Field, value: str, code: str) -> None:
    error = setting_error(asked, value, PUBLIC)
    assert error is not None
    assert (error.path, error.code) == (("integration_config", asked.name), code)
    assert asked.label in error.message


@pytest.mark.parametrize(("asked", "value"), [(WORD, " header "), (WORD, ""), (URL, " https://a.example ")])
def test_a_setting_is_judged_without_its_edges_and_empty_is_fine(asked: Field, value: str) -> None:
    assert setting_error(asked, value, PUBLIC) is None


def test_required_settings_are_missed_by_name() -> None:
    [error] = missing_settings((URL, WORD), {"word": "body", "baseUrl": ""})
    assert (error.path, error.code) == (("integration_config", "baseUrl"), "required")
    assert missing_settings((URL, WORD), {"baseUrl": "https://a.example"}) == []
