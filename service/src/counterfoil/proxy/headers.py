"""What the proxy's headers ask for, which ones go to the provider, and which ones come back; no I/O.

Only `Nango-Proxy-<Name>` headers are forwarded, as `<Name>`, and the body's content type. Coming back,
everything is kept but hop-by-hop headers (RFC 9110 section 7.6.1), cookies, CORS, and what would make
browsers or our own reverse proxy act on the provider's word in our name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from counterfoil.errors import FieldError
from counterfoil.proxy.errors import InvalidProxyHeaders, NavigationRefused

Header = tuple[bytes, bytes]

MOST_RETRIES: Final = 5
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "REPORT")
METHODS_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE", "PROPFIND", "REPORT"})
ALLOW: Final = ", ".join((*METHODS, "OPTIONS")).encode()

_FORWARDED_PREFIX: Final = b"nango-proxy-"
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE: Final = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_RETRY_ON: Final = re.compile(rb"\s*[1-5][0-9]{2}\s*(?:,\s*[1-5][0-9]{2}\s*)*")

_READ: Final = (
    b"sec-fetch-mode",
    b"sec-fetch-dest",
    b"provider-config-key",
    b"connection-id",
    b"base-url-override",
    b"retries",
    b"retry-on",
    b"decompress",
    b"content-type",
    b"content-length",
    b"transfer-encoding",
    b"accept-encoding",
    b"origin",
)
_NEVER_FORWARDED: Final = frozenset(
    {
        b"authorization",
        b"connection",
        b"content-length",
        b"cookie",
        b"cookie2",
        b"expect",
        b"forwarded",
        b"host",
        b"http2-settings",
        b"keep-alive",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"via",
        b"x-real-ip",
    }
)
_NEVER_FORWARDED_PREFIXES: Final = (b"proxy-", b"x-forwarded-", _FORWARDED_PREFIX)

_NEVER_RETURNED: Final = frozenset(
    {
        # Hop by hop.
        b"connection",
        b"http2-settings",
        b"keep-alive",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        # The provider's word about our origin.
        b"alt-svc",
        b"clear-site-data",
        b"content-security-policy",
        b"content-security-policy-report-only",
        b"expect-ct",
        b"nel",
        b"origin-agent-cluster",
        b"permissions-policy",
        b"public-key-pins",
        b"referrer-policy",
        b"refresh",
        b"report-to",
        b"reporting-endpoints",
        b"service-worker-allowed",
        b"set-cookie",
        b"set-cookie2",
        b"strict-transport-security",
        b"x-content-type-options",
        b"x-frame-options",
        # Orders to a reverse proxy in front of us.
        b"x-lighttpd-send-file",
        b"x-sendfile",
        # Our server writes its own.
        b"date",
        b"counterfoil-error",
        b"counterfoil-request-id",
    }
)
_DESCRIBES_THE_BODY: Final = frozenset({b"content-encoding", b"content-length", b"content-type"})
_OF_THE_CONNECTION: Final = frozenset({b"keep-alive", b"close", b""})
_NEVER_RETURNED_PREFIXES: Final = (b"access-control-", b"cross-origin-", b"proxy-", b"x-accel-")

_ALWAYS_RETURNED: Final[tuple[Header, ...]] = (
    (b"content-security-policy", b"sandbox"),
    (b"x-content-type-options", b"nosniff"),
)
CORS: Final[tuple[Header, ...]] = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        (
            b"Authorization, Etag, Content-Type, Content-Length, Counterfoil-Error, "
            b"Counterfoil-Request-Id, X-Nango-Signature, X-RateLimit-Limit, X-RateLimit-Remaining, "
            b"X-RateLimit-Reset"
        ),
    ),
)
PREFLIGHT: Final[tuple[Header, ...]] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b", ".join(method.encode() for method in METHODS)),
    (
        b"access-control-allow-headers",
        (
            b"Authorization, Content-Type, Accept, Origin, X-Requested-With, Nango-Activity-Log-Id, "
            b"Nango-Is-Dry-Run, Nango-Is-Sync, Provider-Config-Key, Connection-Id, Sentry-Trace, Baggage"
        ),
    ),
    (b"access-control-max-age", b"600"),
    (b"allow", ALLOW),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the headers of one request say.

    Attributes:
        integration_key: `Provider-Config-Key`.
        connection_id: `Connection-Id`.
        base_url_override: `Base-Url-Override`, or an empty text.
        retries: How many further attempts, 0 to `MOST_RETRIES`.
        retry_on: Statuses that call for another attempt besides the usual ones.
        decompress: Whether the answer shall come uncompressed.
        content_type: Of the caller's body, or None.
        content_length_bytes: Of the caller's body; None if unknown.
        has_body: Whether a body follows.
        accepts_gzip: Whether the caller can read a gzipped answer.
        from_browser: Whether an `Origin` is named.
        forwarded: Names and values for the provider.
    """

    integration_key: str
    connection_id: str
    base_url_override: str
    retries: int
    retry_on: frozenset[int]
    decompress: bool
    content_type: str | None
    content_length_bytes: int | None
    has_body: bool
    accepts_gzip: bool
    from_browser: bool
    forwarded: tuple[tuple[str, str], ...]


def read_headers(headers: Iterable[Header]) -> Asked:
    """What is asked. Names must be in lower case, as ASGI has them.

    Raises:
        InvalidProxyHeaders: One is missing, can't be read, or is not forwarded to anybody.
        NavigationRefused: A browser wants to show the answer as a page.
    """
    fields: dict[bytes, bytes] = {}
    forwarded: tuple[tuple[str, str], ...] = ()
    for name, value in headers:
        if name.startswith(_FORWARDED_PREFIX):
            forwarded += (_forwarded(name[len(_FORWARDED_PREFIX) :], value),)
        else:
            fields[name] = value
    # What is forwarded may be secret and is not remembered.
    read = _asked.__wrapped__ if forwarded else _asked
    return read(tuple([fields.get(name) for name in _READ]), forwarded)


@lru_cache(maxsize=1024)
def _asked(fields: tuple[bytes | None, ...], forwarded: tuple[tuple[str, str], ...]) -> Asked:
    """What the fields of `_READ` ask for, in that order; callers say the same again and again."""
    (
        fetch_mode,
        fetch_destination,
        integration_key,
        connection_id,
        base_url_override,
        retries,
        retry_on,
        decompress,
        content_type,
        content_length,
        transfer_encoding,
        accept_encoding,
        origin,
    ) = fields
    _refuse_navigation(fetch_mode, fetch_destination)
    key, connection = _names(integration_key, connection_id)
    return Asked(
        integration_key=key,
        connection_id=connection,
        base_url_override=_text(base_url_override or b""),
        retries=_retries(retries),
        retry_on=_retry_on(retry_on),
        decompress=(decompress or b"").strip().lower() == b"true",
        content_type=None if content_type is None else _text(content_type),
        content_length_bytes=int(content_length) if content_length else None,
        has_body=transfer_encoding is not None or (content_length or b"0").strip(b"0 \t") != b"",
        accepts_gzip=_accepts_gzip(accept_encoding or b""),
        from_browser=origin is not None,
        forwarded=forwarded,
    )


def upstream_headers(
    asked: Asked,
    authorization: str,
    *,
    with_body: bool,
    authorization_header: str = "authorization",
    defaults: Iterable[tuple[str, str]] = (),
) -> tuple[tuple[str, str], ...]:
    """The headers that go to the provider, the one that authorizes last; a caller's of its name is dropped.

    Args:
        asked: The request's headers, read.
        authorization: The value of the header that authorizes; empty for none.
        with_body: Whether a body goes along.
        authorization_header: That header's name, in lower case.
        defaults: Sent where the caller sends none of that name; names in lower case.
    """
    not_taken_over = ("content-type", authorization_header)
    headers = [header for header in asked.forwarded if header[0] not in not_taken_over]
    present = {name for name, _value in headers}
    headers += [header for header in defaults if header[0] not in present]
    content_type = _content_type(asked, with_body=with_body)
    if content_type is not None:
        headers.append(("content-type", content_type))
    if not any(name == "accept-encoding" for name, _ in headers):
        coding = "gzip" if asked.accepts_gzip and not asked.decompress else "identity"
        headers.append(("accept-encoding", coding))
    if authorization:
        headers.append((authorization_header, authorization))
    return tuple(headers)


def returned_headers(status: int, headers: Iterable[Header], *, decoded: bool) -> list[Header]:
    """The headers that come back; `decoded` if the body is not as compressed as they say."""
    kept: list[Header] = []
    named_by_connection: set[bytes] = set()
    has_cache_control = False
    for name, value in headers:
        returned = _returned(name)
        if returned is not None and _VALUE.fullmatch(value):
            kept.append((returned, value))
            has_cache_control = has_cache_control or returned == b"cache-control"
        elif name.lower() == b"connection":
            named_by_connection.update([token.strip().lower() for token in value.split(b",")])
    # `Connection` can't take off what describes the message end to end, whatever it says.
    dropped = named_by_connection - _DESCRIBES_THE_BODY - _OF_THE_CONNECTION
    if decoded:
        dropped |= {b"content-encoding", b"content-length"}
    if status in (204, 304):
        dropped |= {b"content-length"}
    if dropped:
        kept = [header for header in kept if header[0] not in dropped]
    kept += _ALWAYS_RETURNED
    if not has_cache_control:
        kept.append((b"cache-control", b"no-store"))
    return kept


def _forwarded(name: bytes, value: bytes) -> tuple[str, str]:
    if name in _NEVER_FORWARDED or name.startswith(_NEVER_FORWARDED_PREFIXES):
        raise InvalidProxyHeaders(
            f"Nango-Proxy-{name.decode('ascii', 'replace').title()} is never forwarded."
        )
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        raise InvalidProxyHeaders("A Nango-Proxy- header has characters that headers can't have.")
    return name.decode("ascii"), _text(value)


def _refuse_navigation(mode: bytes | None, destination: bytes | None) -> None:
    if mode == b"navigate" or destination in (b"document", b"iframe", b"frame", b"embed", b"object"):
        raise NavigationRefused("The proxy is not for pages: call it from a program.")


def _names(integration_key: bytes | None, connection_id: bytes | None) -> tuple[str, str]:
    if integration_key and connection_id:
        return _text(integration_key), _text(connection_id)
    missing = [
        FieldError(path=(name,), code="invalid_type", message=f"Send the header {name.title()}.")
        for name, value in (("provider-config-key", integration_key), ("connection-id", connection_id))
        if not value
    ]
    names = " and ".join(error.path[0].title() for error in missing)
    raise InvalidProxyHeaders(f"Missing: {names}.", errors=missing)


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidProxyHeaders("A header is not UTF-8.") from error


def _retries(value: bytes | None) -> int:
    if not value:
        return 0
    if not value.isdigit() or len(value) > 6:
        raise InvalidProxyHeaders("Retries must be a number, 0 or more.")
    return min(int(value), MOST_RETRIES)


def _retry_on(value: bytes | None) -> frozenset[int]:
    if not value:
        return frozenset()
    if not _RETRY_ON.fullmatch(value):
        raise InvalidProxyHeaders("Retry-On must be a list of status codes, such as 429,503.")
    return frozenset(int(code) for code in value.split(b","))


def _accepts_gzip(accept_encoding: bytes) -> bool:
    for item in accept_encoding.lower().split(b","):
        coding, _, parameters = item.partition(b";")
        if coding.strip() in (b"gzip", b"*"):
            return parameters.strip().removeprefix(b"q=").strip(b"0. ") != b"" or not parameters.strip()
    return False


def _content_type(asked: Asked, *, with_body: bool) -> str | None:
    if not asked.forwarded:
        return asked.content_type if with_body else None
    wanted = next((value for name, value in asked.forwarded if name == "content-type"), None)
    if wanted is None:
        return asked.content_type if with_body else None
    # Clients say "multipart/form-data" without the boundary, which only the body's own header knows.
    own = asked.content_type
    if wanted.lower() == "multipart/form-data" and own and own.lower().startswith(wanted.lower()):
        return own
    return wanted


@lru_cache(maxsize=1024)
def _returned(name: bytes) -> bytes | None:
    """The name in lower case, of a header that comes back; None for any other."""
    lower = name.lower()
    if lower in _NEVER_RETURNED or lower.startswith(_NEVER_RETURNED_PREFIXES) or not _NAME.fullmatch(lower):
        return None
    return lower
