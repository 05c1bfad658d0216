"""NONE: an API that asks nobody who they are. There is nothing to type, to send or to renew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

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
from counterfoil.auth_modes.verification import ConnectionTestFailed, Explain, explain_answer, prove
from counterfoil.oauth2 import Exchange
from counterfoil.vault import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class NoneOptions:
    """What a provider states for this mode.

    Attributes:
        provider_host: Host of its API, with the port where it is not the scheme's own.
        verification_urls: What a GET of proves that the API is there, tried in turn; none asks nothing.
        explain: What another answer means.
    """

    provider_host: str
    verification_urls: tuple[str, ...] = ()
    explain: Explain = explain_answer


@dataclass(frozen=True, slots=True)
class NoCredentials:
    """The credentials of this mode: none."""

    def dump(self) -> dict[str, Any]:
        """Plaintext, to be sealed at once."""
        return {"mode": Unauthenticated.name}


class Unauthenticated:
    """The hooks of the mode. It has no state."""

    name: ClassVar[str] = "NONE"

    def client_fields(self, provider: ProviderOptions) -> tuple[Field, ...]:
        """None."""
        return ()

    def fields(self, provider: ProviderOptions, settings: ClientSettings) -> tuple[Field, ...]:
        """None."""
        return ()

    def reading(self, provider: ProviderOptions, field_name: str, text: str) -> Understood | Misread | None:
        """None."""
        return None

    def read(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        submitted: Mapping[str, object],
        params: Mapping[str, str] | None = None,
    ) -> Submission:
        """Nothing but the settings of the connection."""
        return Submission({}, dict(params or {}))

    def obtain(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        submission: Submission,
    ) -> Exchange[Obtained]:
        """See whether the API is there.

        Raises:
            ConnectionTestFailed: With the cause.
        """
        options = _options(provider)
        cause = yield from prove(
            options.verification_urls,
            self.authorization_header(provider),
            Secret(""),
            host=options.provider_host,
            explain=options.explain,
        )
        if cause is not None:
            raise ConnectionTestFailed(cause)
        return _obtained(options)

    def refresh(
        self,
        provider: ProviderOptions,
        settings: ClientSettings,
        credentials: Credentials,
        now: datetime,
    ) -> Exchange[Obtained]:
        """Nothing is asked, and nothing changes."""
        yield from ()
        return _obtained(_options(provider))

    def authorization_header(self, provider: ProviderOptions) -> str:
        """`Authorization`, which a call does not carry."""
        return "Authorization"

    def authorization(self, provider: ProviderOptions, credentials: Credentials) -> Secret:
        """Empty."""
        return Secret("")

    def is_token_error(
        self,
        provider: ProviderOptions,
        status: int,
        content_type: str,
        body_prefix: bytes,
    ) -> bool:
        """Never: there is no token."""
        return False

    def reveal(
        self,
        credentials: Credentials,
        expires_at: datetime | None,
        *,
        include_refresh_token: bool,
    ) -> dict[str, Any]:
        """An empty object."""
        return {}

    def load(self, plaintext: Mapping[str, Any]) -> NoCredentials:
        """What `NoCredentials.dump` wrote."""
        return NoCredentials()


def _options(provider: ProviderOptions) -> NoneOptions:
    if not isinstance(provider.options, NoneOptions):
        raise TypeError(f"provider {provider.id} has no options for {Unauthenticated.name}")
    return provider.options


def _obtained(options: NoneOptions) -> Obtained:
    return Obtained(NoCredentials(), Fingerprint(options.provider_host, "", ""), None, lasting=True)
