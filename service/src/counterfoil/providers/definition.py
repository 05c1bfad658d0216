"""A provider as the wire shows it (GET /providers): the published schema's field names, our own content.

One of the places where names of the wire appear. Reading such definitions from files is not what this is for.
"""

from typing import Any

from counterfoil.auth_modes import Field
from counterfoil.auth_modes.two_step import TwoStepOptions
from counterfoil.providers.provider import Provider


def definition(provider: Provider, public_url: str) -> dict[str, Any]:
    """The provider's object.

    Args:
        provider: Of the catalogue.
        public_url: The service's own address, no slash at the end; the logo's is built from it.

    Returns:
        `name`, `display_name`, `auth_mode`, `docs`, `categories`, `proxy`, `logo_url`, and for TWO_STEP also
        `token_url`, `token_params`, `body_format`, `token_response`, `credentials` (asked always),
        `integration_config` (asked only where the integration does not hold them).
    """
    shown: dict[str, Any] = {
        "name": provider.id,
        "display_name": provider.display_name,
        "auth_mode": provider.auth_mode,
        "docs": provider.docs_url,
        "categories": list(provider.categories),
        "proxy": {"base_url": provider.proxy_base_url},
        "logo_url": f"{public_url}/images/template-logos/{provider.id}.svg",
    }
    if provider.setup_guide_url is not None:
        shown["setup_guide_url"] = provider.setup_guide_url
    if isinstance(provider.options, TwoStepOptions):
        shown |= _two_step(provider.options)
    return shown


def _two_step(options: TwoStepOptions) -> dict[str, Any]:
    return {
        "token_url": options.token_url,
        "body_format": "form",
        "token_request_method": "POST",
        "token_response": {
            "token": "access_token",
            "refresh_token": "refresh_token",
            "token_expiration": "expires_in",
            "token_expiration_strategy": "expireIn",
        },
        "credentials": {field.name: _field(field, order) for order, field in enumerate(options.fields)},
        "integration_config": {
            field.name: _field(field, order) | {"optional": True}
            for order, field in enumerate(options.client_fields)
        },
    }


def _field(field: Field, order: int) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": "string",
        "title": field.label,
        "description": field.description,
        "order": order,
        "secret": field.secret,
        "optional": not field.required,
    }
    if field.placeholder:
        shown["example"] = field.placeholder
    if field.pattern is not None:
        shown["pattern"] = field.pattern
    return shown
