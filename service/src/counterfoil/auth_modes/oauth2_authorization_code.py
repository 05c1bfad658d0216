"""OAUTH2: a person allows it at the provider, whose code is exchanged for a token (RFC 6749 §4.1, RFC 7636).

The client is the integration's, or the connection brings one of its own. A refresh token that comes back
takes the old one's place; a server that wants each to be used once gets none twice. How a browser is sent
away and told from another is `connections`' business; what is asked here is where to, and what the answer
means.
"""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Literal, TypeAlias

import orjson

from counterfoil.auth_modes.contract import (
    AuthorizationFailed,
    AuthorizationRequest,
    AuthorizationResponse,
    Cause,
    ClientSettings,
    Credentials,
    Field,
    Fingerprint,
    Misread,
    NothingToRenew,
    Obtained,
    ProviderOptions,
    Submission,
    Understood,
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
    authorization_url,
    client_authorization,
    is_issuer_of,
    parse_token_response,
    token_request,
    unverified_lifetime_seconds,
)
from counterfoil.oauth2.exchange import one_line
from counterfoil.vault import Secret

CLIENT_ID: Final = "client_id"
CLIENT_SECRET: Final = "client_secret"  # noqa: S105 - a field's name
SCOPES: Final = "scopes"
CLIENT_ID_OVERRIDE: Final = "oauth_client_id_override"
CLIENT_SECRET_OVERRIDE: Final = "oauth_client_secret_override"  # noqa: S105
SCOPES_OVERRIDE: Final = "oauth_scopes_override"
FIELDS: Final = (
    Field(
        name=CLIENT_ID,
        label="Client ID",
        description="Of the application that you registered with the provider.",
    ),
    Field(
        name=CLIENT_SECRET,
        label="Client Secret",
        description="Of the same application; it is often shown only once, when it is made.",
        secret=True,
    ),
    Field(
        name=SCOPES,
        label="Scopes",
        description="What is asked for, separated by commas or spaces. Left empty: the provider's default.",
        required=False,
        pattern=r"[!#-+\--\[\]-~]+(?:[ ,]+[!#-+\--\[\]-~]+)*",
    ),
)

_BROUGHT: Final = (
    Field(name="access_token", label="access_token", description="", secret=True),
    Field(name="refresh_token", label="refresh_token", description="", secret=True, required=False),
    Field(name="expires_at", label="expires_at", description="", required=False),
)
_LONGEST_TOKEN: Final = 16_384
_IN_A_HEADER: Final = re.compile(r"[!-~]+")

ClientAuthentication: TypeAlias = Literal["body", "header"]
NoToken: TypeAlias = TokenRefused | TokenUnreadable | NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A token that works, and whose it is.

    Attributes:
        company_id: The company at the provider; empty where that is not known.
        user_id: The user there; empty where that is not known.
        learned: Settings of the connection that the answer told, such as the number of a company.
    """

    company_id: str = ""
    user_id: str = ""
    learned: Mapping[str, str] = field(default_factory=dict)


Proof: TypeAlias = Generator[HttpRequest, HttpResponse, Proven | Cause]
Prove: TypeAlias = Callable[[Secret, Mapping[str, str]], Proof]
ExplainToken: TypeAlias = Callable[[str, NoToken, bool], Cause]

_CODE: Final = re.compile(r"[\w.\-]{1,60}", re.ASCII)
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


class ProviderNotConfigured(AuthorizationFailed):
    """Nobody holds a client, so no browser can be sent away."""

    code: ClassVar[str] = "provider_config_err"


class AddressIncomplete(AuthorizationFailed):
    """An address of the provider needs a setting of the connection that is not there."""

    code: ClassVar[str] = "url_param_err"


class AuthorizationRefused(AuthorizationFailed):
    """The browser came back without a code, or from elsewhere."""

    code: ClassVar[str] = "callback_err"


class TokenNotGranted(AuthorizationFailed):
    """There is no token."""

    code: ClassVar[str] = "token_err"


class TokenNotProven(AuthorizationFailed):
    """There is a token, and it does not work."""

    code: ClassVar[str] = "connection_validation_failed"


def sign_in_again(host: str) -> Cause:
    """The grant is over and only a person can give another."""
    return Cause(
        code="sign_in_again",
        sentence=f"What {host} was allowed to give out has ended, or it was withdrawn there.",
        remedy="Connect again, signed in as somebody who may allow it.",
        who="administrator",
        details={"host": host},
    )


def refresh_outcome_unknown(host: str) -> Cause:
    """A refresh token was sent and nothing came back: it may be spent."""
    return Cause(
        code="refresh_outcome_unknown",
        sentence=f"The request to renew the token was sent to {host}, but no answer came; the refresh token "
        "may or "
        "may not have been used up.",
        remedy="Connect again. The token is not sent a second time by itself: a server that takes that for "
        "theft "
        "ends everything that came of it.",
        who="administrator",
        details={"host": host},
    )


def explain_no_token(host: str, no_token: NoToken, renewing: bool) -> Cause:
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
            remedy="Check the integration's token endpoint, and that no proxy between answers in its place.",
            who="developer",
            details=details,
        )
    code = no_token.code if no_token.code and _CODE.fullmatch(no_token.code) else None
    details |= {"error": code} if code else {}
    if code == "invalid_grant":
        return replace(sign_in_again(host), details=details) if renewing else _code_refused(host, details)
    said = f", {code}" if code else ""
    return Cause(
        code="client_refused",
        sentence=f"{host} did not accept the product's client (HTTP {no_token.status}{said}).",
        remedy="The team of the product has to copy Client ID and Client Secret again into the integration, "
        "and "
        "to check that the secret has not expired.",
        who="developer",
        details=details,
    )


def is_refused(status: int, _content_type: str, _body_prefix: bytes) -> bool:
    """RFC 6750 §3.1: a token that expired or was revoked is told by 401."""
    return status == 401


def proving(
    urls: Sequence[str] = (), *, host: str, explain: Explain = explain_answer
) -> Callable[[Secret, Mapping[str, str]], Proof]:
    """A proof by addresses of which a GET succeeds with a good token only; without any the token is the
    proof.

    Args:
        urls: Tried in turn; `{name}` is a setting of the connection.
        host: The provider's, for sentences.
        explain: What a refusal means.
    """

    def ask(token: Secret, known: Mapping[str, str]) -> Proof:
        asked = [filled(url, known) for url in urls]
        bearer = Secret(f"Bearer {token.reveal()}")
        cause = yield from prove(asked, "Authorization", bearer, host=host, explain=explain)
        return Proven() if cause is None else cause

    return ask


def asking(
    url: str, host: str, read: Callable[[object], Proven | None]
) -> Callable[[Secret, Mapping[str, str]], Proof]:
    """A proof by one address whose answer says whose the token is.

    Args:
        url: A GET of it succeeds with a good token only; `{name}` is a setting of the connection.
        host: The provider's, for sentences.
        read: Makes of the parsed JSON who that is; None where it can't be read.
    """

    def ask(token: Secret, known: Mapping[str, str]) -> Proof:
        headers = (("Authorization", f"Bearer {token.reveal()}"), ("Accept", "application/json"))
        try:
            answer = yield HttpRequest("GET", filled(url, known), headers)
        except NoAnswer as silence:
            return unreachable(silence)
        if not 200 <= answer.status < 300:
            return explain_answer(host, answer)
        return read(_json(answer.body)) or explain_answer(host, answer)

    return ask


def filled(template: str, known: Mapping[str, str]) -> str:
    """An address with its `{name}` replaced by settings of the connection.

    Raises:
        AddressIncomplete: One is not there.
    """

    def value(match: re.Match[str]) -> str:
        found = known.get(match[1])
        if not found:
            raise AddressIncomplete(
                Cause(
                    code="setting_missing",
                    sentence=f"The provider's address needs the setting “{match[1]}”, which is not there.",
                    remedy=f"Send it when connecting, among `params`, as {match[1]}.",
                    who="developer",
                )
            )
        return found

    return _PLACEHOLDER.sub(value, template)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2Options:
    """What a provider states for this mode. Addresses may hold `{name}`, a setting of the connection.

    Attributes:
        provider_host: Host of its API, with the port where it is not the scheme's own.
        authorization_endpoint: Where a person is sent.
        token_endpoint: Where a code becomes a token, and a refresh token another one.
        issuer: Equal to the `iss` of an answer that has one; None where only its origin is known, which is
            the authorization endpoint's.
        authentication: Where the client's identifier and secret travel on token requests.
        scopes: Asked for always, such as `offline_access`.
        default_scopes: Asked for where neither integration nor session says anything.
        scope_separator: Between scopes in a request.
        authorization_parameters: Further ones of every authorization request.
        token_parameters: Further ones of every token request.
        fields: What a person is asked for before being sent away, kept as settings of the connection.
        callback_parameters: What of the answer's parameters is kept as a setting of the connection.
        single_use_refresh_tokens: Each refresh token may be used once; False where the server says otherwise.
        single_grant: A second authorization by one user ends the first one's.
        prove: Proves a token and says whose it is.
        explain: Why there is no token.
        is_token_error: Status, content type and beginning of a body: whether the token is at fault.
    """

    provider_host: str
    authorization_endpoint: str
    token_endpoint: str
    prove: Prove
    issuer: str | None = None
    authentication: ClientAuthentication = "body"
    scopes: tuple[str, ...] = ()
    default_scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    authorization_parameters: Mapping[str, str] = field(default_factory=dict)
    token_parameters: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()
    callback_parameters: tuple[str, ...] = ()
    single_use_refresh_tokens: bool = True
    single_grant: bool = False
    explain: ExplainToken = explain_no_token
    is_token_error: Callable[[int, str, bytes], bool] = is_refused


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2Credentials:
    """Open credentials of this mode.

    Attributes:
        access_token: The token.
        refresh_token: None where none was issued.
        answer: The last token answer, as JSON.
        client: The connection's own client (`client_id`, `client_secret`), as far as it brought one.
        known: Settings of the connection that addresses and calls need; no secrets.
        company_id, user_id: Whose it is.
    """

    access_token: Secret
    refresh_token: Secret | None
    answer: Secret
    client: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    known: Mapping[str, str] = field(default_factory=dict)
    company_id: str = ""
    user_id: str = ""

    def dump(self) -> dict[str, Any]:
        """Plaintext, to be sealed at once."""
        return {
            "mode": OAuth2AuthorizationCode.name,
            "access_token": self.access_token.reveal(),
            "refresh_token": None if self.refresh_token is None else self.refresh_token.reveal(),
            "answer": self.answer.reveal(),
            "client": {name: value.reveal() for name, value in self.client.items()},
            "known": dict(self.known),
            "company_id": self.company_id,
            "user_id": self.user_id,
        }


class OAuth2AuthorizationCode:
    """The hooks of the mode. It has no state."""

    name: ClassVar[str] = "OAUTH2"

    def client_fields(self, provider: ProviderOptions) -> tuple[Field, ...]:
        """Client and scopes: nobody but the integration is asked for them."""
        _options(provider)
        return FIELDS

    def override_fields(self) -> tuple[str, ...]:
        """A client of the connection's own."""
        return (CLIENT_ID_OVERRIDE, CLIENT_SECRET_OVERRIDE)

    def fields(self, provider: ProviderOptions, settings: ClientSettings) -> tuple[Field, ...]:
        """What must be known before a person is sent away."""
        return _options(provider).fields

    def reading(self, provider: ProviderOptions, field_name: str, text: str) -> Understood | Misread | None:
        """None: nothing is read out of a text."""
        return None

    def read(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        submitted: Mapping[str, object],
        params: Mapping[str, str] | None = None,
    ) -> Submission:
        """Check and clean what was submitted; a field may also come as one of `params`.

        Raises:
            InvalidBody: A value has the wrong type, length or form, or a required one is missing.
        """
        asked, params = _options(provider).fields, dict(params or {})
        overrides = tuple(
            Field(name=name, label=name, description="", required=False) for name in self.override_fields()
        )
        typed = read_fields((*asked, *overrides), {**_only(params, asked), **submitted})
        wrong = [
            FieldError((one.name,), "invalid_format", f"{one.label} can't be that. {one.description}")
            for one in asked
            if one.name in typed
            and one.pattern is not None
            and not re.fullmatch(one.pattern, typed[one.name])
        ]
        if wrong:
            raise InvalidBody(" ".join(error.message for error in wrong), errors=wrong)
        kept = {
            name: Secret(value) if name in self.override_fields() else value for name, value in typed.items()
        }
        return Submission(kept, params)

    def authorization_url(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        submission: Submission,
        request: AuthorizationRequest,
    ) -> str:
        """The authorization endpoint with the request in its query (RFC 6749 §4.1.1, RFC 7636 §4.3).

        Raises:
            ProviderNotConfigured: Nobody holds a client.
            AddressIncomplete: The endpoint needs a setting that is not there.
        """
        options = _options(provider)
        client = _client(settings, _own_client(submission))
        if not client[CLIENT_ID] or not client[CLIENT_SECRET]:
            raise ProviderNotConfigured(_no_client())
        if not options.authorization_endpoint or not options.token_endpoint:
            raise ProviderNotConfigured(_no_endpoints())
        ours = {
            "response_type": "code",
            "client_id": client[CLIENT_ID].reveal(),
            "redirect_uri": request.redirect_uri,
            "state": request.state,
            "code_challenge": request.code_challenge,
            "code_challenge_method": "S256",
        }
        wishes = {
            "scope": _scope(options, settings, submission),
            **options.authorization_parameters,
            **request.parameters,
        }
        # Whatever somebody wishes for, these are not theirs to change.
        return authorization_url(
            filled(options.authorization_endpoint, _known(options, submission)), {**wishes, **ours}
        )

    def obtain(
        self, provider: ProviderOptions, settings: ClientSettings, submission: Submission
    ) -> Exchange[Obtained]:
        """The code for a token, then the proof of it.

        Raises:
            AuthorizationRefused: The browser brought no code.
            TokenNotGranted: The code brought no token.
            TokenNotProven: The token does not work.
        """
        options = _options(provider)
        response = submission.response
        if response is None:
            raise AuthorizationRefused(_no_redirection(options.provider_host))
        code = _code(options, response)
        client = _own_client(submission)
        known = {**_known(options, submission), **_kept(options, response)}
        parameters: dict[str, str | Secret] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": response.redirect_uri,
            "code_verifier": response.code_verifier,
        }
        granted = yield from _ask(options, _client(settings, client), parameters, known, renewing=False)
        proven = yield from _prove(options, granted.access_token, known)
        credentials = OAuth2Credentials(
            access_token=granted.access_token,
            refresh_token=granted.refresh_token,
            answer=Secret(orjson.dumps(granted.raw).decode()),
            client=client,
            known={**known, **proven.learned},
            company_id=proven.company_id,
            user_id=proven.user_id,
        )
        return _obtained(options, credentials, granted)

    def adopt(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        shown: Mapping[str, object],
        params: Mapping[str, str],
        now: datetime,
    ) -> Exchange[Obtained]:
        """The proof of the access token, or another one for the refresh token where it has ended.

        Raises:
            InvalidBody: A value has the wrong type, length or form, or a required one is missing.
            TokenNotProven: The access token does not work, and nothing came along to replace it.
            TokenNotGranted: The refresh token brought no other one.
        """
        options = _options(provider)
        submission = self.read(provider, settings, _overrides(shown), params)
        held, expires_at = _brought(options, submission, shown)
        seconds_left = None if expires_at is None else int((expires_at - now).total_seconds())
        cause = sign_in_again(options.provider_host)
        if seconds_left is None or seconds_left > 0:
            proven = yield from options.prove(held.access_token, held.known)
            if isinstance(proven, Proven):
                token = TokenGranted(held.access_token, held.refresh_token, seconds_left, raw={})
                return _adopted(options, held, proven, token)
            cause = proven
        is_over = seconds_left is not None and seconds_left <= 0
        if held.refresh_token is None or not (is_over or cause.details.get("status") == "401"):
            raise TokenNotProven(cause)
        client = _client(settings, held.client)
        granted = yield from _ask(options, client, _refreshing(held.refresh_token), held.known, renewing=True)
        proven = yield from _prove_if_possible(options, granted.access_token, held.known)
        return _adopted(options, _renewed(held, granted), proven, granted)

    def refresh(
        self, provider: ProviderOptions, settings: ClientSettings, credentials: Credentials, now: datetime
    ) -> Exchange[Obtained]:
        """One token call with the refresh token; if another comes back it replaces it, else it stays.

        Raises:
            NothingToRenew: There is no refresh token.
            TokenNotGranted: With the cause.
        """
        options, held = _options(provider), _oauth2(credentials)
        if held.refresh_token is None:
            raise NothingToRenew(sign_in_again(options.provider_host))
        client = _client(settings, held.client)
        granted = yield from _ask(options, client, _refreshing(held.refresh_token), held.known, renewing=True)
        return _obtained(options, _renewed(held, granted), granted)

    def authorization_header(self, provider: ProviderOptions) -> str:
        """`Authorization`."""
        return "Authorization"

    def authorization(self, provider: ProviderOptions, credentials: Credentials) -> Secret:
        """`Bearer` and the token (RFC 6750 §2.1)."""
        return Secret("Bearer " + _oauth2(credentials).access_token.reveal())

    def is_token_error(
        self, provider: ProviderOptions, status: int, content_type: str, body_prefix: bytes
    ) -> bool:
        """Whether an API answer says that the token is at fault."""
        return _options(provider).is_token_error(status, content_type, body_prefix)

    def reveal(
        self, credentials: Credentials, expires_at: datetime | None, *, include_refresh_token: bool
    ) -> dict[str, Any]:
        """`type`, `access_token`, `expires_at`, `raw`; a client of its own; on request `refresh_token`."""
        held = _oauth2(credentials)
        raw = orjson.loads(held.answer.reveal())
        shown: dict[str, Any] = {"type": self.name, "access_token": held.access_token.reveal()}
        if include_refresh_token and held.refresh_token is not None:
            shown["refresh_token"] = held.refresh_token.reveal()
        if expires_at is not None:
            shown["expires_at"] = wire_time(expires_at)
        shown["raw"] = raw if include_refresh_token else without_refresh_tokens(raw)
        if held.client:
            shown["config_override"] = {name: value.reveal() for name, value in held.client.items()}
        return shown

    def load(self, plaintext: Mapping[str, Any]) -> OAuth2Credentials:
        """What `OAuth2Credentials.dump` wrote."""
        refresh_token = plaintext["refresh_token"]
        return OAuth2Credentials(
            access_token=Secret(plaintext["access_token"]),
            refresh_token=None if refresh_token is None else Secret(refresh_token),
            answer=Secret(plaintext["answer"]),
            client={name: Secret(value) for name, value in plaintext["client"].items()},
            known=plaintext["known"],
            company_id=plaintext["company_id"],
            user_id=plaintext["user_id"],
        )


def _json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _options(provider: ProviderOptions) -> OAuth2Options:
    if not isinstance(provider.options, OAuth2Options):
        raise TypeError(f"provider {provider.id} has no options for {OAuth2AuthorizationCode.name}")
    return provider.options


def _oauth2(credentials: Credentials) -> OAuth2Credentials:
    if not isinstance(credentials, OAuth2Credentials):
        raise TypeError(
            f"{type(credentials).__name__} are not the credentials of {OAuth2AuthorizationCode.name}"
        )
    return credentials


def _only(params: Mapping[str, str], asked: tuple[Field, ...]) -> dict[str, str]:
    return {one.name: params[one.name] for one in asked if one.name in params}


def _own_client(submission: Submission) -> dict[str, Secret]:
    """The client that the connection brings itself, by the names of the wire's `config_override`."""
    brought = {CLIENT_ID: CLIENT_ID_OVERRIDE, CLIENT_SECRET: CLIENT_SECRET_OVERRIDE}
    found = {name: submission.values.get(override) for name, override in brought.items()}
    return {name: value for name, value in found.items() if isinstance(value, Secret) and value}


def _client(settings: ClientSettings, own: Mapping[str, Secret]) -> dict[str, Secret]:
    """What the connection brought wins over what the integration holds."""
    nothing = Secret("")
    return {
        name: own.get(name) or settings.values.get(name) or nothing for name in (CLIENT_ID, CLIENT_SECRET)
    }


def _known(options: OAuth2Options, submission: Submission) -> dict[str, str]:
    values = {one.name: submission.values.get(one.name) for one in options.fields}
    return {name: value for name, value in values.items() if isinstance(value, str) and value}


def _scope(options: OAuth2Options, settings: ClientSettings, submission: Submission) -> str:
    held = settings.values.get(SCOPES)
    said = submission.params.get(SCOPES_OVERRIDE) or (held.reveal() if held else "")
    wanted = re.split(r"[ ,]+", said.strip()) if said.strip() else list(options.default_scopes)
    return options.scope_separator.join(dict.fromkeys((*wanted, *options.scopes)))


def _code(options: OAuth2Options, response: AuthorizationResponse) -> Secret:
    """The code, if the answer holds one and can be that of this provider (RFC 6749 §4.1.2, RFC 9207)."""
    issuer = response.parameters.get("iss")
    if issuer is not None and not _is_expected(options, issuer):
        raise AuthorizationRefused(_other_issuer(options.provider_host))
    code = response.parameters.get("code", "")
    error = response.parameters.get("error", "")
    if code and not error:
        return Secret(code)
    if error == "access_denied":
        raise AuthorizationRefused(_denied(options.provider_host))
    raise AuthorizationRefused(_no_code(options.provider_host, response.parameters))


def _is_expected(options: OAuth2Options, issuer: str) -> bool:
    if options.issuer is not None:
        return issuer == options.issuer
    return is_issuer_of(issuer, options.authorization_endpoint)


def _kept(options: OAuth2Options, response: AuthorizationResponse) -> dict[str, str]:
    found = {name: one_line(response.parameters.get(name)) for name in options.callback_parameters}
    return {name: value for name, value in found.items() if value}


def _ask(
    options: OAuth2Options,
    client: Mapping[str, Secret],
    parameters: Mapping[str, str | Secret],
    known: Mapping[str, str],
    *,
    renewing: bool,
) -> Generator[HttpRequest, HttpResponse, TokenGranted]:
    try:
        answer = parse_token_response((yield _token_request(options, client, parameters, known)))
    except NoAnswer as silence:
        may_be_spent = renewing and options.single_use_refresh_tokens and silence.sent is not False
        host = options.provider_host
        cause = refresh_outcome_unknown(host) if may_be_spent else options.explain(host, silence, renewing)
        raise TokenNotGranted(cause) from silence
    if isinstance(answer, TokenGranted):
        return answer
    raise TokenNotGranted(options.explain(options.provider_host, answer, renewing))


def _token_request(
    options: OAuth2Options,
    client: Mapping[str, Secret],
    parameters: Mapping[str, str | Secret],
    known: Mapping[str, str],
) -> HttpRequest:
    url = filled(options.token_endpoint, known)
    told = {**options.token_parameters, **parameters}
    if options.authentication == "header":
        authorization = client_authorization(client[CLIENT_ID], client[CLIENT_SECRET])
        return token_request(url, told, authorization)
    return token_request(url, {**told, **client})


def _prove(
    options: OAuth2Options, token: Secret, known: Mapping[str, str]
) -> Generator[HttpRequest, HttpResponse, Proven]:
    proven = yield from options.prove(token, known)
    if isinstance(proven, Cause):
        raise TokenNotProven(proven)
    return proven


def _prove_if_possible(
    options: OAuth2Options, token: Secret, known: Mapping[str, str]
) -> Generator[HttpRequest, HttpResponse, Proven]:
    try:
        proven = yield from options.prove(token, known)
    except AddressIncomplete:
        return Proven()
    return proven if isinstance(proven, Proven) else Proven()


def _overrides(shown: Mapping[str, object]) -> dict[str, object]:
    """A client of the connection's own, by the names of what is submitted elsewhere."""
    own = shown.get("config_override")
    if own is None:
        return {}
    if not isinstance(own, Mapping):
        message = "config_override must be an object."
        raise InvalidBody(message, errors=[FieldError(("config_override",), "invalid_type", message)])
    return {CLIENT_ID_OVERRIDE: own.get(CLIENT_ID), CLIENT_SECRET_OVERRIDE: own.get(CLIENT_SECRET)}


def _brought(
    options: OAuth2Options, submission: Submission, shown: Mapping[str, object]
) -> tuple[OAuth2Credentials, datetime | None]:
    """What was brought along, unproven, and when it ends where that was said."""
    typed = read_fields(_BROUGHT, shown, most_characters=_LONGEST_TOKEN)
    if not _IN_A_HEADER.fullmatch(typed["access_token"]):
        message = "access_token holds a character that no token has."
        raise InvalidBody(message, errors=[FieldError(("access_token",), "invalid_format", message)])
    refresh_token = typed.get("refresh_token")
    kept = {name: submission.params.get(name, "") for name in options.callback_parameters}
    held = OAuth2Credentials(
        access_token=Secret(typed["access_token"]),
        refresh_token=None if refresh_token is None else Secret(refresh_token),
        answer=Secret(orjson.dumps(dict(shown)).decode()),
        client=_own_client(submission),
        known={**_known(options, submission), **{name: value for name, value in kept.items() if value}},
    )
    return held, _moment(typed.get("expires_at"))


def _moment(text: str | None) -> datetime | None:
    """A time of the wire; one without a zone is in UTC, as the wire's are."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = "expires_at must be a time as in 2026-01-31T12:00:00.000Z."
        raise InvalidBody(message, errors=[FieldError(("expires_at",), "invalid_format", message)]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refreshing(refresh_token: Secret) -> dict[str, str | Secret]:
    return {"grant_type": "refresh_token", "refresh_token": refresh_token}


def _renewed(held: OAuth2Credentials, granted: TokenGranted) -> OAuth2Credentials:
    return replace(
        held,
        access_token=granted.access_token,
        refresh_token=granted.refresh_token or held.refresh_token,
        answer=Secret(orjson.dumps(granted.raw).decode()),
    )


def _adopted(
    options: OAuth2Options, held: OAuth2Credentials, proven: Proven, granted: TokenGranted
) -> Obtained:
    """Nobody has allowed anything anew, so nothing of others ends with it."""
    credentials = replace(
        held,
        known={**held.known, **proven.learned},
        company_id=proven.company_id,
        user_id=proven.user_id,
    )
    return replace(_obtained(options, credentials, granted), ends_others=False)


def _obtained(options: OAuth2Options, credentials: OAuth2Credentials, granted: TokenGranted) -> Obtained:
    token = granted.access_token.reveal()
    return Obtained(
        credentials=credentials,
        fingerprint=Fingerprint(options.provider_host, credentials.company_id, credentials.user_id),
        expires_in_seconds=granted.expires_in or unverified_lifetime_seconds(token),
        lasting=credentials.refresh_token is None,
        learned=credentials.known,
        ends_others=options.single_grant,
    )


def _code_refused(host: str, details: Mapping[str, str]) -> Cause:
    return Cause(
        code="code_refused",
        sentence=f"{host} did not accept the code that it had just issued: it was used before, or it is too "
        "old.",
        remedy="Connect once more.",
        who="administrator",
        details=details,
    )


def _no_client() -> Cause:
    return Cause(
        code="client_missing",
        sentence="The integration holds no Client ID and Client Secret to send a person away with.",
        remedy="The team of the product has to register an application with the provider and enter its "
        "Client ID "
        "and Client Secret in the integration.",
        who="developer",
    )


def _no_endpoints() -> Cause:
    return Cause(
        code="endpoint_missing",
        sentence="The integration does not say where a person is to be sent.",
        remedy="The team of the product has to set the authorization and the token endpoint of the "
        "integration.",
        who="developer",
    )


def _no_redirection(host: str) -> Cause:
    return Cause(
        code="redirection_needed",
        sentence=f"A connection is made at {host} itself: there is nothing that could be sent here.",
        remedy="Open the window with `nango.auth`, or use the Connect page.",
        who="developer",
    )


def _denied(host: str) -> Cause:
    return Cause(
        code="access_denied",
        sentence=f"Access was not allowed at {host}: the window was cancelled, or somebody chose to deny.",
        remedy="Connect again and allow it, signed in as somebody who may.",
        who="administrator",
        details={"host": host},
    )


def _no_code(host: str, parameters: Mapping[str, str]) -> Cause:
    error = parameters.get("error", "")
    code = error if _CODE.fullmatch(error) else ""
    said = one_line(parameters.get("error_description"))
    words = f" It says: {said.rstrip('.')}." if said and code else ""
    return Cause(
        code="authorization_refused",
        sentence=f"{host} sent the browser back without a code{f' ({code})' if code else ''}.{words}",
        remedy="Connect again. If it stays so, the application's registration at the provider needs looking "
        "at: its "
        "redirect URI, its scopes, its approval.",
        who="developer",
        details={"host": host, **({"error": code} if code else {})},
    )


def _other_issuer(host: str) -> Cause:
    return Cause(
        code="issuer_unexpected",
        sentence=f"The browser came back with an answer that is not from {host}.",
        remedy="Nothing was sent anywhere. Connect again; if it stays so, tell the team of the product.",
        who="developer",
        details={"host": host},
    )
