"""Connections: one end user's authorization of one integration, from the form to a token that stays fresh.

    pending → active → failing(cause, retry_at) | needs_reconnect(cause) → active → … | deleted   (`states`)

    Authorization(database, vault, integrations, outbound, clock, ids)          the one pipeline
        await authorize(applicant, integration_key, submitted,
                        connection_id=None, params=None, auth_mode=None, progress=None) -> Authorized
            applicant: access.SessionCaller | access.Environment
            progress: an async function that is told each `Phase` as it begins
            Authorized(pk, connection_id, integration_key, operation, same_identity)
        await begin(applicant, integration_key, wishes, redirect_uri) -> Secret     where a browser has to be
        redirections.depart(ticket), redirections.take(state)                       sent to the provider
        await complete(applicant, returned, browser, parameters) -> Authorized
    Tokens(database, vault, integrations, outbound, clock, ids, limits=TokenLimits())
        cached(environment_id, integration_key, connection_id) -> LiveConnection | None      sync, hot path
        await live(environment_id, integration_key, connection_id) -> LiveConnection
        await renew(live) -> LiveConnection                          after the provider refused the token
        await close()                                                waits for renewals under way
            raise UnknownIntegration, UnknownConnection, ConnectionUnusable 424, RenewalPending 503
    Connections(database, tokens)
        list, get, find_by_pk, fetched, change, delete, set_metadata
    routes.router(connections, api_keys) -> APIRouter              /connections…
    tasks.blueprint(tokens) -> procrastinate.Blueprint                          the periodic sweep
    OfIntegration()                                                             for integrations.Integrations

The token and the lease to renew it are in one row. Who renews holds the lease, on the database's clock; who
writes compares the token's version first. Everybody else waits for that one renewal. The lease outlasts the
longest token call, so there are never two, unless its holder has died.
"""

from counterfoil.connections.authorization import (
    Authorization,
    Authorized,
    IntegrationNotAllowed,
    InvalidAuthMode,
    Phase,
    SameIdentity,
    Wishes,
)
from counterfoil.connections.end_users import EndUser
from counterfoil.connections.errors import (
    ConnectionUnusable,
    InvalidConnection,
    RenewalPending,
    UnknownConnection,
)
from counterfoil.connections.limits import TokenLimits
from counterfoil.connections.outcomes import Outcome, Outcomes, Watcher, digest
from counterfoil.connections.redirections import Departure, RedirectionUnknown, Returned
from counterfoil.connections.service import (
    Connection,
    ConnectionChange,
    ConnectionFilter,
    Connections,
    OfIntegration,
)
from counterfoil.connections.states import Status
from counterfoil.connections.tokens import LiveConnection, OpenCredentials, Tokens

__all__ = [
    "Authorization",
    "Authorized",
    "Connection",
    "ConnectionChange",
    "ConnectionFilter",
    "ConnectionUnusable",
    "Connections",
    "Departure",
    "EndUser",
    "IntegrationNotAllowed",
    "InvalidAuthMode",
    "InvalidConnection",
    "LiveConnection",
    "OfIntegration",
    "OpenCredentials",
    "Outcome",
    "Outcomes",
    "Phase",
    "RedirectionUnknown",
    "RenewalPending",
    "Returned",
    "SameIdentity",
    "Status",
    "TokenLimits",
    "Tokens",
    "UnknownConnection",
    "Watcher",
    "Wishes",
    "digest",
]
