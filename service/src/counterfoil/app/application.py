"""The ASGI application of `serve`: `/proxy` in front of the framework, all else behind the HTTP kit."""

import os
import sys
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import structlog
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Receive, Scope, Send

from counterfoil.app.api import create_api
from counterfoil.app.foundation import Foundation
from counterfoil.app.parts import Parts, assembled, maintained, working
from counterfoil.errors import CounterfoilError
from counterfoil.proxy import AccessLog, Proxy, ProxyMetrics
from counterfoil.settings import Settings, networks
from counterfoil.web import Kit, Metered

_log: Final = structlog.get_logger(__name__)


class Application:
    """Builds the parts when the server starts and closes them when it stops (ASGI lifespan).

    Args:
        settings: The operator's.
        ground: Database and master key.
        public_url: Where browsers reach the service; no slash at the end.
        with_worker: Whether this process runs jobs too.
    """

    def __init__(self, settings: Settings, ground: Foundation, *, public_url: str, with_worker: bool) -> None:
        self._settings = settings
        self._ground = ground
        self._public_url = public_url
        self._with_worker = with_worker
        self._stack = AsyncExitStack()
        self._api: ASGIApp | None = None
        self._proxy: ASGIApp | None = None
        self._metered: ASGIApp | None = None
        self.failure: CounterfoilError | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live one lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        # The server accepts requests only after the start-up is complete.
        assert self._metered is not None  # noqa: S101 - a type checker's question, not a check
        await self._metered(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        is_proxied = scope["type"] == "http" and (path == "/proxy" or path.startswith("/proxy/"))
        app = self._proxy if is_proxied else self._api
        assert app is not None  # noqa: S101 - the same
        await app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._start()
        except CounterfoilError as error:
            self.failure = error
            await self._stack.aclose()
            await send({"type": "lifespan.startup.failed", "message": error.message})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self) -> None:
        parts = await self._stack.enter_async_context(assembled(self._settings, self._ground))
        await self._stack.enter_async_context(maintained(parts))
        if self._with_worker:
            await self._stack.enter_async_context(working(parts))
        registry = CollectorRegistry()
        api = create_api(parts, self._public_url, registry)
        self._api = Kit(api, clock=parts.clock, ids=parts.ids, hsts=self._public_url.startswith("https:"))
        self._proxy = proxy_of(parts, registry)
        self._metered = Metered(
            self._answer,
            rates=parts.rates,
            is_known=lambda header: parts.api_keys.cached(header) is not None,
            trusted_proxies=networks(self._settings.trusted_proxies),
        )
        _log.info("started", public_url=self._public_url, worker=self._with_worker)


def proxy_of(parts: Parts, registry: CollectorRegistry) -> Proxy:
    """The proxy over these parts; its figures go into the registry."""
    return Proxy(
        api_keys=parts.api_keys,
        tokens=parts.tokens,
        outbound=parts.outbound,
        clock=parts.clock,
        ids=parts.ids,
        metrics=ProxyMetrics(registry),
        access_log=AccessLog(partial(os.write, sys.stderr.fileno())),
    )
