"""Outgoing webhooks: what happens to connections, told to the operator's receivers, and never lost.

    event → (trigger) outbox → dispatcher → message + a delivery for each endpoint → sender → attempts

    Webhooks(database, vault, outbound, catalogue, clock, ids, app)
        configuration                       settings and signing keys of an environment
        deliveries                          the log; replay of one, of a range, of all that failed
        blueprint()                         the jobs, for the namespace `webhooks`
    routes.router(webhooks, api_keys)       /environment/webhooks…, /environment/webhook-signing-key/rotate
    Receiving                               what providers send, taken in and forwarded the same way
    receiving_routes.router(receiving)      /webhook/{environment}/{integration}

At least once, never silently not at all: a message has one id and one body, whoever sends it and however
often. Order is not promised on the way; `sequence` counts the messages about one connection. This package
reads events and connections and writes neither, but for the event that an endpoint was deactivated.
"""

from counterfoil.webhooks.configuration import (
    Configuration,
    Endpoint,
    SettingsChange,
    WebhookSettings,
)
from counterfoil.webhooks.deliveries import (
    Deliveries,
    Delivery,
    DeliveryDetails,
    DeliveryFilter,
    ReplayRange,
)
from counterfoil.webhooks.receiving import Receiving
from counterfoil.webhooks.service import Webhooks
from counterfoil.webhooks.signing import SigningKeys, standard_secret

__all__ = [
    "Configuration",
    "Deliveries",
    "Delivery",
    "DeliveryDetails",
    "DeliveryFilter",
    "Endpoint",
    "Receiving",
    "ReplayRange",
    "SettingsChange",
    "SigningKeys",
    "WebhookSettings",
    "Webhooks",
    "standard_secret",
]
