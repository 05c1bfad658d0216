"""The WebSocket of the published browser client: it is told its name at once, and an outcome when there is
one.

Nothing is taken from it: a client that speaks is shown out. The server bounds the size of frames and asks
now and then whether somebody is still there (`web.server`).
"""

import asyncio
from contextlib import suppress
from typing import Final

from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from counterfoil.connections import Outcome, Outcomes, Watcher

# A redirection lives ten minutes; what has not come by then never will.
DEADLINE_SECONDS: Final = 12 * 60.0
_FAREWELL_SECONDS: Final = 5.0
_POLICY_VIOLATION: Final = 1008
_TRY_AGAIN_LATER: Final = 1013
_TOO_LATE: Final = {
    "message_type": "error",
    "provider_config_key": "",
    "connection_id": "",
    "error_type": "state_err",
    "error_desc": "Signing in took longer than ten minutes. Begin again.",
}


async def serve(socket: WebSocket, outcomes: Outcomes, *, deadline_seconds: float = DEADLINE_SECONDS) -> None:
    """Serve one client until it has its outcome, leaves, speaks, or has waited too long."""
    if outcomes.is_full:
        # Before it is accepted: the client sees a refused handshake.
        await socket.close(_TRY_AGAIN_LATER)
        return
    await socket.accept()
    with suppress(WebSocketDisconnect):
        async with outcomes.watch() as watcher:
            await socket.send_json({"message_type": "connection_ack", "ws_client_id": watcher.name.reveal()})
            await _wait(socket, watcher, deadline_seconds)


async def _wait(socket: WebSocket, watcher: Watcher, deadline_seconds: float) -> None:
    heard = asyncio.ensure_future(socket.receive())
    try:
        await asyncio.wait(
            (heard, watcher.outcome), timeout=deadline_seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if watcher.outcome.done():
            await _say(socket, watcher.outcome.result(), heard)
        elif not heard.done():
            await _say(socket, _TOO_LATE, heard)
        elif heard.result()["type"] != "websocket.disconnect":
            await socket.close(_POLICY_VIOLATION)
    finally:
        heard.cancel()


async def _say(socket: WebSocket, outcome: Outcome, heard: "asyncio.Future[Message]") -> None:
    await socket.send_json(dict(outcome))
    # The client closes by itself once it has read it; closing first could outrun the message in a proxy.
    await asyncio.wait((heard,), timeout=_FAREWELL_SECONDS)
    if not heard.done():
        await socket.close()
