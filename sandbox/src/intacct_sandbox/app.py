"""The composition root: builds everything a sandbox consists of and puts it behind one ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intacct_sandbox import (
    admin,
    consent,
    console,
    control,
    fixtures,
    gateway,
    identity,
    limits,
    oauth2,
    objects,
    outbound,
    pages,
    rest,
    triggers,
)
from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults import FaultInjection, Faults, Quirks, RequestLog, RequestLogging
from intacct_sandbox.faults.request_log import SAGE_PREFIX
from intacct_sandbox.identity import companies
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.settings import Settings
from intacct_sandbox.store import Store

DATABASE_FILE: Final = "sandbox.sqlite3"

# Views stand on the tables of identity, so objects come after it.
_SCHEMAS: Final = (
    identity.SCHEMA,
    oauth2.SCHEMA,
    pages.SCHEMA,
    objects.SCHEMA,
    rest.SCHEMA,
    limits.SCHEMA,
    triggers.SCHEMA,
    gateway.SCHEMA,
)
_PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The parts with a life of their own.

    Attributes:
        is_fresh: Whether the fixture was loaded just now; False where a file was taken up again.
    """

    store: Store
    clock: SandboxClock
    ids: SeededIds
    quirks: Quirks
    log: RequestLog
    is_fresh: bool
    faults: Faults = field(default_factory=Faults)


def build(settings: Settings, *, clock: SandboxClock | None = None) -> Sandbox:
    """Open the store and load the fixture, if nothing is there yet.

    Args:
        settings: Where the state is kept, and what it starts from.
        clock: For tests; real time if not given.

    Raises:
        UnknownThing: There is no fixture of that name.
        OSError: The data directory can't be made.
        sqlite3.Error: The file can't be opened, or another sandbox uses it.
    """
    if settings.data is not None:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = Store(settings.data / DATABASE_FILE if settings.data is not None else None)
    clock = clock or SandboxClock()
    ids = SeededIds(settings.seed)
    try:
        for schema in _SCHEMAS:
            store.create(schema)
        is_fresh = store.is_empty("company")
        if is_fresh:
            fixtures.load(settings.fixture, store, clock, ids, ledger_lines=settings.ledger_lines)
        else:
            ids.continue_as(store.openings)
    except BaseException:
        store.close()
        raise
    return Sandbox(store=store, clock=clock, ids=ids, quirks=Quirks(), log=RequestLog(), is_fresh=is_fresh)


def create_app(settings: Settings, sandbox: Sandbox | None = None) -> Starlette:
    """The application.

    Args:
        settings: What `build` builds from.
        sandbox: What it works on; built if not given. Its store is closed when the application ends.
    """
    running = sandbox or build(settings)
    store, clock, ids, quirks = running.store, running.clock, running.ids, running.quirks

    throttle = limits.Limits(store, clock, ids, quirks)
    policy = outbound.AddressPolicy(settings.webhook_allow)
    deliveries = triggers.Deliveries(store, clock, quirks, policy)
    worker = rest.Worker(policy)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        under_way = [asyncio.create_task(deliveries.run()), asyncio.create_task(worker.run())]
        yield
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        store.close()

    def is_company(text: str) -> bool:
        return companies.find(store, text) is not None

    def end_token(token: str) -> None:
        oauth2.tokens.expire(store, clock, token)

    return Starlette(
        routes=[
            *pages.routes(store=store),
            *console.routes(store=store, clock=clock, ids=ids),
            *admin.routes(store=store, clock=clock, ids=ids),
            *consent.routes(store=store, clock=clock, ids=ids, quirks=quirks),
            *oauth2.routes(store=store, clock=clock, ids=ids, quirks=quirks),
            *rest.routes(store=store, clock=clock, ids=ids, quirks=quirks, worker=worker),
            *gateway.routes(store=store, clock=clock, ids=ids, quirks=quirks),
            *control.routes(
                store=store,
                clock=clock,
                ids=ids,
                quirks=quirks,
                faults=running.faults,
                log=running.log,
                limits=throttle,
                deliveries=deliveries,
                start=control.Start(fixture=settings.fixture, ledger_lines=settings.ledger_lines),
            ),
        ],
        middleware=[
            Middleware(SecurityHeaders, clock=clock),
            Middleware(pages.Reaching, is_elsewhere=not policy.is_this_machine_only),
            Middleware(RequestLogging, log=running.log, clock=clock, is_company=is_company),
            Middleware(limits.Throttling, limits=throttle),
            # Outside of the faults: what one of them holds up is under way.
            Middleware(rest.ConcurrentDuplicates),
            # Inside the log, so that what went wrong on purpose is in it.
            Middleware(FaultInjection, faults=running.faults, clock=clock, end_token=end_token),
        ],
        exception_handlers={404: _not_found, Exception: _failed},
        lifespan=lifespan,
    )


class SecurityHeaders:
    """ASGI middleware: the headers of every answer, and its date; a page's own stricter ones stay."""

    def __init__(self, app: ASGIApp, clock: SandboxClock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and complete the headers of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Date", format_datetime(self._clock.now(), usegmt=True))
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                if headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _not_found(request: Request, _exception: Exception) -> Response:
    if request.url.path.startswith(SAGE_PREFIX):
        # Nobody has recorded what Sage answers here; this is the sandbox speaking, in its own words.
        return PlainTextResponse("The sandbox has nothing at this address.\n", 404)
    return pages.not_found(request)


def _failed(_request: Request, _exception: Exception) -> Response:
    return PlainTextResponse("The sandbox itself failed here; its own log says why.\n", 500)
