"""From an operation to an HTTP request, and from HTTP's failures to ours. Pure; the API key is added here."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final, TypeVar

import httpx2

from counterfoil_client._operations import Answer, Operation
from counterfoil_client._secret import Secret
from counterfoil_client.errors import TimedOut, TransportError

T = TypeVar("T")

USER_AGENT: Final = f"counterfoil-client/{version('counterfoil-client')}"
_NOTHING_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class Service:
    """Where the service is and who calls it.

    Attributes:
        base_url: Without a slash at the end.
        api_key: Of one environment.
        timeout_seconds: Longest wait for connecting, for sending, and for each piece of an answer.
    """

    base_url: str
    api_key: Secret
    timeout_seconds: float


def service_at(base_url: str, api_key: Secret, timeout_seconds: float) -> Service:
    """Checked settings.

    Raises:
        ValueError: What is wrong with them. The API key is never quoted.
    """
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL as error:
        raise ValueError(f"The base URL can't be read: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("The base URL must read like https://counterfoil.example.com")
    if url.userinfo or url.query or url.fragment:
        raise ValueError("The base URL must have no user, no query and no fragment.")
    key = api_key.reveal()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("The API key is empty, or has characters that keys never have.")
    if timeout_seconds <= 0:
        raise ValueError("timeout_seconds must be more than 0.")
    return Service(str(url).rstrip("/"), api_key, timeout_seconds)


def http_request(service: Service, operation: Operation[Any]) -> httpx2.Request:
    """The request of an operation.

    Raises:
        ValueError: A header has characters that headers can't have.
    """
    base = httpx2.URL(service.base_url)
    target = base.raw_path.rstrip(b"/") + operation.path.encode("ascii")
    if operation.query:
        target += b"?" + operation.query.encode("ascii")
    return httpx2.Request(
        operation.method,
        base.copy_with(raw_path=target),
        headers=[
            (name.encode("ascii"), _header_value(name, value)) for name, value in _headers(service, operation)
        ],
        content=operation.content,
        extensions={
            "timeout": httpx2.Timeout(operation.timeout_seconds or service.timeout_seconds).as_dict()
        },
    )


def answer_of(response: httpx2.Response) -> Answer:
    """A response that was read."""
    return Answer(response.status_code, response.headers, response.content, response.encoding or "utf-8")


def transport_error(error: httpx2.RequestError, operation: Operation[Any]) -> TransportError:
    """Our error for one of HTTP.

    It is to be raised after the `except` block has ended, not from within: the frames of the original hold
    the request's headers, and tools that show local variables would print the API key.
    """
    kind = TimedOut if isinstance(error, httpx2.TimeoutException) else TransportError
    detail = f"{type(error).__name__}: {error}".rstrip(": ")
    return kind(f"{operation.asked}: {detail}", not isinstance(error, _NOTHING_SENT))


def _headers(service: Service, operation: Operation[Any]) -> list[tuple[str, str]]:
    headers = [("Accept-Encoding", "gzip"), ("User-Agent", USER_AGENT), *operation.headers]
    if not operation.is_public:
        headers.append(("Authorization", f"Bearer {(operation.bearer or service.api_key).reveal()}"))
    return headers


def _header_value(name: str, value: str) -> bytes:
    if any(character < " " and character != "\t" for character in value) or "\x7f" in value:
        raise ValueError(f"The header {name} has control characters.")
    return value.encode()
