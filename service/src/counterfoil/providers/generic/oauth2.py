"""The provider `generic-oauth2`: any API with OAuth 2.0 and the grant authorization_code."""

from collections.abc import Mapping
from typing import Final

from counterfoil.auth_modes import Field
from counterfoil.auth_modes.oauth2_authorization_code import (
    OAuth2AuthorizationCode,
    OAuth2Options,
    proving,
)
from counterfoil.providers.generic import fields, webhooks
from counterfoil.providers.generic.client_credentials import CLIENT_AUTHENTICATION, TOKEN_URL
from counterfoil.providers.generic.logo import LOGO_SVG
from counterfoil.providers.provider import Configured, Provider

AUTHORIZATION_URL: Final = Field(
    name="authorizationUrl",
    label="Authorization URL",
    description="The authorization endpoint, where a person is sent to sign in and allow it.",
    placeholder="https://login.example.com/oauth2/authorize",
    web_address=True,
)
ISSUER: Final = Field(
    name="issuer",
    label="Issuer",
    description="What the server calls itself in `iss` (RFC 9207). Left empty: an `iss` that comes back "
    "must have the authorization URL's origin.",
    required=False,
    placeholder="https://login.example.com",
    web_address=True,
)
REFRESH_TOKENS: Final = Field(
    name="refreshTokens",
    label="Refresh tokens",
    description="“single-use” where each may be used once, “reusable” where a used one stays good. Left "
    "empty: single-use, so that none is ever sent twice.",
    required=False,
    placeholder="single-use",
    pattern="single-use|reusable",
)
SETTINGS: Final = (
    fields.BASE_URL,
    AUTHORIZATION_URL,
    TOKEN_URL,
    CLIENT_AUTHENTICATION,
    ISSUER,
    REFRESH_TOKENS,
    fields.VERIFICATION_PATH,
)


def provider() -> Provider:
    """The provider."""
    nothing = configured({})
    return Provider(
        id="generic-oauth2",
        display_name="API with OAuth sign-in",
        auth_mode=OAuth2AuthorizationCode.name,
        options=nothing.options,
        proxy_base_url=nothing.proxy_base_url,
        docs_url="https://datatracker.ietf.org/doc/html/rfc6749#section-4.1",
        categories=fields.CATEGORIES,
        logo_svg=LOGO_SVG,
        settings=(*SETTINGS, *webhooks.SETTINGS),
        configure=configured,
        read_webhook=webhooks.read_webhook,
    )


def configured(settings: Mapping[str, str]) -> Configured:
    """What the settings make of it."""
    host = fields.provider_host(settings)
    options = OAuth2Options(
        provider_host=host,
        authorization_endpoint=settings.get(AUTHORIZATION_URL.name, ""),
        token_endpoint=settings.get(TOKEN_URL.name, ""),
        issuer=settings.get(ISSUER.name),
        authentication="header" if settings.get(CLIENT_AUTHENTICATION.name) == "header" else "body",
        single_use_refresh_tokens=settings.get(REFRESH_TOKENS.name) != "reusable",
        prove=proving(fields.verification_urls(settings), host=host),
    )
    return Configured(options=options, proxy_base_url=fields.base_url(settings))
