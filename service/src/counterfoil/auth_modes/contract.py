"""What an auth mode is made of: fields, submissions, causes, credentials, and the hooks of every mode.

Values and one Protocol. No mode and no provider is named here, and nothing is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from counterfoil.errors import CounterfoilError, FieldError
from counterfoil.oauth2 import Exchange
from counterfoil.vault import Secret

Who: TypeAlias = Literal["administrator", "developer", "operator", "nobody"]
Values: TypeAlias = Mapping[str, str | Secret]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing a person types; draws the Connect form, the API schema and the documentation.

    Attributes:
        name: As it is submitted: `clientId`.
        label: As a person knows it, the provider's own word.
        description: A sentence or two on what belongs here.
        secret: Hidden while typed, never shown back.
        required: It must be filled. False for fields of a `one_of` group.
        placeholder: An example, shown while the field is empty.
        autocomplete: The HTML autocomplete token, `off` unless there is a better one.
        pattern: A regular expression the whole value must match; None for any text.
        one_of: Name of a group of fields of which exactly one is filled; None outside a group.
        guide_step: Number of the guide's step that tells where the value comes from; None where none does.
        reading: The provider can say what it understands of a value while it is typed (`AuthMode.reading`).
        web_address: The value is an absolute URL that this service may call; https, unless the address policy
            lets the host through.
    """

    name: str
    label: str
    description: str
    secret: bool = False
    required: bool = True
    placeholder: str = ""
    autocomplete: str = "off"
    pattern: str | None = None
    one_of: str | None = None
    guide_step: str | None = None
    reading: bool = False
    web_address: bool = False


@dataclass(frozen=True, slots=True)
class GuideStep:
    """A step of the provider's setup guide.

    Attributes:
        number: Counts from 1.
        title: Its heading.
    """

    number: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why something failed, for people and for programs.

    Attributes:
        code: A stable word: `client_not_authorized`.
        sentence: What happened, naming what was typed; never a secret.
        remedy: What to do, with the exact labels.
        who: Who can do it.
        step: The guide's step that most often fixes it.
        recoverable: Trying again later may help without anybody doing anything.
        details: Values to compare or copy; never a secret.
        fields: Names of the fields whose values are at fault.
        retry_after_seconds: How long the provider asked to wait, where it said so.
        secret_refused: The provider says that a password is wrong, or locks its user for it: trying the same
            one again and again does harm.
    """

    code: str
    sentence: str
    remedy: str
    who: Who
    step: GuideStep | None = None
    recoverable: bool = False
    details: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    retry_after_seconds: int | None = None
    secret_refused: bool = False

    def as_json(self) -> dict[str, Any]:
        """The `diagnosis` object of an error answer."""
        return {
            "code": self.code,
            "sentence": self.sentence,
            "remedy": self.remedy,
            "who": self.who,
            "step": None if self.step is None else {"number": self.step.number, "title": self.step.title},
            "recoverable": self.recoverable,
            "details": dict(self.details),
        }


class AuthorizationFailed(CounterfoilError):
    """No credentials came of it; `cause` says why. A mode's subclasses carry the wire's codes."""

    code = "authorization_failed"
    status = 400

    def __init__(self, cause: Cause) -> None:
        errors = [FieldError((name,), cause.code, cause.sentence) for name in cause.fields]
        super().__init__(cause.sentence, errors=errors)
        self.cause = cause

    def diagnostics(self) -> Mapping[str, object]:
        """The cause as `diagnosis`."""
        return {"diagnosis": self.cause.as_json()}


class SubmissionRefused(AuthorizationFailed):
    """What was typed can't work; nothing was sent to the provider. Its wire code is that of any bad body."""

    code = "invalid_body"


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """What the integration holds, so that no end user is asked for it.

    Attributes:
        values: Field name to value; empty values count as absent.
    """

    values: Mapping[str, Secret] = field(default_factory=dict)

    def held(self) -> frozenset[str]:
        """Names of the fields that have a value."""
        return frozenset(name for name, value in self.values.items() if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What a browser is sent away with (RFC 6749 §4.1.1, RFC 7636 §4.3).

    Attributes:
        state: Unguessable; comes back as it went.
        redirect_uri: Where the browser comes back to.
        code_challenge: The verifier's SHA-256.
        parameters: Further ones for this one request; an empty value leaves a parameter out.
    """

    state: str
    redirect_uri: str
    code_challenge: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationResponse:
    """What the browser brought back (RFC 6749 §4.1.2), and what only we know of the request.

    Attributes:
        parameters: All of it by name, without `state`; `code` is a secret and never shown.
        redirect_uri: As it was in the request.
        code_verifier: The challenge's origin.
    """

    parameters: Mapping[str, str] = field(repr=False)
    redirect_uri: str
    code_verifier: Secret


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person typed, checked and cleaned; what the integration holds is not in it.

    Attributes:
        values: Field name to value, secrets as `Secret`; fields left empty are absent.
        params: Further settings of the connection, such as a session's defaults.
        response: What a person's browser brought back, in modes that send it to the provider.
    """

    values: Values
    params: Mapping[str, str] = field(default_factory=dict)
    response: AuthorizationResponse | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What a provider reads out of a text.

    Attributes:
        parts: Names and values in order; a value is None where that part was left out.
        notes: Sentences on what was corrected or looks odd.
    """

    parts: tuple[tuple[str, str | None], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Misread:
    """A text that can't be read.

    Attributes:
        problem: A stable word: `company_missing`.
        sentence: What is wrong with it; quotes it only where it can't be a secret.
        suggestion: What was probably meant, ready to use; None where that can't be known.
    """

    problem: str
    sentence: str
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Whose tokens share one pool. Empty texts where it is not known.

    Attributes:
        provider_host: Host, with the port where it is not the scheme's own.
        company_id: The company.
        user_id: The user in that company.
    """

    provider_host: str
    company_id: str
    user_id: str


class Credentials(Protocol):
    """A mode's open credentials; each mode has its own frozen dataclass."""

    def dump(self) -> dict[str, Any]:
        """Plaintext, JSON-able, to be sealed at once; `AuthMode.load` reads it back."""
        ...


@dataclass(frozen=True, slots=True)
class Obtained:
    """Credentials that were proven to work, or were renewed.

    Attributes:
        credentials: To be sealed.
        fingerprint: Of the company and user; of a renewal the same as before where it is known.
        expires_in_seconds: Lifetime of the token from now; None where it is not known.
        lasting: They are never renewed by themselves: they have no end of their own, as a key or a password,
            or nothing to be renewed with.
        on_demand: They end unless they are used, and are renewed only for who wants to call: nobody opens a
            session that nobody needs.
        learned: Settings of the connection that came out of it, such as the number of a company.
        ends_others: Other connections of the same user in the same company end with this authorization.
    """

    credentials: Credentials
    fingerprint: Fingerprint
    expires_in_seconds: int | None
    lasting: bool = False
    on_demand: bool = False
    learned: Mapping[str, str] = field(default_factory=dict)
    ends_others: bool = False


class NothingToRenew(AuthorizationFailed):
    """There is nothing that a new token could be asked for with; `cause` says what a person can do."""


@runtime_checkable
class Knowing(Protocol):
    """Credentials that know settings of their connection, such as the number of a company."""

    @property
    def known(self) -> Mapping[str, str]:
        """Names and values; never a secret."""
        ...


class ProviderOptions(Protocol):
    """As much of a provider as a mode sees."""

    @property
    def id(self) -> str:
        """The provider's id."""
        ...

    @property
    def options(self) -> object:
        """What the provider states for its mode, with the integration's settings where it depends on them;
        an instance of the mode's own options class.
        """
        ...


class AuthMode(Protocol):
    """One way to obtain, renew and apply credentials. Exchanges are driven by `connections`."""

    @property
    def name(self) -> str:
        """The wire's word: `TWO_STEP`."""
        ...

    def client_fields(self, provider: ProviderOptions) -> tuple[Field, ...]:
        """The fields an integration may hold for all its connections."""
        ...

    def fields(self, provider: ProviderOptions, settings: ClientSettings) -> tuple[Field, ...]:
        """The fields a person is asked for, in the form's order."""
        ...

    def reading(self, provider: ProviderOptions, field_name: str, text: str) -> Understood | Misread | None:
        """What is understood of a text being typed; None for fields without `reading`."""
        ...

    def read(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        submitted: Mapping[str, object],
        params: Mapping[str, str] | None = None,
    ) -> Submission:
        """Check and clean what was submitted; unknown names are ignored, as the wire protocol does.

        Raises:
            InvalidBody: A value has the wrong type or length, or a required one is missing.
            SubmissionRefused: What was typed can't work; carries the cause and the fields.
        """
        ...

    def obtain(
        self, provider: ProviderOptions, settings: ClientSettings, submission: Submission
    ) -> Exchange[Obtained]:
        """Get a token and prove by one cheap call that it works.

        Raises:
            AuthorizationFailed: With the cause; also where the driver threw `NoAnswer`.
        """
        ...

    def refresh(
        self, provider: ProviderOptions, settings: ClientSettings, credentials: Credentials, now: datetime
    ) -> Exchange[Obtained]:
        """Replace the token.

        Raises:
            AuthorizationFailed: With the cause; `cause.recoverable` tells whether to try again by itself.
        """
        ...

    def authorization_header(self, provider: ProviderOptions) -> str:
        """The name of the header that authorizes a call: `Authorization`."""
        ...

    def authorization(self, provider: ProviderOptions, credentials: Credentials) -> Secret:
        """The value of that header; empty where a call carries none."""
        ...

    def is_token_error(
        self, provider: ProviderOptions, status: int, content_type: str, body_prefix: bytes
    ) -> bool:
        """Whether an API answer says that the token, and not the request, is at fault."""
        ...

    def reveal(
        self, credentials: Credentials, expires_at: datetime | None, *, include_refresh_token: bool
    ) -> dict[str, Any]:
        """The `credentials` object of the wire, in the open."""
        ...

    def load(self, plaintext: Mapping[str, Any]) -> Credentials:
        """What `Credentials.dump` wrote."""
        ...


@runtime_checkable
class Redirecting(Protocol):
    """What a mode has besides that sends a person's browser to the provider and gets it back."""

    def override_fields(self) -> tuple[str, ...]:
        """Names under which a connection may bring a client of its own, among what is submitted."""
        ...

    def authorization_url(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        submission: Submission,
        request: AuthorizationRequest,
    ) -> str:
        """Where to send the browser.

        Raises:
            AuthorizationFailed: Nobody holds a client, or an address is not complete.
        """
        ...


@runtime_checkable
class Adopting(Protocol):
    """What a mode has besides whose tokens a person has allowed elsewhere, and an operator brings along."""

    def adopt(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        shown: Mapping[str, object],
        params: Mapping[str, str],
        now: datetime,
    ) -> Exchange[Obtained]:
        """Prove what was brought along.

        A refresh token is spent only where the access token has ended, and what came of spending it is kept
        whatever the proof says: the old one may be no good any more.

        Args:
            provider: The provider.
            settings: What the integration holds.
            shown: Credentials as `AuthMode.reveal` shows them.
            params: Settings of the connection.
            now: The time.

        Raises:
            InvalidBody: A value has the wrong type, length or form, or a required one is missing.
            AuthorizationFailed: With the cause.
        """
        ...
