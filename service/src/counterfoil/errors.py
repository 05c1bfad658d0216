"""The base of the error tree; what every failure has in common, and nothing about any one feature.

    CounterfoilError                 code, status, safe message, diagnostics
    ├── InvalidRequest        400    what the caller sent can't be used (subclasses name the part)
    ├── Unauthenticated       401    no credential, or one that is not known
    ├── Forbidden             403    known, but not allowed
    ├── NotFound              404    nothing by that name in the caller's environment
    ├── Conflict              409    it exists, or changed meanwhile
    ├── FailedDependency      424    the connection can't be used as it stands
    ├── TooManyRequests       429    a limit was reached; `retry_after_seconds` says how long to wait
    ├── ProviderUnavailable   502    the provider could not be reached or did not make sense
    └── Unavailable           503    a part of the service is not there just now

Subclasses live with their feature. The message is written for the reader of an API answer and never contains
a secret; `diagnostics()` adds named facts that help a person act. Expected outcomes are values, not errors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one part of a request.

    Attributes:
        path: Where it is, each step a string, list indexes too: `("end_user", "id")`.
        code: A stable word such as `invalid_type` or `required`.
        message: A sentence that says what to do.
    """

    path: tuple[str, ...]
    code: str
    message: str


class CounterfoilError(Exception):
    """The root. Raise a subclass that names what went wrong."""

    code: ClassVar[str] = "server_error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.errors = tuple(errors)

    def diagnostics(self) -> Mapping[str, object]:
        """Facts for the `error` object beside code and message; never a secret."""
        return {}


class InvalidRequest(CounterfoilError):
    """What the caller sent can't be used as it is."""

    code = "invalid_request"
    status = 400


class InvalidBody(InvalidRequest):
    """The body breaks the schema or a rule; `errors` names the fields."""

    code = "invalid_body"


class Unauthenticated(CounterfoilError):
    """No credential, or one that is not known."""

    code = "unauthenticated"
    status = 401


class Forbidden(CounterfoilError):
    """The caller is known and not allowed."""

    code = "forbidden"
    status = 403


class NotFound(CounterfoilError):
    """Nothing by that name in the caller's environment."""

    code = "not_found"
    status = 404


class Conflict(CounterfoilError):
    """It exists already, or it changed meanwhile."""

    code = "conflict"
    status = 409


class FailedDependency(CounterfoilError):
    """The connection can't be used as it stands."""

    code = "failed_dependency"
    status = 424


class TooManyRequests(CounterfoilError):
    """A limit was reached."""

    code = "too_many_request"
    status = 429

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ProviderUnavailable(CounterfoilError):
    """The provider could not be reached, or its answer made no sense."""

    code = "provider_unavailable"
    status = 502


class Unavailable(CounterfoilError):
    """A part of the service is not there just now; trying again later may help."""

    code = "unavailable"
    status = 503
