"""The provider `sage-intacct`: Sage Intacct's XML gateway, signed in with a sender and a user's password.

`getAPISession` proves the login on connect and gives a session. Every use lets the session live for its
timeout again; when it has ended, the next call signs in once more. A call carries the session and the sender
inside its XML body (`gateway_requests`), and whether the session was refused is read out of an answer of
success (`gateway_answers`). This module only says what to send and what it means.
"""

from functools import partial
from typing import Final
from urllib.parse import urlsplit

import orjson

from counterfoil.auth_modes import Cause, ClientSettings, Credentials, Field, Fingerprint, Values
from counterfoil.auth_modes.two_step import (
    NoToken,
    Renewal,
    TwoStep,
    TwoStepCredentials,
    TwoStepOptions,
)
from counterfoil.oauth2 import (
    HttpResponse,
    NoAnswer,
    TokenAnswer,
    TokenGranted,
    TokenRefused,
    TokenUnreadable,
)
from counterfoil.outbound import AddressPolicy
from counterfoil.providers.provider import Envelope, Provider
from counterfoil.providers.sage_intacct import causes, gateway_causes, guide
from counterfoil.providers.sage_intacct.elements import fits_in_xml
from counterfoil.providers.sage_intacct.gateway_answers import GatewayError, Level, judge, read_session
from counterfoil.providers.sage_intacct.gateway_requests import (
    CONTENT_TYPE,
    MOST_BODY_BYTES,
    Sender,
    session_request,
    with_session,
)
from counterfoil.providers.sage_intacct.logo import LOGO_SVG
from counterfoil.providers.sage_intacct.shared_causes import no_answer
from counterfoil.providers.sage_intacct.username import is_client_id, is_web_address
from counterfoil.providers.settings import address_problem
from counterfoil.vault import Secret

PATH: Final = "/ia/xml/xmlgw.phtml"

# No step of the guide tells them: they are the product's, or of a letter from Sage.
CLIENT_FIELDS: Final = (
    Field(
        name="senderId",
        label="Sender ID",
        description="Of the Web Services licence; small and capital letters differ.",
    ),
    Field(
        name="senderPassword",
        label="Sender password",
        description="Of the same licence.",
        secret=True,
    ),
)
FIELDS: Final = (
    Field(
        name="companyId",
        label="Company ID",
        description="As in Company → Setup → Company; capital letters count.",
        placeholder="MyCompany",
        guide_step="1",
    ),
    Field(
        name="userId",
        label="User ID",
        description="Of the Web Services user, as the company lists it.",
        placeholder="Admin",
        guide_step="1",
    ),
    Field(
        name="userPassword",
        label="User password",
        description="Of that user. When it is changed in Sage Intacct, connect again.",
        secret=True,
        guide_step="1",
    ),
    Field(
        name="entityId",
        label="Entity ID",
        description="Only to work in one entity of the company; empty for the top level.",
        required=False,
        placeholder="Central Region",
        guide_step="3",
    ),
)

_ENDPOINT_NOT_ALLOWED: Final = "endpoint_not_allowed"
_PASSWORDS: Final = frozenset({"senderPassword", "userPassword"})
_HOSTS_OF_SAGE: Final = ".intacct.com"


def provider(origin: str, address_policy: AddressPolicy) -> Provider:
    """The provider.

    Args:
        origin: Scheme and host of Sage Intacct's API, no slash at the end.
        address_policy: Which addresses may be called besides the public ones.
    """
    url = origin + PATH
    options = TwoStepOptions(
        token_url=url,
        client_fields=CLIENT_FIELDS,
        fields=FIELDS,
        readings={},
        understand=_understand,
        token_parameters=lambda values: values,
        renewal=lambda values, _refresh_token: Renewal(values, spends_refresh_token=False),
        explain=_explain,
        second_question=lambda _values, _refused: None,
        probe=None,
        fingerprint=partial(_fingerprint, urlsplit(origin).netloc.lower()),
        is_token_error=_is_session_error,
        request=partial(session_request, url),
        read_answer=partial(_read_answer, origin, address_policy),
        body_format="xml",
        verbatim=_PASSWORDS,
        in_header=False,
        on_demand=True,
    )
    return Provider(
        id="sage-intacct",
        display_name="Sage Intacct (XML)",
        auth_mode=TwoStep.name,
        options=options,
        proxy_base_url=url,
        docs_url="https://developer.intacct.com/web-services/",
        categories=("accounting", "erp"),
        logo_svg=LOGO_SVG,
        guide=guide.GATEWAY_STEPS,
        envelope=partial(_envelope, origin, address_policy),
    )


def may_be_called(origin: str, address_policy: AddressPolicy, endpoint: str) -> bool:
    """Whether a session's endpoint is one of Sage's: at the configured origin, or by https at a host of
    intacct.com where the configured one is there too; the gateway's own path, nothing after it.
    """
    if endpoint == origin + PATH:
        return True
    if address_problem(endpoint, address_policy) is not None:
        return False
    asked, configured = urlsplit(endpoint), urlsplit(origin)
    return (
        (asked.scheme, asked.path) == ("https", PATH)
        and asked.port in (None, 443)
        and _is_of_sage(asked.hostname)
        and _is_of_sage(configured.hostname)
    )


def _is_of_sage(host: str | None) -> bool:
    return host is not None and host.lower().endswith(_HOSTS_OF_SAGE)


def _understand(values: Values) -> Values | Cause:
    for asked in (*CLIENT_FIELDS, *FIELDS):
        text = _text(values, asked.name)
        if not fits_in_xml(text) or any(sign in text for sign in "\r\n\t"):
            return gateway_causes.unsendable(asked.name, asked.label)
        if asked.name in _PASSWORDS:
            continue
        if is_client_id(text):
            return causes.wrong_field(asked.name, asked.label, "a Client ID", _BELONGS[asked.name])
        if is_web_address(text):
            return causes.wrong_field(asked.name, asked.label, "a web address", _BELONGS[asked.name])
    return values


_BELONGS: Final = {
    "senderId": "in the letter of the Web Services licence; the XML gateway knows no Client IDs",
    "companyId": f"in {guide.COMPANY_ID_PATH}",
    "userId": f"in {guide.USERS_PATH}",
    "entityId": "as the company lists its entities",
}


def _read_answer(origin: str, address_policy: AddressPolicy, response: HttpResponse) -> TokenAnswer:
    answer = read_session(response)
    if not isinstance(answer, TokenGranted):
        return answer
    endpoint = answer.raw["endpoint"]
    if not endpoint or may_be_called(origin, address_policy, str(endpoint)):
        return answer
    body = GatewayError(level=Level.FUNCTION, number=_ENDPOINT_NOT_ALLOWED).as_body()
    return TokenRefused(status=response.status, code=_ENDPOINT_NOT_ALLOWED, description=None, body=body)


def _explain(values: Values, no_session: NoToken, renewing: bool) -> Cause:
    login = gateway_causes.Login(
        sender_id=_text(values, "senderId"),
        company_id=_text(values, "companyId"),
        user_id=_text(values, "userId"),
        entity_id=_text(values, "entityId"),
        renewing=renewing,
    )
    if isinstance(no_session, NoAnswer):
        return no_answer(no_session)
    if isinstance(no_session, TokenUnreadable):
        return gateway_causes.answer_unreadable(login, no_session)
    if no_session.code == _ENDPOINT_NOT_ALLOWED:
        return gateway_causes.endpoint_not_allowed(login)
    return gateway_causes.session_refused(login, no_session.status, GatewayError.of_body(no_session.body))


def _fingerprint(provider_host: str, values: Values, _session_id: Secret) -> Fingerprint:
    return Fingerprint(provider_host, _text(values, "companyId"), _text(values, "userId"))


def _is_session_error(status: int, _content_type: str, body_prefix: bytes) -> bool:
    if not 400 <= status < 500:
        return False
    verdict = judge(body_prefix, is_whole=True)
    return verdict is not None and verdict.refused


def _envelope(
    origin: str, address_policy: AddressPolicy, credentials: Credentials, settings: ClientSettings
) -> Envelope:
    if not isinstance(credentials, TwoStepCredentials):
        raise TypeError(f"{type(credentials).__name__} are not the credentials of {TwoStep.name}")
    # Judged again: the configured address may have changed since the session was opened.
    endpoint = str(orjson.loads(credentials.answer.reveal()).get("endpoint", ""))
    if not may_be_called(origin, address_policy, endpoint):
        endpoint = origin + PATH
    sender = Sender(
        _held(settings, credentials, "senderId").reveal(), _held(settings, credentials, "senderPassword")
    )
    return Envelope(
        url=endpoint,
        content_type=CONTENT_TYPE,
        most_body_bytes=MOST_BODY_BYTES,
        fill=lambda body: with_session(body, sender, credentials.token),
        judge=judge,
    )


def _held(settings: ClientSettings, credentials: TwoStepCredentials, name: str) -> Secret:
    # What the integration holds wins, as it does on signing in.
    return settings.values.get(name) or credentials.submitted.get(name) or Secret("")


def _text(values: Values, name: str) -> str:
    value = values.get(name, "")
    return value.reveal() if isinstance(value, Secret) else value
