"""The provider `generic-client-credentials`: any API with OAuth 2.0 and the grant client_credentials."""

from collections.abc import Mapping
from typing import Final

from counterfoil.auth_modes import Field
from counterfoil.auth_modes.oauth2_cc import OAuth2Cc, OAuth2CcOptions
from counterfoil.providers.generic import fields, webhooks
from counterfoil.providers.generic.logo import LOGO_SVG
from counterfoil.providers.provider import Configured, Provider

TOKEN_URL: Final = Field(
    name="tokenUrl",
    label="Token URL",
    description="The token endpoint of the authorization server.",
    placeholder="https://login.example.com/oauth2/token",
    web_address=True,
)
CLIENT_AUTHENTICATION: Final = Field(
    name="clientAuthentication",
    label="Client authentication",
    description="“body” sends the client in the form body, “header” as HTTP Basic. Left empty: body.",
    required=False,
    placeholder="body",
    pattern="body|header",
)
SCOPES: Final = Field(
    name="scopes",
    label="Scopes",
    description="What tokens are asked for, separated by spaces. Left empty: the server's default.",
    required=False,
    placeholder="read write",
    pattern=r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*",
)
SETTINGS: Final = (fields.BASE_URL, TOKEN_URL, CLIENT_AUTHENTICATION, SCOPES, fields.VERIFICATION_PATH)


def provider() -> Provider:
    """The provider."""
    nothing = configured({})
    return Provider(
        id="generic-client-credentials",
        display_name="API with OAuth client credentials",
        auth_mode=OAuth2Cc.name,
        options=nothing.options,
        proxy_base_url=nothing.proxy_base_url,
        docs_url="https://datatracker.ietf.org/doc/html/rfc6749#section-4.4",
        categories=fields.CATEGORIES,
        logo_svg=LOGO_SVG,
        settings=(*SETTINGS, *webhooks.SETTINGS),
        configure=configured,
        read_webhook=webhooks.read_webhook,
    )


def configured(settings: Mapping[str, str]) -> Configured:
    """What the settings make of it."""
    options = OAuth2CcOptions(
        provider_host=fields.provider_host(settings),
        token_url=settings.get(TOKEN_URL.name, ""),
        authentication="header" if settings.get(CLIENT_AUTHENTICATION.name) == "header" else "body",
        scope=settings.get(SCOPES.name, ""),
        verification_urls=fields.verification_urls(settings),
    )
    return Configured(options=options, proxy_base_url=fields.base_url(settings))
