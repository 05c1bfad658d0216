"""The token and revocation endpoints over HTTP; only translation, the decisions are `grants`'."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.oauth2.grants import Grants
from intacct_sandbox.oauth2.payload import read_payload
from intacct_sandbox.oauth2.refusals import Refusal, gateway
from intacct_sandbox.store import Store

PREFIX = "/ia/api/v1/oauth2"
# Far above any token request; what is longer is not key and value.
_LARGEST_BODY_BYTES = 65_536
_TOO_LARGE = b"too large"


def routes(*, store: Store, clock: SandboxClock, ids: SeededIds, quirks: Quirks) -> list[BaseRoute]:
    """The routes under `/ia/api/v1/oauth2`."""
    grants = Grants(store, clock, ids, quirks)

    async def token(request: Request) -> Response:
        payload = read_payload(await _body(request), request.headers.get("content-type", ""), ids)
        answer = payload if isinstance(payload, Refusal) else grants.token(payload)
        return _refused(answer) if isinstance(answer, Refusal) else _json(answer, 200)

    async def revoke(request: Request) -> Response:
        payload = read_payload(await _body(request), request.headers.get("content-type", ""), ids)
        refusal = payload if isinstance(payload, Refusal) else grants.revoke(payload)
        return _refused(refusal) if refusal is not None else _json({}, 200)

    async def unknown(_request: Request) -> Response:
        return _refused(gateway("GW-0033", ids))

    return [
        Route(f"{PREFIX}/token", token, methods=["POST"]),
        Route(f"{PREFIX}/revoke", revoke, methods=["POST"]),
        Route(f"{PREFIX}/{{rest:path}}", unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]


async def _body(request: Request) -> bytes:
    """The body; one too large is given back as what can't be read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk[: _LARGEST_BODY_BYTES + 1 - len(body)]
    return bytes(body) if len(body) <= _LARGEST_BODY_BYTES else _TOO_LARGE


def _refused(refusal: Refusal) -> Response:
    return _json(refusal.body, refusal.status)


def _json(body: dict[str, object], status: int) -> Response:
    # RFC 6749 §5.1: an answer with a token is never cached.
    return JSONResponse(body, status, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})
