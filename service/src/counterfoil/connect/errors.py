"""Refusals that belong to connecting. The codes are those that callers of the wire protocol branch on."""

from counterfoil.errors import InvalidRequest, NotFound


class InvalidSessionRequest(InvalidRequest):
    """The body of a session request names something that is not there, or breaks a rule across fields."""

    code = "invalid_body"


class ConnectionIdNotAllowed(InvalidRequest):
    """A connection id was sent beside a session token, which decides it alone."""

    code = "invalid_query_params"


class UnknownClientIntegration(InvalidRequest):
    """No integration by that key, where the wire protocol answers 400 instead of 404: for OAUTH2_CC."""

    code = "unknown_provider_config"


class UnknownFile(NotFound):
    """No file by that path belongs to the page."""

    code = "not_found"
