"""What Sage Intacct's codes mean: sentence, remedy, who can act, and the step that most often fixes it.

One table from code to cause for token requests, one for the probe, and the causes that no code announces:
what was typed can't work, the entity is the culprit, Sage can't be reached. Sentences name what was typed and
never a secret. Where in an answer a code stands is `answers`' affair.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from counterfoil.auth_modes import Cause, Misread
from counterfoil.providers.sage_intacct import guide, shared_causes
from counterfoil.providers.sage_intacct.answers import SageError
from counterfoil.providers.sage_intacct.shared_causes import (
    Tried,
    address_not_allowed,
    by_status,
    provider_down,
    refusal,
    throttled,
    with_facts,
)
from counterfoil.providers.sage_intacct.username import Understood

_TEST_COMPANY: Final = re.compile(
    r".*[-_.](sandbox|imp|impl|implementation|preview|test|dev|uat|demo)\w*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What was tried, as far as it may be named.

    Attributes:
        client_id: The Client ID sent; empty where there was none.
        username: The username sent, taken apart; None where a session ID was used.
        renewing: The connection exists and its token was to be replaced.
    """

    client_id: str
    username: Understood | None
    renewing: bool = False

    @property
    def company(self) -> str:
        """The company for a sentence: `company “MyCompany”`, or `the company` where a session ID chose it."""
        return f"company “{self.username.company_id}”" if self.username else "the company"

    @property
    def values(self) -> dict[str, str]:
        """What is worth comparing with Sage's pages."""
        values = {"client_id": self.client_id} if self.client_id else {}
        if self.username is None:
            return values
        values |= {"company_id": self.username.company_id, "user_id": self.username.user_id}
        return values if self.username.entity_id is None else values | {"entity_id": self.username.entity_id}


Tell: TypeAlias = Callable[[Attempt], Cause]


# What the form can already tell.


def neither_username_nor_session_id() -> Cause:
    """Both fields are empty."""
    return Cause(
        code="username_or_session_id_missing",
        sentence="Neither a Username nor a Session ID was entered; one of the two is needed.",
        remedy="Enter the Username, userId@companyId. A Session ID is the way without a Web Services user.",
        who="administrator",
        step=guide.ENTER_CREDENTIALS,
        fields=("username", "sessionId"),
    )


def both_username_and_session_id() -> Cause:
    """Both fields are filled."""
    return Cause(
        code="username_and_session_id",
        sentence="Both a Username and a Session ID were entered; exactly one of the two is used.",
        remedy="Empty one of the two fields. Prefer the Username: a session ends, a username does not.",
        who="administrator",
        step=guide.ENTER_CREDENTIALS,
        fields=("username", "sessionId"),
    )


def username_unreadable(misread: Misread) -> Cause:
    """The username is not `userId@companyId` or `userId@companyId|entityId`."""
    suggestion = {} if misread.suggestion is None else {"suggestion": misread.suggestion}
    instead = f" Did you mean “{misread.suggestion}”?" if misread.suggestion else ""
    return Cause(
        code="username_unreadable",
        sentence=f"The Username can't be read. {misread.sentence}",
        remedy=f"Enter it as userId@companyId, or userId@companyId|entityId for one entity.{instead}",
        who="administrator",
        step=guide.ENTER_CREDENTIALS,
        details=suggestion,
        fields=("username",),
    )


def wrong_field(name: str, label: str, holds: str, belongs: str) -> Cause:
    """A field holds what belongs into another. The value is not named: it may be a secret.

    Args:
        name: Of the field.
        label: Of the field.
        holds: What it holds, with its article: `a Client ID`.
        belongs: What belongs there, as the end of a sentence.
    """
    return Cause(
        code="value_in_wrong_field",
        sentence=f"The field {label} holds {holds}.",
        remedy=f"The {label} is {belongs}.",
        who="administrator",
        step=guide.ENTER_CREDENTIALS,
        fields=(name,),
    )


# What a token request was refused for.


def token_refused(attempt: Attempt, status: int, error: SageError, retry_after_seconds: int | None) -> Cause:
    """Why the token endpoint refused, by code first, then by text, then by status."""
    tell = (
        _BY_TOKEN_CODE.get(error.code or "")
        or _by_text(error)
        or by_status(status, _wrong_address)
        or _unknown_refusal
    )
    return with_facts(tell(attempt), status, error.code, error.support_id, retry_after_seconds)


def entity_unknown(attempt: Attempt) -> Cause:
    """The same request without the entity was granted."""
    entity = (attempt.username and attempt.username.entity_id) or ""
    user = _user(attempt)
    return Cause(
        code="entity_unknown",
        sentence=f"Sage Intacct accepts {user} in {attempt.company}, but not for the entity “{entity}”: "
        "there is no entity with that ID, or the user has no access to it.",
        remedy="Enter the entity's ID exactly as the company lists it, or leave out the | and the entity "
        "for the top level. If the entity exists, give the Web Services user access to it.",
        who="administrator",
        step=guide.ENTER_CREDENTIALS,
        details=attempt.values,
        fields=("username",),
    )


def answer_unreadable(attempt: Attempt, status: int, reason: str, retry_after_seconds: int | None) -> Cause:
    """The token endpoint's answer is neither a token nor a refusal."""
    tell = by_status(status, _wrong_address)
    if tell is not None:
        return with_facts(tell(attempt), status, None, None, retry_after_seconds)
    return shared_causes.answer_unreadable("The answer to the token request", reason, status)


def refresh_outcome_unknown() -> Cause:
    """A refresh token was sent and nothing came back: it may be spent."""
    return Cause(
        code="refresh_outcome_unknown",
        sentence="The request to renew the session was sent, but no answer came; it may or may not have "
        "counted.",
        remedy="Connect again with a Username, or with a new Session ID.",
        who="administrator",
        step=guide.ENTER_CREDENTIALS,
    )


# What the probe was refused for.


def probe_refused(attempt: Attempt, status: int, error: SageError) -> Cause:
    """Why a token that was just issued does not work, by code first, then by status."""
    tell = (
        _BY_PROBE_CODE.get(error.code or "")
        or _PROBE_BY_STATUS.get(status)
        or by_status(status, _wrong_address)
    )
    return with_facts((tell or _probe_failed)(attempt), status, error.code, error.support_id)


def probe_unreadable(attempt: Attempt, status: int) -> Cause:
    """The probe succeeded, and yet has no session ID in it."""
    return with_facts(_probe_failed(attempt), status, None, None)


def _user(attempt: Attempt) -> str:
    return f"the user “{attempt.username.user_id}”" if attempt.username else "the user of the session"


def _client(attempt: Attempt) -> str:
    return f"the Client ID “{attempt.client_id}”" if attempt.client_id else "the Client ID"


def _company_or_client_refused(attempt: Attempt) -> Cause:
    sentence = (
        f"Sage Intacct does not let {_client(attempt)} into {attempt.company}: the Company ID or the Client "
        "ID is unknown or inactive, or the client's scope does not fit the company."
    )
    remedy = (
        f"Compare the Client ID with Application Details in the developer console and the Company ID with "
        f"{guide.COMPANY_ID_PATH}. A Production client works with production companies only, a "
        "Non-Production "
        "client with all others only; the scope can't be changed, so a wrong one needs new API keys."
    )
    company_id = attempt.username.company_id if attempt.username else ""
    if _TEST_COMPANY.fullmatch(company_id):
        sentence += f" “{company_id}” looks like a sandbox or implementation company."
        remedy = (
            "If it is one, create new API keys with the Client Scope Non-Production and use those. If not: "
            + remedy
        )
    elif "." in company_id:
        remedy = f"“{company_id}” looks like a part of an e-mail address, not like a Company ID. " + remedy
    return refusal(attempt, "company_or_client_refused", sentence, remedy, guide.API_CLIENT)


def _client_not_authorized(attempt: Attempt) -> Cause:
    user = f" with the Web Services user “{attempt.username.user_id}”" if attempt.username else ""
    cause = refusal(
        attempt,
        "client_not_authorized",
        f"Either {attempt.company} has not authorized {_client(attempt)}{user}, or the Client ID or Client "
        "Secret is mistyped. Sage Intacct does not say which; the missing authorization is the usual "
        "reason.",
        f"In the company, as an administrator: {guide.CLIENTS_PATH} → Add, enter the Client ID and the Web "
        "Services User ID, and see that the status is Active. If it is there already, copy Client ID and "
        "Client Secret once more from Application Details in the developer console (step 2).",
        guide.AUTHORIZED_CLIENT,
    )
    if attempt.username is None:
        return cause
    return replace(cause, details={**cause.details, "web_services_user_id": attempt.username.user_id})


def _client_refused(attempt: Attempt) -> Cause:
    return refusal(
        attempt,
        "client_refused",
        f"Sage Intacct refused {_client(attempt)} with this Client Secret: one of the two is wrong, or the "
        "secret was rotated.",
        "Copy Client ID and Client Secret once more from Application Details in the developer console.",
        guide.API_CLIENT,
        who="developer",
    )


def _credentials_refused(attempt: Attempt) -> Cause:
    return _user_not_accepted(attempt) if attempt.username else _session_ended(attempt)


def _user_not_accepted(attempt: Attempt) -> Cause:
    entity_needed = (
        ""
        if attempt.username is None or attempt.username.entity_id is not None
        else " If the user is restricted to one entity, add | and the entity's ID to the Username."
    )
    cause = refusal(
        attempt,
        "user_not_accepted",
        f"Sage Intacct did not accept {_user(attempt)} in {attempt.company}: letter case differs, the user "
        "is not an active Web Services user, or it is not the one entered with the authorized client "
        "application.",
        f"Compare the User ID letter by letter, capitals too, in two places: {guide.CLIENTS_PATH} (field Web "
        f"Services User ID) and {guide.USERS_PATH} (status Active). An ordinary user does not work. See also "
        f"that the subscription Web Services is on: {guide.SUBSCRIPTIONS_PATH}.{entity_needed}",
        guide.AUTHORIZED_CLIENT,
    )
    user_id = attempt.username.user_id if attempt.username else ""
    return replace(cause, details={**cause.details, "web_services_user_id": user_id}, fields=("username",))


def _session_ended(attempt: Attempt) -> Cause:
    what = (
        "The session behind this connection has ended, and Sage Intacct did not renew it."
        if attempt.renewing
        else "Sage Intacct did not accept the Session ID: the session has ended, or its user is not active."
    )
    return Cause(
        code="session_ended",
        sentence=what,
        remedy="Connect again with a Username, which needs no session. Or sign in, take the new Session ID "
        "and enter it at once: a session ends on signing out and after a time without use.",
        who="administrator",
        step=guide.ENTER_CREDENTIALS,
        details=attempt.values,
        fields=() if attempt.renewing else ("sessionId",),
    )


def _company_missing(attempt: Attempt) -> Cause:
    return refusal(
        attempt,
        "company_missing",
        "Sage Intacct found no company in the Username.",
        f"Enter it as userId@companyId; the Company ID is in {guide.COMPANY_ID_PATH}.",
        guide.ENTER_CREDENTIALS,
        fields=("username",),
    )


def _client_id_missing(attempt: Attempt) -> Cause:
    return refusal(
        attempt,
        "client_id_missing",
        "Sage Intacct got no Client ID.",
        "Enter the Client ID from Application Details in the developer console.",
        guide.API_CLIENT,
        fields=("clientId",),
    )


def _username_missing(attempt: Attempt) -> Cause:
    return refusal(
        attempt,
        "username_missing",
        "Sage Intacct got no Username.",
        "Enter the Username as userId@companyId.",
        guide.ENTER_CREDENTIALS,
        fields=("username",),
    )


def _request_not_understood(_tried: Tried) -> Cause:
    return shared_causes.request_not_understood("the form of the token request")


def _wrong_address(_tried: Tried) -> Cause:
    return shared_causes.wrong_address("Sage Intacct API")


def _unknown_refusal(attempt: Attempt) -> Cause:
    return refusal(
        attempt,
        "refused",
        f"Sage Intacct refused a token for {attempt.company} and gave a reason that is not known here.",
        f"Check the authorization first: {guide.CLIENTS_PATH}, with the Client ID and the Web Services User "
        "ID. If it is right, report the code shown to the team of the product.",
        guide.AUTHORIZED_CLIENT,
    )


def _token_refused_at_once(attempt: Attempt) -> Cause:
    return Cause(
        code="token_refused_at_once",
        sentence=f"Sage Intacct issued a token for {attempt.company} and refused it on its first use.",
        remedy="Try again. If it happens again, somebody may be revoking this user's tokens at the same "
        "time, or a proxy between changes the Authorization header.",
        who="operator",
        recoverable=True,
        details=attempt.values,
    )


def _user_without_access(attempt: Attempt) -> Cause:
    return refusal(
        attempt,
        "user_without_access",
        f"The credentials are right, but {_user(attempt)} may not use the API of {attempt.company}.",
        f"Give the user the permissions, or the role, that the product needs: {guide.USERS_PATH}.",
        guide.WEB_SERVICES_USER,
    )


def _probe_failed(attempt: Attempt) -> Cause:
    return Cause(
        code="probe_failed",
        sentence=f"Sage Intacct issued a token for {attempt.company}, but a first call with it failed.",
        remedy="Try again. If it stays so, report the code shown to the team of the product.",
        who="operator",
        recoverable=True,
        details=attempt.values,
    )


def _by_text(error: SageError) -> Tell | None:
    message = error.message or ""
    return next((tell for pattern, tell in _TOKEN_TEXTS if pattern.search(message)), None)


_BY_TOKEN_CODE: Final[Mapping[str, Tell]] = MappingProxyType(
    {
        "GW-0001": provider_down,
        "GW-0010": throttled,
        "GW-0011": _company_or_client_refused,
        "GW-0012": _company_missing,
        "GW-0014": _request_not_understood,
        "GW-0015": _request_not_understood,
        "GW-0032": _request_not_understood,
        "GW-0033": _wrong_address,
        "GW-0034": _request_not_understood,
        "GW-0035": _request_not_understood,
        "GW-0036": _username_missing,
        "GW-0037": _client_id_missing,
        "GW-0038": _request_not_understood,
        "GW-0039": _request_not_understood,
        "GW-0042": address_not_allowed,
        "REST-1216": _client_not_authorized,
        "invalid_client": _client_refused,
        "invalid_grant": _credentials_refused,
        "invalid_request": _request_not_understood,
        "invalid_scope": _request_not_understood,
        "server_error": provider_down,
        "temporarily_unavailable": provider_down,
        "unauthorized_client": _client_not_authorized,
        "unsupported_grant_type": _request_not_understood,
    }
)

_TOKEN_TEXTS: Final[tuple[tuple[re.Pattern[str], Tell], ...]] = (
    (re.compile(r"username format is invalid", re.IGNORECASE), _company_missing),
    (re.compile(r"Client ID, Client Secret", re.IGNORECASE), _client_not_authorized),
    (re.compile(r"provided credentials are invalid", re.IGNORECASE), _credentials_refused),
)

_BY_PROBE_CODE: Final[Mapping[str, Tell]] = MappingProxyType(
    {
        "GW-0001": provider_down,
        "GW-0010": throttled,
        "GW-0011": _company_or_client_refused,
        "GW-0031": _token_refused_at_once,
        "GW-0034": _token_refused_at_once,
        "GW-0040": _token_refused_at_once,
        "GW-0042": address_not_allowed,
        "REST-1206": _token_refused_at_once,
        "REST-2102": _token_refused_at_once,
    }
)

_PROBE_BY_STATUS: Final[Mapping[int, Tell]] = MappingProxyType(
    {401: _token_refused_at_once, 403: _user_without_access}
)
