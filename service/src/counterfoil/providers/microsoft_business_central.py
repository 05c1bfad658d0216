"""The provider `microsoft-business-central`: Microsoft Dynamics 365 Business Central.

A person signs in with the organisation's Microsoft account; the tenant is the one that the token is for, the
environment is asked beforehand. Source: Microsoft, "Microsoft identity platform and OAuth 2.0 authorization
code flow" and "Business Central web service endpoints". A used refresh token is not revoked by its use.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from counterfoil.auth_modes import Cause, Field
from counterfoil.auth_modes.oauth2_authorization_code import (
    OAuth2AuthorizationCode,
    OAuth2Options,
    Proof,
    Proven,
    asking,
    filled,
)
from counterfoil.oauth2 import unverified_claims
from counterfoil.providers.provider import Calling, Provider
from counterfoil.vault import Secret

HOST: Final = "api.businesscentral.dynamics.com"
TENANT: Final = "tenantId"
ENVIRONMENT: Final = Field(
    name="environment",
    label="Environment",
    description="As the admin center of Business Central names it, such as Production or Sandbox.",
    placeholder="Production",
    pattern="[A-Za-z0-9][A-Za-z0-9-]{0,49}",
)
_LOGIN: Final = "https://login.microsoftonline.com/organizations/oauth2/v2.0"
_API: Final = f"https://{HOST}/v2.0/{{tenantId}}/{{environment}}"
_TENANT: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LOGO_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img" aria-label="Business Central">'
    '<rect width="48" height="48" rx="10" fill="#00857c"/>'
    '<text x="24" y="31" text-anchor="middle" font-family="sans-serif" font-size="20" font-weight="700" '
    'fill="#fff">BC</text></svg>'
)


def provider() -> Provider:
    """The provider."""
    options = OAuth2Options(
        provider_host=HOST,
        authorization_endpoint=f"{_LOGIN}/authorize",
        token_endpoint=f"{_LOGIN}/token",
        scopes=("offline_access",),
        default_scopes=(f"https://{HOST}/Financials.ReadWrite.All",),
        fields=(ENVIRONMENT,),
        single_use_refresh_tokens=False,
        prove=_prove,
    )
    return Provider(
        id="microsoft-business-central",
        display_name="Microsoft Dynamics 365 Business Central",
        auth_mode=OAuth2AuthorizationCode.name,
        options=options,
        proxy_base_url=_API,
        docs_url="https://learn.microsoft.com/en-us/dynamics365/business-central/dev-itpro/api-reference/v2.0/",
        categories=("accounting", "erp"),
        logo_svg=_LOGO_SVG,
        calling=_calling,
    )


def _calling(known: Mapping[str, str]) -> Calling:
    return Calling(base_url=filled(_API, known))


def _prove(token: Secret, known: Mapping[str, str]) -> Proof:
    # Only part of an address: a token for another tenant than it says is refused there.
    tenant = str(unverified_claims(token.reveal()).get("tid", ""))
    if not _TENANT.fullmatch(tenant):
        return _no_tenant()
    proven = yield from asking(f"{_API}/api/v2.0/companies", HOST, _companies)(
        token, {**known, TENANT: tenant}
    )
    if isinstance(proven, Cause):
        return proven
    return replace(proven, company_id=tenant, learned={TENANT: tenant})


def _companies(answer: object) -> Proven | None:
    return Proven() if isinstance(answer, dict) and isinstance(answer.get("value"), list) else None


def _no_tenant() -> Cause:
    return Cause(
        code="tenant_unknown",
        sentence="Microsoft's token does not say which organisation it is for.",
        remedy="Connect again with an account of an organisation, not with a personal one.",
        who="administrator",
    )
