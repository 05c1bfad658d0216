"""A provider and the catalogue of all, as values. How one speaks is its own module's affair."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from counterfoil import auth_modes
from counterfoil.auth_modes import AuthMode, ClientSettings, Credentials, Field, GuideStep, Knowing
from counterfoil.errors import NotFound
from counterfoil.outbound import AddressPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the beginning of an answer says of the credentials in a request's body.

    Attributes:
        refused: They, and not the request, are at fault, and nothing of the request was carried out.
        lives_seconds: How long they live from now on unless they are used before; None where that is not
            told.
    """

    refused: bool = False
    lives_seconds: int | None = None


class Judge(Protocol):
    """Reads a `Verdict` out of the beginning of an answer."""

    def __call__(self, beginning: bytes, *, is_whole: bool) -> Verdict | None:
        """The verdict; None where more is needed to tell. `is_whole`: nothing more is looked at."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """How a connection's calls carry its credentials in their body.

    Attributes:
        url: Where every call goes; a caller names no path.
        content_type: Of the filled body.
        most_body_bytes: The largest body of a caller.
        fill: A caller's body with the credentials put in; raises InvalidBody where it can't be.
        judge: What an answer of success says of them.
    """

    url: str
    content_type: str
    most_body_bytes: int
    fill: Callable[[bytes], bytes] = field(repr=False)
    judge: Judge = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A webhook of a provider, as it came.

    Attributes:
        headers: Names in lower case.
        body: The very bytes.
        at: When it came.
    """

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """A webhook whose sender was proven.

    Attributes:
        company_id: Whose connections it is about; None where it does not say.
    """

    company_id: str | None


@dataclass(frozen=True, slots=True)
class Doubted:
    """A webhook that anybody may have sent; `why` is a sentence."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What a provider is under the settings of one integration.

    Attributes:
        options: What it states for its auth mode.
        proxy_base_url: What a proxied path is joined to; no slash at the end.
    """

    options: object = field(repr=False)
    proxy_base_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """How calls of one connection differ from those of another.

    Attributes:
        base_url: What a proxied path is joined to; no slash at the end.
        headers: Sent with every call that has none of that name, names in lower case.
    """

    base_url: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An external system and how it authenticates; ships with the service or with an installed package.

    Attributes:
        id: Lower-case letters, digits and hyphens: `sage-intacct-cc`. Portable, never changed.
        display_name: As people know it.
        auth_mode: Name of its auth mode: `TWO_STEP`.
        options: What it states for that mode.
        proxy_base_url: What a proxied path is joined to; no slash at the end. Empty where only an
            integration's settings say it; with `{name}` where `calling` fills it in.
        docs_url: The provider's own documentation.
        setup_guide_url: A setup guide on the web; None where the Connect page holds it.
        categories: Words to find it by: `accounting`.
        logo_svg: A small square picture, an SVG document.
        guide: The steps of its setup guide.
        settings: What an operator sets on an integration, besides the mode's client; no end user is asked for
            it.
        configure: What becomes of options and base URL under such settings, by field name, empty ones absent;
            None where nothing depends on them.
        envelope: How calls carry credentials in their body, given these and what the integration holds; None
            where they travel in a header, as almost everywhere.
        read_webhook: Who sent a webhook, given what the integration holds; None where the provider sends
            none.
        calling: How a connection's calls are made, by what its credentials know of it (`auth_modes.Knowing`);
            None where all are made alike.
    """

    id: str
    display_name: str
    auth_mode: str
    options: object = field(repr=False)
    proxy_base_url: str
    docs_url: str
    setup_guide_url: str | None = None
    categories: tuple[str, ...] = ()
    logo_svg: str = field(default="", repr=False)
    guide: tuple[GuideStep, ...] = ()
    settings: tuple[Field, ...] = ()
    configure: Callable[[Mapping[str, str]], Configured] | None = field(default=None, repr=False)
    envelope: Callable[[Credentials, ClientSettings], Envelope] | None = field(default=None, repr=False)
    read_webhook: Callable[[Received, ClientSettings], Believed | Doubted] | None = field(
        default=None, repr=False
    )
    calling: Callable[[Mapping[str, str]], Calling] | None = field(default=None, repr=False)

    @property
    def mode(self) -> AuthMode:
        """The hooks of its auth mode."""
        return auth_modes.mode(self.auth_mode)

    def under(self, settings: ClientSettings) -> "Provider":
        """The same provider as one integration's settings make it."""
        if self.configure is None:
            return self
        held = settings.held()
        texts = {one.name: settings.values[one.name].reveal() for one in self.settings if one.name in held}
        configured = self.configure(texts)
        return replace(self, options=configured.options, proxy_base_url=configured.proxy_base_url)

    def calls_of(self, credentials: Credentials) -> Calling:
        """How calls with these credentials are made."""
        if self.calling is None or not isinstance(credentials, Knowing):
            return Calling(base_url=self.proxy_base_url)
        return self.calling(credentials.known)


class UnknownProvider(NotFound):
    """No provider has that id."""


class DuplicateProvider(ValueError):
    """Two providers have one id; the service does not start."""


class Catalogue:
    """All providers by id, in order of id. Fixed when the process starts.

    Args:
        providers: All of them.
        address_policy: Which addresses an integration's settings may name.

    Raises:
        DuplicateProvider: Two have one id.
    """

    def __init__(self, providers: Iterable[Provider], address_policy: AddressPolicy | None = None) -> None:
        by_id: dict[str, Provider] = {}
        for provider in providers:
            if provider.id in by_id:
                raise DuplicateProvider(f"There are two providers {provider.id!r}; ids are unique.")
            by_id[provider.id] = provider
        self._by_id: Mapping[str, Provider] = dict(sorted(by_id.items()))
        self.address_policy = address_policy or AddressPolicy()

    def get(self, provider_id: str) -> Provider:
        """The provider of that id.

        Raises:
            UnknownProvider: There is none.
        """
        provider = self._by_id.get(provider_id)
        if provider is None:
            raise UnknownProvider(f"There is no provider {provider_id!r}; GET /providers lists them.")
        return provider

    def find(self, provider_id: str) -> Provider | None:
        """The provider of that id, or None."""
        return self._by_id.get(provider_id)

    def all(self) -> tuple[Provider, ...]:
        """Every provider, in order of id."""
        return tuple(self._by_id.values())
