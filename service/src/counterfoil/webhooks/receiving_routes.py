"""`POST /webhook/{environment}/{integration}`, for providers. Translates; decides nothing."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from counterfoil.web import OrjsonResponse, PayloadTooLarge
from counterfoil.webhooks.receiving import MOST_BODY_BYTES, Receiving


def router(receiving: Receiving) -> APIRouter:
    """The one route. Its body may be of any kind, and its query is nobody's."""
    routes = APIRouter(tags=["webhooks"], redirect_slashes=False)

    @routes.post("/webhook/{environment_uuid}/{unique_key}", summary="Take in a provider's webhook")
    async def receive(environment_uuid: str, unique_key: str, request: Request) -> Response:
        body = await _bounded(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        if await receiving.receive(environment_uuid, unique_key, headers, body):
            return OrjsonResponse({})
        return Response(status_code=204)

    return routes


async def _bounded(request: Request) -> bytes:
    too_large = PayloadTooLarge(f"The body is larger than {MOST_BODY_BYTES} bytes.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MOST_BODY_BYTES:
        raise too_large
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BODY_BYTES:
            raise too_large
    return bytes(body)
