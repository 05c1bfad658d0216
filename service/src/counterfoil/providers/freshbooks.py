"""The provider `freshbooks`: FreshBooks.

A person allows the application; whose token it is, and which businesses that person has, says the identity at
`/users/me`. Calls name the account in their address: `/accounting/account/<account_id>/…`. Source:
FreshBooks, "Authentication" and "Identity model". A refresh token can be used once.
"""

from typing import Any, Final

from counterfoil.auth_modes.oauth2_authorization_code import (
    OAuth2AuthorizationCode,
    OAuth2Options,
    Proven,
    asking,
)
from counterfoil.oauth2.exchange import one_line
from counterfoil.providers.provider import Provider

HOST: Final = "api.freshbooks.com"
_LOGO_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img" aria-label="FreshBooks">'
    '<rect width="48" height="48" rx="10" fill="#0075dd"/>'
    '<text x="24" y="31" text-anchor="middle" font-family="sans-serif" font-size="20" font-weight="700" '
    'fill="#fff">fb</text></svg>'
)


def provider() -> Provider:
    """The provider."""
    options = OAuth2Options(
        provider_host=HOST,
        authorization_endpoint="https://auth.freshbooks.com/oauth/authorize/",
        token_endpoint=f"https://{HOST}/auth/oauth/token",
        default_scopes=("user:profile:read",),
        prove=asking(f"https://{HOST}/auth/api/v1/users/me", HOST, _identity),
    )
    return Provider(
        id="freshbooks",
        display_name="FreshBooks",
        auth_mode=OAuth2AuthorizationCode.name,
        options=options,
        proxy_base_url=f"https://{HOST}",
        docs_url="https://www.freshbooks.com/api/start",
        categories=("accounting",),
        logo_svg=_LOGO_SVG,
    )


def _identity(answer: object) -> Proven | None:
    person = answer.get("response") if isinstance(answer, dict) else None
    if not isinstance(person, dict) or person.get("id") is None:
        return None
    learned = next(filter(None, map(_business, _memberships(person))), {})
    return Proven(
        company_id=learned.get("account_id", ""), user_id=one_line(str(person["id"])) or "", learned=learned
    )


def _memberships(person: dict[str, Any]) -> list[object]:
    memberships = person.get("business_memberships")
    return memberships if isinstance(memberships, list) else []


def _business(membership: object) -> dict[str, str]:
    """Of a business with books: what addresses of the API name. Empty where there are none."""
    business = membership.get("business") if isinstance(membership, dict) else None
    if not isinstance(business, dict) or not one_line(business.get("account_id")):
        return {}
    found = {"account_id": business["account_id"], "business_id": business.get("id")}
    return {name: str(value) for name, value in found.items() if value is not None}
