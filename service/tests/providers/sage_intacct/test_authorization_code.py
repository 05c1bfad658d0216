"""Sage Intacct by signing in: offline access, whose token it is, and what refusals mean."""

from typing import Any

import pytest
from service.tests.auth_modes.playing import answer, gateway, jwt, oauth, play_to_failure, proven
from service.tests.providers.oauth import SETTINGS, signing_in

from counterfoil.auth_modes import AuthorizationResponse, Submission
from counterfoil.oauth2 import NoAnswer
from counterfoil.providers.sage_intacct import authorization_code
from counterfoil.vault import Secret

ORIGIN = "https://api.intacct.com"
PROVIDER = authorization_code.provider(ORIGIN)
TOKEN = jwt(cnyId="MyCompany", userId="owner")


def _refused(refusal: Any) -> str:
    response = AuthorizationResponse(
        parameters={"code": "c"}, redirect_uri="https://x/oauth/callback", code_verifier=Secret("v" * 43)
    )
    exchange = PROVIDER.mode.obtain(PROVIDER, SETTINGS, Submission({}, {}, response))
    failed = play_to_failure(exchange, refusal)
    assert failed.code == "token_err"
    assert failed.cause.step is None
    return failed.cause.code


def test_offline_access_is_always_asked_for() -> None:
    address, query = signing_in(PROVIDER).sent_to()
    assert address == f"{ORIGIN}/ia/api/v1/oauth2/authorize"
    assert query["scope"] == "offline_access"


def test_the_session_service_proves_the_token_which_says_whose_it_is() -> None:
    played = signing_in(PROVIDER).back(proven(), token=TOKEN)
    assert played.requests[1].url == f"{ORIGIN}/ia/api/v1/services/core/session/id"
    fingerprint = played.result.fingerprint
    assert (fingerprint.company_id, fingerprint.user_id) == ("MyCompany", "owner")
    assert played.result.ends_others


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        (gateway("GW-0011"), "client_refused"),
        (gateway("REST-1216"), "client_refused"),
        (oauth("invalid_client"), "client_refused"),
        (oauth("invalid_grant"), "code_refused"),
        (answer(503, {}), "provider_down"),
        (answer(200, []), "answer_unreadable"),
        (NoAnswer("Nobody answers.", sent=True), "provider_unreachable"),
    ],
)
def test_why_there_is_no_token(refusal: Any, cause: str) -> None:
    assert _refused(refusal) == cause


@pytest.mark.parametrize(
    "refusal", [answer(401, {"ia::error": {"code": "GW-0040"}}), answer(200, {}), answer(500, {})]
)
def test_a_token_that_does_not_work_makes_no_connection(refusal: Any) -> None:
    failed = signing_in(PROVIDER).fails(refusal, token=TOKEN)
    assert failed.code == "connection_validation_failed"
    assert failed.cause.step is None
