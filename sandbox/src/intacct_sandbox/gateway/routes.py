"""The gateway over HTTP; only translation, the decisions are `operation`'s."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.gateway.answers import render
from intacct_sandbox.gateway.documents import Document
from intacct_sandbox.gateway.operation import ControlFailure, Fault, Gateway, Outcome, Performed
from intacct_sandbox.gateway.reading import LARGEST_BODY_BYTES, Unreadable, read
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.store import Store

PATH: Final = "/ia/xml/xmlgw.phtml"
_SAGE: Final = ".intacct.com"
_HEADERS: Final = {"Content-Type": 'text/xml; encoding="UTF-8"', "Cache-Control": "no-store"}


def routes(*, store: Store, clock: SandboxClock, ids: SeededIds, quirks: Quirks) -> list[BaseRoute]:
    """The one route of the XML gateway."""
    gateway = Gateway(store, clock, ids, quirks)

    async def post(request: Request) -> Response:
        asked = read(await _body(request))
        if isinstance(asked, Unreadable):
            outcome = ControlFailure(
                control=asked.control, fault=Fault(number="XL03000003", description2=asked.reason)
            )
            return Response(render(outcome, ""), headers=_HEADERS)
        done = gateway.perform(asked)
        document = _document(done)
        if document is not None:
            return Response(document.content, headers={**_HEADERS, "Content-Type": document.media_type})
        return Response(render(done, _endpoint(request)), headers=_HEADERS)

    return [Route(PATH, post, methods=["POST"])]


def _document(done: Outcome) -> Document | None:
    """The answer that stands alone, without anything of Sage's XML around it."""
    results = done.results if isinstance(done, Performed) else ()
    outcome = results[0].outcome if len(results) == 1 else None
    return outcome if isinstance(outcome, Document) else None


def _endpoint(request: Request) -> str:
    """The gateway's own address, as the caller knows it."""
    # Whoever asks for a host of Sage's came through a front that took the TLS off: see `front`.
    is_fronted = (request.url.hostname or "").endswith(_SAGE)
    return f"{'https' if is_fronted else request.url.scheme}://{request.url.netloc}{PATH}"


async def _body(request: Request) -> bytes:
    """The body, or its beginning where it is too large: one byte more than can be read."""
    body = bytearray()
    async for chunk in request.stream():
        if len(body) <= LARGEST_BODY_BYTES:
            body += chunk
    return bytes(body[: LARGEST_BODY_BYTES + 1])
