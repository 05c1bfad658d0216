"""One call to a provider as a value: what the proxy is sent, and whose words an answer is. Sends nothing."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self, TypedDict, Unpack
from urllib.parse import quote

import httpx2

from counterfoil_client._answers import api_error, error_object
from counterfoil_client._operations import Answer, Content, Operation, Params, json_content, query_of
from counterfoil_client.errors import ProviderRefused

MOST_RETRIES: Final = 5
# All that may stand in a path as it is (RFC 3986 section 3.3), and escapes.
_PATH_CHARACTERS: Final = "/!$&'()*+,;=:@~%"
_QUERY_CHARACTERS: Final = _PATH_CHARACTERS + "?"
_DOTS: Final = re.compile(r"(\.|%2e){1,2}", re.IGNORECASE)
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

REQUEST_ID: Final = "counterfoil-request-id"
ERROR_CODE: Final = "counterfoil-error"
# Providers have envelopes of nearly the same form: only what is exactly ours counts as ours.
_ERROR_MEMBERS: Final = frozenset({"code", "message", "errors", "diagnosis", "payload"})
_ERROR_CODE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+|conflict|forbidden|unauthenticated|unavailable")


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
        content: Bytes, text, or an iterable of bytes that is sent piece by piece (asynchronous in the
            asynchronous client); give its type in `headers`. An iterable is read once, so the service can't
            try again.
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
        return is_success(self.status)

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


def get_path(target: Target, path: str, **options: Unpack[CallOptions]) -> Operation[ProxyAnswer]:
    """GET a path below the provider's base URL, such as `/v1/objects/accounts-payable/vendor`.

    Raises:
        ApiError, TransportError: As `request` says.
    """
    return request_path(target, "GET", path, **options)


def post_path(target: Target, path: str, **options: Unpack[BodyOptions]) -> Operation[ProxyAnswer]:
    """POST to a path below the provider's base URL, such as `/v1/services/core/query`.

    Raises:
        ApiError, TransportError: As `request` says.
    """
    return request_path(target, "POST", path, **options)


def put_path(target: Target, path: str, **options: Unpack[BodyOptions]) -> Operation[ProxyAnswer]:
    """PUT to a path below the provider's base URL.

    Raises:
        ApiError, TransportError: As `request` says.
    """
    return request_path(target, "PUT", path, **options)


def patch_path(target: Target, path: str, **options: Unpack[BodyOptions]) -> Operation[ProxyAnswer]:
    """PATCH a path below the provider's base URL.

    Raises:
        ApiError, TransportError: As `request` says.
    """
    return request_path(target, "PATCH", path, **options)


def delete_path(target: Target, path: str, **options: Unpack[BodyOptions]) -> Operation[ProxyAnswer]:
    """DELETE a path below the provider's base URL.

    Raises:
        ApiError, TransportError: As `request` says.
    """
    return request_path(target, "DELETE", path, **options)


def request_path(
    target: Target, method: str, path: str, **options: Unpack[BodyOptions]
) -> Operation[ProxyAnswer]:
    """Call a path below the provider's base URL with any method the proxy passes on.

    Args:
        target: Whose API is called.
        method: GET, HEAD, POST, PUT, PATCH, DELETE, PROPFIND or REPORT.
        path: With or without a slash in front; may hold a query. Characters that a URL can't have are
            encoded.
        options: `params`, `headers`, `json`, `content`, `retries`, `retry_on`, `timeout_seconds`; see
            `CallOptions` and `BodyOptions`.

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
    """Whether an answer was not given by the provider, but by the proxy or by something in front of it.

    Every answer of the proxy carries `Counterfoil-Request-Id`, which no provider can set; what is without it
    came from a gateway in between. Its own refusals carry `Counterfoil-Error`, or are told by the shape of
    their body.
    """
    if is_success(answer.status):
        return False
    if REQUEST_ID not in answer.headers or ERROR_CODE in answer.headers:
        return True
    return _is_our_shape(answer)


def may_be_own_failure(status: int, headers: httpx2.Headers) -> bool:
    """The same as far as it can be told before the body has come."""
    if is_success(status):
        return False
    is_marked = REQUEST_ID not in headers or ERROR_CODE in headers
    return is_marked or headers.get("content-type", "").startswith("application/json")


def raise_own_failure(operation: Operation[Any], answer: Answer) -> None:
    """Raises ApiError if the answer is not the provider's."""
    if is_own_failure(answer):
        raise api_error(answer, operation.asked)


def is_success(status: int) -> bool:
    """Whether a status is 2xx."""
    return 200 <= status < 300


def _is_our_shape(answer: Answer) -> bool:
    told = error_object(answer)
    if told is None:
        return False
    return told.keys() <= _ERROR_MEMBERS and _ERROR_CODE.fullmatch(told["code"]) is not None


def _split(path: str) -> tuple[str, str]:
    """Path and query, encoded; the path begins with a slash."""
    if "#" in path:
        raise ValueError("The path has a #; write %23 if it belongs to a name.")
    below, _, own_query = path.partition("?")
    segments = below.removeprefix("/").split("/")
    # They would be resolved away on the way, and lead out of the proxy: to our own API, with our key.
    if any(_DOTS.fullmatch(segment) for segment in segments):
        raise ValueError("The path has a segment of dots only.")
    return "/" + quote("/".join(segments), safe=_PATH_CHARACTERS), quote(own_query, safe=_QUERY_CHARACTERS)


def _body(json_value: object, content: Content | None) -> tuple[str | None, Content | None]:
    """Type and content."""
    if json_value is None:
        return None, content
    if content is not None:
        raise ValueError("Give either json or content.")
    return "application/json", json_content(json_value)


def _steering(target: Target, options: BodyOptions) -> Iterator[tuple[str, str]]:
    """What the headers tell the proxy itself."""
    yield "Provider-Config-Key", target.integration_key
    yield "Connection-Id", target.connection_id
    if target.base_url_override:
        yield "Base-Url-Override", target.base_url_override
    retries = options.get("retries", 0)
    if not 0 <= retries <= MOST_RETRIES:
        raise ValueError(f"retries must be 0 to {MOST_RETRIES}.")
    if retries:
        yield "Retries", str(retries)
    if retry_on := options.get("retry_on"):
        yield "Retry-On", ",".join(str(status) for status in retry_on)


def _forwarded(headers: Mapping[str, str], content_type: str | None) -> Iterator[tuple[str, str]]:
    """What goes to the provider. The body's type is said on our own way too, as any body's is."""
    own_type = next(
        (value for name, value in headers.items() if name.lower() == "content-type"), content_type
    )
    if own_type is not None:
        yield "Content-Type", own_type
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} can't name a header.")
        yield f"Nango-Proxy-{name}", value
