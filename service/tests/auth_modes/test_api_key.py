"""What is peculiar to API_KEY: where the key is put, which keys can be sent, when it is tested again."""

import pytest
from service.tests.auth_modes.playing import answer, play
from service.tests.auth_modes.samples import HOST, PROOF, Example

from counterfoil.auth_modes import ClientSettings
from counterfoil.auth_modes.api_key import MAX_KEY_CHARACTERS, ApiKey, ApiKeyCredentials, ApiKeyOptions
from counterfoil.errors import InvalidBody
from counterfoil.vault import Secret

MODE = ApiKey()
NONE_HELD = ClientSettings()
UNTESTED = Example(ApiKeyOptions(provider_host=HOST))
TESTED = Example(ApiKeyOptions(provider_host=HOST, header="X-Api-Key", prefix="", verification_urls=(PROOF,)))


def test_the_key_stands_behind_its_prefix() -> None:
    key = ApiKeyCredentials(Secret("k-1"))
    assert MODE.authorization(UNTESTED, key) == Secret("Bearer k-1")
    assert MODE.authorization(TESTED, key) == Secret("k-1")
    assert MODE.authorization_header(TESTED) == "X-Api-Key"


def test_the_test_carries_the_key_where_calls_do() -> None:
    submission = MODE.read(TESTED, NONE_HELD, {"apiKey": " k-1\n"})
    played = play(MODE.obtain(TESTED, NONE_HELD, submission), answer(200, {}))
    assert ("X-Api-Key", "k-1") in played.requests[0].headers
    assert [(request.method, request.url) for request in played.requests] == [("GET", PROOF)]


def test_without_a_test_the_key_is_taken_as_it_is() -> None:
    submission = MODE.read(UNTESTED, NONE_HELD, {"apiKey": "k-1"})
    played = play(MODE.obtain(UNTESTED, NONE_HELD, submission))
    assert played.result.lasting
    assert played.requests == []


@pytest.mark.parametrize(
    "key", ["a\r\nHost: evil", "a\x00b", "schlüssel", "x" * (MAX_KEY_CHARACTERS + 1), "", " "]
)
def test_a_key_that_no_header_can_hold_is_refused(key: str) -> None:
    with pytest.raises(InvalidBody) as refused:
        MODE.read(UNTESTED, NONE_HELD, {"apiKey": key})
    assert [error.path for error in refused.value.errors] == [("apiKey",)]


def test_a_refused_call_leads_to_a_test_where_there_is_one() -> None:
    assert MODE.is_token_error(TESTED, 401, "", b"")
    assert not MODE.is_token_error(TESTED, 403, "", b"")
    assert not MODE.is_token_error(UNTESTED, 401, "", b"")
