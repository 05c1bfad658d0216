"""Who may call the API: environments, API keys, connect sessions, scopes.

    Environment          what isolates integrations, connections and keys from each other
    ApiKeys              makes and checks keys; `cached` is the proxy's way in
    ConnectSessions      short-lived permission for one browser to make or renew one connection
    Caller               who is calling: an API key or a connect session
    require_scope        refuses a caller that lacks a scope

Secrets are shown once, when they are made. The database holds digests. This package knows no HTTP beyond the
`Authorization` header, and it doesn't know what integrations or connections are.
"""

from counterfoil.access.callers import ApiKeyCaller, Caller, SessionCaller, require_scope
from counterfoil.access.environments import Environment, Environments, parse_origin
from counterfoil.access.errors import (
    InvalidConnectSessionTokenFormat,
    InvalidOrigin,
    InvalidSecretKeyFormat,
    MalformedAuthHeader,
    MissingAuthHeader,
    MissingScope,
    UnknownAccount,
    UnknownConnectSessionToken,
    UnknownEnvironment,
)
from counterfoil.access.keys import ApiKeyRecord, ApiKeys, bearer_token
from counterfoil.access.sessions import (
    SESSION_TOKEN_PREFIX,
    SESSION_TTL_SECONDS,
    ConnectSessionRecord,
    ConnectSessions,
    NewConnectSession,
)

__all__ = [
    "SESSION_TOKEN_PREFIX",
    "SESSION_TTL_SECONDS",
    "ApiKeyCaller",
    "ApiKeyRecord",
    "ApiKeys",
    "Caller",
    "ConnectSessionRecord",
    "ConnectSessions",
    "Environment",
    "Environments",
    "InvalidConnectSessionTokenFormat",
    "InvalidOrigin",
    "InvalidSecretKeyFormat",
    "MalformedAuthHeader",
    "MissingAuthHeader",
    "MissingScope",
    "NewConnectSession",
    "SessionCaller",
    "UnknownAccount",
    "UnknownConnectSessionToken",
    "UnknownEnvironment",
    "bearer_token",
    "parse_origin",
    "require_scope",
]
