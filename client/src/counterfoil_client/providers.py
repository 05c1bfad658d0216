"""Providers: what the service can connect to. The catalogue is the service's; nothing can be changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from counterfoil_client._operations import Answer, Operation, Page, json_of, path_of, query_of
from counterfoil_client._reading import Json, as_mapping, mapping, mappings, text, text_or_none, words
from counterfoil_client._senders import AsyncResource, Resource, listed, listed_async, sent, sent_async


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Something that can be connected to.

    Attributes:
        name: Such as `sage-intacct-cc`.
        display_name: As people see it.
        auth_mode: How credentials are obtained: `TWO_STEP`.
        docs_url: The provider's documentation, or None.
        categories: Such as `accounting`.
        logo_url: A picture (SVG), or None.
        raw: The whole definition as it came, with the fields people are asked for in `credentials`.
    """

    name: str
    display_name: str
    auth_mode: str
    docs_url: str | None
    categories: tuple[str, ...]
    logo_url: str | None
    raw: Mapping[str, Any] = field(repr=False)


def find_providers(*, search: str | None = None) -> Operation[Page[Provider]]:
    """All providers, or those whose name contains a text.

    Args:
        search: Part of a name, in any letter case.
    """

    def read_page(answer: Answer) -> Page[Provider]:
        found = mappings(as_mapping(json_of(answer), "answer"), "data")
        return Page(tuple(_read_provider(one) for one in found))

    return Operation(method="GET", path="/providers", query=query_of({"search": search}), read=read_page)


def read_provider(name: str) -> Operation[Provider]:
    """Read a provider's definition.

    Args:
        name: Such as `sage-intacct-cc`.

    Raises:
        NotFound: There is none by that name.
    """

    def read_one(answer: Answer) -> Provider:
        return _read_provider(mapping(as_mapping(json_of(answer), "answer"), "data"))

    return Operation(method="GET", path=path_of("providers", name), read=read_one)


class Providers(Resource):
    """`counterfoil.providers`."""

    list = listed(find_providers)
    get = sent(read_provider)


class AsyncProviders(AsyncResource):
    """`counterfoil.providers` of the asynchronous client."""

    list = listed_async(find_providers)
    get = sent_async(read_provider)


def _read_provider(source: Json) -> Provider:
    return Provider(
        name=text(source, "name"),
        display_name=text(source, "display_name"),
        auth_mode=text(source, "auth_mode"),
        docs_url=text_or_none(source, "docs"),
        categories=words(source, "categories"),
        logo_url=text_or_none(source, "logo_url"),
        raw=source,
    )
