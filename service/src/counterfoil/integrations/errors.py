"""Refusals about integrations. The codes are those that callers of the wire protocol branch on."""

from counterfoil.errors import InvalidBody, NotFound


class UnknownIntegration(NotFound):
    """No integration by that key in the caller's environment."""

    code = "unknown_provider_config"


class IntegrationNotFound(NotFound):
    """The integration that was asked for itself is not there."""

    code = "not_found"


class InvalidIntegration(InvalidBody):
    """What an integration was to be made of breaks a rule; `errors` names the fields."""
