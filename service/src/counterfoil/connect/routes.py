"""Connect sessions, the Connect page's own calls and the browser's authorization endpoints over HTTP.
Translates; decides nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, TypeAlias

import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from counterfoil.access import (
    ApiKeyCaller,
    ApiKeys,
    ConnectSessionRecord,
    ConnectSessions,
    Environments,
    MissingAuthHeader,
    SessionCaller,
    bearer_token,
    spend,
)
from counterfoil.auth_modes import Field, Misread, Redirecting, Understood
from counterfoil.clock import Clock
from counterfoil.connect.assets import Assets
from counterfoil.connect.documents import router as documents_router
from counterfoil.connect.errors import ConnectionIdNotAllowed, UnknownClientIntegration
from counterfoil.connect.page import ConnectPage
from counterfoil.connect.popup import Popup
from counterfoil.connect.popup_page import PopupPage
from counterfoil.connect.schemas import (
    TELEMETRY_CLOCK_SKEW_SECONDS,
    ApiKeyBody,
    AuthorizationQuery,
    BasicBody,
    ClientBody,
    CreateSession,
    Free,
    NothingBody,
    ReconnectSession,
    RedirectionBody,
    RedirectionWatch,
    Submission,
    Telemetry,
    UsernameReading,
)
from counterfoil.connect.service import Connecting, Form
from counterfoil.connect.texts import Texts
from counterfoil.connections import Authorization, Authorized, Connections, Outcomes, Phase
from counterfoil.errors import CounterfoilError, FieldError, InvalidBody
from counterfoil.integrations import Integrations, UnknownIntegration
from counterfoil.vault import Secret
from counterfoil.web import api_key_caller, error_body, query, session_caller
from counterfoil.web import router as web_router

_SESSIONS: Final = "environment:connect_sessions:write"

_Asked: TypeAlias = Annotated[AuthorizationQuery, query(AuthorizationQuery)]


def router(
    *,
    public_url: str,
    environments: Environments,
    api_keys: ApiKeys,
    sessions: ConnectSessions,
    integrations: Integrations,
    connections: Connections,
    authorization: Authorization,
    clock: Clock,
) -> APIRouter:
    """All routes of this package.

    Args:
        public_url: Scheme, host and optional path prefix under which browsers reach the service; no slash at
            the end.
        environments: Their registered origins may show the page in a frame.
        api_keys: Who makes sessions.
        sessions: The connect sessions.
        integrations: What can be connected.
        connections: To find what a reconnect session renews.
        authorization: The pipeline.
        clock: Judges the time that telemetry states.
    """
    connecting = Connecting(sessions, integrations, connections, authorization)
    assets, texts = Assets.load(), Texts.load()
    popup = Popup(public_url, sessions, integrations, authorization, PopupPage(assets, texts))
    routes = web_router(tags=["connect"])
    _make_sessions(routes, connecting, api_keys, public_url)
    _sessions(routes, sessions, clock)
    _page_calls(routes, connecting, sessions)
    _redirections(routes, connecting, sessions, authorization.redirections.outcomes, popup.redirect_uri)
    _authorizations(routes, connecting, sessions)
    routes.include_router(popup.router())
    routes.include_router(_documents(environments, assets, texts))
    return routes


def _documents(environments: Environments, assets: Assets, texts: Texts) -> APIRouter:
    async def origins() -> list[str]:
        return [origin for one in await environments.all() for origin in one.allowed_origins]

    return documents_router(ConnectPage(assets, texts), assets, origins)


def _make_sessions(routes: APIRouter, connecting: Connecting, api_keys: ApiKeys, public_url: str) -> None:
    maker = Depends(api_key_caller(api_keys, _SESSIONS))

    @routes.post("/connect/sessions", status_code=201, summary="Open a connect session")
    async def create_session(body: CreateSession, caller: Annotated[ApiKeyCaller, maker]) -> dict[str, Any]:
        record, token = await connecting.open(caller.environment, body)
        return _opened(record, token, public_url)

    @routes.post(
        "/connect/sessions/reconnect", status_code=201, summary="Open a session that renews a connection"
    )
    async def create_reconnect_session(
        body: ReconnectSession, caller: Annotated[ApiKeyCaller, maker]
    ) -> dict[str, Any]:
        record, token = await connecting.reopen(caller.environment, body)
        return _opened(record, token, public_url)


def _sessions(routes: APIRouter, sessions: ConnectSessions, clock: Clock) -> None:
    holder = Depends(session_caller(sessions))

    @routes.get("/connect/session", summary="Read the session")
    async def read_session(caller: Annotated[SessionCaller, holder]) -> dict[str, Any]:
        return {"data": _session_json(caller.session)}

    @routes.delete("/connect/session", status_code=204, summary="End the session")
    async def delete_session(caller: Annotated[SessionCaller, holder]) -> Response:
        await sessions.delete(caller.session)
        return Response(status_code=204)

    @routes.post("/connect/telemetry", status_code=204, summary="Tell what happens on a page")
    async def telemetry(body: Telemetry) -> Response:
        spend((await sessions.find(Secret(body.token))).environment_id)
        _check_time(body.timestamp, clock.now())
        return Response(status_code=204)


def _page_calls(routes: APIRouter, connecting: Connecting, sessions: ConnectSessions) -> None:
    holder = Depends(session_caller(sessions))

    @routes.get("/connect/integrations", summary="The forms of the session's integrations")
    async def list_forms(caller: Annotated[SessionCaller, holder]) -> dict[str, Any]:
        return {"data": [_form_json(form) for form in await connecting.forms(caller)]}

    @routes.post("/connect/username-reading", summary="What is understood of a text while it is typed")
    async def read_text(body: UsernameReading, caller: Annotated[SessionCaller, holder]) -> dict[str, Any]:
        answer = await connecting.reading(caller, body.integration, body.field, body.text)
        return {"data": _reading_json(answer)}

    @routes.post(
        "/connect/submission",
        summary="Submit a form; the answer is one JSON object a line, the last one is the outcome",
        response_class=StreamingResponse,
        responses={200: {"content": {"application/x-ndjson": {}}}},
    )
    async def submit(body: Submission, caller: Annotated[SessionCaller, holder]) -> StreamingResponse:
        return StreamingResponse(_attempted(connecting, caller, body), media_type="application/x-ndjson")


def _redirections(
    routes: APIRouter,
    connecting: Connecting,
    sessions: ConnectSessions,
    outcomes: Outcomes,
    redirect_uri: str,
) -> None:
    """How the Connect page sends a person to a provider, in a window of its own."""
    holder = Depends(session_caller(sessions))

    @routes.post("/connect/redirection", summary="Plan to send a person to the provider")
    async def plan(body: RedirectionBody, caller: Annotated[SessionCaller, holder]) -> dict[str, Any]:
        watch = outcomes.new_name()
        ticket = await connecting.send_away(caller, body.integration, body.values, watch, redirect_uri)
        # Relative to where the page's API is; good once, for a minute.
        return {"data": {"open": f"oauth/start?ticket={ticket.reveal()}", "watch": watch.reveal()}}

    @routes.post(
        "/connect/redirection/outcome",
        summary="What came of it; null as long as nothing has",
        dependencies=[holder],
    )
    async def outcome(body: RedirectionWatch) -> dict[str, Any]:
        return {"data": await outcomes.read(Secret(body.watch))}


def _authorizations(routes: APIRouter, connecting: Connecting, sessions: ConnectSessions) -> None:
    """One endpoint for each auth mode, for pages that draw their own form. Connect pages use `submission`."""

    async def connect(
        auth_mode: str,
        integration_key: str,
        fields: Mapping[str, object],
        asked: AuthorizationQuery,
        request: Request,
    ) -> dict[str, str]:
        caller = await _caller(sessions, asked, request)
        if asked.connection_id is not None:
            message = "The session decides the connection's id; do not send one."
            error = FieldError(("connection_id",), "custom", message)
            raise ConnectionIdNotAllowed(message, errors=[error])
        done = await connecting.submit(
            caller, integration_key, fields, params=asked.params, auth_mode=auth_mode
        )
        return _connected(done)

    @routes.post(
        "/auth/two-step/{integration_key}", summary="Connect with credentials that are exchanged for a token"
    )
    async def two_step(integration_key: str, body: Free, asked: _Asked, request: Request) -> dict[str, str]:
        return await connect("TWO_STEP", integration_key, body.fields(), asked, request)

    @routes.post("/api-auth/api-key/{integration_key}", summary="Connect with an API key")
    async def api_key(
        integration_key: str, body: ApiKeyBody, asked: _Asked, request: Request
    ) -> dict[str, str]:
        fields = body.model_dump(by_alias=True)
        return await connect("API_KEY", integration_key, fields, asked, request)

    @routes.post("/api-auth/basic/{integration_key}", summary="Connect with user name and password")
    async def basic(integration_key: str, body: BasicBody, asked: _Asked, request: Request) -> dict[str, str]:
        return await connect("BASIC", integration_key, body.model_dump(), asked, request)

    @routes.post("/oauth2/auth/{integration_key}", summary="Connect with an OAuth client's own credentials")
    async def client_credentials(
        integration_key: str, body: ClientBody, asked: _Asked, request: Request
    ) -> dict[str, str]:
        try:
            return await connect("OAUTH2_CC", integration_key, body.model_dump(), asked, request)
        except UnknownIntegration as error:
            raise UnknownClientIntegration(error.message) from error

    @routes.post("/auth/unauthenticated/{integration_key}", summary="Connect to an API without credentials")
    async def unauthenticated(
        integration_key: str, asked: _Asked, request: Request, body: NothingBody | None = None
    ) -> dict[str, str]:
        fields = {} if body is None else body.model_dump()
        return await connect("NONE", integration_key, fields, asked, request)


async def _caller(sessions: ConnectSessions, asked: AuthorizationQuery, request: Request) -> SessionCaller:
    token = _token(asked, request)
    record = await sessions.find(token)
    spend(record.environment_id)
    return SessionCaller(environment=record.environment, session=record)


def _token(asked: AuthorizationQuery, request: Request) -> Secret:
    if asked.connect_session_token:
        return Secret(asked.connect_session_token)
    headers = [value for name, value in request.scope["headers"] if name == b"authorization"]
    if not headers:
        raise MissingAuthHeader("Send the connect session's token.")
    return bearer_token(headers)


async def _attempted(connecting: Connecting, caller: SessionCaller, body: Submission) -> AsyncIterator[bytes]:
    """The phases as they begin, then the outcome."""
    told: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    async def progress(phase: Phase) -> None:
        told.put_nowait({"phase": phase.value})

    async def attempt() -> dict[str, Any]:
        try:
            done = await connecting.submit(
                caller, body.integration, body.values, attempt=body.attempt, progress=progress
            )
        except CounterfoilError as error:
            return error_body(error)
        finally:
            told.put_nowait(None)
        return {"connected": _connected(done)}

    # A task of its own: a browser that goes away must not stop it between the provider's answer and the
    # database.
    running = asyncio.create_task(attempt())
    while (line := await told.get()) is not None:
        yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
    yield orjson.dumps(await running, option=orjson.OPT_APPEND_NEWLINE)


def _check_time(stated: datetime, now: datetime) -> None:
    aware = stated if stated.tzinfo is not None else stated.replace(tzinfo=UTC)
    if abs(now - aware) <= timedelta(seconds=TELEMETRY_CLOCK_SKEW_SECONDS):
        return
    message = "The time is more than two hours away from the server's."
    raise InvalidBody(message, errors=[FieldError(("timestamp",), "custom", message)])


def _opened(record: ConnectSessionRecord, token: Secret, public_url: str) -> dict[str, Any]:
    # In the fragment: it reaches the page and no server, log or proxy on the way.
    link = f"{public_url}/connect/#session_token={token.reveal()}"
    return {
        "data": {"token": token.reveal(), "connect_link": link, "expires_at": _wire_time(record.expires_at)}
    }


def _connected(done: Authorized) -> dict[str, str]:
    return {"providerConfigKey": done.integration_key, "connectionId": done.connection_id}


def _session_json(record: ConnectSessionRecord) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "endUser": _end_user_json(record),
        "connectUISettings": {
            "showWatermark": True,
            "defaultTheme": "system",
            "theme": {"light": {"primary": "#00B2E3"}, "dark": {"primary": "#00B2E3"}},
        },
        "allowed_origins": list(record.environment.allowed_origins),
        "expires_at": _wire_time(record.expires_at),
        "websocketsPath": "/",
    }
    if record.allowed_integrations:
        shown["allowed_integrations"] = list(record.allowed_integrations)
    if record.integrations_config_defaults:
        shown["integrations_config_defaults"] = {
            key: {name: one[name] for name in ("connection_config", "authorization_params") if name in one}
            for key, one in record.integrations_config_defaults.items()
        }
    if record.connection_pk is not None:
        shown["isReconnecting"] = True
    if record.overrides:
        shown["overrides"] = dict(record.overrides)
    return shown


def _end_user_json(record: ConnectSessionRecord) -> dict[str, Any] | None:
    if record.end_user is None:
        return None
    organization = record.organization
    return {
        "id": record.end_user["id"],
        "display_name": record.end_user.get("display_name"),
        "email": record.end_user.get("email"),
        "tags": record.end_user.get("tags"),
        "organization": None
        if organization is None
        else {"id": organization["id"], "display_name": organization.get("display_name")},
    }


def _form_json(form: Form) -> dict[str, Any]:
    integration = form.integration
    return {
        "unique_key": integration.unique_key,
        "provider": integration.provider.id,
        "display_name": integration.display_name or integration.provider.display_name,
        "docs_url": integration.provider.docs_url,
        "fields": [_field_json(field) for field in form.fields],
        "held": [{"name": one.name, "label": one.label, "value": one.value} for one in form.held],
        "steps_done": list(form.steps_done),
        "redirects": isinstance(integration.provider.mode, Redirecting),
    }


def _field_json(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.label,
        "description": field.description,
        "secret": field.secret,
        "required": field.required,
        "placeholder": field.placeholder,
        "autocomplete": field.autocomplete,
        "pattern": field.pattern,
        "one_of": field.one_of,
        "guide_step": field.guide_step,
        "reading": field.reading,
    }


def _reading_json(answer: Understood | Misread | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    if isinstance(answer, Misread):
        return {
            "misread": {
                "problem": answer.problem,
                "sentence": answer.sentence,
                "suggestion": answer.suggestion,
            }
        }
    parts = [{"name": name, "value": value} for name, value in answer.parts]
    return {"understood": {"parts": parts, "notes": list(answer.notes)}}


def _wire_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
