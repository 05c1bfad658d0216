"""Paths of older clients, led to today's: `/v1/…` and `/connection…`. Nothing is answered here.

What `/connection` differs in: the integration may be named by the header `Provider-Config-Key` instead of the
query. The one older path whose body differs too, `/connection/{id}/metadata`, is a route of its own
(`connections.aliases`).
"""

from typing import Final
from urllib.parse import quote, unquote

from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

_VERSION: Final = "/v1"
_OLD: Final = "/connection"
_SEVERAL: Final = "/connection/metadata"
_NEW: Final = "/connections"
_KEY: Final = "provider_config_key"


class Aliases:
    """Middleware that rewrites the path, and nothing else, of requests in older clients' words."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        await self._app(_led(scope) if scope["type"] == "http" else scope, receive, send)


def _led(scope: Scope) -> Scope:
    raw = (
        quote(scope["path"], safe="/") if scope.get("raw_path") is None else scope["raw_path"].decode("ascii")
    )
    path = _below_root(raw, _VERSION)
    if path == raw and not _is_older_connection(path, scope["method"]):
        return scope
    if not _is_older_connection(path, scope["method"]):
        return _at(scope, path)
    return _with_key(_at(scope, _NEW + path[len(_OLD) :]), names_one=path not in {_OLD, _SEVERAL})


def _below_root(path: str, prefix: str) -> str:
    return path[len(prefix) :] if path.startswith(f"{prefix}/") else path


def _is_older_connection(path: str, method: str) -> bool:
    if path in {_OLD, _SEVERAL}:
        return True
    return path.startswith(f"{_OLD}/") and method in {"GET", "HEAD", "DELETE"}


def _at(scope: Scope, raw_path: str) -> Scope:
    return {**scope, "path": unquote(raw_path), "raw_path": raw_path.encode("ascii")}


def _with_key(scope: Scope, *, names_one: bool) -> Scope:
    """The integration's key in the query, where only the header names it."""
    key = Headers(scope=scope).get("provider-config-key")
    query = scope["query_string"]
    if not names_one or not key or _KEY in QueryParams(query):
        return scope
    added = f"{_KEY}={quote(key, safe='')}".encode("ascii")
    return {**scope, "query_string": query + b"&" + added if query else added}
