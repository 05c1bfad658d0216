"""The window in which a person signs in at a provider: how it leaves, how it comes back, and the socket
beside it.

    GET /oauth/connect/{key}     leaves at once: the published browser client opens it, with the session's
    token GET /oauth/start             leaves with a ticket: the Connect page opens it, and no token is in an
    address GET /oauth/callback          is back: one page that says what came of it
    WebSocket /                  tells it to the published client

Whatever happens is said in the window, and told to whoever waits: a window that only fails to itself leaves
the page that opened it waiting for ever.
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.websockets import WebSocket

from counterfoil.access import ConnectSessions, MissingAuthHeader, SessionCaller
from counterfoil.auth_modes import AuthorizationFailed
from counterfoil.connect.errors import ConnectionIdNotAllowed
from counterfoil.connect.popup_page import HEADERS, PopupPage, Shown
from counterfoil.connect.schemas import PopupQuery
from counterfoil.connect.sockets import serve
from counterfoil.connections import (
    Authorization,
    Authorized,
    Departure,
    Outcome,
    RedirectionUnknown,
    Returned,
    Wishes,
    digest,
)
from counterfoil.db import DatabaseUnavailable
from counterfoil.errors import CounterfoilError, FieldError
from counterfoil.integrations import Integrations, UnknownIntegration
from counterfoil.vault import Secret
from counterfoil.web import InvalidQuery, parse_query

_log: Final = structlog.get_logger(__name__)

CALLBACK: Final = "/oauth/callback"
_COOKIE_SECONDS: Final = 600
_SECRET: Final = re.compile(r"[0-9a-f]{64}")
# What the published client knows these by; all others keep their codes.
_ERROR_TYPES: Final = {UnknownIntegration: "unknown_config_key", DatabaseUnavailable: "unknown_err"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """A redirection at its end, on the way to a page and to who waits."""

    watcher_digest: bytes | None
    integration_key: str
    integration: str = ""
    provider: str = ""
    origins: tuple[str, ...] = ()
    done: Authorized | None = None
    error: CounterfoilError | None = None


class Popup:
    """The window's routes.

    Args:
        public_url: Where browsers reach the service; no slash at the end.
        sessions: The connect sessions.
        integrations: For their names.
        authorization: The pipeline.
        page: Says what came of it.
    """

    def __init__(
        self,
        public_url: str,
        sessions: ConnectSessions,
        integrations: Integrations,
        authorization: Authorization,
        page: PopupPage,
    ) -> None:
        self.redirect_uri = f"{public_url}{CALLBACK}"
        self._is_https = public_url.startswith("https:")
        self._sessions = sessions
        self._integrations = integrations
        self._authorization = authorization
        self._outcomes = authorization.redirections.outcomes
        self._page = page

    def router(self) -> APIRouter:
        """The routes, for browsers only."""
        routes = APIRouter(include_in_schema=False, redirect_slashes=False)
        routes.add_api_route("/oauth/connect/{integration_key}", self._connect, methods=["GET"])
        routes.add_api_route("/oauth/start", self._start, methods=["GET"])
        routes.add_api_route(CALLBACK, self._callback, methods=["GET"])
        routes.add_api_websocket_route("/", self._socket)
        return routes

    async def _connect(self, request: Request, integration_key: str) -> Response:
        watcher: Secret | None = None
        try:
            asked, watcher = _asked(request)
            caller = await self._caller(asked)
            wishes = Wishes(
                submitted={str(name): value for name, value in asked.credentials.items()},
                params=asked.params,
                parameters=asked.authorization_params,
                watcher=watcher,
            )
            ticket = await self._authorization.begin(caller, integration_key, wishes, self.redirect_uri)
            return self._left(await self._authorization.redirections.depart(ticket))
        except CounterfoilError as error:
            watcher = watcher or _watcher(request)
            ended = _Ended(
                watcher_digest=None if watcher is None else digest(watcher),
                integration_key=integration_key,
                error=error,
            )
            return await self._end(request, ended, root="../../")

    async def _start(self, request: Request) -> Response:
        try:
            ticket = _secret(request.query_params.get("ticket", ""))
            return self._left(await self._authorization.redirections.depart(ticket))
        except CounterfoilError as error:
            ended = _Ended(watcher_digest=None, integration_key="", error=error)
            return await self._end(request, ended, root="../")

    async def _callback(self, request: Request) -> Response:
        state = ""
        try:
            parameters = _parameters(request)
            state = parameters.pop("state", "")
            returned = await self._authorization.redirections.take(_secret(state))
        except CounterfoilError as error:
            ended = _Ended(watcher_digest=None, integration_key="", error=error)
            return await self._end(request, ended, root="../")
        browser = request.cookies.get(self._cookie_name(state))
        # A task of its own: a browser that goes away must not stop it between the provider's answer and the
        # database.
        completing = asyncio.create_task(
            self._completed(returned, None if browser is None else Secret(browser), parameters)
        )
        response = await self._end(request, await asyncio.shield(completing), root="../")
        response.delete_cookie(
            self._cookie_name(state), path="/", secure=self._is_https, httponly=True, samesite="lax"
        )
        return response

    async def _completed(
        self, returned: Returned, browser: Secret | None, parameters: Mapping[str, str]
    ) -> _Ended:
        done: Authorized | None = None
        error: CounterfoilError | None = None
        origins: tuple[str, ...] = ()
        name = provider = ""
        try:
            session = await self._sessions.begun(returned.session_pk)
            origins = tuple(session.environment.allowed_origins)
            integration = await self._integrations.get(session.environment_id, returned.integration_key)
            name, provider = integration.display_name, integration.provider.id
            caller = SessionCaller(environment=session.environment, session=session)
            done = await self._authorization.complete(caller, returned, browser, parameters)
        except CounterfoilError as failure:
            error = failure
        return _Ended(
            watcher_digest=returned.watcher_digest,
            integration_key=returned.integration_key,
            integration=name,
            provider=provider,
            origins=origins,
            done=done,
            error=error,
        )

    async def _socket(self, socket: WebSocket) -> None:
        await serve(socket, self._outcomes)

    async def _caller(self, asked: PopupQuery) -> SessionCaller:
        if not asked.connect_session_token:
            raise MissingAuthHeader("Send the connect session's token.")
        record = await self._sessions.find(Secret(asked.connect_session_token))
        if asked.connection_id is not None:
            message = "The session decides the connection's id; do not send one."
            error = FieldError(("connection_id",), "custom", message)
            raise ConnectionIdNotAllowed(message, errors=[error])
        return SessionCaller(environment=record.environment, session=record)

    def _left(self, departure: Departure) -> Response:
        response = RedirectResponse(departure.url.reveal(), 302, dict(HEADERS))
        response.set_cookie(
            self._cookie_name(departure.state.reveal()),
            departure.browser.reveal(),
            max_age=_COOKIE_SECONDS,
            path="/",
            secure=self._is_https,
            httponly=True,
            samesite="lax",
        )
        return response

    def _cookie_name(self, state: str) -> str:
        """One for each redirection, so that two at a time don't mix; by a digest: the state is a secret."""
        prefix = "__Host-" if self._is_https else ""
        return f"{prefix}counterfoil-{hashlib.sha256(state.encode()).hexdigest()[:16]}"

    async def _end(self, request: Request, ended: _Ended, *, root: str) -> Response:
        if ended.watcher_digest is not None:
            try:
                await self._outcomes.tell(ended.watcher_digest, _outcome(ended))
            except DatabaseUnavailable:
                _log.error("an outcome could not be told", integration=ended.integration_key)
        error_type = "" if ended.error is None else _error_type(ended.error)
        shown = Shown(
            integration=ended.integration,
            provider=ended.provider,
            error=ended.error,
            error_type=error_type,
            origins=ended.origins,
        )
        content = self._page.document(
            shown, root=root, accept_language=request.headers.get("accept-language", "")
        )
        status = 200 if ended.error is None else ended.error.status
        return Response(content, status, {**HEADERS, "Vary": "Accept-Language"}, "text/html")


def _asked(request: Request) -> tuple[PopupQuery, Secret | None]:
    try:
        asked = PopupQuery.model_validate(parse_query(request.scope["query_string"]))
    except ValidationError as error:
        names = ", ".join(sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]}))
        raise InvalidQuery(f"The address of this window can't be understood: {names}.") from None
    return asked, _watcher(request)


def _watcher(request: Request) -> Secret | None:
    name = request.query_params.get("ws_client_id", "")
    return Secret(name) if _SECRET.fullmatch(name) else None


def _secret(text: str) -> Secret:
    if not _SECRET.fullmatch(text):
        raise RedirectionUnknown("The address of this window is not complete. Begin again.")
    return Secret(text)


def _parameters(request: Request) -> dict[str, str]:
    """What the provider sent along; of a repeated parameter nothing is believed (RFC 6749 §3.1)."""
    given: Mapping[str, Any] = parse_query(request.scope["query_string"])
    return {name: value for name, value in given.items() if isinstance(value, str)}


def _error_type(error: CounterfoilError) -> str:
    return _ERROR_TYPES.get(type(error), error.code)


def _outcome(ended: _Ended) -> Outcome:
    """The frame of the published client, and the cause for our own page."""
    told: dict[str, Any] = {"provider_config_key": ended.integration_key, "connection_id": ""}
    if ended.done is not None:
        told["connection_id"] = ended.done.connection_id
        return {"message_type": "success", **told, "is_pending": False}
    error = ended.error
    if error is None:
        return {"message_type": "error", **told, "error_type": "unknown_err", "error_desc": ""}
    told |= {"error_type": _error_type(error), "error_desc": error.message}
    if isinstance(error, AuthorizationFailed):
        told |= error.diagnostics()
    return {"message_type": "error", **told}
