"""The provider `quickbooks`: QuickBooks Online.

A person chooses a company at Intuit; its number comes back beside the code, as `realmId`, and is part of
every address of the API: `/v3/company/<realmId>/…`. Source: Intuit, "Set up OAuth 2.0" and "CompanyInfo". The
newest refresh token is the one to keep; what becomes of an older one Intuit does not promise, so none is sent
twice.
"""

from collections.abc import Mapping
from typing import Final

from counterfoil.auth_modes import Field
from counterfoil.auth_modes.oauth2_authorization_code import (
    OAuth2AuthorizationCode,
    OAuth2Options,
    Proven,
    asking,
)
from counterfoil.providers.provider import Configured, Provider

ACCOUNTING: Final = "com.intuit.quickbooks.accounting"
REALM: Final = "realmId"
ENVIRONMENT: Final = Field(
    name="environment",
    label="Environment",
    description="“sandbox” for the companies of a developer's sandbox. Left empty: production.",
    required=False,
    placeholder="production",
    pattern="production|sandbox",
)
_HOSTS: Final = {"production": "quickbooks.api.intuit.com", "sandbox": "sandbox-quickbooks.api.intuit.com"}
_TOKEN: Final = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"  # noqa: S105 - an address
_LOGO_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img" aria-label="QuickBooks">'
    '<rect width="48" height="48" rx="10" fill="#2ca01c"/>'
    '<text x="24" y="31" text-anchor="middle" font-family="sans-serif" font-size="20" font-weight="700" '
    'fill="#fff">qb</text></svg>'
)


def provider() -> Provider:
    """The provider."""
    production = configured({})
    return Provider(
        id="quickbooks",
        display_name="QuickBooks Online",
        auth_mode=OAuth2AuthorizationCode.name,
        options=production.options,
        proxy_base_url=production.proxy_base_url,
        docs_url="https://developer.intuit.com/app/developer/qbo/docs/develop",
        categories=("accounting",),
        logo_svg=_LOGO_SVG,
        settings=(ENVIRONMENT,),
        configure=configured,
    )


def configured(settings: Mapping[str, str]) -> Configured:
    """What the settings make of it."""
    host = _HOSTS[settings.get(ENVIRONMENT.name, "production")]
    company = f"https://{host}/v3/company/{{{REALM}}}/companyinfo/{{{REALM}}}"
    options = OAuth2Options(
        provider_host=host,
        authorization_endpoint="https://appcenter.intuit.com/connect/oauth2",
        token_endpoint=_TOKEN,
        issuer="https://oauth.platform.intuit.com/op/v1",
        authentication="header",
        default_scopes=(ACCOUNTING,),
        callback_parameters=(REALM,),
        prove=asking(company, host, _company),
    )
    return Configured(options=options, proxy_base_url=f"https://{host}")


def _company(answer: object) -> Proven | None:
    return Proven() if isinstance(answer, dict) and isinstance(answer.get("CompanyInfo"), dict) else None
