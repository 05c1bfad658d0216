"""Client of the Counterfoil connection service, synchronous and asynchronous.

    Counterfoil, AsyncCounterfoil   the clients: sessions, connections, integrations, providers, proxy
    CounterfoilError                the root of all errors; the tree is drawn in `counterfoil_client.errors`
    testing.FakeCounterfoil         the service in memory, for your own tests

Results are frozen values. What a newer service says and this version does not know yet is in their `raw`.
"""

from counterfoil_client._proxy_calls import ProxyAnswer
from counterfoil_client.authorization import Connected
from counterfoil_client.client import AsyncCounterfoil, Counterfoil
from counterfoil_client.connect_sessions import ConnectSession, OpenConnectSession
from counterfoil_client.connections import Connection, ConnectionProblem, ListedConnection
from counterfoil_client.diagnoses import Diagnosis, GuideStep
from counterfoil_client.end_users import EndUser, EndUserFields, Organization, OrganizationFields
from counterfoil_client.errors import (
    AnswerNotUnderstood,
    ApiError,
    AuthenticationFailed,
    Conflict,
    ConnectionNeedsReconnect,
    ConnectionUnusable,
    CounterfoilError,
    FieldError,
    Forbidden,
    InvalidRequest,
    NotFound,
    ProviderRefused,
    RateLimited,
    Refusal,
    ServerFailed,
    TimedOut,
    TransportError,
)
from counterfoil_client.integrations import Integration
from counterfoil_client.providers import Provider
from counterfoil_client.proxy import (
    AsyncConnectionProxy,
    AsyncProxyStream,
    ConnectionProxy,
    ProxyStream,
)

__all__ = [
    "AnswerNotUnderstood",
    "ApiError",
    "AsyncConnectionProxy",
    "AsyncCounterfoil",
    "AsyncProxyStream",
    "AuthenticationFailed",
    "Conflict",
    "ConnectSession",
    "Connected",
    "Connection",
    "ConnectionNeedsReconnect",
    "ConnectionProblem",
    "ConnectionProxy",
    "ConnectionUnusable",
    "Counterfoil",
    "CounterfoilError",
    "Diagnosis",
    "EndUser",
    "EndUserFields",
    "FieldError",
    "Forbidden",
    "GuideStep",
    "Integration",
    "InvalidRequest",
    "ListedConnection",
    "NotFound",
    "OpenConnectSession",
    "Organization",
    "OrganizationFields",
    "Provider",
    "ProviderRefused",
    "ProxyAnswer",
    "ProxyStream",
    "RateLimited",
    "Refusal",
    "ServerFailed",
    "TimedOut",
    "TransportError",
]
