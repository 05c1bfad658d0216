"""Notices that the caller has hung up, and stops what is done for it; for nothing on requests that are quick.

ASGI tells of a hang-up only to who waits for it. Such a wait is a task of its own, which would be a good part
of what a quick request costs, so it begins only when a request has taken a moment.
"""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

from counterfoil.proxy.bodies import RequestBody
from counterfoil.proxy.errors import ClientGone


class UntilHangup:
    """`with UntilHangup(…):` runs its block in the present task until the caller hangs up.

    The block is then cancelled, as by `asyncio.timeout`, and ClientGone raised in its place.

    Args:
        receive: ASGI's.
        body: While it is still arriving, its reader is told of the hang-up instead.
        check_seconds: When the wait begins.
    """

    def __init__(self, receive: Receive, body: RequestBody, check_seconds: float) -> None:
        self._receive = receive
        self._body = body
        self._check_seconds = check_seconds
        self._waiting: asyncio.Task[None] | None = None
        self._hung_up = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("there is no task to cancel")
        self._task = task
        self._cancelling = task.cancelling()
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(self._check_seconds, self._check)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._waiting is not None:
            self._waiting.cancel()
        if not self._hung_up:
            return
        ours_alone = self._task.uncancel() <= self._cancelling
        if ours_alone and kind is asyncio.CancelledError:
            raise ClientGone from error

    def _check(self) -> None:
        if self._body.complete:
            self._waiting = self._loop.create_task(self._wait())
        else:
            self._timer = self._loop.call_later(self._check_seconds, self._check)

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._hung_up = True
        self._task.cancel()
