"""The settings that the generic providers share, and what follows from them."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from counterfoil.auth_modes import Field

DOCS_URL: Final = "https://datatracker.ietf.org/doc/html/rfc9110"
CATEGORIES: Final = ("generic",)

BASE_URL: Final = Field(
    name="baseUrl",
    label="Base URL",
    description="What a proxied path is joined to.",
    placeholder="https://api.example.com/v1",
    web_address=True,
)
VERIFICATION_PATH: Final = Field(
    name="verificationPath",
    label="Verification path",
    description="Below the base URL; a GET there succeeds with good credentials only. Without it credentials "
    "are taken untested.",
    required=False,
    placeholder="/me",
    pattern=r"[!-\x22$-~]+",
)


def base_url(settings: Mapping[str, str]) -> str:
    """The base URL, no slash at the end; empty where there is none yet."""
    return settings.get(BASE_URL.name, "").rstrip("/")


def provider_host(settings: Mapping[str, str]) -> str:
    """The host of the base URL, with the port where it is not the scheme's own."""
    return urlsplit(base_url(settings)).netloc.lower()


def verification_urls(settings: Mapping[str, str]) -> tuple[str, ...]:
    """What a GET of proves credentials; empty where the operator named nothing."""
    path = settings.get(VERIFICATION_PATH.name)
    return (f"{base_url(settings)}/{path.lstrip('/')}",) if path else ()
