"""Integrations: an operator's configured use of a provider in an environment, with or without a client.

    Integrations(database, vault, catalogue, clock, connections)
        await create(environment, NewIntegration) -> Integration        InvalidIntegration
        await list(environment, only=None) -> list[Integration]         `only`: keys that may be seen
        await get(environment_id, unique_key) -> Integration            UnknownIntegration
        await update(environment, unique_key, IntegrationChange) -> Integration
        await delete(environment, unique_key)                           its connections go with it
        await with_id(integration_id) -> Integration                    for renewals, by primary key
    routes.router(integrations, catalogue, api_keys, sessions, public_url) -> APIRouter
        /integrations, /integrations/{key}, /providers, /providers/{id}

What the operator set as client (`Integration.settings`) is sealed and leaves only towards the provider.
Connections lie above this package; what must happen to them is asked through the Protocol
`DependentConnections`, which `connections.OfIntegration` fulfils.
"""

from counterfoil.integrations.errors import (
    IntegrationNotFound,
    InvalidIntegration,
    UnknownIntegration,
)
from counterfoil.integrations.service import (
    DependentConnections,
    Integration,
    IntegrationChange,
    Integrations,
    NewIntegration,
)

__all__ = [
    "DependentConnections",
    "Integration",
    "IntegrationChange",
    "IntegrationNotFound",
    "Integrations",
    "InvalidIntegration",
    "NewIntegration",
    "UnknownIntegration",
]
