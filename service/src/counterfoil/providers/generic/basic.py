"""The provider `generic-basic`: any API with HTTP Basic authentication."""

from collections.abc import Mapping
from typing import Final

from counterfoil.auth_modes.basic import Basic, BasicOptions
from counterfoil.providers.generic import fields, webhooks
from counterfoil.providers.generic.logo import LOGO_SVG
from counterfoil.providers.provider import Configured, Provider

SETTINGS: Final = (fields.BASE_URL, fields.VERIFICATION_PATH)


def provider() -> Provider:
    """The provider."""
    nothing = configured({})
    return Provider(
        id="generic-basic",
        display_name="API with user name and password",
        auth_mode=Basic.name,
        options=nothing.options,
        proxy_base_url=nothing.proxy_base_url,
        docs_url="https://datatracker.ietf.org/doc/html/rfc7617",
        categories=fields.CATEGORIES,
        logo_svg=LOGO_SVG,
        settings=(*SETTINGS, *webhooks.SETTINGS),
        configure=configured,
        read_webhook=webhooks.read_webhook,
    )


def configured(settings: Mapping[str, str]) -> Configured:
    """What the settings make of it."""
    options = BasicOptions(
        provider_host=fields.provider_host(settings), verification_urls=fields.verification_urls(settings)
    )
    return Configured(options=options, proxy_base_url=fields.base_url(settings))
