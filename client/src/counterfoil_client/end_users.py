"""Your customer as sessions and connections know them: an end user, and what they belong to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Required, TypedDict

from counterfoil_client._reading import Json, mapping_or_none, text, text_or_none, texts


class EndUserFields(TypedDict, total=False):
    """An end user as it is sent; plain dictionaries will do.

    Attributes:
        id: Yours, 1 to 255 characters.
        email: An e-mail address.
        display_name: Up to 255 characters.
        tags: Names and values by which you find the connection again; names are kept in lower case.
    """

    id: Required[str]
    email: str
    display_name: str
    tags: Mapping[str, str]


class OrganizationFields(TypedDict, total=False):
    """What an end user belongs to, as it is sent.

    Attributes:
        id: Yours, up to 255 characters.
        display_name: Up to 255 characters.
    """

    id: Required[str]
    display_name: str


@dataclass(frozen=True, slots=True)
class Organization:
    """What an end user belongs to.

    Attributes:
        id: Yours.
        display_name: Or None.
    """

    id: str
    display_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndUser:
    """On whose behalf a connection is.

    Attributes:
        id: Yours.
        email: Or None.
        display_name: Or None.
        tags: As they were given with the end user.
        organization: Or None.
        raw: The whole object as it came.
    """

    id: str
    email: str | None = None
    display_name: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    organization: Organization | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_end_user(source: Json | None) -> EndUser | None:
    """An end user out of JSON, or None."""
    if source is None:
        return None
    return EndUser(
        id=text(source, "id"),
        email=text_or_none(source, "email"),
        display_name=text_or_none(source, "display_name"),
        tags=texts(source, "tags"),
        organization=_read_organization(mapping_or_none(source, "organization")),
        raw=source,
    )


def _read_organization(source: Json | None) -> Organization | None:
    if source is None:
        return None
    return Organization(text(source, "id"), text_or_none(source, "display_name"))
