"""Requests to a token endpoint and the three things an answer can be (RFC 6749 §3.2, §5, §6).

A body is never trusted: it may be cut off, huge, HTML, deeply nested or of the wrong types, and still
only becomes a value that says so. Nothing is sent from here.
"""

import base64
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar
from urllib.parse import quote_plus, urlencode

import orjson

from counterfoil.errors import ProviderUnavailable
from counterfoil.vault import Secret

MAX_BODY_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 32
MAX_TOKEN_CHARACTERS: Final = 16_384
MAX_DESCRIPTION_CHARACTERS: Final = 500
TEN_YEARS_SECONDS: Final = 315_360_000

# A token goes into a header: what is not visible ASCII could end the header and begin another (RFC 6750
# §2.1).
_SENDABLE_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
_CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is to be sent. Headers and body stay out of `repr`: they carry secrets.

    Attributes:
        method: `GET`, `POST`, …
        url: Absolute.
        headers: Names and values in order.
        body: The bytes, or None for no body.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What came back, whole. The body stays out of `repr`: it may be a token.

    Attributes:
        status: The HTTP status.
        headers: Names and values as received.
        body: The decoded bytes; the driver bounds their number.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its letter case."""
        wanted = name.lower()
        return next((value for header, value in self.headers if header.lower() == wanted), None)


Exchange: TypeAlias = Generator[HttpRequest, HttpResponse, T]


class NoAnswer(ProviderUnavailable):
    """There is no response to a request of an exchange. The exchange's driver throws it into the generator.

    Attributes:
        sent: Whether the request left this machine; None where that is not known. A refresh token that
            may have been sent must not be sent again blindly.
    """

    def __init__(self, message: str, *, sent: bool | None) -> None:
        super().__init__(message)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class TokenGranted:
    """A token came back (RFC 6749 §5.1).

    Attributes:
        access_token: Visible ASCII, fit for a header.
        refresh_token: None where none was issued.
        expires_in: Lifetime in seconds; None where the answer does not say, or not credibly.
        raw: The whole answer as parsed; holds the tokens in the open.
    """

    access_token: Secret
    refresh_token: Secret | None
    expires_in: int | None
    raw: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRefused:
    """The authorization server said no, in JSON (RFC 6749 §5.2, or a form of its own).

    Attributes:
        status: The HTTP status.
        code: The RFC's `error`, such as `invalid_grant`; None where the body has a form of its own.
        description: The RFC's `error_description`, on one line and of bounded length.
        body: The whole object, for a provider that knows its own form.
        retry_after_seconds: The `Retry-After` header where it is a number of seconds.
    """

    status: int
    code: str | None
    description: str | None
    body: Mapping[str, object] = field(repr=False)
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class TokenUnreadable:
    """The answer is neither a token nor a refusal that can be read.

    Attributes:
        status: The HTTP status.
        reason: What is the matter with it, as the end of a sentence; nothing of the body is quoted.
        retry_after_seconds: The `Retry-After` header where it is a number of seconds.
    """

    status: int
    reason: str
    retry_after_seconds: int | None = None


TokenAnswer: TypeAlias = TokenGranted | TokenRefused | TokenUnreadable


def token_request(
    url: str, parameters: Mapping[str, str | Secret | None], authorization: Secret | None = None
) -> HttpRequest:
    """A request to a token endpoint (RFC 6749 §4.4.2, §6).

    Args:
        url: The token endpoint.
        parameters: Names and values; absent and empty ones are left out, since an empty optional parameter
            is a different request from none. Client identifier and secret belong here where they travel in
            the body.
        authorization: The `Authorization` header, of `client_authorization`; None where there is none.

    Returns:
        A POST with a form body, UTF-8.
    """
    shown = {
        name: value.reveal() if isinstance(value, Secret) else value for name, value in parameters.items()
    }
    body = urlencode({name: value for name, value in shown.items() if value}).encode("ascii")
    headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
    if authorization is not None:
        headers.append(("Authorization", authorization.reveal()))
    return HttpRequest("POST", url, tuple(headers), body)


def client_authorization(client_id: Secret, client_secret: Secret) -> Secret:
    """A client as HTTP Basic: identifier and secret form-encoded, then joined (RFC 6749 §2.3.1)."""
    pair = f"{quote_plus(client_id.reveal())}:{quote_plus(client_secret.reveal())}"
    return Secret("Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii"))


def parse_token_response(response: HttpResponse) -> TokenAnswer:
    """What a token endpoint's answer means. Never raises, whatever the body."""
    retry_after = _whole_seconds(response.header("Retry-After"))
    body = json_object(response.body)
    if isinstance(body, str):
        return TokenUnreadable(response.status, body, retry_after)
    if response.status not in (200, 201) or body.get("error"):
        return _refused(response.status, body, retry_after)
    return _granted(response.status, body)


def json_object(body: bytes) -> Mapping[str, object] | str:
    """The JSON object of a body, or why there is none, as the end of a sentence. Never raises."""
    if not body.strip():
        return "it is empty"
    if len(body) > MAX_BODY_BYTES:
        return "it is too long"
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "it is a web page, not JSON" if body.lstrip()[:1] == b"<" else "it is not JSON"
    if _is_deeper(parsed, MAX_DEPTH):
        return "it is nested too deeply"
    return parsed if isinstance(parsed, dict) else "it is JSON, but not an object"


def _is_deeper(value: object, most: int) -> bool:
    """Whether a JSON value nests deeper, counted level by level: a body must not choose our call depth."""
    level = [value]
    for _ in range(most + 1):
        containers = [item for item in level if isinstance(item, dict | list)]
        if not containers:
            return False
        level = [
            item
            for container in containers
            for item in (container.values() if isinstance(container, dict) else container)
        ]
    return True


def one_line(text: object) -> str | None:
    """A text of a provider made fit for a sentence or a log: one line, bounded. None for anything else."""
    if not isinstance(text, str):
        return None
    return _CONTROL_CHARACTERS.sub(" ", text).strip()[:MAX_DESCRIPTION_CHARACTERS] or None


def _granted(status: int, body: Mapping[str, object]) -> TokenGranted | TokenRefused | TokenUnreadable:
    if "access_token" not in body:
        return _refused(status, body, None)
    access_token = _token(body["access_token"])
    if access_token is None:
        return TokenUnreadable(status, "its access token can't be sent in a header")
    token_type = body.get("token_type", "Bearer")
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        return TokenUnreadable(status, "its token is not a bearer token")
    return TokenGranted(access_token, _token(body.get("refresh_token")), _expires_in(body), body)


def _refused(status: int, body: Mapping[str, object], retry_after_seconds: int | None) -> TokenRefused:
    return TokenRefused(
        status=status,
        code=one_line(body.get("error")),
        description=one_line(body.get("error_description")),
        body=body,
        retry_after_seconds=retry_after_seconds,
    )


def _token(value: object) -> Secret | None:
    if (
        not isinstance(value, str)
        or len(value) > MAX_TOKEN_CHARACTERS
        or not _SENDABLE_TOKEN.fullmatch(value)
    ):
        return None
    return Secret(value)


def _expires_in(body: Mapping[str, object]) -> int | None:
    value = body.get("expires_in")
    if isinstance(value, str):
        return _whole_seconds(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 < value <= TEN_YEARS_SECONDS else None


def _whole_seconds(text: str | None) -> int | None:
    if text is None or not re.fullmatch(r"\s*[0-9]{1,9}\s*", text, re.ASCII):
        return None
    return int(text) if 0 < int(text) <= TEN_YEARS_SECONDS else None
