"""OAUTH2_CC: a client's own identifier and secret are exchanged for a token (RFC 6749 §4.4), as often as one
ends.

The client is typed by a person, or held by the integration for all its connections. Where the provider names
an address to test a token at, that is asked once on connecting. There is no refresh token: §4.4.3 advises
against one, and asking again does the same. A client's certificates and signed assertions are not known here.
"""

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final, Literal, TypeAlias

import orjson

from counterfoil.auth_modes.contract import (
    AuthorizationFailed,
    Cause,
    ClientSettings,
    Credentials,
    Field,
    Fingerprint,
    Misread,
    Obtained,
    ProviderOptions,
    Submission,
    Understood,
    Who,
)
from counterfoil.auth_modes.revealed import wire_time, without_refresh_tokens
from counterfoil.auth_modes.typed import read_fields
from counterfoil.auth_modes.verification import (
    Explain,
    busy,
    explain_answer,
    is_transient,
    prove,
    unreachable,
)
from counterfoil.errors import FieldError, InvalidBody
from counterfoil.oauth2 import (
    Exchange,
    HttpRequest,
    HttpResponse,
    NoAnswer,
    TokenGranted,
    TokenRefused,
    TokenUnreadable,
    client_authorization,
    parse_token_response,
    token_request,
    unverified_lifetime_seconds,
)
from counterfoil.vault import Secret

CLIENT_ID: Final = "client_id"
CLIENT_SECRET: Final = "client_secret"  # noqa: S105 - a field's name
SCOPES_PARAM: Final = "oauth_scopes"
FIELDS: Final = (
    Field(
        name=CLIENT_ID,
        label="Client ID",
        description="Of the application that the provider registered for you.",
    ),
    Field(
        name=CLIENT_SECRET,
        label="Client Secret",
        description="Of the same application; it is often shown only once, when it is made.",
        secret=True,
    ),
)

ClientAuthentication: TypeAlias = Literal["body", "header"]
NoToken: TypeAlias = TokenRefused | TokenUnreadable | NoAnswer
ExplainToken: TypeAlias = Callable[[str, NoToken], Cause]

_CODE: Final = re.compile(r"[\w.\-]{1,40}", re.ASCII)


def explain_no_token(host: str, no_token: NoToken) -> Cause:
    """Why there is no token, where nothing more is known of the provider (RFC 6749 §5.2)."""
    if isinstance(no_token, NoAnswer):
        return unreachable(no_token)
    if is_transient(no_token.status):
        headers = (("Retry-After", str(no_token.retry_after_seconds or "")),)
        return busy(host, HttpResponse(no_token.status, headers))
    details = {"host": host, "status": str(no_token.status)}
    if isinstance(no_token, TokenUnreadable):
        return Cause(
            code="token_answer_unreadable",
            sentence=f"{host} did not answer the token request as a token endpoint does: {no_token.reason} "
            f"(HTTP {no_token.status}).",
            remedy="Correct the integration's token URL.",
            who="developer",
            details=details,
        )
    code = no_token.code if no_token.code and _CODE.fullmatch(no_token.code) else None
    details |= {"error": code} if code else {}
    if code == "invalid_scope":
        return Cause(
            code="scope_refused",
            sentence=f"{host} does not give this client the scopes that were asked for.",
            remedy="Correct the scopes of the integration, or let the client have them.",
            who="developer",
            details=details,
        )
    if code in ("unsupported_grant_type", "unauthorized_client"):
        return Cause(
            code="grant_not_allowed",
            sentence=f"{host} does not let this client get a token by client credentials ({code}).",
            remedy="Allow the application the grant “client credentials” where it is registered.",
            who="administrator",
            details=details,
        )
    said = f", {code}" if code else ""
    return Cause(
        code="client_refused",
        sentence=f"{host} did not accept the Client ID and the Client Secret (HTTP {no_token.status}{said}).",
        remedy="Copy both again, whole, from where the application is registered, and check that the secret "
        "has not expired.",
        who="administrator",
        details=details,
        fields=(CLIENT_ID, CLIENT_SECRET),
    )


def is_refused(status: int, _content_type: str, _body_prefix: bytes) -> bool:
    """RFC 6750 §3.1: a token that expired or was revoked is told by 401."""
    return status == 401


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2CcOptions:
    """What a provider states for this mode.

    Attributes:
        provider_host: Host of its API, with the port where it is not the scheme's own.
        token_url: The token endpoint.
        authentication: Where the client's identifier and secret travel: in the form body, or in the header as
            HTTP Basic (RFC 6749 §2.3.1).
        scope: What is asked for, unless the connection's settings name `oauth_scopes`; empty for the default.
        scope_separator: Between scopes of `oauth_scopes`, which are separated by commas there.
        parameters: Further parameters of the token request, such as `audience`.
        fields: How the two are asked for; their names are `client_id` and `client_secret`.
        verification_urls: What a GET of proves the token, tried in turn; none takes the token as proof.
        explain: Why there is no token.
        explain_verification: What a refusal of the test means.
        is_token_error: Status, content type and beginning of a body: whether the token is at fault.
    """

    provider_host: str
    token_url: str
    authentication: ClientAuthentication = "body"
    scope: str = ""
    scope_separator: str = " "
    parameters: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[Field, Field] = FIELDS
    verification_urls: tuple[str, ...] = ()
    explain: ExplainToken = explain_no_token
    explain_verification: Explain = explain_answer
    is_token_error: Callable[[int, str, bytes], bool] = is_refused


class ClientCredentialsFailed(AuthorizationFailed):
    """No token, or one that does not work."""

    code: ClassVar[str] = "client_credentials_fetch_error"


class MissingClientId(InvalidBody):
    """Neither the integration nor the person names the client."""

    code: ClassVar[str] = "missing_client_id"


class MissingClientSecret(InvalidBody):
    """Neither the integration nor the person gives the client's secret."""

    code: ClassVar[str] = "missing_client_secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2CcCredentials:
    """Open credentials of this mode.

    Attributes:
        submitted: What the person typed, by field name; nothing that the integration holds.
        scope: What the token is asked for; empty for the default.
        token: The access token.
        answer: The last token answer, as JSON.
    """

    submitted: Mapping[str, Secret] = field(repr=False)
    scope: str
    token: Secret
    answer: Secret

    def dump(self) -> dict[str, Any]:
        """Plaintext, to be sealed at once."""
        return {
            "mode": OAuth2Cc.name,
            "submitted": {name: value.reveal() for name, value in self.submitted.items()},
            "scope": self.scope,
            "token": self.token.reveal(),
            "answer": self.answer.reveal(),
        }


class OAuth2Cc:
    """The hooks of the mode. It has no state."""

    name: ClassVar[str] = "OAUTH2_CC"

    def client_fields(self, provider: ProviderOptions) -> tuple[Field, ...]:
        """The client: the integration may hold it for all its connections."""
        return _options(provider).fields

    def fields(self, provider: ProviderOptions, settings: ClientSettings) -> tuple[Field, ...]:
        """What the integration does not hold."""
        held = settings.held()
        return tuple(each for each in _options(provider).fields if each.name not in held)

    def reading(self, provider: ProviderOptions, field_name: str, text: str) -> Understood | Misread | None:
        """None: nothing is read out of a client."""
        return None

    def read(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        submitted: Mapping[str, object],
        params: Mapping[str, str] | None = None,
    ) -> Submission:
        """Check and clean what was submitted; names that are not fields are ignored.

        Raises:
            MissingClientId, MissingClientSecret: Nobody gave it.
            InvalidBody: A value is no text or too long.
        """
        asked = self.fields(provider, settings)
        _refuse_missing(asked, submitted)
        typed = read_fields(asked, submitted)
        values = {one.name: Secret(typed[one.name]) if one.secret else typed[one.name] for one in asked}
        return Submission(values, dict(params or {}))

    def obtain(
        self, provider: ProviderOptions, settings: ClientSettings, submission: Submission
    ) -> Exchange[Obtained]:
        """The token call, then the test of the token where there is one.

        Raises:
            ClientCredentialsFailed: With the cause.
        """
        options = _options(provider)
        submitted = {
            name: value if isinstance(value, Secret) else Secret(value)
            for name, value in submission.values.items()
        }
        scope = _scope(options, submission.params)
        granted = yield from _ask(options, settings, submitted, scope)
        cause = yield from prove(
            options.verification_urls,
            self.authorization_header(provider),
            Secret(f"Bearer {granted.access_token.reveal()}"),
            host=options.provider_host,
            explain=options.explain_verification,
        )
        if cause is not None:
            raise ClientCredentialsFailed(cause)
        return _obtained(options, settings, submitted, scope, granted)

    def refresh(
        self, provider: ProviderOptions, settings: ClientSettings, credentials: Credentials, now: datetime
    ) -> Exchange[Obtained]:
        """One token call.

        Raises:
            ClientCredentialsFailed: With the cause.
        """
        options, held = _options(provider), _client_credentials(credentials)
        granted = yield from _ask(options, settings, held.submitted, held.scope)
        return _obtained(options, settings, held.submitted, held.scope, granted)

    def authorization_header(self, provider: ProviderOptions) -> str:
        """`Authorization`."""
        return "Authorization"

    def authorization(self, provider: ProviderOptions, credentials: Credentials) -> Secret:
        """`Bearer` and the token (RFC 6750 §2.1)."""
        return Secret("Bearer " + _client_credentials(credentials).token.reveal())

    def is_token_error(
        self, provider: ProviderOptions, status: int, content_type: str, body_prefix: bytes
    ) -> bool:
        """Whether an API answer says that the token is at fault."""
        return _options(provider).is_token_error(status, content_type, body_prefix)

    def reveal(
        self, credentials: Credentials, expires_at: datetime | None, *, include_refresh_token: bool
    ) -> dict[str, Any]:
        """`type`, `token`, `expires_at`, `raw`, and the client where a person typed it."""
        held = _client_credentials(credentials)
        raw = orjson.loads(held.answer.reveal())
        shown: dict[str, Any] = {"type": self.name, "token": held.token.reveal()}
        if expires_at is not None:
            shown["expires_at"] = wire_time(expires_at)
        shown["raw"] = raw if include_refresh_token else without_refresh_tokens(raw)
        return shown | {name: value.reveal() for name, value in held.submitted.items()}

    def load(self, plaintext: Mapping[str, Any]) -> OAuth2CcCredentials:
        """What `OAuth2CcCredentials.dump` wrote."""
        return OAuth2CcCredentials(
            submitted={name: Secret(value) for name, value in plaintext["submitted"].items()},
            scope=plaintext["scope"],
            token=Secret(plaintext["token"]),
            answer=Secret(plaintext["answer"]),
        )


def _options(provider: ProviderOptions) -> OAuth2CcOptions:
    if not isinstance(provider.options, OAuth2CcOptions):
        raise TypeError(f"provider {provider.id} has no options for {OAuth2Cc.name}")
    return provider.options


def _client_credentials(credentials: Credentials) -> OAuth2CcCredentials:
    if not isinstance(credentials, OAuth2CcCredentials):
        raise TypeError(f"{type(credentials).__name__} are not the credentials of {OAuth2Cc.name}")
    return credentials


def _refuse_missing(asked: tuple[Field, ...], submitted: Mapping[str, object]) -> None:
    missing = next((one for one in asked if submitted.get(one.name) in (None, "")), None)
    if missing is None:
        return
    refused = MissingClientId if missing.name == CLIENT_ID else MissingClientSecret
    message = f"{missing.label} is missing."
    raise refused(message, errors=[FieldError((missing.name,), "required", message)])


def _scope(options: OAuth2CcOptions, params: Mapping[str, str]) -> str:
    named = [scope.strip() for scope in params.get(SCOPES_PARAM, "").split(",")]
    return options.scope_separator.join(scope for scope in named if scope) or options.scope


def _ask(
    options: OAuth2CcOptions, settings: ClientSettings, submitted: Mapping[str, Secret], scope: str
) -> Generator[HttpRequest, HttpResponse, TokenGranted]:
    request = _request(options, _client(settings, submitted), scope)
    try:
        answer = parse_token_response((yield request))
    except NoAnswer as silence:
        raise ClientCredentialsFailed(options.explain(options.provider_host, silence)) from silence
    if isinstance(answer, TokenGranted):
        return answer
    cause = options.explain(options.provider_host, answer)
    raise ClientCredentialsFailed(cause if submitted else _nobody_typed(cause))


def _nobody_typed(cause: Cause) -> Cause:
    """The cause where the integration holds the client: no administrator can correct what they never saw."""
    who: Who = "developer" if cause.who == "administrator" else cause.who
    return replace(cause, who=who, fields=())


def _request(options: OAuth2CcOptions, client: Mapping[str, Secret], scope: str) -> HttpRequest:
    parameters: dict[str, str | Secret | None] = {
        **options.parameters,
        "grant_type": "client_credentials",
        "scope": scope,
    }
    if options.authentication == "header":
        authorization = client_authorization(client[CLIENT_ID], client[CLIENT_SECRET])
        return token_request(options.token_url, parameters, authorization)
    return token_request(options.token_url, {**parameters, **client})


def _client(settings: ClientSettings, submitted: Mapping[str, Secret]) -> dict[str, Secret]:
    """What the integration holds wins over what was typed; a connection keeps what only it knows."""
    nothing = Secret("")
    return {
        name: settings.values.get(name) or submitted.get(name) or nothing
        for name in (CLIENT_ID, CLIENT_SECRET)
    }


def _obtained(
    options: OAuth2CcOptions,
    settings: ClientSettings,
    submitted: Mapping[str, Secret],
    scope: str,
    granted: TokenGranted,
) -> Obtained:
    credentials = OAuth2CcCredentials(
        submitted=submitted,
        scope=scope,
        token=granted.access_token,
        answer=Secret(orjson.dumps(granted.raw).decode()),
    )
    client_id = _client(settings, submitted)[CLIENT_ID].reveal()
    lifetime = granted.expires_in or unverified_lifetime_seconds(granted.access_token.reveal())
    return Obtained(credentials, Fingerprint(options.provider_host, "", client_id), lifetime)
