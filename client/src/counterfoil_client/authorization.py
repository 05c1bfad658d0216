"""Connecting without a page: for scripts and tests that hold the credentials themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from counterfoil_client._operations import (
    JSON_TYPE,
    Answer,
    Operation,
    json_content,
    json_of,
    path_of,
    query_of,
)
from counterfoil_client._reading import as_mapping, text
from counterfoil_client._senders import AsyncResource, Resource, sent, sent_async


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection that was made or renewed just now.

    Attributes:
        integration_key: The integration's key.
        connection_id: The connection's id.
    """

    integration_key: str
    connection_id: str


def connect_in_two_steps(
    integration_key: str, credentials: Mapping[str, str], *, session_token: str
) -> Operation[Connected]:
    """Make the session's connection from credentials, as the Connect page does when its form is sent.

    The wire protocol wants the session's token in the query, and the `httpx2` logger names addresses at INFO:
    keep it at WARNING where logs are not yours alone.

    Args:
        integration_key: The integration's key.
        credentials: The provider's fields by name; for `sage-intacct-cc` `clientId` and `clientSecret` unless
            the integration holds them, and one of `username` and `sessionId`.
        session_token: Of `connect_sessions.create` or `.reconnect`.

    Raises:
        InvalidRequest: The credentials were refused; `diagnosis` says why, and `errors` which fields.
        AuthenticationFailed: The session's token is malformed, unknown, deleted or expired.
        NotFound: There is no such integration.
    """
    return Operation(
        method="POST",
        path=path_of("auth", "two-step", integration_key),
        query=query_of({"connect_session_token": session_token}),
        read=_read_connected,
        headers=(JSON_TYPE,),
        content=json_content({"type": "TWO_STEP", **credentials}),
        is_public=True,
    )


class Authorization(Resource):
    """`counterfoil.auth`."""

    two_step = sent(connect_in_two_steps)


class AsyncAuthorization(AsyncResource):
    """`counterfoil.auth` of the asynchronous client."""

    two_step = sent_async(connect_in_two_steps)


def _read_connected(answer: Answer) -> Connected:
    told = as_mapping(json_of(answer), "answer")
    return Connected(text(told, "providerConfigKey"), text(told, "connectionId"))
