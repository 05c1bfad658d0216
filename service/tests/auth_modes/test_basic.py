"""What is peculiar to BASIC: how the two are joined, and that either may be empty."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service.tests.auth_modes.samples import HOST, PROOF, Example

from counterfoil.auth_modes import ClientSettings, SubmissionRefused
from counterfoil.auth_modes.basic import Basic, BasicCredentials, BasicOptions
from counterfoil.errors import InvalidBody
from counterfoil.vault import Secret

MODE = Basic()
NONE_HELD = ClientSettings()
PROVIDER = Example(BasicOptions(provider_host=HOST))
TESTED = Example(BasicOptions(provider_host=HOST, verification_urls=(PROOF,)))


def _sent(username: str, password: str) -> str:
    held = BasicCredentials(Secret(username), Secret(password))
    scheme, _, encoded = MODE.authorization(PROVIDER, held).reveal().partition(" ")
    assert scheme == "Basic"
    return base64.b64decode(encoded, validate=True).decode()


def test_the_example_of_the_rfc() -> None:
    held = BasicCredentials(Secret("Aladdin"), Secret("open sesame"))
    assert MODE.authorization(PROVIDER, held) == Secret("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")


@given(st.text(st.characters(exclude_characters=":", exclude_categories=["Cs"])), st.text())
def test_the_first_colon_parts_them(username: str, password: str) -> None:
    try:
        password.encode()
    except UnicodeEncodeError:
        return
    assert _sent(username, password).split(":", 1) == [username, password]


@pytest.mark.parametrize("submitted", [{"username": "key", "password": ""}, {"password": "key"}])
def test_either_may_be_empty(submitted: dict[str, str]) -> None:
    read = MODE.read(PROVIDER, NONE_HELD, submitted)
    assert {name for name, value in submitted.items() if value} == set(read.values)


def test_both_empty_is_refused_with_its_cause() -> None:
    with pytest.raises(SubmissionRefused) as refused:
        MODE.read(PROVIDER, NONE_HELD, {"username": "", "password": ""})
    assert refused.value.cause.code == "nothing_entered"
    assert [error.path for error in refused.value.errors] == [("username",), ("password",)]


def test_a_password_keeps_its_edges() -> None:
    read = MODE.read(PROVIDER, NONE_HELD, {"username": " ada ", "password": " secret "})
    assert read.values == {"username": Secret("ada"), "password": Secret(" secret ")}


@pytest.mark.parametrize("submitted", [{"username": "a:b"}, {"password": "a\nb"}, {"username": "a\x00"}])
def test_what_can_not_be_sent_is_refused(submitted: dict[str, str]) -> None:
    with pytest.raises(InvalidBody) as refused:
        MODE.read(PROVIDER, NONE_HELD, submitted)
    assert [error.path for error in refused.value.errors] == [tuple(submitted)]


def test_a_refused_call_leads_to_a_test_where_there_is_one() -> None:
    assert MODE.is_token_error(TESTED, 401, "", b"")
    assert not MODE.is_token_error(PROVIDER, 401, "", b"")
