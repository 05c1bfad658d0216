"""The fake's rules: what each call answers, in the statuses and codes of the service."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn, TypeAlias
from urllib.parse import unquote

import httpx2

from counterfoil_client.testing.calls import RecordedCall
from counterfoil_client.testing.state import (
    PROVIDERS,
    FakeConnection,
    FakeIntegration,
    FakeSession,
    FakeState,
    add_integration,
    connect,
    end_user_json,
    open_session,
    tags_of,
)

SESSION_PREFIX: Final = "nango_connect_session_"
_MOST_LISTED: Final = 10_000


class Refused(Exception):
    """An answer that is a failure; becomes the envelope `{"error": …}`."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        path: Sequence[str] = (),
        members: Mapping[str, Any] | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(status, code)
        self.status = status
        self.error: dict[str, Any] = {"code": code, "message": message, **(members or {})}
        if path:
            self.error["errors"] = [{"code": "custom", "message": message, "path": list(path)}]
        self.headers = {} if retry_after_seconds is None else {"Retry-After": str(retry_after_seconds)}

    def response(self) -> httpx2.Response:
        """As the service would send it."""
        return httpx2.Response(self.status, json={"error": self.error}, headers=self.headers)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call on its way to its rule.

    Attributes:
        state: Everything there is.
        now: The time.
        call: What was sent.
        ids: The parts of the path that name things, decoded.
        bearer: What followed `Bearer`, or an empty text.
    """

    state: FakeState
    now: datetime
    call: RecordedCall
    ids: tuple[str, ...]
    bearer: str

    @property
    def body(self) -> Mapping[str, Any]:
        """The body, an empty one where there is none."""
        return self.call.json or {}


Rule: TypeAlias = Callable[[Asked], httpx2.Response]


def answer(state: FakeState, now: datetime, call: RecordedCall, bearer: str, api_key: str) -> httpx2.Response:
    """The answer to a call that is not proxied."""
    for method, pattern, rule, caller in _RULES:
        found = pattern.fullmatch(call.path)
        if method == call.method and found is not None:
            if caller == "key":
                require_key(bearer, api_key)
            ids = tuple(unquote(part) for part in found.groups())
            return rule(Asked(state, now, call, ids, bearer))
    raise Refused(404, "not_found", f"The fake knows no {call.method} {call.path}.")


def require_key(bearer: str, api_key: str) -> None:
    """Raises Refused unless the caller sent the fake's key."""
    if not bearer:
        raise Refused(401, "missing_auth_header", "Send your API key in the Authorization header.")
    if bearer != api_key:
        raise Refused(401, "unknown_account", "This API key is not known, or it was revoked.")


def working_connection(state: FakeState, integration_key: str, connection_id: str) -> FakeConnection:
    """The connection a proxied call is for. Raises Refused."""
    if integration_key not in state.integrations:
        raise Refused(404, "unknown_provider_config", f"There is no integration {integration_key!r}.")
    connection = state.connections.get((integration_key, connection_id))
    if connection is None:
        raise Refused(404, "not_found", f"There is no connection {connection_id!r} in {integration_key!r}.")
    if connection.problem is not None:
        raise Refused(
            424,
            "connection_unusable",
            f"{connection.problem['sentence']} {connection.problem['remedy']}",
            members={"diagnosis": _diagnosis(connection.problem)},
        )
    return connection


def session_of(state: FakeState, token: str, now: datetime) -> FakeSession:
    """The live session of a token. Raises Refused."""
    if not token.startswith(SESSION_PREFIX):
        raise Refused(401, "invalid_connect_session_token_format", "This is not a connect session token.")
    session = state.sessions.get(token)
    if session is None or session.expires_at <= now:
        raise Refused(401, "unknown_connect_session_token", "The session is unknown or has expired.")
    return session


def _create_session(asked: Asked) -> httpx2.Response:
    body = asked.body
    if body.get("end_user") is None and body.get("tags") is None:
        raise Refused(400, "invalid_body", "Send end_user, or tags when there is no end user.")
    allowed = list(body.get("allowed_integrations") or [])
    for index, key in enumerate(allowed):
        if key not in asked.state.integrations:
            path = ("allowed_integrations", str(index))
            raise Refused(400, "invalid_body", f"There is no integration {key!r}.", path=path)
    return _session_json(open_session(asked.state, body, allowed, asked.now))


def _reconnect_session(asked: Asked) -> httpx2.Response:
    key = (asked.body.get("integration_id", ""), asked.body.get("connection_id", ""))
    if key not in asked.state.connections:
        raise Refused(400, "invalid_body", "There is no such connection.", path=("connection_id",))
    return _session_json(open_session(asked.state, asked.body, [key[0]], asked.now))


def _session_json(session: FakeSession) -> httpx2.Response:
    data = {
        "token": session.token,
        "connect_link": f"http://counterfoil.test/connect#session_token={session.token}",
        "expires_at": session.expires_at.isoformat(),
    }
    return httpx2.Response(201, json={"data": data})


def _read_session(asked: Asked) -> httpx2.Response:
    session = session_of(asked.state, asked.bearer, asked.now)
    data: dict[str, Any] = {"endUser": session.end_user, "allowed_integrations": session.allowed_integrations}
    if session.connection_id is not None:
        data["isReconnecting"] = True
    return httpx2.Response(200, json={"data": data})


def _delete_session(asked: Asked) -> httpx2.Response:
    del asked.state.sessions[session_of(asked.state, asked.bearer, asked.now).token]
    return httpx2.Response(204)


def _two_step(asked: Asked) -> httpx2.Response:
    session = session_of(asked.state, asked.call.query.get("connect_session_token", ""), asked.now)
    integration = _integration(asked, 404, "unknown_provider_config")
    if session.allowed_integrations and integration.key not in session.allowed_integrations:
        raise Refused(400, "integration_not_allowed", "The session is not for this integration.")
    made = connect(asked.state, session, integration, asked.body, asked.now)
    return httpx2.Response(
        200, json={"providerConfigKey": made.integration_key, "connectionId": made.connection_id}
    )


def _list_connections(asked: Asked) -> httpx2.Response:
    query = asked.call.query
    found = [one for one in asked.state.connections.values() if _fits(one, query)]
    newest_first = sorted(found, key=lambda one: one.number, reverse=True)
    limit = int(query.get("limit", _MOST_LISTED))
    begin = int(query.get("page", "0")) * limit
    listed = [one.listed() for one in newest_first[begin : begin + limit]]
    return httpx2.Response(200, json={"connections": listed})


def _fits(connection: FakeConnection, query: Mapping[str, str]) -> bool:
    end_user = connection.end_user or {}
    organization = end_user.get("organization") or {}
    exact = {
        "connectionId": connection.connection_id,
        "endUserId": end_user.get("id"),
        "endUserOrganizationId": organization.get("id"),
        **{f"tags[{name}]": value for name, value in connection.tags.items()},
    }
    wanted = {name: value for name, value in query.items() if name in _EXACT or name.startswith("tags[")}
    searched = (connection.connection_id, end_user.get("display_name"), end_user.get("email"))
    return (
        all(exact.get(name.lower() if name.startswith("tags[") else name) == wanted[name] for name in wanted)
        and connection.integration_key in query.get("integrationId", connection.integration_key).split(",")
        and any(query.get("search", "").lower() in (text or "").lower() for text in searched)
    )


_EXACT: Final = frozenset({"connectionId", "endUserId", "endUserOrganizationId"})


def _read_connection(asked: Asked) -> httpx2.Response:
    connection = _connection(asked, 404, "not_found")
    if connection.problem is not None:
        raise Refused(
            424,
            "invalid_credentials",
            f"{connection.problem['sentence']} {connection.problem['remedy']}",
            members={
                "payload": {"connection": connection.json(with_credentials=False)},
                "diagnosis": _diagnosis(connection.problem),
            },
        )
    return httpx2.Response(200, json=connection.json())


def _update_connection(asked: Asked) -> httpx2.Response:
    connection = _connection(asked, 404, "not_found")
    body = asked.body
    if body.get("end_user") is not None:
        connection.end_user = end_user_json(body["end_user"])
    if body.get("end_user") is not None or body.get("tags") is not None:
        connection.tags = tags_of(end_user_json(body.get("end_user")), body.get("tags"))
    if "webhook_url_override" in body:
        connection.webhook_url_override = body["webhook_url_override"] or None
    return httpx2.Response(200, json={"success": True})


def _delete_connection(asked: Asked) -> httpx2.Response:
    connection = _connection(asked, 400, "unknown_connection")
    del asked.state.connections[(connection.integration_key, connection.connection_id)]
    return httpx2.Response(200, json={"success": True})


def _save_metadata(asked: Asked) -> httpx2.Response:
    body = asked.body
    named = body["connection_id"]
    ids = [named] if isinstance(named, str) else named
    connections = [asked.state.connections.get((body["provider_config_key"], one)) for one in ids]
    present = [one for one in connections if one is not None]
    if len(present) < len(connections):
        raise Refused(404, "unknown_connection", "One of the connections is not there; nothing was changed.")
    merges = asked.call.method == "PATCH"
    for connection in present:
        kept = connection.metadata or {} if merges else {}
        connection.metadata = {**kept, **body["metadata"]}
    return httpx2.Response(200 if merges else 201, json=body)


def _list_integrations(asked: Asked) -> httpx2.Response:
    return httpx2.Response(200, json={"data": [one.json() for one in asked.state.integrations.values()]})


def _create_integration(asked: Asked) -> httpx2.Response:
    body = asked.body
    if body["provider"] not in PROVIDERS:
        raise Refused(400, "invalid_body", "There is no such provider.", path=("provider",))
    if body["unique_key"] in asked.state.integrations:
        raise Refused(400, "invalid_body", "The key is taken.", path=("uniqueKey",))
    made = add_integration(asked.state, body["unique_key"], body["provider"], asked.now)
    return _changed(made, body, asked.now)


def _read_integration(asked: Asked) -> httpx2.Response:
    return httpx2.Response(200, json={"data": _integration(asked, 404, "not_found").json()})


def _update_integration(asked: Asked) -> httpx2.Response:
    integration = _integration(asked, 404, "not_found")
    new_key = asked.body.get("unique_key", integration.key)
    if new_key != integration.key:
        if new_key in asked.state.integrations or _connections_of(asked.state, integration.key):
            raise Refused(400, "invalid_body", "The key is taken, or in use.", path=("unique_key",))
        del asked.state.integrations[integration.key]
        integration.key = new_key
        asked.state.integrations[new_key] = integration
    return _changed(integration, asked.body, asked.now)


def _changed(integration: FakeIntegration, body: Mapping[str, Any], now: datetime) -> httpx2.Response:
    integration.display_name = body.get("display_name", integration.display_name)
    integration.forward_webhooks = body.get("forward_webhooks", integration.forward_webhooks)
    integration.settings |= body.get("integration_config", {})
    integration.updated_at = now
    return httpx2.Response(200, json={"data": integration.json()})


def _delete_integration(asked: Asked) -> httpx2.Response:
    integration = _integration(asked, 404, "not_found")
    for key in _connections_of(asked.state, integration.key):
        del asked.state.connections[key]
    del asked.state.integrations[integration.key]
    return httpx2.Response(200, json={"success": True})


def _list_providers(asked: Asked) -> httpx2.Response:
    wanted = asked.call.query.get("search", "").lower()
    return httpx2.Response(200, json={"data": [_provider_json(name) for name in PROVIDERS if wanted in name]})


def _read_provider(asked: Asked) -> httpx2.Response:
    if asked.ids[0] not in PROVIDERS:
        raise Refused(404, "not_found", "There is no such provider.")
    return httpx2.Response(200, json={"data": _provider_json(asked.ids[0])})


def _provider_json(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "display_name": PROVIDERS[name],
        "auth_mode": "TWO_STEP",
        "docs": "https://developer.sage.com/intacct/",
        "categories": ["accounting", "erp"],
        "logo_url": f"http://counterfoil.test/images/template-logos/{name}.svg",
    }


def _integration(asked: Asked, status: int, code: str) -> FakeIntegration:
    found = asked.state.integrations.get(asked.ids[0])
    return found if found is not None else _missing(status, code, "integration", asked.ids[0])


def _connection(asked: Asked, status: int, code: str) -> FakeConnection:
    integration_key = asked.call.query.get("provider_config_key", "")
    if integration_key not in asked.state.integrations:
        _missing(400, "unknown_provider_config", "integration", integration_key)
    found = asked.state.connections.get((integration_key, asked.ids[0]))
    return found if found is not None else _missing(status, code, "connection", asked.ids[0])


def _missing(status: int, code: str, kind: str, name: str) -> NoReturn:
    raise Refused(status, code, f"There is no {kind} {name!r}.")


def _connections_of(state: FakeState, integration_key: str) -> list[tuple[str, str]]:
    return [key for key in state.connections if key[0] == integration_key]


def _diagnosis(problem: Mapping[str, Any]) -> dict[str, Any]:
    names = ("sentence", "remedy", "who", "step", "recoverable", "details", "retry_at")
    return {"code": problem["cause"], **{name: problem[name] for name in names}}


_RULES: Final[tuple[tuple[str, re.Pattern[str], Rule, str], ...]] = tuple(
    (method, re.compile(pattern), rule, caller)
    for method, pattern, rule, caller in (
        ("POST", "/connect/sessions", _create_session, "key"),
        ("POST", "/connect/sessions/reconnect", _reconnect_session, "key"),
        ("GET", "/connect/session", _read_session, "session"),
        ("DELETE", "/connect/session", _delete_session, "session"),
        ("POST", "/auth/two-step/([^/]+)", _two_step, "session"),
        ("GET", "/connections", _list_connections, "key"),
        ("POST", "/connections/metadata", _save_metadata, "key"),
        ("PATCH", "/connections/metadata", _save_metadata, "key"),
        ("GET", "/connections/([^/]+)", _read_connection, "key"),
        ("PATCH", "/connections/([^/]+)", _update_connection, "key"),
        ("DELETE", "/connections/([^/]+)", _delete_connection, "key"),
        ("GET", "/integrations", _list_integrations, "key"),
        ("POST", "/integrations", _create_integration, "key"),
        ("GET", "/integrations/([^/]+)", _read_integration, "key"),
        ("PATCH", "/integrations/([^/]+)", _update_integration, "key"),
        ("DELETE", "/integrations/([^/]+)", _delete_integration, "key"),
        ("GET", "/providers", _list_providers, "key"),
        ("GET", "/providers/([^/]+)", _read_provider, "key"),
    )
)
