"""The barest streaming relay of ASGI and aiohttp: `/proxy/…` to the provider, with a header. An anchor.

It checks nobody, keeps no record, renews nothing and cares about no header: what the same parts cost without
what makes a proxy of them. `python -m bench.relay ORIGIN`
"""

import json
import sys
from typing import Any, Final

import aiohttp
import uvicorn
from starlette.types import Receive, Scope, Send

_PREFIX: Final = len("/proxy")


class Relay:
    """The ASGI application.

    Args:
        origin: The provider's.
    """

    def __init__(self, origin: str) -> None:
        self._base = f"{origin}/ia/api"
        self._session: aiohttp.ClientSession | None = None

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,  # noqa: ARG002 - ASGI's; a GET has no body to read
        send: Send,
    ) -> None:
        """Relay one GET."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0)
            self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        url = self._base + scope["path"][_PREFIX:]
        async with self._session.get(url, headers={"Authorization": "Bearer tok-relay"}) as answer:
            length = answer.raw_headers[[name for name, _ in answer.raw_headers].index(b"Content-Length")][1]
            headers = [(b"content-type", b"application/json"), (b"content-length", length)]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            async for piece in answer.content.iter_any():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class _Telling(uvicorn.Server):
    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)


if __name__ == "__main__":
    _Telling(
        uvicorn.Config(
            Relay(sys.argv[1]), port=0, loop="uvloop", http="httptools", lifespan="off", log_config=None
        )
    ).run()
