"""What the fake was sent, and what it is told to answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

import httpx2

_FORWARDED: Final = "nango-proxy-"
_PROXY: Final = "/proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One call, without the API key.

    Attributes:
        method: HTTP method.
        path: As it was sent, still encoded; of a proxied call the part that the provider sees.
        query: Names and values; of a name that came twice the last value.
        headers: Names in lower case; of a proxied call those that the provider sees.
        body: As it was sent.
        integration_key: Of a proxied call, or None.
        connection_id: Of a proxied call, or None.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    integration_key: str | None = None
    connection_id: str | None = None

    @property
    def is_proxied(self) -> bool:
        """Whether it was for the provider."""
        return self.connection_id is not None

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """The body as JSON, None if there is no body. Raises ValueError if it is not JSON."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a provider answers.

    Attributes:
        status: HTTP status.
        json: The body, as anything that has a JSON form; None for `content`.
        content: The body as bytes.
        headers: Names and values.
    """

    status: int = 200
    json: Any = None
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def recorded(request: httpx2.Request) -> RecordedCall:
    """A request that was read, as a call."""
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    call = RecordedCall(
        method=request.method,
        path=path,
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers={name: value for name, value in request.headers.items() if name != "authorization"},
        body=request.content,
    )
    return _proxied(call) if path == _PROXY or path.startswith(f"{_PROXY}/") else call


def _proxied(call: RecordedCall) -> RecordedCall:
    forwarded = {
        name.removeprefix(_FORWARDED): value
        for name, value in call.headers.items()
        if name.startswith(_FORWARDED)
    }
    own_type = call.headers.get("content-type")
    return RecordedCall(
        method=call.method,
        path=call.path.removeprefix(_PROXY) or "/",
        query=call.query,
        headers=forwarded if own_type is None else {"content-type": own_type, **forwarded},
        body=call.body,
        integration_key=call.headers.get("provider-config-key", ""),
        connection_id=call.headers.get("connection-id", ""),
    )
