"""One call of the API as a value: what is sent, and how its answer is read. Nothing here sends anything.

Builders (`connections.read`, `proxy.post` …) are pure functions from arguments to an `Operation`; `_senders`
turns them into methods of the synchronous and the asynchronous client, so that every call is written once.
"""

import json
from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

import httpx2

from counterfoil_client._secret import Secret

T = TypeVar("T")
Content: TypeAlias = bytes | str | Iterable[bytes] | AsyncIterable[bytes]
Pairs: TypeAlias = Sequence[tuple[str, str]]
Plain: TypeAlias = str | int | float | bool | None
Params: TypeAlias = Mapping[str, Plain | Sequence[Plain]] | Sequence[tuple[str, Plain]]

JSON_TYPE: Final = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole.

    Attributes:
        status: HTTP status.
        headers: Names in any letter case.
        content: The body, uncompressed.
        encoding: Of the body's text.
    """

    status: int
    headers: httpx2.Headers = field(repr=False)
    content: bytes = field(repr=False, default=b"")
    encoding: str = "utf-8"


def is_not_success(answer: Answer) -> bool:
    """Whether an answer of the API itself is a failure: anything but 2xx."""
    return not 200 <= answer.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[T]):
    """One call.

    Attributes:
        method: HTTP method.
        path: Below the base URL, percent-encoded, with the slash.
        read: Makes the result of a successful answer; raises Unreadable or ValueError where it can't.
        query: Percent-encoded, without the question mark.
        headers: Names and values.
        content: The body, or None.
        bearer: Sent as `Authorization` in place of the API key; None for the API key.
        is_public: Sent without any `Authorization`.
        timeout_seconds: In place of the client's own; None for the client's own.
        is_failure: Whether an answer shall be raised as an error of the service.
    """

    method: str
    path: str
    read: Callable[[Answer], T]
    query: str = field(default="", repr=False)
    headers: Pairs = field(default=(), repr=False)
    content: Content | None = field(default=None, repr=False)
    bearer: Secret | None = None
    is_public: bool = False
    timeout_seconds: float | None = None
    is_failure: Callable[[Answer], bool] = is_not_success

    @property
    def asked(self) -> str:
        """Method and path, for people."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list.

    Attributes:
        items: In the service's order.
        following: Gets the next part; None after the last one.
    """

    items: tuple[T, ...]
    following: "Operation[Page[T]] | None" = None


def path_of(*segments: str) -> str:
    """A path whose segments may hold any characters.

    Raises:
        ValueError: A segment is empty; it would name the list in place of one of its members.
    """
    if "" in segments:
        raise ValueError("An id or a key is empty.")
    return "/" + "/".join(_segment(segment) for segment in segments)


def query_of(params: Params) -> str:
    """A query string. True and False become `true` and `false`, a list repeats its name, None is left out."""
    named = params.items() if isinstance(params, Mapping) else params
    pairs = [
        (name, _plain(one))
        for name, value in named
        for one in (value if isinstance(value, Sequence) and not isinstance(value, str) else (value,))
        if one is not None
    ]
    return urlencode(pairs, quote_via=quote)


def json_content(value: object) -> bytes:
    """JSON in UTF-8.

    Raises:
        TypeError, ValueError: The value has no JSON form; NaN and infinity have none.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def given(**members: object) -> dict[str, Any]:
    """The members that are not None: what was not said is not sent."""
    return {name: value for name, value in members.items() if value is not None}


def json_of(answer: Answer) -> Any:  # noqa: ANN401 - any JSON value
    """An answer's body as JSON. Raises ValueError if it is none."""
    return json.loads(answer.content)


def nothing(_answer: Answer) -> None:
    """The result of a call that is only successful or not."""


def _segment(text: str) -> str:
    # Segments of dots would be resolved away before they are sent.
    return text.replace(".", "%2E") if text in (".", "..") else quote(text, safe="")


def _plain(value: Plain) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
