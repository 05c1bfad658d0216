"""Everything that can go wrong, as one tree.

    CounterfoilError
    ├── ApiError                          the service said no: status, code, message, diagnosis, request_id …
    │   ├── AuthenticationFailed     401  the API key or the session token is missing, malformed or unknown
    │   ├── Forbidden                403  the key lacks a scope, or the thing is not allowed
    │   ├── NotFound                 404  no such integration, connection, provider (400 in a few places)
    │   ├── Conflict                 409  it exists already, or it changed meanwhile
    │   ├── InvalidRequest           4xx  what was sent can't be used; `errors` names the fields
    │   ├── ConnectionUnusable       424  the connection has no token that works just now
    │   │   └── ConnectionNeedsReconnect  and only a person can mend that: send them a reconnect session
    │   ├── RateLimited              429  `retry_after_seconds` says how long to wait
    │   └── ServerFailed             5xx  the service, or the provider behind it, failed
    ├── TransportError                    no answer, or only part of one; `may_have_arrived` tells which
    │   └── TimedOut                      it took longer than was allowed
    ├── AnswerNotUnderstood               an answer that is not Counterfoil's: often a wrong base URL
    └── ProviderRefused                   raised by `raise_for_status()` of a proxy answer, and only there

A wrong argument (a path with `..`, a base URL without a scheme) is a `ValueError`, as everywhere in Python.
No error holds the API key, neither in its text nor in the frames of its traceback, and all can be pickled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from counterfoil_client.diagnoses import Diagnosis

if TYPE_CHECKING:
    from counterfoil_client._proxy_calls import ProxyAnswer

_FIELDS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one part of a request.

    Attributes:
        path: Where it is, each step a text, list indexes too: `("end_user", "id")`.
        code: A stable word such as `invalid_type`.
        message: A sentence that says what to do.
    """

    path: tuple[str, ...]
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the service said when it said no.

    Attributes:
        status: HTTP status.
        code: A stable word to branch on; `unknown` if the answer was not the service's own.
        message: A sentence for people.
        errors: The fields at fault, if it was about fields.
        diagnosis: Why, and who can do something about it, where the service knows.
        retry_after_seconds: How long to wait before trying again, where it was said.
        request_id: By which the service's log knows the request, or None.
        asked: What was asked, for people: `GET /connections/customer-17`.
        raw: The whole `error` object as it came.
    """

    status: int
    code: str
    message: str
    errors: tuple[FieldError, ...] = ()
    diagnosis: Diagnosis | None = None
    retry_after_seconds: int | None = None
    request_id: str | None = None
    asked: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


class CounterfoilError(Exception):
    """The root: catch it to catch everything this package raises by itself."""


class ApiError(CounterfoilError):
    """The service said no.

    Attributes:
        refusal: All that it said; the most used parts are attributes of the error too.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal

    def __str__(self) -> str:
        told = self.refusal
        shown = [f"{told.status} {told.code}: {told.message}"]
        fields = [one for one in told.errors if one.message != told.message]
        shown += [f"{'.'.join(one.path)}: {one.message}" for one in fields[:_FIELDS_SHOWN]]
        facts = [fact for fact in (told.asked, told.request_id and f"request {told.request_id}") if fact]
        return "; ".join(shown) + (f" ({', '.join(facts)})" if facts else "")

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.refusal.status

    @property
    def code(self) -> str:
        """A stable word to branch on."""
        return self.refusal.code

    @property
    def message(self) -> str:
        """A sentence for people."""
        return self.refusal.message

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """The fields at fault, if it was about fields."""
        return self.refusal.errors

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Why, and who can do something about it, where the service knows."""
        return self.refusal.diagnosis

    @property
    def request_id(self) -> str | None:
        """By which the service's log knows the request, or None."""
        return self.refusal.request_id


class AuthenticationFailed(ApiError):
    """The API key or the session token is missing, malformed, unknown, revoked or expired."""


class Forbidden(ApiError):
    """The key is known but lacks a scope, or what was asked is not allowed."""


class NotFound(ApiError):
    """No integration, connection or provider by that name in this environment.

    The status is 404, or 400 in the places where callers of the wire protocol expect that.
    """


class Conflict(ApiError):
    """It exists already, or it changed meanwhile."""


class InvalidRequest(ApiError):
    """What was sent can't be used as it is; `errors` names the fields, `diagnosis` the cause."""


class ConnectionUnusable(ApiError):
    """The connection has no token that works just now; the service tries again by itself."""

    @property
    def retry_at(self) -> datetime | None:
        """When the service tries again; None where it was not said, or only a person can mend it."""
        return None if self.diagnosis is None else self.diagnosis.retry_at


class ConnectionNeedsReconnect(ConnectionUnusable):
    """Only a person can mend the connection: make a session with `connect_sessions.reconnect`."""


class RateLimited(ApiError):
    """Too many requests."""

    @property
    def retry_after_seconds(self) -> int | None:
        """How long to wait before trying again; None where it was not said."""
        return self.refusal.retry_after_seconds


class ServerFailed(ApiError):
    """The service failed, or could not reach what it depends on."""


class TransportError(CounterfoilError):
    """There was no answer, or only part of one.

    Attributes:
        may_have_arrived: False if nothing can have reached the service, so that sending it again is safe.
    """

    def __init__(self, message: str, may_have_arrived: bool = True) -> None:
        super().__init__(message, may_have_arrived)
        self.may_have_arrived = may_have_arrived

    def __str__(self) -> str:
        return str(self.args[0])


class TimedOut(TransportError):
    """Connecting, sending or the next piece of the answer took longer than `timeout_seconds`."""


class AnswerNotUnderstood(CounterfoilError):
    """The answer is not what Counterfoil says: often a base URL that leads elsewhere."""


class ProviderRefused(CounterfoilError):
    """A provider's answer was not a success. Raised only by `raise_for_status()`.

    Attributes:
        answer: What the provider said, whole.
    """

    def __init__(self, answer: "ProxyAnswer") -> None:
        super().__init__(answer)
        self.answer = answer

    def __str__(self) -> str:
        return f"The provider answered {self.answer.status} to {self.answer.asked}"
