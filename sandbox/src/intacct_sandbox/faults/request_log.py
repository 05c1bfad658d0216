"""The log of requests on Sage's paths: what was asked and how it was answered, never with which secret.

It stands around the whole application, so that also what no feature sees is in it. Of a body it keeps only
what is on a list: the grant type, the client ID, the company and the error code. Passwords, secrets, tokens
and session IDs pass through and leave no trace.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.naming import GATEWAY_PREFIX, claims, named, names_in_body, xml_company

SAGE_PREFIX: Final = "/ia/"
MOST_ENTRIES: Final = 10_000
# Where the middleware that carries out faults leaves their kinds, in the scope of a request.
FAULT: Final = "intacct_sandbox.fault"

_TOKEN_PATH: Final = "/ia/api/v1/oauth2/token"  # noqa: S105 - a path
_LONGEST_PATH: Final = 300
# Enough for every token and gateway request, and for the error at the front of any answer.
_KEPT_BYTES: Final = 65_536

_GRANT_TYPES: Final = {"client_credentials", "refresh_token", "authorization_code"}
_CLIENT_ID: Final = re.compile(r"[0-9a-f]{20}(\.[A-Za-z0-9_]{1,40})?\.app\.sage\.com")
_XML_ERROR: Final = re.compile(rb"<errorno>([A-Z0-9-]{1,20})</errorno>")
# The three shapes of Sage's JSON errors: errorId where there is one, else the code, else RFC 6749's error.
_JSON_ERROR_ID: Final = re.compile(rb'"errorId"\s*:\s*"([A-Za-z0-9-]{1,40})"')
_JSON_CODE: Final = re.compile(rb'"code"\s*:\s*"([A-Za-z0-9-]{1,40})"')
_JSON_OAUTH_ERROR: Final = re.compile(rb'"error"\s*:\s*"([a-z_]{1,40})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request on a Sage path.

    Attributes:
        number: Counts up over the life of the process.
        time: When it came, on the sandbox's clock, aware, in UTC.
        path: Without the query string.
        grant_type: At the token endpoint: one of OAuth's words, `other`, or None where there was none.
        client_id: Whose client, where the request or its token names one that has the form of a client ID.
        company: The company the request or its token names; None for a company that does not exist.
        status: The HTTP status; 500 where the answer never began.
        error: The error code of the answer, such as `GW-0011`, `REST-1216`, `invalid_grant`, `XL03000006`.
        fault: The kinds of the faults that were planned for it, joined by `+`; None where it went as it goes.
    """

    number: int
    time: datetime
    method: str
    path: str
    grant_type: str | None
    client_id: str | None
    company: str | None
    status: int
    error: str | None
    fault: str | None = None

    def as_json(self) -> dict[str, object]:
        """The entry in JSON's types; the time in ISO 8601."""
        return {**asdict(self), "time": self.time.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are wanted; None and an empty text stand for all.

    Attributes:
        path: What the path holds.
        company: Exactly that company.
        method: Exactly that method.
        status: A status, or its first digit: `404`, `4`.
        since: At this moment or later.
    """

    path: str | None = None
    company: str | None = None
    method: str | None = None
    status: str | None = None
    since: datetime | None = None

    def has(self, entry: Entry) -> bool:
        """Whether an entry is one of them."""
        return (
            (not self.path or self.path in entry.path)
            and (not self.company or self.company == entry.company)
            and (not self.method or self.method == entry.method)
            and (not self.status or str(entry.status).startswith(self.status))
            and (self.since is None or entry.time >= self.since)
        )


class RequestLog:
    """The last requests on Sage's paths, oldest first."""

    def __init__(self, most_entries: int = MOST_ENTRIES) -> None:
        self._entries: deque[Entry] = deque(maxlen=most_entries)
        self._last_number = 0

    def add(self, *, time: datetime, method: str, path: str, status: int, facts: Mapping[str, Any]) -> None:
        """Remember a request; the oldest is forgotten where there are too many.

        Args:
            time: On the sandbox's clock.
            method: The HTTP method.
            path: Without query string.
            status: Of the answer.
            facts: The other attributes of `Entry`, by name.
        """
        self._last_number += 1
        self._entries.append(
            Entry(
                number=self._last_number,
                time=time,
                method=method,
                path=path[:_LONGEST_PATH],
                grant_type=facts.get("grant_type"),
                client_id=facts.get("client_id"),
                company=facts.get("company"),
                status=status,
                error=facts.get("error"),
                fault=facts.get("fault"),
            )
        )

    def entries(self, wanted: "Wanted | None" = None) -> list[Entry]:
        """The entries that are wanted, all of them if nothing is said."""
        return [entry for entry in self._entries if wanted is None or wanted.has(entry)]

    def clear(self) -> None:
        """Forget them all."""
        self._entries.clear()


class RequestLogging:
    """ASGI middleware that writes the log.

    Args:
        app: The application it stands around.
        log: Where it writes.
        clock: Tells the time of the entries.
        is_company: Whether a text is the ID of a company. Other texts are not kept: somebody may have typed a
            secret into the wrong field.
    """

    def __init__(
        self, app: ASGIApp, log: RequestLog, clock: SandboxClock, is_company: Callable[[str], bool]
    ) -> None:
        self._app = app
        self._log = log
        self._clock = clock
        self._is_company = is_company

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and log it, if it is on one of Sage's paths."""
        if scope["type"] != "http" or not scope["path"].startswith(SAGE_PREFIX):
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope["path"], Headers(scope=scope), receive, send)
        time = self._clock.now()
        try:
            await self._app(scope, exchange.receive, exchange.send)
        finally:
            self._log.add(
                time=time,
                method=scope["method"],
                path=scope["path"],
                status=exchange.status,
                facts=exchange.facts(self._is_company) | {"fault": "+".join(scope.get(FAULT, ())) or None},
            )


class _Exchange:
    """One request and its answer on their way through; keeps the beginnings that the log reads."""

    def __init__(self, path: str, headers: Headers, receive: Receive, send: Send) -> None:
        self._path = path
        self._headers = headers
        self._receive = receive
        self._send = send
        self._reads_bodies = names_in_body(path)
        self._request_body = bytearray()
        self._answer_body = bytearray()
        self.status = 500

    async def receive(self) -> Message:
        message = await self._receive()
        if self._reads_bodies and len(self._request_body) < _KEPT_BYTES:
            self._request_body += message.get("body", b"")[:_KEPT_BYTES]
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif (self._reads_bodies or self.status >= 400) and len(self._answer_body) < _KEPT_BYTES:
            self._answer_body += message.get("body", b"")[:_KEPT_BYTES]
        await self._send(message)

    def facts(self, is_company: Callable[[str], bool]) -> dict[str, str | None]:
        names = self._named()
        client_id, company, grant_type = (names.get(key) for key in ("client_id", "company", "grant_type"))
        return {
            "grant_type": grant_type if grant_type is None or grant_type in _GRANT_TYPES else "other",
            "client_id": client_id if client_id and _CLIENT_ID.fullmatch(client_id) else None,
            "company": company if company and is_company(company) else None,
            "error": self._error(),
        }

    def _named(self) -> dict[str, str]:
        names = named(
            self._path,
            self._headers.get("authorization", ""),
            self._headers.get("content-type", ""),
            bytes(self._request_body),
        )
        if self._path.startswith(GATEWAY_PREFIX) and not names:
            return xml_company(bytes(self._answer_body))
        if self._path == _TOKEN_PATH and self.status == 200:
            return {**names, **claims(_access_token(bytes(self._answer_body)))}
        return names

    def _error(self) -> str | None:
        if self._path.startswith(GATEWAY_PREFIX):
            found = _XML_ERROR.search(self._answer_body)
        elif self.status < 400:
            return None
        else:
            body = self._answer_body
            found = _JSON_ERROR_ID.search(body) or _JSON_CODE.search(body) or _JSON_OAUTH_ERROR.search(body)
        return found[1].decode() if found else None


def _access_token(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    token = answer.get("access_token") if isinstance(answer, dict) else None
    return token if isinstance(token, str) else ""
