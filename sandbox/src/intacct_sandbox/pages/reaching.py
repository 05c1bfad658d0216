"""How far the sandbox reaches, for what every page says of it: whether its operator lets it post to other
machines.

Not who decides: that is `outbound`'s policy, which the composition root asks.
"""

from contextvars import ContextVar
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_ELSEWHERE: Final = ContextVar("elsewhere", default=False)


def reaches_elsewhere() -> bool:
    """Of the sandbox that answers just now."""
    return _ELSEWHERE.get()


class Reaching:
    """ASGI middleware that says it to the pages of one application: two in a process need not be alike."""

    def __init__(self, app: ASGIApp, *, is_elsewhere: bool) -> None:
        self._app = app
        self._is_elsewhere = is_elsewhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        before = _ELSEWHERE.set(self._is_elsewhere)
        try:
            await self._app(scope, receive, send)
        finally:
            _ELSEWHERE.reset(before)
