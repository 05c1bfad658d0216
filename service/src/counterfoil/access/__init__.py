"""Who may call the API: environments, API keys, connect sessions, scopes.

    Environment          what isolates integrations, connections and keys from each other
    ApiKeys              makes and checks keys; `cached` is the proxy's way in
    ConnectSessions      short-lived permission for one browser to make or renew one connection
    Rates, spend         how often an environment may call, and an address fail to say who it is
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
from counterfoil.access.rates import (
    VISIT,
    RateLimited,
    RateLimits,
    Rates,
    Standing,
    Visit,
    client_address,
    spend,
)
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
    "VISIT",
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
    "RateLimited",
    "RateLimits",
    "Rates",
    "SessionCaller",
    "Standing",
    "UnknownAccount",
    "UnknownConnectSessionToken",
    "UnknownEnvironment",
    "Visit",
    "bearer_token",
    "client_address",
    "parse_origin",
    "require_scope",
    "spend",
]
