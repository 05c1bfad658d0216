"""FastAPI dependencies that say who is calling, by the `Authorization` header. The rules are `access`'s."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.requests import Request

from counterfoil.access import (
    SESSION_TOKEN_PREFIX,
    ApiKeyCaller,
    ApiKeys,
    Caller,
    ConnectSessions,
    SessionCaller,
    bearer_token,
    require_scope,
    spend,
)
from counterfoil.vault import Secret

# Only described in the OpenAPI document by these; the header is read by `bearer_token`.
_API_KEY: Final = HTTPBearer(scheme_name="API key", auto_error=False, description="An environment's API key.")
_SESSION: Final = HTTPBearer(
    scheme_name="Connect session", auto_error=False, description="A connect session's token."
)

_ApiKeyScheme = Annotated[Any, Depends(_API_KEY)]
_SessionScheme = Annotated[Any, Depends(_SESSION)]


def api_key_caller(api_keys: ApiKeys, scope: str) -> Callable[..., Awaitable[ApiKeyCaller]]:
    """A dependency: the caller, who must hold an API key with this scope (`environment:connections:read`)."""

    async def caller(request: Request, _scheme: _ApiKeyScheme) -> ApiKeyCaller:
        found = await api_keys.authenticate(_token(request))
        spend(found.environment.id)
        require_scope(found, scope)
        return found

    return caller


def any_caller(api_keys: ApiKeys, sessions: ConnectSessions, scope: str) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the caller, by API key with this scope or by connect session."""

    async def caller(request: Request, _key: _ApiKeyScheme, _session: _SessionScheme) -> Caller:
        token = _token(request)
        # A session's token is never tried as a key, nor a key as a session's token.
        if token.reveal().startswith(SESSION_TOKEN_PREFIX):
            return await _session_caller(sessions, token, scope)
        found = await api_keys.authenticate(token)
        spend(found.environment.id)
        require_scope(found, scope)
        return found

    return caller


def session_caller(sessions: ConnectSessions) -> Callable[..., Awaitable[SessionCaller]]:
    """A dependency: the caller, who must hold a connect session's token."""

    async def caller(request: Request, _scheme: _SessionScheme) -> SessionCaller:
        record = await sessions.find(_token(request))
        spend(record.environment_id)
        return SessionCaller(environment=record.environment, session=record)

    return caller


async def _session_caller(sessions: ConnectSessions, token: Secret, scope: str) -> SessionCaller:
    record = await sessions.find(token)
    spend(record.environment_id)
    caller = SessionCaller(environment=record.environment, session=record)
    require_scope(caller, scope)
    return caller


def _token(request: Request) -> Secret:
    headers = [value for name, value in request.scope["headers"] if name == b"authorization"]
    return bearer_token(headers)
