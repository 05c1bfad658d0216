"""The provider `sage-intacct-oauth`: Sage Intacct's REST API in the name of a person who signed in and
accepted.

A person signs in to their company and accepts (Sage: "OAuth 2.0", grant authorization_code); only with the
scope `offline_access` a refresh token comes back. The proof of a token is the session ID service. A later
authorization by the same person in the same company was seen to end the earlier one. This module only says
what to send and what it means.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from counterfoil.auth_modes import Cause
from counterfoil.auth_modes.oauth2_authorization_code import (
    NoToken,
    OAuth2AuthorizationCode,
    OAuth2Options,
    Proof,
    Proven,
    explain_no_token,
)
from counterfoil.oauth2 import (
    HttpRequest,
    NoAnswer,
    TokenRefused,
    TokenUnreadable,
    unverified_claims,
)
from counterfoil.oauth2.exchange import json_object, one_line
from counterfoil.providers.provider import Provider
from counterfoil.providers.sage_intacct import causes, guide
from counterfoil.providers.sage_intacct.answers import SageError, is_token_error, read_error
from counterfoil.providers.sage_intacct.causes import Attempt
from counterfoil.providers.sage_intacct.logo import LOGO_SVG
from counterfoil.providers.sage_intacct.shared_causes import no_answer
from counterfoil.vault import Secret

OFFLINE_ACCESS: Final = "offline_access"
_CLIENT_CODES: Final = frozenset({"GW-0011", "REST-1216", "invalid_client", "unauthorized_client"})
_NOBODY_NAMED: Final = Attempt(client_id="", username=None)


def provider(origin: str) -> Provider:
    """The provider at an origin: scheme and host, no slash at the end."""
    options = OAuth2Options(
        provider_host=urlsplit(origin).netloc.lower(),
        authorization_endpoint=f"{origin}/ia/api/v1/oauth2/authorize",
        token_endpoint=f"{origin}/ia/api/v1/oauth2/token",
        scopes=(OFFLINE_ACCESS,),
        single_grant=True,
        prove=partial(_prove, f"{origin}/ia/api/v1/services/core/session/id"),
        explain=_explain,
        is_token_error=is_token_error,
    )
    return Provider(
        id="sage-intacct-oauth",
        display_name="Sage Intacct",
        auth_mode=OAuth2AuthorizationCode.name,
        options=options,
        proxy_base_url=f"{origin}/ia/api",
        docs_url="https://developer.sage.com/intacct/",
        categories=("accounting", "erp"),
        logo_svg=LOGO_SVG,
    )


def _prove(url: str, token: Secret, _known: Mapping[str, str]) -> Proof:
    headers = (("Authorization", f"Bearer {token.reveal()}"), ("Accept", "application/json"))
    try:
        response = yield HttpRequest("GET", url, headers)
    except NoAnswer as silence:
        return no_answer(silence)
    body = json_object(response.body)
    error = SageError() if isinstance(body, str) else read_error(body)
    if response.status != 200 or error.code is not None:
        return _without_step(causes.probe_refused(_NOBODY_NAMED, response.status, error))
    result = None if isinstance(body, str) else body.get("ia::result")
    if not isinstance(result, dict) or not isinstance(result.get("sessionId"), str):
        return _without_step(causes.probe_unreadable(_NOBODY_NAMED, response.status))
    # What the token says of itself is a hint whose it is; nothing is decided on it but whom to warn.
    claims = unverified_claims(token.reveal())
    return Proven(
        company_id=one_line(claims.get("cnyId")) or "", user_id=one_line(claims.get("userId")) or ""
    )


def _explain(host: str, no_token: NoToken, renewing: bool) -> Cause:
    if isinstance(no_token, NoAnswer):
        return no_answer(no_token)
    if isinstance(no_token, TokenUnreadable):
        unreadable = causes.answer_unreadable(
            _NOBODY_NAMED, no_token.status, no_token.reason, no_token.retry_after_seconds
        )
        return _without_step(unreadable)
    error = read_error(no_token.body)
    if error.code in _CLIENT_CODES:
        return _client_refused(no_token, error)
    if error.code == "invalid_grant":
        return explain_no_token(host, replace(no_token, code=error.code), renewing)
    cause = causes.token_refused(_NOBODY_NAMED, no_token.status, error, no_token.retry_after_seconds)
    return _without_step(cause)


def _client_refused(refused: TokenRefused, error: SageError) -> Cause:
    return Cause(
        code="client_refused",
        sentence="Sage Intacct does not let the product's application into the company: its Client ID or "
        "Client "
        "Secret is wrong or inactive, its scope does not fit the company, or the company has set it "
        "inactive.",
        remedy=f"An administrator of the company can look at {guide.CLIENTS_PATH}: the application must be "
        "there and "
        "active. If it is, the team of the product has to copy Client ID and Client Secret again; a "
        "Production "
        "client works with production companies only, a Non-Production client with all others only.",
        who="administrator",
        details={"status": str(refused.status), "provider_code": error.code or ""},
    )


def _without_step(cause: Cause) -> Cause:
    """The cause without its step: those of the guide are for who types credentials."""
    return replace(cause, step=None, fields=())
