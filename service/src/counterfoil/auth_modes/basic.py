"""BASIC: user name and password, sent along with every call as HTTP Basic authentication (RFC 7617).

They are tested once on connecting, and again when the provider refuses a call; they have no end of their own.
Either may be empty, as where an API key takes the place of the user name, but not both.
"""

import base64
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from counterfoil.auth_modes.contract import (
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
)
from counterfoil.auth_modes.typed import control_character_error, read_fields, refuse
from counterfoil.auth_modes.verification import ConnectionTestFailed, Explain, explain_answer, prove
from counterfoil.errors import FieldError
from counterfoil.oauth2 import Exchange, HttpRequest, HttpResponse
from counterfoil.vault import Secret

MAX_CHARACTERS: Final = 1_024
USERNAME_FIELD: Final = Field(
    name="username",
    label="User name",
    description="Of the account that the API is called with.",
    required=False,
    autocomplete="username",
)
PASSWORD_FIELD: Final = Field(
    name="password",
    label="Password",
    description="Of that account. Where the API wants a key instead of a user name, this often stays empty.",
    secret=True,
    required=False,
    autocomplete="current-password",
)

_NOTHING: Final = Cause(
    code="nothing_entered",
    sentence="Neither a user name nor a password was entered.",
    remedy="Enter both, or the one that the API wants.",
    who="administrator",
    fields=("username", "password"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicOptions:
    """What a provider states for this mode.

    Attributes:
        provider_host: Host of its API, with the port where it is not the scheme's own.
        username_field: How the user name is asked for; its name is `username`.
        password_field: How the password is asked for; its name is `password`.
        verification_urls: What a GET of proves the two, tried in turn; none leaves them untested.
        explain: What a refusal of the test means.
    """

    provider_host: str
    username_field: Field = USERNAME_FIELD
    password_field: Field = PASSWORD_FIELD
    verification_urls: tuple[str, ...] = ()
    explain: Explain = explain_answer


@dataclass(frozen=True, slots=True)
class BasicCredentials:
    """Open credentials of this mode."""

    username: Secret
    password: Secret

    def dump(self) -> dict[str, Any]:
        """Plaintext, to be sealed at once."""
        return {
            "mode": Basic.name,
            "username": self.username.reveal(),
            "password": self.password.reveal(),
        }


class Basic:
    """The hooks of the mode. It has no state."""

    name: ClassVar[str] = "BASIC"

    def client_fields(self, provider: ProviderOptions) -> tuple[Field, ...]:
        """None: an account belongs to one connection."""
        return ()

    def fields(self, provider: ProviderOptions, settings: ClientSettings) -> tuple[Field, ...]:
        """User name and password."""
        options = _options(provider)
        return (options.username_field, options.password_field)

    def reading(self, provider: ProviderOptions, field_name: str, text: str) -> Understood | Misread | None:
        """None: neither tells anything."""
        return None

    def read(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        submitted: Mapping[str, object],
        params: Mapping[str, str] | None = None,
    ) -> Submission:
        """Check what was submitted; a password keeps its edges. Names that are not fields are ignored.

        Raises:
            InvalidBody: One is no text, too long, or can't be sent this way.
            SubmissionRefused: Both are empty.
        """
        asked = self.fields(provider, settings)
        typed = read_fields(asked, submitted, verbatim=("password",), most_characters=MAX_CHARACTERS)
        if not typed:
            raise SubmissionRefused(_NOTHING)
        errors = [
            error
            for field in asked
            if (error := control_character_error(field, typed.get(field.name, ""))) is not None
        ]
        if ":" in typed.get("username", ""):
            # RFC 7617 §2: the first colon ends the user name.
            message = f"{asked[0].label} can't hold a colon."
            errors.append(FieldError(("username",), "invalid_format", message))
        refuse(errors)
        return Submission({name: Secret(value) for name, value in typed.items()}, dict(params or {}))

    def obtain(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        submission: Submission,
    ) -> Exchange[Obtained]:
        """The test of user name and password.

        Raises:
            ConnectionTestFailed: With the cause.
        """
        credentials = BasicCredentials(_secret(submission, "username"), _secret(submission, "password"))
        return (yield from self._proven(provider, credentials))

    def refresh(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        credentials: Credentials,
        now: datetime,
    ) -> Exchange[Obtained]:
        """The test once more; user name and password stay.

        Raises:
            ConnectionTestFailed: With the cause.
        """
        return (yield from self._proven(provider, _basic(credentials)))

    def authorization_header(self, provider: ProviderOptions) -> str:
        """`Authorization`."""
        return "Authorization"

    def authorization(self, provider: ProviderOptions, credentials: Credentials) -> Secret:
        """`Basic` and the two in Base64, as UTF-8 (RFC 7617 §2.1)."""
        held = _basic(credentials)
        pair = f"{held.username.reveal()}:{held.password.reveal()}"
        return Secret("Basic " + base64.b64encode(pair.encode()).decode("ascii"))

    def is_token_error(
        self,
        provider: ProviderOptions,
        status: int,
        content_type: str,
        body_prefix: bytes,
    ) -> bool:
        """Whether to test them again: the provider did not know the caller, and there is a test."""
        return status == 401 and bool(_options(provider).verification_urls)

    def reveal(
        self,
        credentials: Credentials,
        expires_at: datetime | None,
        *,
        include_refresh_token: bool,
    ) -> dict[str, Any]:
        """`type`, `username` and `password`."""
        held = _basic(credentials)
        return {"type": self.name, "username": held.username.reveal(), "password": held.password.reveal()}

    def load(self, plaintext: Mapping[str, Any]) -> BasicCredentials:
        """What `BasicCredentials.dump` wrote."""
        return BasicCredentials(Secret(plaintext["username"]), Secret(plaintext["password"]))

    def _proven(
        self, provider: ProviderOptions, credentials: BasicCredentials
    ) -> Generator[HttpRequest, HttpResponse, Obtained]:
        options = _options(provider)
        cause = yield from prove(
            options.verification_urls,
            self.authorization_header(provider),
            self.authorization(provider, credentials),
            host=options.provider_host,
            explain=options.explain,
        )
        if cause is not None:
            raise ConnectionTestFailed(cause)
        fingerprint = Fingerprint(options.provider_host, "", credentials.username.reveal())
        return Obtained(credentials, fingerprint, None, lasting=True)


def _options(provider: ProviderOptions) -> BasicOptions:
    if not isinstance(provider.options, BasicOptions):
        raise TypeError(f"provider {provider.id} has no options for {Basic.name}")
    return provider.options


def _basic(credentials: Credentials) -> BasicCredentials:
    if not isinstance(credentials, BasicCredentials):
        raise TypeError(f"{type(credentials).__name__} are not the credentials of {Basic.name}")
    return credentials


def _secret(submission: Submission, name: str) -> Secret:
    value = submission.values.get(name, "")
    return value if isinstance(value, Secret) else Secret(value)
