"""Why a connection can't be used or changed. A provider's refusal while authorizing is `auth_modes`' own.

UnknownConnection      404
├── MissingConnection  404   the same, where callers branch on `unknown_connection`
InvalidConnection      400   the connection that was to be renewed is gone
ConnectionUnusable     424   no token that works; `cause` says why and who can do something
RenewalPending         503   another caller is renewing the token; it did not finish in time
"""

from collections.abc import Mapping
from datetime import datetime

from counterfoil.auth_modes import Cause
from counterfoil.errors import FailedDependency, InvalidRequest, NotFound, Unavailable


class UnknownConnection(NotFound):
    """No connection by that id in this integration."""

    code = "not_found"


class MissingConnection(NotFound):
    """One or more connections are not there; nothing was changed."""

    code = "unknown_connection"


class InvalidConnection(InvalidRequest):
    """A reconnect session whose connection was deleted meanwhile."""

    code = "invalid_connection"


class ConnectionUnusable(FailedDependency):
    """There is no token that works.

    Attributes:
        cause: Why, and who can do something about it.
        retry_at: When the next try is due by itself; None if a person must act.
        attempted: Whether the provider was asked just now; False if an earlier answer still holds.
    """

    code = "connection_unusable"

    def __init__(self, cause: Cause, *, retry_at: datetime | None, attempted: bool) -> None:
        super().__init__(f"{cause.sentence} {cause.remedy}".strip())
        self.cause = cause
        self.retry_at = retry_at
        self.attempted = attempted

    def diagnostics(self) -> Mapping[str, object]:
        """The cause and when it is tried again."""
        retry_at = None if self.retry_at is None else self.retry_at.isoformat()
        return {"diagnosis": {**self.cause.as_json(), "retry_at": retry_at}}


class RenewalPending(Unavailable):
    """The token is being renewed elsewhere, and that took longer than a caller is let wait."""

    code = "connection_refresh_pending"
