"""Connect sessions: short-lived permission for one browser to make or renew one connection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from counterfoil_client._operations import (
    JSON_TYPE,
    Answer,
    Operation,
    given,
    json_content,
    json_of,
    nothing,
)
from counterfoil_client._reading import as_mapping, flag, mapping, mapping_or_none, moment, text, words
from counterfoil_client._secret import Secret
from counterfoil_client._senders import AsyncResource, Resource, sent, sent_async
from counterfoil_client.end_users import EndUser, EndUserFields, OrganizationFields, read_end_user


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectSession:
    """A session that was made just now. Whoever holds its token may connect, so it is not printed.

    Attributes:
        token: For the Connect page: `Counterfoil.open({sessionToken})`, or `@nangohq/frontend`.
        connect_link: The page's address with the token in its fragment: send the administrator there.
        expires_at: 30 minutes from now.
        raw: The whole object as it came.
    """

    token: str = field(repr=False)
    connect_link: str = field(repr=False)
    expires_at: datetime
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConnectSession:
    """What a session allows, as the page sees it.

    Attributes:
        end_user: On whose behalf, or None if the session was made with tags only.
        allowed_integrations: Keys of integrations; empty for all.
        is_reconnecting: Whether it renews a connection in place of making one.
        raw: The whole object as it came.
    """

    end_user: EndUser | None
    allowed_integrations: tuple[str, ...]
    is_reconnecting: bool
    raw: Mapping[str, Any] = field(repr=False)


def create_session(
    *,
    end_user: EndUserFields | None = None,
    organization: OrganizationFields | None = None,
    allowed_integrations: Sequence[str] | None = None,
    tags: Mapping[str, str] | None = None,
    integrations_config_defaults: Mapping[str, Mapping[str, Any]] | None = None,
    overrides: Mapping[str, Mapping[str, str]] | None = None,
    webhook_url_override: str | None = None,
) -> Operation[ConnectSession]:
    """Make a session, good for 30 minutes and as many tries as it takes.

    Args:
        end_user: On whose behalf; needed unless there are tags.
        organization: What the end user belongs to.
        allowed_integrations: Keys of the integrations that may be connected; all if left out.
        tags: Copied to the connection; up to 10, names are kept in lower case.
        integrations_config_defaults: Per integration: `connection_config` with settings of the connection.
        overrides: Per integration: `docs_connect`, the address of your own guide.
        webhook_url_override: Where the connection's webhooks go in place of the environment's address.

    Raises:
        InvalidRequest: A field is wrong, or an integration is not there; `errors` says which.
    """
    body = _common_body(
        end_user, organization, tags, integrations_config_defaults, overrides, webhook_url_override
    )
    if allowed_integrations is not None:
        body["allowed_integrations"] = list(allowed_integrations)
    return _post("/connect/sessions", body)


def reconnect_session(
    integration_key: str,
    connection_id: str,
    *,
    end_user: EndUserFields | None = None,
    organization: OrganizationFields | None = None,
    tags: Mapping[str, str] | None = None,
    integrations_config_defaults: Mapping[str, Mapping[str, Any]] | None = None,
    overrides: Mapping[str, Mapping[str, str]] | None = None,
    webhook_url_override: str | None = None,
) -> Operation[ConnectSession]:
    """Make a session that renews an existing connection, which keeps its id.

    Args:
        integration_key: The integration's key.
        connection_id: The connection's id.
        end_user: As in `create`; left out, the connection keeps its own, and so do all that follow.
        organization: As in `create`.
        tags: As in `create`.
        integrations_config_defaults: As in `create`.
        overrides: As in `create`.
        webhook_url_override: As in `create`.

    Raises:
        InvalidRequest: A field is wrong, or the connection is not there.
    """
    body = _common_body(
        end_user, organization, tags, integrations_config_defaults, overrides, webhook_url_override
    )
    return _post(
        "/connect/sessions/reconnect",
        {"integration_id": integration_key, "connection_id": connection_id, **body},
    )


def read_session(token: str) -> Operation[OpenConnectSession]:
    """What a session allows.

    Args:
        token: The session's.

    Raises:
        AuthenticationFailed: The token is malformed, unknown, deleted or expired.
    """
    return Operation(method="GET", path="/connect/session", read=_read_open_session, bearer=Secret(token))


def delete_session(token: str) -> Operation[None]:
    """End a session before its time.

    Args:
        token: The session's.

    Raises:
        AuthenticationFailed: The token is malformed, unknown, deleted or expired.
    """
    return Operation(method="DELETE", path="/connect/session", read=nothing, bearer=Secret(token))


class ConnectSessions(Resource):
    """`counterfoil.connect_sessions`."""

    create = sent(create_session)
    reconnect = sent(reconnect_session)
    get = sent(read_session)
    delete = sent(delete_session)


class AsyncConnectSessions(AsyncResource):
    """`counterfoil.connect_sessions` of the asynchronous client."""

    create = sent_async(create_session)
    reconnect = sent_async(reconnect_session)
    get = sent_async(read_session)
    delete = sent_async(delete_session)


def _common_body(
    end_user: EndUserFields | None,
    organization: OrganizationFields | None,
    tags: Mapping[str, str] | None,
    integrations_config_defaults: Mapping[str, Mapping[str, Any]] | None,
    overrides: Mapping[str, Mapping[str, str]] | None,
    webhook_url_override: str | None,
) -> dict[str, Any]:
    return given(
        end_user=end_user,
        organization=organization,
        tags=tags,
        integrations_config_defaults=integrations_config_defaults,
        overrides=overrides,
        webhook_url_override=webhook_url_override,
    )


def _post(path: str, body: Mapping[str, Any]) -> Operation[ConnectSession]:
    return Operation(
        method="POST", path=path, read=_read_session, headers=(JSON_TYPE,), content=json_content(body)
    )


def _read_session(answer: Answer) -> ConnectSession:
    data = mapping(as_mapping(json_of(answer), "answer"), "data")
    return ConnectSession(
        token=text(data, "token"),
        connect_link=text(data, "connect_link"),
        expires_at=moment(data, "expires_at"),
        raw=data,
    )


def _read_open_session(answer: Answer) -> OpenConnectSession:
    data = mapping(as_mapping(json_of(answer), "answer"), "data")
    return OpenConnectSession(
        end_user=read_end_user(mapping_or_none(data, "endUser")),
        allowed_integrations=words(data, "allowed_integrations"),
        is_reconnecting=flag(data, "isReconnecting"),
        raw=data,
    )
