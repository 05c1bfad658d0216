"""Calls to the provider through Counterfoil, which adds the token and renews it when needed.

What the provider answers is handed back as it is, whatever the status; `raise_for_status()` makes an error of it.
What the proxy itself has to say (no such connection, no token that works, provider not reachable) is raised.
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Concatenate, Final, ParamSpec, Self, TypedDict, TypeVar, Unpack
from urllib.parse import quote

import httpx2

from counterfoil_client._answers import api_error, error_object
from counterfoil_client._http import answer_of, transport_error
from counterfoil_client._operations import Answer, Content, Operation, Params, json_content, query_of
from counterfoil_client._senders import AsyncSender, Sender, described
from counterfoil_client.errors import ProviderRefused

P = ParamSpec("P")
T = TypeVar("T")

MOST_RETRIES: Final = 5
# All that may stand in a path as it is (RFC 3986 section 3.3), and escapes.
_PATH_CHARACTERS: Final = "/!$&'()*+,;=:@~%"
_DOTS: Final = re.compile(r"(\.|%2e){1,2}", re.IGNORECASE)


class CallOptions(TypedDict, total=False):
    """What every proxied call may be told.

    Attributes:
        params: Query parameters, added to those in the path. None is left out, a list repeats its name.
        headers: For the provider; only these and the body's type reach it. `Authorization` can't be set.
        retries: How often the service tries again, 0 to 5, where that is safe; 0 if left out.
        retry_on: Statuses that call for another try besides the usual ones.
        timeout_seconds: In place of the client's own: longest wait for each piece of the answer.
    """

    params: Params | None
    headers: Mapping[str, str] | None
    retries: int
    retry_on: Sequence[int]
    timeout_seconds: float | None


class BodyOptions(CallOptions, total=False):
    """What calls with a body may be told besides.

    Attributes:
        json: Anything that has a JSON form. None sends no body.
        content: Bytes, text, or an iterable of bytes that is sent piece by piece (asynchronous in the asynchronous
            client); give its type in `headers`. An iterable is read once, so the service can't try again.
    """

    json: Any
    content: Content | None


@dataclass(frozen=True, slots=True)
class Target:
    """Whose API is called.

    Attributes:
        integration_key: The integration's key.
        connection_id: The connection's id.
        base_url_override: Another base URL than the provider's own, where the service allows it; else empty.
    """

    integration_key: str
    connection_id: str
    base_url_override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyAnswer:
    """What the provider said, whole.

    Attributes:
        status: HTTP status.
        headers: The provider's, names in any letter case, without cookies and hop-by-hop headers.
        content: The body, uncompressed.
        encoding: Of the body's text.
        asked: Method and path, for people.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    encoding: str = "utf-8"
    asked: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; what can't be decoded is replaced."""
        return self.content.decode(self.encoding, errors="replace")

    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """The body as JSON. Raises ValueError if it is none."""
        return json.loads(self.content)

    def raise_for_status(self) -> Self:
        """Itself if it is a success. Raises ProviderRefused otherwise."""
        if not self.is_success:
            raise ProviderRefused(self)
        return self


def get(target: Target, path: str, **options: Unpack[CallOptions]) -> Operation[ProxyAnswer]:
    """GET a path below the provider's base URL, such as `/v1/objects/accounts-payable/vendor`.

    Raises:
        ApiError, TransportError: As `request` says.
    """
    return request(target, "GET", path, **options)


def post(target: Target, path: str, **options: Unpack[BodyOptions]) -> Operation[ProxyAnswer]:
    """POST to a path below the provider's base URL, such as `/v1/services/core/query`.

    Raises:
        ApiError, TransportError: As `request` says.
    """
    return request(target, "POST", path, **options)


def put(target: Target, path: str, **options: Unpack[BodyOptions]) -> Operation[ProxyAnswer]:
    """PUT to a path below the provider's base URL.

    Raises:
        ApiError, TransportError: As `request` says.
    """
    return request(target, "PUT", path, **options)


def patch(target: Target, path: str, **options: Unpack[BodyOptions]) -> Operation[ProxyAnswer]:
    """PATCH a path below the provider's base URL.

    Raises:
        ApiError, TransportError: As `request` says.
    """
    return request(target, "PATCH", path, **options)


def delete(target: Target, path: str, **options: Unpack[BodyOptions]) -> Operation[ProxyAnswer]:
    """DELETE a path below the provider's base URL.

    Raises:
        ApiError, TransportError: As `request` says.
    """
    return request(target, "DELETE", path, **options)


def request(
    target: Target, method: str, path: str, **options: Unpack[BodyOptions]
) -> Operation[ProxyAnswer]:
    """Call a path below the provider's base URL with any method the proxy passes on.

    Args:
        target: Whose API is called.
        method: GET, HEAD, POST, PUT, PATCH, DELETE, PROPFIND or REPORT.
        path: With or without a slash in front; may hold a query. Characters that a URL can't have are encoded.
        options: `params`, `headers`, `json`, `content`, `retries`, `retry_on`, `timeout_seconds`; see `CallOptions`
            and `BodyOptions`.

    Raises:
        NotFound: There is no such integration or connection.
        ConnectionNeedsReconnect: It has no token that works, and only a person can mend that.
        ConnectionUnusable: It has no token that works just now.
        ServerFailed: The provider could not be reached.
        ApiError: What else the proxy refuses.
        TransportError: There was no answer.
        ValueError: The path has a segment of dots or a `#`, or there are both `json` and `content`.
    """
    below, own_query = _split(path)
    query = "&".join(part for part in (own_query, query_of(options.get("params") or {})) if part)
    content_type, content = _body(options.get("json"), options.get("content"))

    def answered(answer: Answer) -> ProxyAnswer:
        return ProxyAnswer(
            status=answer.status,
            headers=answer.headers,
            content=answer.content,
            encoding=answer.encoding,
            asked=f"{method.upper()} {below}",
        )

    return Operation(
        method=method.upper(),
        path=f"/proxy{below}",
        query=query,
        read=answered,
        headers=(*_steering(target, options), *_forwarded(options.get("headers") or {}, content_type)),
        content=content,
        timeout_seconds=options.get("timeout_seconds"),
        is_failure=is_own_failure,
    )


def is_own_failure(answer: Answer) -> bool:
    """Whether the proxy itself says no; False for whatever a provider says."""
    return may_be_own_failure(answer.status, answer.headers) and error_object(answer) is not None


def may_be_own_failure(status: int, headers: Mapping[str, str]) -> bool:
    """The same as far as it can be told without the body."""
    raise NotImplementedError


def to_target(
    build: Callable[Concatenate[Target, P], Operation[T]],
) -> Callable[Concatenate["ConnectionProxy", P], T]:
    """The method that sends what `build` builds for the proxy's own target."""

    def method(self: "ConnectionProxy", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._sender.send(build(self.target, *args, **kwargs))

    return described(method, build, bound=1)


def to_target_async(
    build: Callable[Concatenate[Target, P], Operation[T]],
) -> Callable[Concatenate["AsyncConnectionProxy", P], Coroutine[Any, Any, T]]:
    """The method that sends what `build` builds for the proxy's own target."""

    async def method(self: "AsyncConnectionProxy", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._sender.send(build(self.target, *args, **kwargs))

    return described(method, build, bound=1)
