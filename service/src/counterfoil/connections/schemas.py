"""Connections in the wire protocol's names and shapes.

A connection's state and cause are told in the items of `errors`: beside the wire's `type` and `log_id` they
carry `status` (`failing` or `needs_reconnect`), `cause`, `sentence`, `remedy`, `who`, `step`,
`recoverable`, `details`, `at` and `retry_at`. The object itself keeps exactly the fourteen members that
clients compare it with, so nothing of ours is added there; an empty `errors` means that the connection is
active.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from counterfoil.connections.end_users import MOST_TAGS, EndUser
from counterfoil.connections.service import MOST_LISTED, Connection, ConnectionChange, ConnectionFilter
from counterfoil.web import QueryBool, Strict

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_TAG_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_\-./]{0,63}")

ConnectionId = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9,.;:=+~\[\]|@${}\"'\\/_ -]{1,255}$")]
IntegrationKey = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9~:.@ _-]{1,255}$")]
Short = Annotated[str, StringConstraints(max_length=255)]
Filled = Annotated[str, StringConstraints(min_length=1, max_length=255)]


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("This is not an e-mail address.")
    return value


def _web_address_or_empty(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("https", "http") or not parts.hostname):
        raise ValueError("This is not a web address: begin with https://")
    return value


def _tag_keys(tags: dict[str, str]) -> dict[str, str]:
    for key in tags:
        if not _TAG_KEY.fullmatch(key):
            raise ValueError(
                f"{key!r} can't name a tag: up to 64 letters, digits and _ - . / after a letter."
            )
    lowered = {key.lower(): value for key, value in tags.items()}
    if len(lowered) != len(tags):
        raise ValueError("Two tags differ in letter case only; keys are stored in lower case.")
    return lowered


def _few_tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > MOST_TAGS:
        raise ValueError(f"There may be at most {MOST_TAGS} tags.")
    if "end_user_email" in tags:
        _email(tags["end_user_email"])
    return tags


def _comma_list(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _one_or_more(value: object) -> object:
    return value if isinstance(value, list) else [value]


Email = Annotated[str, StringConstraints(min_length=5, max_length=255), AfterValidator(_email)]
WebhookAddress = Annotated[str, StringConstraints(max_length=2048), AfterValidator(_web_address_or_empty)]
Tags = Annotated[dict[str, Filled], AfterValidator(_tag_keys), AfterValidator(_few_tags)]
OwnTags = Annotated[dict[str, Short], AfterValidator(_tag_keys)]


class ConnectionsQuery(Strict):
    """GET /connections."""

    connectionId: Filled | None = None  # noqa: N815 - the wire's own spelling
    search: Filled | None = None
    endUserId: Filled | None = None  # noqa: N815
    endUserOrganizationId: Filled | None = None  # noqa: N815
    integrationId: Annotated[list[IntegrationKey], BeforeValidator(_comma_list)] | None = None  # noqa: N815
    tags: Tags = Field(default_factory=dict)
    limit: Annotated[int, Field(ge=1, le=2000)] | None = None
    page: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    def filter(self) -> ConnectionFilter:
        """In our own words."""
        return ConnectionFilter(
            connection_id=self.connectionId,
            search=self.search,
            end_user_id=self.endUserId,
            organization_id=self.endUserOrganizationId,
            integration_keys=self.integrationId,
            tags=self.tags,
            limit=self.limit or MOST_LISTED,
            page=self.page,
        )


class OneConnectionQuery(Strict):
    """PATCH and DELETE /connections/{id}."""

    provider_config_key: IntegrationKey


class ReadConnectionQuery(OneConnectionQuery):
    """GET /connections/{id}."""

    force_refresh: QueryBool = False
    refresh_token: QueryBool = False
    refresh_github_app_jwt_token: QueryBool = False

    @property
    def needs_credentials(self) -> bool:
        """Whether something was asked for that only readers of credentials may have."""
        return self.force_refresh or self.refresh_token or self.refresh_github_app_jwt_token


class EndUserBody(Strict):
    """On whose behalf the connection is."""

    id: Filled
    email: Email | None = None
    display_name: Short | None = None
    tags: OwnTags | None = None


class PatchConnection(Strict):
    """PATCH /connections/{id}."""

    end_user: EndUserBody | None = None
    tags: Tags | None = None
    webhook_url_override: WebhookAddress | None = None

    def change(self) -> ConnectionChange:
        """In our own words."""
        told = self.end_user
        return ConnectionChange(
            end_user=None
            if told is None
            else EndUser(id=told.id, email=told.email, display_name=told.display_name, tags=told.tags),
            tags=self.tags,
            webhook_url_override=self.webhook_url_override,
        )


class MetadataBody(Strict):
    """POST and PATCH /connections/metadata."""

    connection_id: ConnectionId | Annotated[list[ConnectionId], Field(min_length=1, max_length=1000)]
    provider_config_key: IntegrationKey
    metadata: dict[str, Any]

    @property
    def connection_ids(self) -> Sequence[str]:
        """One or more."""
        return [self.connection_id] if isinstance(self.connection_id, str) else self.connection_id


def listed_json(connection: Connection) -> dict[str, Any]:
    """A connection in a list; never credentials nor settings."""
    return {
        "id": connection.pk,
        "connection_id": connection.connection_id,
        "provider_config_key": connection.integration_key,
        "provider": connection.provider_id,
        "errors": list(connection.errors),
        "end_user": _end_user_json(connection.end_user),
        "tags": connection.tags,
        "metadata": connection.metadata,
        "created": wire_time(connection.created_at),
    }


def connection_json(
    connection: Connection, credentials: Mapping[str, Any], *, with_refresh_tokens: bool = False
) -> dict[str, Any]:
    """The connection object: fourteen members."""
    config = connection.connection_config
    return {
        "id": connection.pk,
        "connection_id": connection.connection_id,
        "provider_config_key": connection.integration_key,
        "provider": connection.provider_id,
        "errors": list(connection.errors),
        "end_user": _end_user_json(connection.end_user),
        "tags": connection.tags,
        "metadata": connection.metadata,
        "connection_config": config if with_refresh_tokens else without_refresh_tokens(config),
        "webhook_url_override": connection.webhook_url_override,
        "created_at": wire_time(connection.created_at),
        "updated_at": wire_time(connection.updated_at),
        "last_fetched_at": None
        if connection.last_fetched_at is None
        else wire_time(connection.last_fetched_at),
        "credentials": dict(credentials),
    }


def without_refresh_tokens(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A JSON value without members that spell "refreshtoken", whatever their case and punctuation."""
    if isinstance(value, list):
        return [without_refresh_tokens(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: without_refresh_tokens(item)
        for name, item in value.items()
        if "".join(filter(str.isalpha, name)).lower() != "refreshtoken"
    }


def wire_time(moment: datetime) -> str:
    """With milliseconds and `+00:00`, as the members of the connection object have it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _end_user_json(end_user: EndUser | None) -> dict[str, Any] | None:
    if end_user is None:
        return None
    organization = None
    if end_user.organization_id is not None:
        organization = {"id": end_user.organization_id, "display_name": end_user.organization_display_name}
    return {
        "id": end_user.id,
        "display_name": end_user.display_name,
        "email": end_user.email,
        "tags": end_user.tags,
        "organization": organization,
    }
