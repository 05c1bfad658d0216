"""A provider as the wire shows it (GET /providers): the published schema's field names, our own content.

One of the places where names of the wire appear. Reading such definitions from files is not what this is for.
"""

import re
from typing import Any

from counterfoil.auth_modes import ClientSettings, Field
from counterfoil.auth_modes.oauth2_authorization_code import OAuth2Options
from counterfoil.auth_modes.oauth2_cc import OAuth2CcOptions
from counterfoil.auth_modes.two_step import TwoStepOptions
from counterfoil.providers.provider import Provider


def definition(provider: Provider, public_url: str) -> dict[str, Any]:
    """The provider's object.

    Args:
        provider: Of the catalogue.
        public_url: The service's own address, no slash at the end; the logo's is built from it.

    Returns:
        `name`, `display_name`, `auth_mode`, `docs`, `categories`, `logo_url`; `proxy` where its base URL is
        known; `token_url`, `body_format`, `token_response` of modes with a token endpoint; `credentials`
        (asked always), `connection_config` (asked before a person is sent to the provider),
        `integration_config` (a client, asked only where the integration does not hold it, and settings that
        only an operator makes).
    """
    shown: dict[str, Any] = {
        "name": provider.id,
        "display_name": provider.display_name,
        "auth_mode": provider.auth_mode,
        "docs": provider.docs_url,
        "categories": list(provider.categories),
        "logo_url": f"{public_url}/images/template-logos/{provider.id}.svg",
    }
    if provider.proxy_base_url:
        shown["proxy"] = {"base_url": _interpolated(provider.proxy_base_url)}
    if provider.setup_guide_url is not None:
        shown["setup_guide_url"] = provider.setup_guide_url
    shown |= _authorization_endpoint(provider.options)
    shown |= _token_endpoint(provider.options)
    if isinstance(provider.options, OAuth2Options):
        return shown | _redirected(provider)
    client = provider.mode.client_fields(provider)
    always = [one for one in provider.mode.fields(provider, ClientSettings()) if one not in client]
    # What an end user is always asked for; a client is asked for where the integration does not hold it.
    if always:
        shown["credentials"] = {one.name: _field(one, order) for order, one in enumerate(always)}
    if provider.settings or client:
        optional = [_field(one, order) | {"optional": True} for order, one in enumerate(client)]
        set_by_operator = [_field(one, order) for order, one in enumerate(provider.settings, len(client))]
        names = [one.name for one in (*client, *provider.settings)]
        shown["integration_config"] = dict(zip(names, (*optional, *set_by_operator), strict=True))
    return shown


def _interpolated(template: str) -> str:
    """An address with the connection's settings as the wire names them: `${connectionConfig.name}`."""
    return re.sub(r"\{(\w+)\}", r"${connectionConfig.\1}", template)


def _redirected(provider: Provider) -> dict[str, Any]:
    """What is asked for where a person is sent to the provider: its client is no part of the form."""
    asked = provider.mode.fields(provider, ClientSettings())
    parts = {"connection_config": asked, "integration_config": provider.settings}
    return {
        name: {one.name: _field(one, order) for order, one in enumerate(fields)}
        for name, fields in parts.items()
        if fields
    }


def _authorization_endpoint(options: object) -> dict[str, Any]:
    if not isinstance(options, OAuth2Options):
        return {}
    shown: dict[str, Any] = {"default_scopes": [*options.default_scopes, *options.scopes]}
    if options.authorization_endpoint:
        shown["authorization_url"] = _interpolated(options.authorization_endpoint)
    if options.token_endpoint:
        shown["token_url"] = _interpolated(options.token_endpoint)
    if options.authorization_parameters:
        shown["authorization_params"] = dict(options.authorization_parameters)
    return shown | {"scope_separator": options.scope_separator}


def _token_endpoint(options: object) -> dict[str, Any]:
    if not isinstance(options, TwoStepOptions | OAuth2CcOptions):
        return {}
    if isinstance(options, TwoStepOptions) and options.request is not None:
        return {
            "token_url": options.token_url,
            "body_format": options.body_format,
            "token_request_method": "POST",
        }
    refresh_token = {"refresh_token": "refresh_token"} if isinstance(options, TwoStepOptions) else {}
    named = {"token_url": options.token_url} if options.token_url else {}
    return named | {
        "body_format": "form",
        "token_request_method": "POST",
        "token_response": {
            "token": "access_token",
            **refresh_token,
            "token_expiration": "expires_in",
            "token_expiration_strategy": "expireIn",
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
    if field.web_address:
        shown["format"] = "uri"
    if field.pattern is not None:
        shown["pattern"] = field.pattern
    return shown
