"""The provider `generic-api-key`: any API that wants a key in a header."""

from collections.abc import Mapping
from typing import Final

from counterfoil.auth_modes import Field
from counterfoil.auth_modes.api_key import ApiKey, ApiKeyOptions
from counterfoil.providers.generic import fields, webhooks
from counterfoil.providers.generic.logo import LOGO_SVG
from counterfoil.providers.provider import Configured, Provider

# Headers that frame the request are not a key's place.
_FRAMING: Final = (
    "accept-encoding|connection|content-length|content-type|expect|host|te|trailer|transfer-encoding|upgrade"
)
HEADER_NAME: Final = Field(
    name="headerName",
    label="Header",
    description="The header that the key travels in. Left empty: Authorization, with Bearer before the key.",
    required=False,
    placeholder="X-Api-Key",
    pattern=rf"(?!(?i:{_FRAMING})$)[A-Za-z0-9!#$%&'*+.^_`|~-]{{1,100}}",
)
HEADER_PREFIX: Final = Field(
    name="headerPrefix",
    label="Prefix",
    description="What stands before the key, without the space between them. Left empty beside a header: the "
    "key alone.",
    required=False,
    placeholder="Bearer",
    pattern=r"[!-~](?:[ -~]{0,98}[!-~])?",
)
SETTINGS: Final = (fields.BASE_URL, HEADER_NAME, HEADER_PREFIX, fields.VERIFICATION_PATH)


def provider() -> Provider:
    """The provider."""
    nothing = configured({})
    return Provider(
        id="generic-api-key",
        display_name="API with a key",
        auth_mode=ApiKey.name,
        options=nothing.options,
        proxy_base_url=nothing.proxy_base_url,
        docs_url=fields.DOCS_URL,
        categories=fields.CATEGORIES,
        logo_svg=LOGO_SVG,
        settings=(*SETTINGS, *webhooks.SETTINGS),
        configure=configured,
        read_webhook=webhooks.read_webhook,
    )


def configured(settings: Mapping[str, str]) -> Configured:
    """What the settings make of it."""
    header, prefix = settings.get(HEADER_NAME.name), settings.get(HEADER_PREFIX.name)
    if header is None and prefix is None:
        prefix = "Bearer"
    options = ApiKeyOptions(
        provider_host=fields.provider_host(settings),
        header=header or "Authorization",
        prefix=f"{prefix} " if prefix else "",
        verification_urls=fields.verification_urls(settings),
    )
    return Configured(options=options, proxy_base_url=fields.base_url(settings))
