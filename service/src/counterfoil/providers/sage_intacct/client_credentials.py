"""The provider `sage-intacct-cc`: Sage Intacct's REST API with the grant client_credentials.

A username, or the ID of a living session, becomes a token (Sage: "OAuth 2.0", grant client_credentials). With
a username the token is replaced by asking again; a session dies, so its token is kept alive with the refresh
token that comes back. The proof of a token is the session ID service. This module only says what to send and
what it means.
"""

from functools import partial
from typing import Final
from urllib.parse import urlsplit

from counterfoil.auth_modes import Cause, Field, Fingerprint, Misread, Values
from counterfoil.auth_modes.two_step import (
    NoToken,
    Parameters,
    Probe,
    Renewal,
    SecondQuestion,
    TwoStep,
    TwoStepOptions,
)
from counterfoil.oauth2 import (
    HttpRequest,
    HttpResponse,
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
from counterfoil.providers.sage_intacct.username import (
    Understood,
    is_access_token,
    is_client_id,
    is_web_address,
    parts_of,
    read_username,
)
from counterfoil.providers.sage_intacct.webhooks import read_webhook
from counterfoil.vault import Secret

CLIENT_FIELDS: Final = (
    Field(
        name="clientId",
        label="Client ID",
        description="Of the API keys, on Application Details in the developer console; it ends in "
        ".app.sage.com.",
        placeholder="0123456789abcdef0123.app.sage.com",
        guide_step="2",
    ),
    Field(
        name="clientSecret",
        label="Client Secret",
        description="On the same page, below the Client ID.",
        secret=True,
        guide_step="2",
    ),
)
FIELDS: Final = (
    Field(
        name="username",
        label="Username",
        description="The Web Services user's ID, an @ and the Company ID; for one entity add a | and the "
        "entity. "
        "Capital letters count.",
        required=False,
        placeholder="Admin@MyCompany|Central Region",
        one_of="identity",
        guide_step="1",
        reading=True,
    ),
    Field(
        name="sessionId",
        label="Session ID",
        description="Of a signed-in user or of the API, instead of a username. A session ends; prefer the "
        "username.",
        secret=True,
        required=False,
        one_of="identity",
        guide_step="4",
    ),
)

# Refusals that an entity could be the reason of; the others are settled without asking again.
_COULD_BE_THE_ENTITY: Final = frozenset({"user_not_accepted", "company_or_client_refused", "refused"})


def provider(origin: str) -> Provider:
    """The provider at an origin: scheme and host, no slash at the end."""
    options = TwoStepOptions(
        token_url=f"{origin}/ia/api/v1/oauth2/token",
        client_fields=CLIENT_FIELDS,
        fields=FIELDS,
        readings={"username": parts_of},
        understand=_understand,
        token_parameters=_token_parameters,
        renewal=_renewal,
        explain=_explain,
        second_question=_second_question,
        probe=Probe(
            request=partial(_probe, f"{origin}/ia/api/v1/services/core/session/id"),
            judge=_judge_probe,
            explain_unanswered=_explain_probe_unanswered,
        ),
        outcome_unknown=_outcome_unknown,
        fingerprint=partial(_fingerprint, urlsplit(origin).netloc.lower()),
        is_token_error=is_token_error,
    )
    return Provider(
        id="sage-intacct-cc",
        display_name="Sage Intacct",
        auth_mode=TwoStep.name,
        options=options,
        proxy_base_url=f"{origin}/ia/api",
        docs_url="https://developer.sage.com/intacct/",
        categories=("accounting", "erp"),
        logo_svg=LOGO_SVG,
        guide=guide.STEPS,
        read_webhook=read_webhook,
    )


def _understand(values: Values) -> Values | Cause:
    wrong = next(
        (cause for name in values if (cause := _in_wrong_field(name, _text(values, name))) is not None), None
    )
    if wrong is not None:
        return wrong
    by_username, by_session = "username" in values, "sessionId" in values
    if by_username and by_session:
        return causes.both_username_and_session_id()
    if by_session:
        return values
    if not by_username:
        return causes.neither_username_nor_session_id()
    username = read_username(_text(values, "username"))
    if isinstance(username, Misread):
        return causes.username_unreadable(username)
    return {**values, "username": str(username)}


def _in_wrong_field(name: str, text: str) -> Cause | None:
    """Values that carry their kind in their form, in a field of another kind. The username tells its own."""
    if name == "username":
        return None
    label, belongs = _BELONGS[name]
    if is_web_address(text):
        return causes.wrong_field(name, label, "a web address", belongs)
    if is_access_token(text):
        return causes.wrong_field(name, label, "an access token", belongs)
    if name != "clientId" and is_client_id(text):
        return causes.wrong_field(name, label, "a Client ID", belongs)
    # A secret may hold an @; neither of the other two does.
    if name != "clientSecret" and isinstance(read_username(text), Understood):
        return causes.wrong_field(name, label, "a Username", belongs)
    return None


_BELONGS: Final = {
    "clientId": ("Client ID", "on Application Details in the developer console and ends in .app.sage.com"),
    "clientSecret": ("Client Secret", "on Application Details in the developer console, below the Client ID"),
    "sessionId": ("Session ID", "a long text without @ that Sage Intacct shows to a signed-in user"),
}


def _token_parameters(values: Values) -> Parameters:
    return {
        "grant_type": "client_credentials",
        "client_id": values.get("clientId"),
        "client_secret": values.get("clientSecret"),
        "username": values.get("username"),
        "session_id": values.get("sessionId"),
    }


def _renewal(values: Values, refresh_token: Secret | None) -> Renewal:
    # Without a refresh token the session itself is asked again: it may still be alive.
    if "username" in values or refresh_token is None:
        return Renewal(_token_parameters(values), spends_refresh_token=False)
    parameters = {
        "grant_type": "refresh_token",
        "client_id": values.get("clientId"),
        "client_secret": values.get("clientSecret"),
        "refresh_token": refresh_token,
    }
    return Renewal(parameters, spends_refresh_token=True)


def _explain(values: Values, no_token: NoToken, renewing: bool) -> Cause:
    attempt = _attempt(values, renewing=renewing)
    if isinstance(no_token, NoAnswer):
        return no_answer(no_token)
    if isinstance(no_token, TokenUnreadable):
        return causes.answer_unreadable(
            attempt, no_token.status, no_token.reason, no_token.retry_after_seconds
        )
    error = read_error(no_token.body)
    return causes.token_refused(attempt, no_token.status, error, no_token.retry_after_seconds)


def _second_question(values: Values, refused: TokenRefused) -> SecondQuestion | None:
    attempt = _attempt(values)
    if attempt.username is None or attempt.username.entity_id is None:
        return None
    error = read_error(refused.body)
    if causes.token_refused(attempt, refused.status, error, None).code not in _COULD_BE_THE_ENTITY:
        return None
    top_level = f"{attempt.username.user_id}@{attempt.username.company_id}"
    return SecondQuestion(
        {**_token_parameters(values), "username": top_level}, if_granted=causes.entity_unknown(attempt)
    )


def _probe(url: str, token: Secret) -> HttpRequest:
    headers = (("Authorization", f"Bearer {token.reveal()}"), ("Accept", "application/json"))
    return HttpRequest("GET", url, headers)


def _judge_probe(values: Values, response: HttpResponse) -> Cause | None:
    attempt, body = _attempt(values), json_object(response.body)
    error = SageError() if isinstance(body, str) else read_error(body)
    if response.status != 200 or error.code is not None:
        return causes.probe_refused(attempt, response.status, error)
    result = None if isinstance(body, str) else body.get("ia::result")
    if isinstance(result, dict) and isinstance(result.get("sessionId"), str):
        return None
    return causes.probe_unreadable(attempt, response.status)


def _explain_probe_unanswered(_values: Values, silence: NoAnswer) -> Cause:
    return no_answer(silence)


def _outcome_unknown(_values: Values) -> Cause:
    return causes.refresh_outcome_unknown()


def _fingerprint(provider_host: str, values: Values, token: Secret) -> Fingerprint:
    username = _attempt(values).username
    if username is not None:
        return Fingerprint(provider_host, username.company_id, username.user_id)
    # Nobody typed company and user: what the token says of itself is a hint for display, or nothing.
    claims = unverified_claims(token.reveal())
    company_id, user_id = one_line(claims.get("cnyId")), one_line(claims.get("userId"))
    return Fingerprint(provider_host, company_id or "", user_id or "")


def _attempt(values: Values, *, renewing: bool = False) -> Attempt:
    username = read_username(_text(values, "username")) if "username" in values else None
    return Attempt(
        client_id=_text(values, "clientId"),
        username=username if isinstance(username, Understood) else None,
        renewing=renewing,
    )


def _text(values: Values, name: str) -> str:
    value = values.get(name, "")
    return value.reveal() if isinstance(value, Secret) else value
