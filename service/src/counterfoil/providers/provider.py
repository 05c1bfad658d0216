"""A provider and the catalogue of all, as values. How one speaks is its own module's affair."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from counterfoil import auth_modes
from counterfoil.auth_modes import AuthMode, GuideStep
from counterfoil.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An external system and how it authenticates; ships with the service.

    Attributes:
        id: Lower-case letters, digits and hyphens: `sage-intacct-cc`. Portable, never changed.
        display_name: As people know it.
        auth_mode: Name of its auth mode: `TWO_STEP`.
        options: What it states for that mode.
        proxy_base_url: What a proxied path is joined to; no slash at the end.
        docs_url: The provider's own documentation.
        setup_guide_url: A setup guide on the web; None where the Connect page holds it.
        categories: Words to find it by: `accounting`.
        logo_svg: A small square picture, an SVG document.
        guide: The steps of its setup guide.
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

    @property
    def mode(self) -> AuthMode:
        """The hooks of its auth mode."""
        return auth_modes.mode(self.auth_mode)


class UnknownProvider(NotFound):
    """No provider has that id."""


class Catalogue:
    """All providers by id, in order of id. Fixed when the process starts."""

    def __init__(self, providers: Iterable[Provider]) -> None:
        by_id = {provider.id: provider for provider in providers}
        self._by_id: Mapping[str, Provider] = dict(sorted(by_id.items()))

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
