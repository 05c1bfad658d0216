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
from urllib.parse import parse_qsl

import jwt
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intacct_sandbox.clock import SandboxClock

SAGE_PREFIX: Final = "/ia/"
MOST_ENTRIES: Final = 10_000

_TOKEN_PATH: Final = "/ia/api/v1/oauth2/token"  # noqa: S105 - a path
_OAUTH_PREFIX: Final = "/ia/api/v1/oauth2/"
_GATEWAY_PREFIX: Final = "/ia/xml/"
_LONGEST_PATH: Final = 300
# Enough for every token and gateway request, and for the error at the front of any answer.
_KEPT_BYTES: Final = 65_536

_GRANT_TYPES: Final = {"client_credentials", "refresh_token", "authorization_code"}
_CLIENT_ID: Final = re.compile(r"[0-9a-f]{20}(\.[A-Za-z0-9_]{1,40})?\.app\.sage\.com")
_XML_COMPANY: Final = re.compile(rb"<companyid>([^<]{1,40})</companyid>")
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

    def as_json(self) -> dict[str, object]:
        """The entry in JSON's types; the time in ISO 8601."""
        return {**asdict(self), "time": self.time.isoformat()}


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
            )
        )

    def entries(self, *, path: str | None = None, since: datetime | None = None) -> list[Entry]:
        """The entries whose path holds `path` and that came at `since` or later."""
        return [
            entry
            for entry in self._entries
            if (path is None or path in entry.path) and (since is None or entry.time >= since)
        ]

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
                facts=exchange.facts(self._is_company),
            )


class _Exchange:
    """One request and its answer on their way through; keeps the beginnings that the log reads."""

    def __init__(self, path: str, headers: Headers, receive: Receive, send: Send) -> None:
        self._path = path
        self._headers = headers
        self._receive = receive
        self._send = send
        self._reads_bodies = path.startswith((_OAUTH_PREFIX, _GATEWAY_PREFIX))
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
        named = self._named()
        client_id, company, grant_type = (named.get(key) for key in ("client_id", "company", "grant_type"))
        return {
            "grant_type": grant_type if grant_type is None or grant_type in _GRANT_TYPES else "other",
            "client_id": client_id if client_id and _CLIENT_ID.fullmatch(client_id) else None,
            "company": company if company and is_company(company) else None,
            "error": self._error(),
        }

    def _named(self) -> dict[str, str]:
        if self._path.startswith(_GATEWAY_PREFIX):
            found = _XML_COMPANY.search(self._request_body) or _XML_COMPANY.search(self._answer_body)
            return {"company": found[1].decode("utf-8", "replace")} if found else {}
        if not self._path.startswith(_OAUTH_PREFIX):
            return _claims(self._headers.get("authorization", "").removeprefix("Bearer ").strip())
        named = _parameters(bytes(self._request_body), self._headers.get("content-type", ""))
        if self._path == _TOKEN_PATH and self.status == 200:
            named = {**named, **_claims(_access_token(bytes(self._answer_body)))}
        return named

    def _error(self) -> str | None:
        if self._path.startswith(_GATEWAY_PREFIX):
            found = _XML_ERROR.search(self._answer_body)
        elif self.status < 400:
            return None
        else:
            body = self._answer_body
            found = _JSON_ERROR_ID.search(body) or _JSON_CODE.search(body) or _JSON_OAUTH_ERROR.search(body)
        return found[1].decode() if found else None


def _parameters(body: bytes, content_type: str) -> dict[str, str]:
    """What an OAuth request names, in the log's words."""
    text = body.decode("utf-8", "replace")
    try:
        pairs: Any = json.loads(text) if "json" in content_type.lower() else dict(parse_qsl(text))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(pairs, dict):
        return {}
    named = {key: pairs[key] for key in ("grant_type", "client_id") if isinstance(pairs.get(key), str)}
    username = pairs.get("username")
    if isinstance(username, str):
        named["company"] = username.partition("@")[2].partition("|")[0]
    return named


def _access_token(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    token = answer.get("access_token") if isinstance(answer, dict) else None
    return token if isinstance(token, str) else ""


def _claims(token: str) -> dict[str, str]:
    """Client and company of an access token. Its signature is not looked at; this is a log."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return {}
    named = {"client_id": claims.get("clientId"), "company": claims.get("cnyId")}
    return {key: value for key, value in named.items() if isinstance(value, str)}
