"""The types of events; adding one is a line here and a line in the changelog."""

from enum import StrEnum


class EventType(StrEnum):
    """What can happen, and when it is said to have."""

    INTEGRATION_CREATED = "integration.created"
    """An operator made an integration."""

    INTEGRATION_UPDATED = "integration.updated"
    """An operator changed an integration."""

    INTEGRATION_DELETED = "integration.deleted"
    """An operator deleted an integration."""

    CONNECTION_CREATED = "connection.created"
    """An end user connected for the first time."""

    CONNECTION_REPLACED = "connection.replaced"
    """New credentials took the place of a connection's old ones."""

    CONNECTION_REFRESHED = "connection.refreshed"
    """A connection got a new access token."""

    CONNECTION_REFRESH_FAILED = "connection.refresh_failed"
    """A connection's token could not be renewed; it is tried again."""

    CONNECTION_RECOVERED = "connection.recovered"
    """A connection that was failing works again."""

    CONNECTION_NEEDS_RECONNECT = "connection.needs_reconnect"
    """A connection works again only after a person acts."""

    CONNECTION_DELETED = "connection.deleted"
    """A connection was deleted."""

    WEBHOOK_RECEIVED = "webhook.received"
    """A provider sent a webhook; it is forwarded."""

    WEBHOOK_ENDPOINT_DEACTIVATED = "webhook_endpoint.deactivated"
    """An endpoint gets no more webhooks: it asked for none, or only failed for days."""
