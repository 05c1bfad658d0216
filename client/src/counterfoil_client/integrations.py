"""Integrations: the providers you offer, each under a key of your choice, perhaps with your own client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from counterfoil_client._operations import (
    JSON_TYPE,
    Answer,
    Operation,
    Page,
    given,
    json_content,
    json_of,
    nothing,
    path_of,
)
from counterfoil_client._reading import Json, as_mapping, flag, mapping, mappings, moment, text, words
from counterfoil_client._senders import AsyncResource, Resource, listed, listed_async, sent, sent_async


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """A provider under a key of yours.

    Attributes:
        key: Yours, unique in the environment.
        provider: The provider's name, such as `sage-intacct-cc`.
        display_name: As people see it.
        logo_url: A picture (SVG).
        forward_webhooks: Whether the provider's webhooks are passed on.
        held_settings: Names of the fields that the integration holds, so that nobody is asked for them.
        created_at: When it was made.
        updated_at: When it was last changed.
        raw: The whole object as it came.
    """

    key: str
    provider: str
    display_name: str
    logo_url: str
    forward_webhooks: bool
    held_settings: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    raw: Mapping[str, Any] = field(repr=False)


def find_integrations() -> Operation[Page[Integration]]:
    """All integrations of the environment."""

    def read_page(answer: Answer) -> Page[Integration]:
        found = mappings(as_mapping(json_of(answer), "answer"), "data")
        return Page(tuple(_read_integration(one) for one in found))

    return Operation(method="GET", path="/integrations", read=read_page)


def read_integration(key: str) -> Operation[Integration]:
    """Read an integration.

    Args:
        key: The integration's key.

    Raises:
        NotFound: There is none by that key.
    """
    return Operation(method="GET", path=path_of("integrations", key), read=_read_one)


def create_integration(
    key: str,
    *,
    provider: str,
    display_name: str | None = None,
    forward_webhooks: bool | None = None,
    settings: Mapping[str, str] | None = None,
) -> Operation[Integration]:
    """Make an integration.

    Args:
        key: Yours, 1 to 255 letters, digits and `~ : . @ _ -` or spaces.
        provider: The provider's name, such as `sage-intacct-cc`.
        display_name: As people see it; the provider's own if left out.
        forward_webhooks: Whether the provider's webhooks are passed on; True if left out.
        settings: What the integration holds for all its connections, such as `clientId` and `clientSecret`;
            nobody is asked for them any more. They are never shown again.

    Raises:
        InvalidRequest: The key is taken, there is no such provider, or a setting is wrong; `errors` says
            which.
    """
    body = {
        "unique_key": key,
        "provider": provider,
        **_optional_members(display_name, forward_webhooks, settings),
    }
    return Operation(
        method="POST",
        path="/integrations",
        read=_read_one,
        headers=(JSON_TYPE,),
        content=json_content(body),
    )


def update_integration(
    key: str,
    *,
    new_key: str | None = None,
    display_name: str | None = None,
    forward_webhooks: bool | None = None,
    settings: Mapping[str, str] | None = None,
) -> Operation[Integration]:
    """Change an integration. What is left out stays as it is.

    Args:
        key: The integration's key.
        new_key: Another key; refused while it has connections.
        display_name: As people see it.
        forward_webhooks: Whether the provider's webhooks are passed on.
        settings: Those to change; an empty text takes one back.

    Raises:
        NotFound: There is none by that key.
        InvalidRequest: The new key can't be had, or a setting is wrong; `errors` says which.
    """
    body = {**given(unique_key=new_key), **_optional_members(display_name, forward_webhooks, settings)}
    return Operation(
        method="PATCH",
        path=path_of("integrations", key),
        read=_read_one,
        headers=(JSON_TYPE,),
        content=json_content(body),
    )


def delete_integration(key: str) -> Operation[None]:
    """Delete an integration and all its connections.

    Args:
        key: The integration's key.

    Raises:
        NotFound: There is none by that key.
    """
    return Operation(method="DELETE", path=path_of("integrations", key), read=nothing)


class Integrations(Resource):
    """`counterfoil.integrations`."""

    list = listed(find_integrations)
    get = sent(read_integration)
    create = sent(create_integration)
    update = sent(update_integration)
    delete = sent(delete_integration)


class AsyncIntegrations(AsyncResource):
    """`counterfoil.integrations` of the asynchronous client."""

    list = listed_async(find_integrations)
    get = sent_async(read_integration)
    create = sent_async(create_integration)
    update = sent_async(update_integration)
    delete = sent_async(delete_integration)


def _optional_members(
    display_name: str | None, forward_webhooks: bool | None, settings: Mapping[str, str] | None
) -> dict[str, Any]:
    return given(display_name=display_name, forward_webhooks=forward_webhooks, integration_config=settings)


def _read_one(answer: Answer) -> Integration:
    return _read_integration(mapping(as_mapping(json_of(answer), "answer"), "data"))


def _read_integration(source: Json) -> Integration:
    return Integration(
        key=text(source, "unique_key"),
        provider=text(source, "provider"),
        display_name=text(source, "display_name"),
        logo_url=text(source, "logo"),
        forward_webhooks=flag(source, "forward_webhooks"),
        held_settings=words(source, "preconfigured_credentials"),
        created_at=moment(source, "created_at"),
        updated_at=moment(source, "updated_at"),
        raw=source,
    )
