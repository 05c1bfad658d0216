"""What the XML gateway's refusals mean: sentence, remedy, who can act, and the step that most often fixes it.

One number, `XL03000006`, stands for most of them; what is meant is told by the level that it stands at and by
the text. Sage does not say whether user, company or password is wrong, and neither do we. Sentences name what
was typed and never a secret. Where in an answer an error stands is `gateway_answers`' affair.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from counterfoil.auth_modes import Cause
from counterfoil.oauth2 import TokenUnreadable
from counterfoil.providers.sage_intacct import guide, shared_causes
from counterfoil.providers.sage_intacct.gateway_answers import (
    SENDER_NOT_AUTHORIZED,
    GatewayError,
    Level,
)
from counterfoil.providers.sage_intacct.shared_causes import (
    Tried,
    address_not_allowed,
    by_status,
    provider_down,
    refusal,
    throttled,
    with_facts,
)

_LOCKED: Final = re.compile(r"\block(?:ed|out)\b|too many (?:failed )?attempts", re.IGNORECASE)
_EXPIRED: Final = re.compile(r"password (?:has |is )?expired|expired password", re.IGNORECASE)
_LOGIN_NOT_ALLOWED: Final = re.compile(r"not (?:a |an )?web services|web services user", re.IGNORECASE)
_ENTITY: Final = re.compile(r"location|entity", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What was tried, as far as it may be named.

    Attributes:
        sender_id: Who speaks to the gateway.
        company_id: The company.
        user_id: Who signs in there.
        entity_id: Where to; empty for the top level.
        renewing: The connection exists, and nobody typed anything just now.
    """

    sender_id: str
    company_id: str
    user_id: str
    entity_id: str = ""
    renewing: bool = False

    @property
    def company(self) -> str:
        """The company for a sentence."""
        return f"company “{self.company_id}”"

    @property
    def user(self) -> str:
        """The user for a sentence, after the word itself."""
        return f"“{self.user_id}” of company “{self.company_id}”"

    @property
    def values(self) -> dict[str, str]:
        """What is worth comparing with Sage's pages."""
        values = {"sender_id": self.sender_id, "company_id": self.company_id, "user_id": self.user_id}
        return values | {"entity_id": self.entity_id} if self.entity_id else values


Tell: TypeAlias = Callable[[Login], Cause]


def session_refused(login: Login, status: int, error: GatewayError) -> Cause:
    """Why the gateway gave no session: by the gateway's own codes, then by level and text."""
    tell = _BY_NUMBER.get(error.number) or by_status(status, _wrong_address) or _BY_LEVEL[error.level](error)
    return with_facts(tell(login), status, error.number, error.support_id)


def answer_unreadable(login: Login, answer: TokenUnreadable) -> Cause:
    """What came is no answer of the gateway, such as a web page of something in between."""
    tell = by_status(answer.status, _wrong_address)
    if tell is not None:
        return with_facts(tell(login), answer.status, None, None, answer.retry_after_seconds)
    return shared_causes.answer_unreadable("The answer of the XML gateway", answer.reason, answer.status)


def endpoint_not_allowed(login: Login) -> Cause:
    """The session is for an address that is none of Sage's."""
    return Cause(
        code="endpoint_not_allowed",
        sentence=f"Sage Intacct opened a session for company “{login.company_id}”, but named an address for "
        "it that this service does not call.",
        remedy="Check the service's setting for the address of Sage Intacct: sessions are used there, or at "
        "another host of intacct.com by https.",
        who="operator",
        details=login.values,
    )


def unsendable(name: str, label: str) -> Cause:
    """A value has characters that XML can't carry."""
    return Cause(
        code="value_unsendable",
        sentence=f"{label} holds a character that can't be sent, such as a control character.",
        remedy=f"Type the {label} by hand instead of pasting it.",
        who="administrator",
        step=guide.ENTER_LOGIN,
        fields=(name,),
    )


def _sender_refused(login: Login) -> Cause:
    return refusal(
        login,
        "sender_refused",
        f"Sage Intacct does not know the sender ID “{login.sender_id}” with this sender password: one of "
        "the two is mistyped, or the sender is not active any more.",
        "Compare both with the letter of your Web Services licence, capitals too. Without a sender ID of "
        "your own, ask the team of the product for theirs.",
        None,
        who="developer",
        fields=("senderId", "senderPassword"),
    )


def _sender_not_authorized(login: Login) -> Cause:
    return refusal(
        login,
        "sender_not_authorized",
        f"Company “{login.company_id}” has not authorized the sender ID “{login.sender_id}”, or its "
        "subscription Web Services is off.",
        f"In the company, as an administrator: {guide.SENDERS_PATH} → Add, enter the sender ID exactly as "
        "shown, capitals too, and see that the status is Active. See also that the subscription Web Services "
        f"is on: {guide.SUBSCRIPTIONS_PATH}.",
        guide.AUTHORIZED_SENDER,
    )


def _sign_in_refused(login: Login) -> Cause:
    entity = (
        f" or there is no entity “{login.entity_id}” that the user may enter,"
        if login.entity_id
        else " or the user may only enter an entity and none was given,"
    )
    cause = refusal(
        login,
        "sign_in_refused",
        f"Sage Intacct did not sign in the user {login.user}: user, company "
        f"or password is wrong, the user is not active,{entity} and it does not say which.",
        f"Compare the Company ID ({guide.COMPANY_ID_PATH}) and the User ID ({guide.USERS_PATH}) letter by "
        "letter, capitals too, see that the user is active, and type the password again. A password that was "
        "changed in Sage Intacct has to be entered here too.",
        guide.ENTER_LOGIN if not login.renewing else guide.WEB_SERVICES_USER,
        fields=() if login.renewing else ("companyId", "userId", "userPassword"),
    )
    return replace(cause, secret_refused=True)


def _user_locked(login: Login) -> Cause:
    cause = refusal(
        login,
        "user_locked",
        f"The user {login.user} is locked after too many failed sign-ins.",
        f"Unlock the user, or set a new password: {guide.USERS_PATH}. Then connect again.",
        guide.WEB_SERVICES_USER,
        fields=("userId",),
    )
    return replace(cause, secret_refused=True)


def _password_expired(login: Login) -> Cause:
    cause = refusal(
        login,
        "password_expired",
        f"The password of the user {login.user} has expired.",
        "Use a Web Services user, whose password does not expire, or set a new password and connect again.",
        guide.WEB_SERVICES_USER,
        fields=("userPassword",),
    )
    return replace(cause, secret_refused=True)


def _not_a_web_services_user(login: Login) -> Cause:
    cause = refusal(
        login,
        "not_a_web_services_user",
        f"The user {login.user} may not sign in through the XML gateway.",
        f"Create a Web Services user, or take one that is there: {guide.USERS_PATH}.",
        guide.WEB_SERVICES_USER,
        fields=("userId",),
    )
    return replace(cause, secret_refused=True)


def _entity_unknown(login: Login) -> Cause:
    return refusal(
        login,
        "entity_unknown",
        f"There is no entity “{login.entity_id}” in company “{login.company_id}” that the user "
        f"“{login.user_id}” may enter.",
        "Enter the entity's ID exactly as the company lists it, or leave it out for the top level.",
        guide.ENTER_LOGIN,
        fields=("entityId",),
    )


def _session_not_opened(login: Login) -> Cause:
    return refusal(
        login,
        "session_not_opened",
        f"Sage Intacct signed in the user {login.user} and yet opened no session.",
        "Try again. If it stays so, report the code shown to the team of the product.",
        None,
        who="developer",
    )


def _company_or_sender_refused(login: Login) -> Cause:
    return refusal(
        login,
        "company_or_sender_refused",
        f"Sage Intacct does not let the sender ID “{login.sender_id}” into company “{login.company_id}”: one "
        "of the two is unknown or inactive.",
        f"Compare the Company ID with {guide.COMPANY_ID_PATH} and the sender ID with the Web Services "
        "licence.",
        guide.AUTHORIZED_SENDER,
        fields=("companyId", "senderId"),
    )


def _request_not_understood(_tried: Tried) -> Cause:
    return shared_causes.request_not_understood("the request for a session")


def _wrong_address(_tried: Tried) -> Cause:
    return shared_causes.wrong_address("XML gateway of Sage Intacct")


def _refused(login: Login) -> Cause:
    return refusal(
        login,
        "refused",
        f"Sage Intacct refused the sender ID “{login.sender_id}” and gave a reason that is not known here.",
        f"Check the authorization of the sender first: {guide.SENDERS_PATH}. If it is right, report the code "
        "shown to the team of the product.",
        guide.AUTHORIZED_SENDER,
    )


def _of_control(error: GatewayError) -> Tell:
    return _sender_refused if error.number == "XL03000006" else _refused


def _of_authentication(error: GatewayError) -> Tell:
    return next((tell for pattern, tell in _SIGN_IN_TEXTS if pattern.search(error.text)), _sign_in_refused)


def _of_function(error: GatewayError) -> Tell:
    return _entity_unknown if _ENTITY.search(error.text) else _session_not_opened


_BY_NUMBER: Final[Mapping[str, Tell]] = MappingProxyType(
    {
        "GW-0001": provider_down,
        "GW-0010": throttled,
        "GW-0011": _company_or_sender_refused,
        "GW-0014": _request_not_understood,
        "GW-0015": _request_not_understood,
        "GW-0042": address_not_allowed,
        "XL03000003": _request_not_understood,
    }
)
_BY_LEVEL: Final[Mapping[Level, Callable[[GatewayError], Tell]]] = MappingProxyType(
    {
        Level.CONTROL: _of_control,
        Level.AUTHENTICATION: _of_authentication,
        Level.FUNCTION: _of_function,
    }
)
# The first is documented; of the others no source gives the words, so they are looked for loosely, and what
# none of them fits is a refused sign-in.
_SIGN_IN_TEXTS: Final[tuple[tuple[re.Pattern[str], Tell], ...]] = (
    (SENDER_NOT_AUTHORIZED, _sender_not_authorized),
    (_LOCKED, _user_locked),
    (_EXPIRED, _password_expired),
    (_LOGIN_NOT_ALLOWED, _not_a_web_services_user),
)
