"""The provider `xero`: Xero's accounting API.

A person allows one or more organisations; which ones, the token is asked at `/connections`. The one that
belongs to this very authorization is the connection's, and goes with every call as `Xero-tenant-id`. Source:
Xero, "The standard authorization code flow" and "Managing connections". A used refresh token stays good for
half an hour, in case its answer was lost.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from counterfoil.auth_modes.oauth2_authorization_code import (
    OAuth2AuthorizationCode,
    OAuth2Options,
    Proof,
    Proven,
    asking,
)
from counterfoil.oauth2 import unverified_claims
from counterfoil.oauth2.exchange import one_line
from counterfoil.providers.provider import Calling, Provider
from counterfoil.vault import Secret

HOST: Final = "api.xero.com"
TENANT: Final = "tenant_id"
_TOKEN: Final = "https://identity.xero.com/connect/token"  # noqa: S105 - an address
_LOGO_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img" aria-label="Xero">'
    '<rect width="48" height="48" rx="10" fill="#13b5ea"/>'
    '<text x="24" y="31" text-anchor="middle" font-family="sans-serif" font-size="20" font-weight="700" '
    'fill="#fff">X</text></svg>'
)


def provider() -> Provider:
    """The provider."""
    options = OAuth2Options(
        provider_host=HOST,
        authorization_endpoint="https://login.xero.com/identity/connect/authorize",
        token_endpoint=_TOKEN,
        issuer="https://identity.xero.com",
        authentication="header",
        scopes=("offline_access",),
        default_scopes=("accounting.settings",),
        single_use_refresh_tokens=False,
        prove=_prove,
    )
    return Provider(
        id="xero",
        display_name="Xero",
        auth_mode=OAuth2AuthorizationCode.name,
        options=options,
        proxy_base_url=f"https://{HOST}",
        docs_url="https://developer.xero.com/documentation/",
        categories=("accounting",),
        logo_svg=_LOGO_SVG,
        calling=_calling,
    )


def _calling(known: Mapping[str, str]) -> Calling:
    headers = (("xero-tenant-id", known[TENANT]),) if TENANT in known else ()
    return Calling(base_url=f"https://{HOST}", headers=headers)


def _prove(token: Secret, known: Mapping[str, str]) -> Proof:
    # A hint which of the organisations was chosen just now; without it the newest one is taken.
    event = unverified_claims(token.reveal()).get("authentication_event_id")
    return (yield from asking(f"https://{HOST}/connections", HOST, partial(_tenant, event))(token, known))


def _tenant(event: object, answer: object) -> Proven | None:
    tenants = [one for one in answer if _is_tenant(one)] if isinstance(answer, list) else []
    if not tenants:
        return None
    newest = max(
        tenants, key=lambda one: (one.get("authEventId") == event, str(one.get("updatedDateUtc", "")))
    )
    learned = {TENANT: newest["tenantId"], "tenant_name": one_line(newest.get("tenantName")) or ""}
    return Proven(company_id=newest["tenantId"], learned={k: v for k, v in learned.items() if v})


def _is_tenant(one: Any) -> bool:  # noqa: ANN401 - any JSON value
    tenant = one.get("tenantId") if isinstance(one, dict) else None
    return isinstance(tenant, str) and len(tenant) == 36 and tenant.replace("-", "").isalnum()
