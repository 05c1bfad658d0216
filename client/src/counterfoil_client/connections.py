"""Connections: your customers' companies, connected. Tokens stay with the service; you rarely need one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

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
    query_of,
)
from counterfoil_client._reading import (
    Json,
    as_mapping,
    mapping,
    mapping_or_none,
    mappings,
    moment,
    moment_or_none,
    number,
    text,
    text_or_none,
    texts,
)
from counterfoil_client._senders import AsyncResource, Resource, listed, listed_async, sent, sent_async
from counterfoil_client.diagnoses import Diagnosis, read_diagnosis
from counterfoil_client.end_users import EndUser, EndUserFields, read_end_user

MOST_PER_PAGE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionProblem:
    """Why a connection is not active.

    Attributes:
        type: `auth` if its token is the problem.
        status: `failing` if the service keeps trying, `needs_reconnect` if only a person can mend it.
        diagnosis: The cause, what to do and who can do it; its code is empty where the service did not say.
        at: When it began, or None.
        log_id: By which the service's log knows it.
        raw: The whole object as it came.
    """

    type: str
    status: str
    diagnosis: Diagnosis
    at: datetime | None
    log_id: str | None
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedConnection:
    """A connection in a list.

    Attributes:
        number: The service's own number, the larger the newer.
        connection_id: Its id within the integration.
        integration_key: The integration's key.
        provider: The provider's name, such as `sage-intacct-cc`.
        problems: Why it is not active; empty if it is.
        end_user: On whose behalf it is, or None.
        tags: Names and values.
        metadata: Your own data, or None if it was never set.
        created_at: When it was made.
        raw: The whole object as it came.
    """

    number: int
    connection_id: str
    integration_key: str
    provider: str
    problems: tuple[ConnectionProblem, ...]
    end_user: EndUser | None
    tags: Mapping[str, str]
    metadata: Mapping[str, Any] | None
    created_at: datetime
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def status(self) -> str:
        """`active`, `failing` or `needs_reconnect`."""
        return status_of(self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A connection with its credentials, which are not printed.

    Attributes:
        number: The service's own number, the larger the newer.
        connection_id: Its id within the integration.
        integration_key: The integration's key.
        provider: The provider's name, such as `sage-intacct-cc`.
        problems: Why it is not active; empty if it is.
        end_user: On whose behalf it is, or None.
        tags: Names and values.
        metadata: Your own data, or None if it was never set.
        settings: What was set when it was made (`connection_config`).
        webhook_url_override: Where its webhooks go, or None for the environment's address.
        created_at: When it was made.
        updated_at: When it was last changed.
        last_fetched_at: When its credentials were last read, or None.
        credentials: As the auth mode has them, `type` first: for TWO_STEP `token`, `expires_at`, `raw` and
            what was typed. Empty if the key may not read credentials.
        raw: The whole object as it came.
    """

    number: int
    connection_id: str
    integration_key: str
    provider: str
    problems: tuple[ConnectionProblem, ...]
    end_user: EndUser | None
    tags: Mapping[str, str]
    metadata: Mapping[str, Any] | None
    settings: Mapping[str, Any] = field(repr=False)
    webhook_url_override: str | None
    created_at: datetime
    updated_at: datetime
    last_fetched_at: datetime | None
    credentials: Mapping[str, Any] = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def status(self) -> str:
        """`active`, `failing` or `needs_reconnect`."""
        return status_of(self.problems)


def status_of(problems: Sequence[ConnectionProblem]) -> str:
    """`active`, or the status of what is wrong."""
    return next((problem.status for problem in problems), "active")


def find_connections(
    *,
    integration_keys: Sequence[str] = (),
    connection_id: str | None = None,
    end_user_id: str | None = None,
    organization_id: str | None = None,
    search: str | None = None,
    tags: Mapping[str, str] | None = None,
    page_size: int = 200,
) -> Operation[Page[ListedConnection]]:
    """All connections that fit, newest first, fetched page by page while you iterate.

    A connection that is made meanwhile may move another one onto the next page, where it comes a second time,
    and one that is deleted may hide another: put them into a list first if you delete while you walk.

    Args:
        integration_keys: Of any of these integrations; all if empty.
        connection_id: With exactly this id.
        end_user_id: Of this end user.
        organization_id: Of this organization.
        search: Part of the connection's id, or of the end user's name or e-mail address.
        tags: With all of these names and values.
        page_size: How many to fetch at once, 1 to 2000.

    Raises:
        InvalidRequest: A filter is not of its form.
    """
    if not 1 <= page_size <= MOST_PER_PAGE:
        raise ValueError(f"page_size must be 1 to {MOST_PER_PAGE}.")
    wanted = [
        ("integrationId", ",".join(integration_keys) or None),
        ("connectionId", connection_id),
        ("endUserId", end_user_id),
        ("endUserOrganizationId", organization_id),
        ("search", search),
        *((f"tags[{name}]", value) for name, value in (tags or {}).items()),
    ]
    return _page(wanted, page_size, 0)


def read_connection(
    integration_key: str, connection_id: str, *, force_refresh: bool = False, refresh_token: bool = False
) -> Operation[Connection]:
    """Read a connection and its credentials; a token that is about to expire is renewed first.

    Args:
        integration_key: The integration's key.
        connection_id: The connection's id.
        force_refresh: Renew the token even if it is still good.
        refresh_token: Show the refresh token too.

    Raises:
        NotFound: There is no such integration or connection.
        ConnectionNeedsReconnect: It has no token that works, and only a person can mend that.
        ConnectionUnusable: It has no token that works just now.
        Forbidden: `force_refresh` or `refresh_token` with a key that may not read credentials.
    """
    flags = given(force_refresh=force_refresh or None, refresh_token=refresh_token or None)
    return Operation(
        method="GET",
        path=path_of("connections", connection_id),
        query=query_of({"provider_config_key": integration_key, **flags}),
        read=lambda answer: connection_of(as_mapping(json_of(answer), "answer")),
    )


def update_connection(
    integration_key: str,
    connection_id: str,
    *,
    end_user: EndUserFields | None = None,
    tags: Mapping[str, str] | None = None,
    webhook_url_override: str | None = None,
) -> Operation[None]:
    """Change a connection. What is left out stays as it is.

    Args:
        integration_key: The integration's key.
        connection_id: The connection's id.
        end_user: Replaces the end user, and all tags by those that follow from it and from `tags`.
        tags: Replace all tags; an empty mapping clears them.
        webhook_url_override: Where its webhooks go; an empty text for the environment's address again.

    Raises:
        NotFound: There is no such integration or connection.
        InvalidRequest: A field is wrong; `errors` says which.
    """
    body = given(end_user=end_user, tags=tags, webhook_url_override=webhook_url_override)
    return Operation(
        method="PATCH",
        path=path_of("connections", connection_id),
        query=query_of({"provider_config_key": integration_key}),
        read=nothing,
        headers=(JSON_TYPE,),
        content=json_content(body),
    )


def delete_connection(integration_key: str, connection_id: str) -> Operation[None]:
    """Delete a connection here; nothing is revoked at the provider.

    Args:
        integration_key: The integration's key.
        connection_id: The connection's id.

    Raises:
        NotFound: There is no such integration or connection.
    """
    return Operation(
        method="DELETE",
        path=path_of("connections", connection_id),
        query=query_of({"provider_config_key": integration_key}),
        read=nothing,
    )


def set_connection_metadata(
    integration_key: str, connection_id: str | Sequence[str], metadata: Mapping[str, Any]
) -> Operation[None]:
    """Replace your own data of one or more connections.

    Args:
        integration_key: The integration's key.
        connection_id: The connection's id, or up to 1000 of them.
        metadata: A JSON object.

    Raises:
        NotFound: One of them is not there; nothing was changed.
    """
    return _save_metadata("POST", integration_key, connection_id, metadata)


def update_connection_metadata(
    integration_key: str, connection_id: str | Sequence[str], metadata: Mapping[str, Any]
) -> Operation[None]:
    """Merge members into your own data of one or more connections; only the topmost level is merged.

    Args:
        integration_key: The integration's key.
        connection_id: The connection's id, or up to 1000 of them.
        metadata: A JSON object.

    Raises:
        NotFound: One of them is not there; nothing was changed.
    """
    return _save_metadata("PATCH", integration_key, connection_id, metadata)


class Connections(Resource):
    """`counterfoil.connections`."""

    list = listed(find_connections)
    get = sent(read_connection)
    update = sent(update_connection)
    delete = sent(delete_connection)
    set_metadata = sent(set_connection_metadata)
    update_metadata = sent(update_connection_metadata)


class AsyncConnections(AsyncResource):
    """`counterfoil.connections` of the asynchronous client."""

    list = listed_async(find_connections)
    get = sent_async(read_connection)
    update = sent_async(update_connection)
    delete = sent_async(delete_connection)
    set_metadata = sent_async(set_connection_metadata)
    update_metadata = sent_async(update_connection_metadata)


def connection_of(source: Json) -> Connection:
    """A connection out of JSON."""
    return Connection(
        number=number(source, "id"),
        connection_id=text(source, "connection_id"),
        integration_key=text(source, "provider_config_key"),
        provider=text(source, "provider"),
        problems=_problems(source),
        end_user=read_end_user(mapping_or_none(source, "end_user")),
        tags=texts(source, "tags"),
        metadata=mapping_or_none(source, "metadata"),
        settings=mapping_or_none(source, "connection_config") or {},
        webhook_url_override=text_or_none(source, "webhook_url_override"),
        created_at=moment(source, "created_at"),
        updated_at=moment(source, "updated_at"),
        last_fetched_at=moment_or_none(source, "last_fetched_at"),
        credentials=mapping(source, "credentials"),
        raw=source,
    )


def _page(
    wanted: Sequence[tuple[str, str | None]], page_size: int, page: int
) -> Operation[Page[ListedConnection]]:
    def read_page(answer: Answer) -> Page[ListedConnection]:
        found = mappings(as_mapping(json_of(answer), "answer"), "connections")
        # The wire knows neither a total nor a cursor: a page that is not full is the last one.
        following = _page(wanted, page_size, page + 1) if len(found) >= page_size else None
        return Page(tuple(_read_listed(one) for one in found), following)

    return Operation(
        method="GET",
        path="/connections",
        query=query_of([*wanted, ("limit", page_size), ("page", page)]),
        read=read_page,
    )


def _read_listed(source: Json) -> ListedConnection:
    return ListedConnection(
        number=number(source, "id"),
        connection_id=text(source, "connection_id"),
        integration_key=text(source, "provider_config_key"),
        provider=text(source, "provider"),
        problems=_problems(source),
        end_user=read_end_user(mapping_or_none(source, "end_user")),
        tags=texts(source, "tags"),
        metadata=mapping_or_none(source, "metadata"),
        created_at=moment(source, "created"),
        raw=source,
    )


def _problems(source: Json) -> tuple[ConnectionProblem, ...]:
    return tuple(
        ConnectionProblem(
            type=text(one, "type"),
            # Servers of the same dialect tell no more than type and log_id; then only a person can know.
            status=text_or_none(one, "status") or "needs_reconnect",
            diagnosis=read_diagnosis(one, code="cause"),
            at=moment_or_none(one, "at"),
            log_id=text_or_none(one, "log_id"),
            raw=one,
        )
        for one in mappings(source, "errors")
    )


def _save_metadata(
    method: str, integration_key: str, connection_id: str | Sequence[str], metadata: Mapping[str, Any]
) -> Operation[None]:
    ids = connection_id if isinstance(connection_id, str) else [*connection_id]
    body = {"provider_config_key": integration_key, "connection_id": ids, "metadata": metadata}
    return Operation(
        method=method,
        path="/connections/metadata",
        read=nothing,
        headers=(JSON_TYPE,),
        content=json_content(body),
    )
