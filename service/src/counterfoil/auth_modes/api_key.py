"""API_KEY: one text that a person copies from the provider's pages, sent along with every call.

The key is sent in a header of the provider's choice. It is tested once on connecting, and again when the
provider refuses a call; it has no end of its own and is never replaced by itself.
"""

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from counterfoil.auth_modes.contract import (
    ClientSettings,
    Credentials,
    Field,
    Fingerprint,
    Misread,
    Obtained,
    ProviderOptions,
    Submission,
    Understood,
)
from counterfoil.auth_modes.typed import read_fields, refuse
from counterfoil.auth_modes.verification import ConnectionTestFailed, Explain, explain_answer, prove
from counterfoil.errors import FieldError
from counterfoil.oauth2 import Exchange, HttpRequest, HttpResponse
from counterfoil.vault import Secret

NAME: Final = "apiKey"
MAX_KEY_CHARACTERS: Final = 1_024
KEY_FIELD: Final = Field(
    name=NAME,
    label="API key",
    description="From the settings of your account, often under “API” or “Developers”.",
    secret=True,
)

# It goes into a header: anything but visible ASCII and spaces could end the header (RFC 9110 §5.5).
_SENDABLE: Final = re.compile(r"[\x20-\x7e]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyOptions:
    """What a provider states for this mode.

    Attributes:
        provider_host: Host of its API, with the port where it is not the scheme's own.
        header: The header that the key travels in.
        prefix: What stands before the key, the space included: `Bearer `; empty for the key alone.
        field: How the key is asked for; its name is `apiKey`.
        verification_urls: What a GET of proves the key, tried in turn; none leaves it untested.
        explain: What a refusal of the test means.
    """

    provider_host: str
    header: str = "Authorization"
    prefix: str = "Bearer "
    field: Field = KEY_FIELD
    verification_urls: tuple[str, ...] = ()
    explain: Explain = explain_answer


@dataclass(frozen=True, slots=True)
class ApiKeyCredentials:
    """Open credentials of this mode."""

    key: Secret

    def dump(self) -> dict[str, Any]:
        """Plaintext, to be sealed at once."""
        return {"mode": ApiKey.name, NAME: self.key.reveal()}


class ApiKey:
    """The hooks of the mode. It has no state."""

    name: ClassVar[str] = "API_KEY"

    def client_fields(self, provider: ProviderOptions) -> tuple[Field, ...]:
        """None: a key belongs to one connection."""
        return ()

    def fields(self, provider: ProviderOptions, settings: ClientSettings) -> tuple[Field, ...]:
        """The key."""
        return (_options(provider).field,)

    def reading(self, provider: ProviderOptions, field_name: str, text: str) -> Understood | Misread | None:
        """None: a key tells nothing."""
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
            InvalidBody: The key is missing, too long or can't be sent in a header.
        """
        asked = self.fields(provider, settings)
        key = read_fields(asked, submitted, most_characters=MAX_KEY_CHARACTERS)[NAME]
        if not _SENDABLE.fullmatch(key):
            refuse(
                [FieldError((NAME,), "invalid_format", f"{asked[0].label} holds a character it can't have.")]
            )
        return Submission({NAME: Secret(key)}, dict(params or {}))

    def obtain(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        submission: Submission,
    ) -> Exchange[Obtained]:
        """The test of the key.

        Raises:
            ConnectionTestFailed: With the cause.
        """
        key = submission.values[NAME]
        credentials = ApiKeyCredentials(key if isinstance(key, Secret) else Secret(key))
        return (yield from self._proven(provider, credentials))

    def refresh(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        credentials: Credentials,
        now: datetime,
    ) -> Exchange[Obtained]:
        """The test of the key once more; the key stays.

        Raises:
            ConnectionTestFailed: With the cause.
        """
        return (yield from self._proven(provider, _api_key(credentials)))

    def authorization_header(self, provider: ProviderOptions) -> str:
        """The header of the provider's choice."""
        return _options(provider).header

    def authorization(self, provider: ProviderOptions, credentials: Credentials) -> Secret:
        """Prefix and key."""
        return Secret(_options(provider).prefix + _api_key(credentials).key.reveal())

    def is_token_error(
        self,
        provider: ProviderOptions,
        status: int,
        content_type: str,
        body_prefix: bytes,
    ) -> bool:
        """Whether to test the key again: the provider did not know the caller, and there is a test."""
        return status == 401 and bool(_options(provider).verification_urls)

    def reveal(
        self,
        credentials: Credentials,
        expires_at: datetime | None,
        *,
        include_refresh_token: bool,
    ) -> dict[str, Any]:
        """`type` and `apiKey`."""
        return {"type": self.name, NAME: _api_key(credentials).key.reveal()}

    def load(self, plaintext: Mapping[str, Any]) -> ApiKeyCredentials:
        """What `ApiKeyCredentials.dump` wrote."""
        return ApiKeyCredentials(Secret(plaintext[NAME]))

    def _proven(
        self, provider: ProviderOptions, credentials: ApiKeyCredentials
    ) -> Generator[HttpRequest, HttpResponse, Obtained]:
        options = _options(provider)
        value = self.authorization(provider, credentials)
        cause = yield from prove(
            options.verification_urls,
            options.header,
            value,
            host=options.provider_host,
            explain=options.explain,
        )
        if cause is not None:
            raise ConnectionTestFailed(cause)
        return Obtained(credentials, Fingerprint(options.provider_host, "", ""), None, lasting=True)


def _options(provider: ProviderOptions) -> ApiKeyOptions:
    if not isinstance(provider.options, ApiKeyOptions):
        raise TypeError(f"provider {provider.id} has no options for {ApiKey.name}")
    return provider.options


def _api_key(credentials: Credentials) -> ApiKeyCredentials:
    if not isinstance(credentials, ApiKeyCredentials):
        raise TypeError(f"{type(credentials).__name__} are not the credentials of {ApiKey.name}")
    return credentials
