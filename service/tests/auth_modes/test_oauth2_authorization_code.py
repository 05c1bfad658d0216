"""What is peculiar to OAUTH2; what holds for every mode is played by the conformance suite."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from service.tests.auth_modes.playing import Played, answer, granted, oauth, play, play_to_failure
from service.tests.auth_modes.samples import HOST, PROOF, Example

from counterfoil.auth_modes import (
    AuthorizationFailed,
    AuthorizationRequest,
    AuthorizationResponse,
    ClientSettings,
    Field,
    NothingToRenew,
    Obtained,
    Submission,
)
from counterfoil.auth_modes.oauth2_authorization_code import (
    OAuth2AuthorizationCode,
    OAuth2Credentials,
    OAuth2Options,
    Proof,
    Proven,
    proving,
)
from counterfoil.errors import InvalidBody
from counterfoil.oauth2 import HttpRequest, NoAnswer
from counterfoil.vault import Secret

MODE = OAuth2AuthorizationCode()
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
REDIRECT = "https://connect.example.com/oauth/callback"
OPTIONS = OAuth2Options(
    provider_host=HOST,
    authorization_endpoint="https://login.example.com/authorize",
    token_endpoint="https://login.example.com/token",
    prove=proving(host=HOST),
)
ACCOUNT = Field(name="account", label="Account", description="A number.", pattern="[0-9]{1,8}")
CLIENT = {"client_id": "client-7", "client_secret": "the-secret"}
OWN_CLIENT = {"oauth_client_id_override": "own", "oauth_client_secret_override": "own-secret"}


def _held(**values: str) -> ClientSettings:
    return ClientSettings({name: Secret(value) for name, value in (values or CLIENT).items()})


def _submission(
    options: OAuth2Options = OPTIONS,
    submitted: Mapping[str, object] | None = None,
    params: Mapping[str, str] | None = None,
    brought: Mapping[str, str] | None = None,
) -> Submission:
    response = AuthorizationResponse(
        parameters=brought or {"code": "the-code"}, redirect_uri=REDIRECT, code_verifier=Secret("v" * 43)
    )
    submission = MODE.read(Example(options), _held(), submitted or {}, params)
    return replace(submission, response=response)


def _asked(
    options: OAuth2Options = OPTIONS,
    settings: ClientSettings | None = None,
    submission: Submission | None = None,
    **parameters: str,
) -> dict[str, str]:
    """The query of the authorization request."""
    request = AuthorizationRequest(
        state="s", redirect_uri=REDIRECT, code_challenge="c", parameters=parameters
    )
    url = MODE.authorization_url(
        Example(options), settings or _held(), submission or _submission(options), request
    )
    assert url.startswith("https://login.example.com/authorize?")
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def _obtained(options: OAuth2Options = OPTIONS, *answers: Any, **brought: str) -> Played[Obtained]:
    exchange = MODE.obtain(Example(options), _held(), _submission(options, brought=brought))
    return play(exchange, *(answers or (granted(),)))


def _credentials(**changes: Any) -> OAuth2Credentials:
    held = OAuth2Credentials(
        access_token=Secret("access"), refresh_token=Secret("refresh"), answer=Secret("{}")
    )
    return replace(held, **changes)


# Sending a person away.


def test_the_request_is_for_a_code_with_pkce() -> None:
    assert _asked() == {
        "response_type": "code",
        "client_id": "client-7",
        "redirect_uri": REDIRECT,
        "state": "s",
        "code_challenge": "c",
        "code_challenge_method": "S256",
    }


@pytest.mark.parametrize(
    ("held", "override", "scope"),
    [
        ("", None, "basic always"),
        ("read,write", None, "read write always"),
        ("read write,  always", None, "read write always"),
        ("read", "only", "only always"),
    ],
)
def test_scopes_are_the_sessions_the_integrations_or_the_providers(
    held: str, override: str | None, scope: str
) -> None:
    options = replace(OPTIONS, default_scopes=("basic",), scopes=("always",))
    params = {} if override is None else {"oauth_scopes_override": override}
    settings = _held(**CLIENT, scopes=held)
    assert _asked(options, settings, _submission(options, params=params))["scope"] == scope


def test_further_parameters_are_added_and_taken_away_but_never_ours() -> None:
    options = replace(OPTIONS, authorization_parameters={"access_type": "offline", "prompt": "login"})
    asked = _asked(options, prompt="", login_hint="ada", state="mine", redirect_uri="https://evil.example")
    assert (asked["access_type"], asked["login_hint"]) == ("offline", "ada")
    assert "prompt" not in asked
    assert (asked["state"], asked["redirect_uri"]) == ("s", REDIRECT)


def test_a_client_of_the_connections_own_wins() -> None:
    assert _asked(submission=_submission(submitted=OWN_CLIENT))["client_id"] == "own"


@pytest.mark.parametrize("missing", ["client_id", "client_secret"])
def test_without_a_client_nobody_is_sent_away(missing: str) -> None:
    with pytest.raises(AuthorizationFailed) as failed:
        _asked(settings=_held(**(CLIENT | {missing: ""})))
    assert (failed.value.code, failed.value.cause.who) == ("provider_config_err", "developer")


def test_an_address_is_filled_in_from_the_connections_settings() -> None:
    options = replace(
        OPTIONS,
        authorization_endpoint="https://login.example.com/authorize?for={account}",
        token_endpoint="https://{account}.example.com/token",
        fields=(ACCOUNT,),
    )
    submission = _submission(options, params={"account": "77"})
    assert _asked(options, submission=submission)["for"] == "77"
    played = play(MODE.obtain(Example(options), _held(), submission), granted())
    assert played.requests[0].url == "https://77.example.com/token"
    assert played.result.learned == {"account": "77"}
    renewed = play(MODE.refresh(Example(options), _held(), played.result.credentials, NOW), granted())
    assert renewed.requests[0].url == "https://77.example.com/token"


@pytest.mark.parametrize("account", ["evil.example/", "7 7", "123456789", "٧"])
def test_a_setting_that_an_address_is_made_of_must_fit_its_pattern(account: str) -> None:
    options = replace(OPTIONS, fields=(ACCOUNT,))
    with pytest.raises(InvalidBody):
        MODE.read(Example(options), _held(), {"account": account})


def test_an_address_that_misses_a_setting_is_named() -> None:
    options = replace(OPTIONS, authorization_endpoint="https://login.example.com/{tenant}")
    with pytest.raises(AuthorizationFailed) as failed:
        _asked(options)
    assert (failed.value.code, "tenant" in failed.value.message) == ("url_param_err", True)


# Coming back.


def test_the_code_is_redeemed_with_verifier_and_redirect_uri() -> None:
    [form] = _obtained().forms
    assert form == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": REDIRECT,
        "code_verifier": "v" * 43,
        **CLIENT,
    }


def test_a_client_may_travel_in_the_header() -> None:
    played = _obtained(replace(OPTIONS, authentication="header"))
    assert "client_secret" not in played.forms[0]
    assert dict(played.requests[0].headers)["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("brought", "cause"),
    [
        ({"error": "access_denied"}, "access_denied"),
        ({"error": "invalid_scope", "error_description": "no such scope"}, "authorization_refused"),
        ({"error": "server_error", "code": "c"}, "authorization_refused"),
        ({"error": "<b>", "error_description": "<script>"}, "authorization_refused"),
        ({"x": "y"}, "authorization_refused"),
        ({"code": "c", "iss": "https://evil.example"}, "issuer_unexpected"),
        ({"code": "c", "iss": ""}, "issuer_unexpected"),
    ],
)
def test_without_a_code_of_this_provider_nothing_is_sent(brought: dict[str, str], cause: str) -> None:
    failed = play_to_failure(MODE.obtain(Example(OPTIONS), _held(), _submission(brought=brought)))
    assert (failed.code, failed.cause.code) == ("callback_err", cause)


@pytest.mark.parametrize(
    ("known", "issuer", "is_right"),
    [
        (None, "https://login.example.com", True),
        ("https://id.example.com/", "https://id.example.com/", True),
        ("https://id.example.com/", "https://id.example.com", False),
    ],
)
def test_an_issuer_that_is_known_must_be_equal(known: str | None, issuer: str, is_right: bool) -> None:
    options = replace(OPTIONS, issuer=known)
    if is_right:
        assert len(_obtained(options, code="c", iss=issuer).requests) == 1
        return
    exchange = MODE.obtain(
        Example(options), _held(), _submission(options, brought={"code": "c", "iss": issuer})
    )
    assert play_to_failure(exchange).cause.code == "issuer_unexpected"


def test_a_token_that_does_not_work_makes_no_connection() -> None:
    options = replace(OPTIONS, prove=proving((PROOF,), host=HOST))
    failed = play_to_failure(
        MODE.obtain(Example(options), _held(), _submission()), granted(), answer(401, {})
    )
    assert (failed.code, failed.cause.code) == ("connection_validation_failed", "credentials_refused")


def test_what_the_answers_tell_is_known_to_the_connection_and_whose_it_is() -> None:
    def prove(token: Secret, known: Mapping[str, str]) -> Proof:
        yield HttpRequest("GET", f"{PROOF}?realm={known['realmId']}")
        return Proven(company_id="co", user_id="us", learned={"tenant": "t"})

    options = replace(OPTIONS, prove=prove, callback_parameters=("realmId", "absent"))
    played = _obtained(options, granted(), answer(200, {}), code="c", realmId="99", other="x")
    assert played.result.learned == {"realmId": "99", "tenant": "t"}
    assert (played.result.fingerprint.company_id, played.result.fingerprint.user_id) == ("co", "us")


def test_nothing_is_obtained_without_a_redirection() -> None:
    submission = MODE.read(Example(OPTIONS), _held(), {"code": "stolen", "code_verifier": "v" * 43})
    failed = play_to_failure(MODE.obtain(Example(OPTIONS), _held(), submission))
    assert failed.cause.code == "redirection_needed"


# Afterwards.


def test_a_new_refresh_token_replaces_the_old_one_and_else_the_old_one_stays() -> None:
    for new, kept in (("newer", "newer"), (None, "refresh")):
        played = play(
            MODE.refresh(Example(OPTIONS), _held(), _credentials(), NOW), granted(refresh_token=new)
        )
        renewed = played.result.credentials
        assert isinstance(renewed, OAuth2Credentials)
        assert renewed.refresh_token == Secret(kept)
        assert played.forms[0]["refresh_token"] == "refresh"


def test_a_connections_own_client_renews_it() -> None:
    own = {"client_id": Secret("own"), "client_secret": Secret("own-secret")}
    played = play(MODE.refresh(Example(OPTIONS), _held(), _credentials(client=own), NOW), granted())
    assert played.forms[0]["client_id"] == "own"
    shown = MODE.reveal(played.result.credentials, None, include_refresh_token=True)
    assert shown["config_override"] == {"client_id": "own", "client_secret": "own-secret"}
    assert shown["refresh_token"] == "refresh"


@pytest.mark.parametrize(
    ("single_use", "sent", "cause", "recoverable"),
    [
        (True, True, "refresh_outcome_unknown", False),
        (True, None, "refresh_outcome_unknown", False),
        (True, False, "provider_unreachable", True),
        (False, True, "provider_unreachable", True),
    ],
)
def test_a_refresh_token_that_may_be_spent_is_not_sent_again(
    single_use: bool, sent: bool | None, cause: str, recoverable: bool
) -> None:
    options = replace(OPTIONS, single_use_refresh_tokens=single_use)
    exchange = MODE.refresh(Example(options), _held(), _credentials(), NOW)
    failed = play_to_failure(exchange, NoAnswer("It does not answer.", sent=sent))
    assert (failed.cause.code, failed.cause.recoverable) == (cause, recoverable)


@pytest.mark.parametrize(
    ("refusal", "cause", "recoverable"),
    [
        (oauth("invalid_grant"), "sign_in_again", False),
        (oauth("invalid_client"), "client_refused", False),
        (answer(503, {}), "provider_unavailable", True),
        (answer(200, ["x"]), "token_answer_unreadable", False),
    ],
)
def test_why_a_token_is_not_renewed(refusal: Any, cause: str, recoverable: bool) -> None:
    failed = play_to_failure(MODE.refresh(Example(OPTIONS), _held(), _credentials(), NOW), refusal)
    assert (failed.cause.code, failed.cause.recoverable) == (cause, recoverable)


def test_a_code_that_is_refused_is_no_grant_that_ended() -> None:
    failed = play_to_failure(MODE.obtain(Example(OPTIONS), _held(), _submission()), oauth("invalid_grant"))
    assert failed.cause.code == "code_refused"


def test_without_a_refresh_token_nothing_is_sent_and_nothing_renewed_by_itself() -> None:
    played = _obtained(OPTIONS, granted(refresh_token=None))
    assert played.result.lasting
    failed = play_to_failure(MODE.refresh(Example(OPTIONS), _held(), played.result.credentials, NOW))
    assert isinstance(failed, NothingToRenew)


# Tokens that were allowed elsewhere.

BROUGHT = {"type": "OAUTH2", "access_token": "a-1", "refresh_token": "r-1"}
LATER = "2026-11-24T13:00:00.000Z"
EARLIER = "2026-11-24T11:59:59Z"
RENEWED = granted(access_token="a-2", refresh_token="r-2", expires_in=600)
PROVING = replace(OPTIONS, prove=proving([PROOF], host=HOST), single_grant=True)


def _adopted(*answers: Any, options: OAuth2Options = PROVING, **shown: Any) -> Played[Obtained]:
    exchange = MODE.adopt(Example(options), _held(), {**BROUGHT, **shown}, {}, NOW)
    return play(exchange, *answers)


def _kept(obtained: Obtained) -> tuple[str, str | None]:
    held = obtained.credentials
    assert isinstance(held, OAuth2Credentials)
    return held.access_token.reveal(), held.refresh_token.reveal() if held.refresh_token else None


@pytest.mark.parametrize(("ends", "seconds"), [({"expires_at": LATER}, 3600), ({}, None)])
def test_a_brought_token_that_works_is_kept_and_nothing_is_spent(
    ends: dict[str, Any], seconds: int | None
) -> None:
    played = _adopted(answer(200, {}), **ends)
    assert [request.method for request in played.requests] == ["GET"]
    assert _kept(played.result) == ("a-1", "r-1")
    assert (played.result.expires_in_seconds, played.result.lasting) == (seconds, False)
    # Nobody has allowed anything anew.
    assert not played.result.ends_others
    shown = MODE.reveal(played.result.credentials, None, include_refresh_token=True)
    assert shown["raw"] == {**BROUGHT, **ends}
    hidden = MODE.reveal(played.result.credentials, None, include_refresh_token=False)
    assert "r-1" not in str(hidden)


def test_a_brought_token_that_has_ended_is_renewed_before_anything_is_asked() -> None:
    played = _adopted(RENEWED, answer(200, {}), expires_at=EARLIER)
    [asked] = played.forms
    assert (asked["grant_type"], asked["refresh_token"], asked["client_id"]) == (
        "refresh_token",
        "r-1",
        "client-7",
    )
    assert _kept(played.result) == ("a-2", "r-2")
    assert played.result.expires_in_seconds == 600


def test_a_brought_token_that_is_refused_is_renewed_too() -> None:
    played = _adopted(answer(401, {}), granted(access_token="a-2", refresh_token=None), answer(200, {}))
    assert _kept(played.result) == ("a-2", "r-1")


def test_what_came_of_a_spent_refresh_token_is_kept_whatever_the_proof_says() -> None:
    played = _adopted(RENEWED, answer(500, {}), expires_at=EARLIER)
    assert _kept(played.result) == ("a-2", "r-2")


@pytest.mark.parametrize("status", [403, 404, 500])
def test_no_refresh_token_is_spent_on_an_answer_that_is_not_about_the_token(status: int) -> None:
    exchange = MODE.adopt(Example(PROVING), _held(), BROUGHT, {}, NOW)
    failed = play_to_failure(exchange, answer(status, {}))
    assert failed.code == "connection_validation_failed"


@pytest.mark.parametrize("ends", [{"expires_at": EARLIER}, {"expires_at": LATER}])
def test_without_a_refresh_token_an_ended_token_is_refused(ends: dict[str, str]) -> None:
    shown = {**BROUGHT, "refresh_token": None, **ends}
    exchange = MODE.adopt(Example(PROVING), _held(), shown, {}, NOW)
    answers = [] if ends["expires_at"] == EARLIER else [answer(401, {})]
    assert play_to_failure(exchange, *answers).code == "connection_validation_failed"


def test_a_refresh_token_that_is_over_is_said_to_be() -> None:
    exchange = MODE.adopt(Example(PROVING), _held(), {**BROUGHT, "expires_at": EARLIER}, {}, NOW)
    failed = play_to_failure(exchange, answer(400, {"error": "invalid_grant"}))
    assert (failed.code, failed.cause.code) == ("token_err", "sign_in_again")


def test_a_brought_client_is_used_and_kept() -> None:
    own = {"client_id": "own", "client_secret": "own-secret"}
    played = _adopted(granted(access_token="a-2"), answer(200, {}), expires_at=EARLIER, config_override=own)
    assert played.forms[0]["client_id"] == "own"
    shown = MODE.reveal(played.result.credentials, None, include_refresh_token=False)
    assert shown["config_override"] == own


def test_settings_that_a_browser_would_have_brought_come_among_params() -> None:
    options = replace(PROVING, callback_parameters=("realmId",), fields=(ACCOUNT,))
    params = {"realmId": "91", "account": "7", "other": "x"}
    exchange = MODE.adopt(Example(options), _held(), BROUGHT, params, NOW)
    assert play(exchange, answer(200, {})).result.learned == {"realmId": "91", "account": "7"}


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"access_token": None}, "access_token"),
        ({"access_token": 7}, "access_token"),
        ({"access_token": "x" * 16_385}, "access_token"),
        ({"access_token": "a\r\nX-Injected: 1"}, "access_token"),
        ({"refresh_token": {}}, "refresh_token"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": 1}, "expires_at"),
        ({"config_override": "own"}, "config_override"),
    ],
)
def test_what_is_no_token_is_refused_by_name(wrong: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidBody) as refused:
        _adopted(**wrong)
    assert refused.value.errors[0].path == (name,)
