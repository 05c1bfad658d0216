"""`Idempotency-Key`: one effect for one key, however often a POST or PATCH is sent.

The first request with a key has its effect, and its answer is kept; the same request again gets that answer,
48 hours long, on the sandbox's clock. A key is remembered for 60 days: what comes with it and is another
request, or comes while the first one is still under way, is a conflict. Keys belong to a company and a
client (`sage-intacct-rest.md` §6.4).

Only what has reached a known caller is looked at here; answers of the model and query services are never
kept. `ConcurrentDuplicates` is the part that stands outside of the faults, so that a request that is held up
counts as being under way.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from sqlite3 import Row
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from intacct_sandbox.faults.naming import claims
from intacct_sandbox.faults.peeking import peek
from intacct_sandbox.rest.answers import Answer, Detail, bad_request, request_failed
from intacct_sandbox.rest.callers import Caller, Sandbox

HEADER: Final = "Idempotency-Key"
CACHED_HEADER: Final = "x-ia-idempotency-cached-date"
LONGEST_KEY: Final = 256
CACHED_FOR: Final = timedelta(hours=48)
REMEMBERED_FOR: Final = timedelta(days=60)

SCHEMA: Final = """
CREATE TABLE idempotency_key (
    company_key INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    first_used_at TEXT NOT NULL,
    status INTEGER,
    headers TEXT,
    body BLOB,
    PRIMARY KEY (company_key, client_id, key)
);
CREATE INDEX idempotency_key_first_used_at ON idempotency_key (first_used_at);
"""

Decide = Callable[[Request], Awaitable[Answer]]

_METHODS: Final = frozenset({"POST", "PATCH"})
_NEVER: Final = ("services/core/model", "services/core/query")
_PREFIX: Final = "/ia/api/v1/"
# Where the outer part tells the inner one that another request with the same key is under way.
_DUPLICATE: Final = "intacct_sandbox.concurrent_duplicate"
# What is longer is refused elsewhere; it is passed on unread and has no answer worth keeping.
_READ_BYTES: Final = 1_000_000


class ConcurrentDuplicates:
    """ASGI middleware that knows which keys are under way, from before any fault until the answer is gone.

    Whose a key is, is read from the token without a look at its signature: a forged token gets no further
    than to the check that comes later.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._under_way: set[tuple[str, str, str]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, marked where it is a duplicate of one that has no answer yet."""
        used = _used(scope)
        if used is None:
            await self._app(scope, receive, send)
            return
        if used in self._under_way:
            scope[_DUPLICATE] = True
            await self._app(scope, receive, send)
            return
        self._under_way.add(used)
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way.discard(used)


@dataclass(frozen=True, slots=True)
class _Use:
    """One use of a key."""

    company_key: int
    client_id: str
    key: str
    request: str

    @property
    def owned(self) -> tuple[int, str, str]:
        return self.company_key, self.client_id, self.key


async def once(sandbox: Sandbox, caller: Caller, request: Request, resource: str, decide: Decide) -> Answer:
    """The answer to a request, from memory where its key has been used for it before.

    Args:
        sandbox: The state.
        caller: Whose key it is.
        request: Passed on to `decide`, its body unread.
        resource: The path below the version.
        decide: Answers the request; called once for a key.
    """
    key = request.headers.get(HEADER, "").strip()
    if not key or request.method not in _METHODS or resource in _NEVER:
        return await decide(request)
    if len(key) > LONGEST_KEY:
        return bad_request(sandbox.ids, f"{HEADER} has at most {LONGEST_KEY} characters")
    peeked = await peek(request.receive, _READ_BYTES)
    request = Request(request.scope, peeked.receive)
    if not peeked.is_whole:
        return await decide(request)
    access = caller.access
    use = _Use(access.company.key, access.client_id, key, _fingerprint(request, peeked.body))
    found = _found(sandbox, use)
    if found is not None:
        return _again(sandbox, use, found, request.method, resource)
    if request.scope.get(_DUPLICATE):
        return _conflict(sandbox, _CONCURRENT, request.method, resource)
    return await _first(sandbox, use, request, decide)


async def _first(sandbox: Sandbox, use: _Use, request: Request, decide: Decide) -> Answer:
    """The one request that has an effect. Its key is taken before, so that a crash can't lead to a second."""
    sandbox.store.execute(
        "INSERT INTO idempotency_key (company_key, client_id, key, request, first_used_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (*use.owned, use.request, _text(sandbox.clock.now())),
    )
    try:
        answer = await decide(request)
    except BaseException:
        _forget(sandbox, use)
        raise
    is_failure = answer.status >= 400
    if answer.status >= 500 or (is_failure and sandbox.quirks.value("idempotency-of-failures") == "free"):
        _forget(sandbox, use)
        return answer
    sandbox.store.execute(
        "UPDATE idempotency_key SET status = ?, headers = ?, body = ?"
        " WHERE company_key = ? AND client_id = ? AND key = ?",
        (answer.status, json.dumps(dict(answer.headers)), answer.body, *use.owned),
    )
    return answer


def _found(sandbox: Sandbox, use: _Use) -> Row | None:
    """What is remembered of a key; what is older than 60 days is forgotten first."""
    forgotten = sandbox.clock.now() - REMEMBERED_FOR
    sandbox.store.execute("DELETE FROM idempotency_key WHERE first_used_at <= ?", (_text(forgotten),))
    return sandbox.store.one(
        "SELECT * FROM idempotency_key WHERE company_key = ? AND client_id = ? AND key = ?", use.owned
    )


def _again(sandbox: Sandbox, use: _Use, found: Row, method: str, resource: str) -> Answer:
    if found["request"] != use.request:
        return _conflict(sandbox, _OTHER_REQUEST, method, resource)
    if found["status"] is None:
        return _conflict(sandbox, _CONCURRENT, method, resource)
    first_used_at = datetime.fromisoformat(found["first_used_at"])
    if sandbox.clock.now() >= first_used_at + CACHED_FOR:
        return _conflict(sandbox, _NO_LONGER_KEPT, method, resource)
    headers = json.loads(found["headers"])
    replayed = {HEADER: use.key, CACHED_HEADER: f"{first_used_at:%Y-%m-%dT%H:%M:%SZ}"}
    return Answer(found["status"], bytes(found["body"]), {**headers, **replayed})


_OTHER_REQUEST: Final = "The Idempotency-Key was used for another request"
_CONCURRENT: Final = "A request with the same Idempotency-Key is being processed"
_NO_LONGER_KEPT: Final = "The Idempotency-Key was used more than 48 hours ago, and its result is not kept"


def _conflict(sandbox: Sandbox, message: str, method: str, resource: str) -> Answer:
    """409. The status is documented, the text is not."""
    detail = Detail(message, code="operationFailed")
    return request_failed(sandbox.ids, 409, method=method, resource=resource, detail=detail)


def _forget(sandbox: Sandbox, use: _Use) -> None:
    sandbox.store.execute(
        "DELETE FROM idempotency_key WHERE company_key = ? AND client_id = ? AND key = ?", use.owned
    )


def _fingerprint(request: Request, body: bytes) -> str:
    """What makes two requests the same: method, address and body."""
    address = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(address + body).hexdigest()


def _used(scope: Scope) -> tuple[str, str, str] | None:
    """Company, client and key of a request that carries one."""
    if scope["type"] != "http" or scope["method"] not in _METHODS or not scope["path"].startswith(_PREFIX):
        return None
    headers = Headers(scope=scope)
    key = headers.get(HEADER, "").strip()
    if not key:
        return None
    named = claims(headers.get("authorization", "").removeprefix("Bearer ").strip())
    return named.get("company", ""), named.get("client_id", ""), key


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
