"""What is peculiar to OAUTH2_CC: where the client travels, which scope is asked for, what refusals mean."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote_plus

import pytest
from service.tests.auth_modes.playing import answer, granted, jwt, oauth, play, play_to_failure
from service.tests.auth_modes.samples import HOST, PROOF, Example

from counterfoil.auth_modes import ClientSettings, Obtained
from counterfoil.auth_modes.oauth2_cc import (
    MissingClientId,
    MissingClientSecret,
    OAuth2Cc,
    OAuth2CcOptions,
)
from counterfoil.oauth2 import Exchange, HttpResponse
from counterfoil.vault import Secret

MODE = OAuth2Cc()
NONE_HELD = ClientSettings()
TOKEN_URL = "https://login.example.com/token"
OPTIONS = OAuth2CcOptions(provider_host=HOST, token_url=TOKEN_URL)
PROVIDER = Example(OPTIONS)
CLIENT = {"client_id": "client:7", "client_secret": "s e/c+r&et"}
HELD = ClientSettings({name: Secret(value) for name, value in CLIENT.items()})
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def _obtain(provider: Example, settings: ClientSettings = NONE_HELD, **params: str) -> Exchange[Obtained]:
    submitted = {} if settings.held() else CLIENT
    return MODE.obtain(provider, settings, MODE.read(provider, settings, submitted, params))


def test_the_client_travels_in_the_body() -> None:
    played = play(_obtain(PROVIDER), granted())
    assert played.forms == [{"grant_type": "client_credentials", **CLIENT}]
    assert played.requests[0].url == TOKEN_URL


def test_or_in_the_header_form_encoded() -> None:
    played = play(_obtain(Example(replace(OPTIONS, authentication="header"))), granted())
    assert played.forms == [{"grant_type": "client_credentials"}]
    encoded = dict(played.requests[0].headers)["Authorization"].removeprefix("Basic ")
    pair = base64.b64decode(encoded).decode().split(":")
    assert [unquote_plus(part) for part in pair] == list(CLIENT.values())


@pytest.mark.parametrize(
    ("params", "scope"),
    [({}, "read"), ({"oauth_scopes": "a, b"}, "a b"), ({"oauth_scopes": " , "}, "read")],
)
def test_the_connections_scopes_win_and_are_asked_for_again(params: dict[str, str], scope: str) -> None:
    provider = Example(replace(OPTIONS, scope="read", parameters={"audience": "books"}))
    played = play(_obtain(provider, NONE_HELD, **params), granted())
    expected = {"audience": "books", "grant_type": "client_credentials", "scope": scope, **CLIENT}
    assert played.forms == [expected]
    again = play(MODE.refresh(provider, NONE_HELD, played.result.credentials, NOW), granted())
    assert again.forms == [expected]


def test_a_client_that_the_integration_holds_is_sent_and_not_asked_for() -> None:
    played = play(_obtain(PROVIDER, HELD), granted())
    assert played.forms == [{"grant_type": "client_credentials", **CLIENT}]
    assert MODE.fields(PROVIDER, HELD) == ()


@pytest.mark.parametrize(
    ("submitted", "error"),
    [
        ({}, MissingClientId),
        ({"client_secret": "s"}, MissingClientId),
        ({"client_id": "c"}, MissingClientSecret),
        ({"client_id": "c", "client_secret": None}, MissingClientSecret),
    ],
)
def test_what_nobody_gave_has_a_code_of_its_own(
    submitted: dict[str, object], error: type[MissingClientId | MissingClientSecret]
) -> None:
    with pytest.raises(error):
        MODE.read(PROVIDER, NONE_HELD, submitted)


def test_the_token_is_tested_where_there_is_something_to_ask() -> None:
    provider = Example(replace(OPTIONS, verification_urls=(PROOF,)))
    failed = play_to_failure(_obtain(provider), granted(), answer(403, {}))
    assert (failed.code, failed.cause.code) == ("client_credentials_fetch_error", "credentials_refused")


@pytest.mark.parametrize(
    ("response", "code", "who"),
    [
        (oauth("invalid_client"), "client_refused", "administrator"),
        (oauth("access_denied", status=403), "client_refused", "administrator"),
        (oauth("invalid_scope", status=400), "scope_refused", "developer"),
        (oauth("unauthorized_client", status=400), "grant_not_allowed", "administrator"),
        (oauth("unsupported_grant_type", status=400), "grant_not_allowed", "administrator"),
        (HttpResponse(404, (), b"<html>"), "token_answer_unreadable", "developer"),
        (HttpResponse(503, (("Retry-After", "9"),), b"<html>"), "provider_unavailable", "nobody"),
        (answer(429, {"error": "slow_down"}), "provider_unavailable", "nobody"),
    ],
)
def test_what_a_refusal_means(response: HttpResponse, code: str, who: str) -> None:
    failed = play_to_failure(_obtain(PROVIDER), response)
    assert (failed.cause.code, failed.cause.who) == (code, who)
    assert failed.cause.recoverable == (code == "provider_unavailable")


def test_a_held_client_that_is_refused_is_the_developers_affair() -> None:
    failed = play_to_failure(_obtain(PROVIDER, HELD), oauth("invalid_client"))
    assert (failed.cause.who, failed.cause.fields) == ("developer", ())


def test_words_of_the_provider_are_repeated_only_where_they_are_codes() -> None:
    failed = play_to_failure(_obtain(PROVIDER), oauth("<script>", "s e/c+r&et"))
    assert failed.cause.details == {"host": HOST, "status": "401"}


def test_a_lifetime_comes_from_the_answer_or_from_the_token() -> None:
    assert play(_obtain(PROVIDER), granted(expires_in=60)).result.expires_in_seconds == 60
    token = jwt(iat=1_000, exp=1_300)
    result = play(_obtain(PROVIDER), granted(access_token=token, expires_in=None)).result
    assert result.expires_in_seconds == 300


def test_a_token_error_is_told_by_401() -> None:
    assert MODE.is_token_error(PROVIDER, 401, "", b"")
    assert not MODE.is_token_error(PROVIDER, 403, "", b"")
