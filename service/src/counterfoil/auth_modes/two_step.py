"""TWO_STEP: what a person typed is exchanged for a token, once, and again whenever the token ends.

The token call, the second question that tells two causes of a refusal apart, the probe that proves the token,
the renewal. What to send, what an answer means and what to say about it are the provider's options; the token
may be a session, and the call no OAuth at all. It is not OAuth with a redirection, and it sends nothing
itself.
"""

from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, TypeAlias

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
    SubmissionRefused,
    Understood,
    Values,
)
from counterfoil.auth_modes.revealed import wire_time, without_refresh_tokens
from counterfoil.auth_modes.typed import read_fields
from counterfoil.oauth2 import (
    Exchange,
    HttpRequest,
    HttpResponse,
    NoAnswer,
    TokenAnswer,
    TokenGranted,
    TokenRefused,
    TokenUnreadable,
    parse_token_response,
    token_request,
    unverified_lifetime_seconds,
)
from counterfoil.vault import Secret

Parameters: TypeAlias = Mapping[str, str | Secret | None]
NoToken: TypeAlias = TokenRefused | TokenUnreadable | NoAnswer


@dataclass(frozen=True, slots=True)
class SecondQuestion:
    """One more token request whose answer tells two causes of a refusal apart.

    Attributes:
        parameters: What to ask.
        if_granted: The cause, if that is granted. The token itself is thrown away.
    """

    parameters: Parameters
    if_granted: Cause


@dataclass(frozen=True, slots=True)
class Renewal:
    """How a token is replaced.

    Attributes:
        parameters: Of the token request.
        spends_refresh_token: The request carries the refresh token, so it must not be repeated blindly.
    """

    parameters: Parameters
    spends_refresh_token: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The cheap call that proves a token.

    Attributes:
        request: The call.
        judge: Why the token does not work; None where it does.
        explain_unanswered: Why there is no answer.
    """

    request: Callable[[Secret], HttpRequest]
    judge: Callable[[Values, HttpResponse], Cause | None]
    explain_unanswered: Callable[[Values, NoAnswer], Cause]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStepOptions:
    """What a provider states for this mode. Every function is pure.

    Attributes:
        token_url: The token endpoint.
        client_fields: Fields the integration may hold; asked for only where it does not.
        fields: Fields asked for always.
        readings: By field name, what a text being typed is understood as.
        understand: Values made ready to be sent, or the cause why they can't work.
        token_parameters: Of the first token request.
        renewal: How to replace the token, given the refresh token if there is one.
        explain: Why a token request brought no token; `renewing` where it was a renewal.
        second_question: The one question worth asking after a refusal; None where there is none.
        probe: How a token is proved; None where its answer is the proof.
        outcome_unknown: What to say when a refresh token was sent and nothing came back; None where none ever
            is.
        fingerprint: Whose token it is.
        is_token_error: Status, content type and beginning of a body: whether the token is at fault.
        request: Makes the token request of its parameters; None for a form to `token_url` (RFC 6749 §4.4.2).
        read_answer: What an answer to it means.
        body_format: What that request is, in the wire's word.
        verbatim: Names of fields whose values keep their edges, as passwords that people choose.
        in_header: A call carries the token as `Bearer`; False where it travels in the body.
        on_demand: The token ends unless it is used, and is renewed only when somebody wants to call.
    """

    token_url: str
    client_fields: tuple[Field, ...]
    fields: tuple[Field, ...]
    readings: Mapping[str, Callable[[str], Understood | Misread]]
    understand: Callable[[Values], Values | Cause]
    token_parameters: Callable[[Values], Parameters]
    renewal: Callable[[Values, Secret | None], Renewal]
    explain: Callable[[Values, NoToken, bool], Cause]
    second_question: Callable[[Values, TokenRefused], SecondQuestion | None]
    probe: Probe | None
    fingerprint: Callable[[Values, Secret], Fingerprint]
    is_token_error: Callable[[int, str, bytes], bool]
    outcome_unknown: Callable[[Values], Cause] | None = None
    request: Callable[[Parameters], HttpRequest] | None = None
    read_answer: Callable[[HttpResponse], TokenAnswer] = parse_token_response
    body_format: str = "form"
    verbatim: Collection[str] = ()
    in_header: bool = True
    on_demand: bool = False


class TokenFetchFailed(AuthorizationFailed):
    """No token, or one that does not work."""

    code: ClassVar[str] = "two_step_credentials_fetch_error"


class TokenAnswerInvalid(AuthorizationFailed):
    """The token endpoint reported success in a way that can't hold a token, such as 204."""

    code: ClassVar[str] = "invalid_two_step_credentials"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStepCredentials:
    """Open credentials of this mode; every text that could be a secret is one.

    Attributes:
        submitted: What the person typed, by field name; nothing that the integration holds.
        token: The access token.
        refresh_token: None where the provider issued none.
        answer: The last token answer, as JSON.
    """

    submitted: Mapping[str, Secret] = field(repr=False)
    token: Secret
    refresh_token: Secret | None
    answer: Secret

    def dump(self) -> dict[str, Any]:
        """Plaintext, to be sealed at once."""
        return {
            "mode": TwoStep.name,
            "submitted": {name: value.reveal() for name, value in self.submitted.items()},
            "token": self.token.reveal(),
            "refresh_token": None if self.refresh_token is None else self.refresh_token.reveal(),
            "answer": self.answer.reveal(),
        }


class TwoStep:
    """The hooks of the mode. It has no state."""

    name: ClassVar[str] = "TWO_STEP"

    def client_fields(self, provider: ProviderOptions) -> tuple[Field, ...]:
        """The fields an integration may hold for all its connections."""
        return _options(provider).client_fields

    def fields(self, provider: ProviderOptions, settings: ClientSettings) -> tuple[Field, ...]:
        """The fields a person is asked for: what the integration does not hold, then what it never holds."""
        options, held = _options(provider), settings.held()
        return tuple(each for each in options.client_fields if each.name not in held) + options.fields

    def reading(self, provider: ProviderOptions, field_name: str, text: str) -> Understood | Misread | None:
        """What is understood of a text being typed; None for fields nothing is read out of."""
        read = _options(provider).readings.get(field_name)
        return None if read is None else read(text)

    def read(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        submitted: Mapping[str, object],
        params: Mapping[str, str] | None = None,
    ) -> Submission:
        """Check and clean what was submitted; names that are not fields are ignored.

        Raises:
            InvalidBody: A value is not a text, is too long, or a required one is missing.
            SubmissionRefused: The provider knows that it can't work.
        """
        options, asked = _options(provider), self.fields(provider, settings)
        typed = read_fields(asked, submitted, verbatim=options.verbatim)
        understood = options.understand(_values(options, settings, typed))
        if isinstance(understood, Cause):
            raise SubmissionRefused(understood)
        names = {each.name for each in asked}
        return Submission(
            {name: value for name, value in understood.items() if name in names}, dict(params or {})
        )

    def obtain(
        self, provider: ProviderOptions, settings: ClientSettings, submission: Submission
    ) -> Exchange[Obtained]:
        """The token call, then the probe.

        Raises:
            AuthorizationFailed: With the cause.
        """
        options = _options(provider)
        values = _values(options, settings, submission.values)
        granted = yield from _ask(options, values, options.token_parameters(values), renewing=False)
        if options.probe is not None:
            yield from _prove(options.probe, values, granted.access_token)
        return _obtained(options, values, _secrets(submission.values), granted, refresh_token=None)

    def refresh(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        credentials: Credentials,
        now: datetime,
    ) -> Exchange[Obtained]:
        """One token call. A refresh token that comes back replaces the old one, else the old one stays.

        Raises:
            AuthorizationFailed: With the cause.
        """
        options, held = _options(provider), _two_step(credentials)
        values = _values(options, settings, held.submitted)
        renewal = options.renewal(values, held.refresh_token)
        if renewal.spends_refresh_token:
            granted = yield from _spend(options, values, renewal.parameters)
        else:
            granted = yield from _ask(options, values, renewal.parameters, renewing=True)
        return _obtained(options, values, held.submitted, granted, refresh_token=held.refresh_token)

    def authorization_header(self, provider: ProviderOptions) -> str:
        """`Authorization`."""
        return "Authorization"

    def authorization(self, provider: ProviderOptions, credentials: Credentials) -> Secret:
        """`Bearer` and the token (RFC 6750 §2.1); empty where a call carries it in its body."""
        token = _two_step(credentials).token
        return Secret("Bearer " + token.reveal()) if _options(provider).in_header else Secret("")

    def is_token_error(
        self, provider: ProviderOptions, status: int, content_type: str, body_prefix: bytes
    ) -> bool:
        """Whether an API answer says that the token is at fault."""
        return _options(provider).is_token_error(status, content_type, body_prefix)

    def reveal(
        self, credentials: Credentials, expires_at: datetime | None, *, include_refresh_token: bool
    ) -> dict[str, Any]:
        """`type`, `token`, `expires_at`, `raw`, every field that was typed; on request `refresh_token`."""
        held = _two_step(credentials)
        shown: dict[str, Any] = {"type": self.name, "token": held.token.reveal()}
        if expires_at is not None:
            shown["expires_at"] = wire_time(expires_at)
        if include_refresh_token and held.refresh_token is not None:
            shown["refresh_token"] = held.refresh_token.reveal()
        raw = orjson.loads(held.answer.reveal())
        shown["raw"] = raw if include_refresh_token else without_refresh_tokens(raw)
        typed = {name: value.reveal() for name, value in held.submitted.items()}
        return typed | shown

    def load(self, plaintext: Mapping[str, Any]) -> TwoStepCredentials:
        """What `TwoStepCredentials.dump` wrote."""
        refresh_token = plaintext["refresh_token"]
        return TwoStepCredentials(
            submitted={name: Secret(value) for name, value in plaintext["submitted"].items()},
            token=Secret(plaintext["token"]),
            refresh_token=None if refresh_token is None else Secret(refresh_token),
            answer=Secret(plaintext["answer"]),
        )


def _options(provider: ProviderOptions) -> TwoStepOptions:
    if not isinstance(provider.options, TwoStepOptions):
        raise TypeError(f"provider {provider.id} has no options for {TwoStep.name}")
    return provider.options


def _two_step(credentials: Credentials) -> TwoStepCredentials:
    if not isinstance(credentials, TwoStepCredentials):
        raise TypeError(f"{type(credentials).__name__} are not the credentials of {TwoStep.name}")
    return credentials


def _values(options: TwoStepOptions, settings: ClientSettings, submitted: Values) -> Values:
    """Everything there is to send: what the integration holds wins over what was typed."""
    values: dict[str, str | Secret] = {}
    for each in options.client_fields + options.fields:
        value: str | Secret | None = settings.values.get(each.name) or submitted.get(each.name)
        if not value:
            continue
        text = value.reveal() if isinstance(value, Secret) else value
        values[each.name] = Secret(text) if each.secret else text
    return values


def _secrets(values: Values) -> dict[str, Secret]:
    return {name: value if isinstance(value, Secret) else Secret(value) for name, value in values.items()}


def _ask(
    options: TwoStepOptions, values: Values, parameters: Parameters, *, renewing: bool
) -> Generator[HttpRequest, HttpResponse, TokenGranted]:
    try:
        answer = options.read_answer((yield _request(options, parameters)))
    except NoAnswer as silence:
        raise TokenFetchFailed(options.explain(values, silence, renewing)) from silence
    if isinstance(answer, TokenGranted):
        return answer
    if isinstance(answer, TokenUnreadable):
        raise _unreadable(options, values, answer, renewing=renewing)
    told_apart = yield from _tell_apart(options, values, answer)
    raise TokenFetchFailed(told_apart or options.explain(values, answer, renewing))


def _tell_apart(
    options: TwoStepOptions, values: Values, refused: TokenRefused
) -> Generator[HttpRequest, HttpResponse, Cause | None]:
    question = options.second_question(values, refused)
    if question is None:
        return None
    try:
        answer = options.read_answer((yield _request(options, question.parameters)))
    except NoAnswer:
        return None
    # The token is dropped, not revoked: tokens of one user are one pool, and others may live in it.
    return question.if_granted if isinstance(answer, TokenGranted) else None


def _spend(
    options: TwoStepOptions, values: Values, parameters: Parameters
) -> Generator[HttpRequest, HttpResponse, TokenGranted]:
    try:
        answer = options.read_answer((yield _request(options, parameters)))
    except NoAnswer as silence:
        never_left = silence.sent is False
        say_unknown = None if never_left else options.outcome_unknown
        cause = options.explain(values, silence, True) if say_unknown is None else say_unknown(values)
        raise TokenFetchFailed(cause) from silence
    if isinstance(answer, TokenGranted):
        return answer
    if isinstance(answer, TokenUnreadable):
        raise _unreadable(options, values, answer, renewing=True)
    raise TokenFetchFailed(options.explain(values, answer, True))


def _unreadable(
    options: TwoStepOptions, values: Values, answer: TokenUnreadable, *, renewing: bool
) -> AuthorizationFailed:
    cause = options.explain(values, answer, renewing)
    no_place_for_a_token = 200 <= answer.status < 300 and answer.status not in (200, 201)
    return TokenAnswerInvalid(cause) if no_place_for_a_token else TokenFetchFailed(cause)


def _request(options: TwoStepOptions, parameters: Parameters) -> HttpRequest:
    if options.request is not None:
        return options.request(parameters)
    return token_request(options.token_url, parameters)


def _prove(probe: Probe, values: Values, token: Secret) -> Generator[HttpRequest, HttpResponse, None]:
    try:
        response = yield probe.request(token)
    except NoAnswer as silence:
        raise TokenFetchFailed(probe.explain_unanswered(values, silence)) from silence
    cause = probe.judge(values, response)
    if cause is not None:
        raise TokenFetchFailed(cause)


def _obtained(
    options: TwoStepOptions,
    values: Values,
    submitted: Mapping[str, Secret],
    granted: TokenGranted,
    *,
    refresh_token: Secret | None,
) -> Obtained:
    credentials = TwoStepCredentials(
        submitted=submitted,
        token=granted.access_token,
        refresh_token=granted.refresh_token or refresh_token,
        answer=Secret(orjson.dumps(granted.raw).decode()),
    )
    lifetime = granted.expires_in or unverified_lifetime_seconds(granted.access_token.reveal())
    fingerprint = options.fingerprint(values, granted.access_token)
    return Obtained(credentials, fingerprint, lifetime, on_demand=options.on_demand)
