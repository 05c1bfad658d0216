"""The provider `netsuite`: NetSuite's REST web services with OAuth 2.0.

Every account has hosts of its own, so the account ID has to be known before a person is sent away. Source:
Oracle, "OAuth 2.0 Authorization Code Grant Flow" and "URLs for Account-Specific Domains". A refresh token
lives seven days and may be used until then.
"""

from collections.abc import Mapping
from typing import Final

from counterfoil.auth_modes import Field
from counterfoil.auth_modes.oauth2_authorization_code import (
    OAuth2AuthorizationCode,
    OAuth2Options,
    filled,
    proving,
)
from counterfoil.providers.provider import Calling, Provider

HOST: Final = "suitetalk.api.netsuite.com"
ACCOUNT: Final = Field(
    name="accountId",
    label="Account ID",
    description="As your NetSuite address begins, in small letters and with hyphens: 1234567-sb1 for the "
    "sandbox "
    "account 1234567_SB1.",
    placeholder="1234567",
    pattern="[a-z0-9]+(?:-[a-z0-9]+)*",
)
_API: Final = f"https://{{accountId}}.{HOST}"
_LOGO_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img" aria-label="NetSuite">'
    '<rect width="48" height="48" rx="10" fill="#125580"/>'
    '<text x="24" y="31" text-anchor="middle" font-family="sans-serif" font-size="20" font-weight="700" '
    'fill="#fff">N</text></svg>'
)


def provider() -> Provider:
    """The provider."""
    options = OAuth2Options(
        provider_host=HOST,
        authorization_endpoint="https://{accountId}.app.netsuite.com/app/login/oauth2/authorize.nl",
        token_endpoint=f"{_API}/services/rest/auth/oauth2/v1/token",
        authentication="header",
        default_scopes=("rest_webservices",),
        fields=(ACCOUNT,),
        single_use_refresh_tokens=False,
        # The time of day needs no permission of a role; the catalogue is for accounts without it.
        prove=proving(
            (
                f"{_API}/services/rest/system/v1/serverTime",
                f"{_API}/services/rest/record/v1/metadata-catalog",
            ),
            host=HOST,
        ),
    )
    return Provider(
        id="netsuite",
        display_name="NetSuite",
        auth_mode=OAuth2AuthorizationCode.name,
        options=options,
        proxy_base_url=_API,
        docs_url="https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_157780312610.html",
        categories=("accounting", "erp"),
        logo_svg=_LOGO_SVG,
        calling=_calling,
    )


def _calling(known: Mapping[str, str]) -> Calling:
    return Calling(base_url=filled(_API, known))
