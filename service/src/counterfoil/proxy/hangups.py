"""Notices that callers have hung up, and stops what is done for them; for next to nothing on quick requests.

ASGI tells of a hang-up only to who waits for it. Such a wait is a task of its own, and even a timer for it
would be a good part of what a quick request costs, so there is one timer for all requests, and a wait begins
only for one that the timer has found under way twice.
"""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

from counterfoil.proxy.bodies import RequestBody
from counterfoil.proxy.errors import ClientGone


class Hangups:
    """Watches the callers of one process.

    Args:
        notice_seconds: How soon a hang-up is noticed.
    """

    def __init__(self, notice_seconds: float) -> None:
        self._look_every_seconds = notice_seconds / 2
        self._watched: set[UntilHangup] = set()
        self._timer: asyncio.TimerHandle | None = None

    def end(self, receive: Receive, body: RequestBody) -> "UntilHangup":
        """`with hangups.end(receive, body):` runs its block in the present task until the caller hangs up.

        The block is then cancelled, as by `asyncio.timeout`, and ClientGone raised in its place.

        Args:
            receive: ASGI's.
            body: While it is still arriving, its reader is told of the hang-up instead.
        """
        return UntilHangup(self, receive, body)

    def watch(self, one: "UntilHangup") -> None:
        """Look after it from now on."""
        self._watched.add(one)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._look_every_seconds, self._look)

    def let_go(self, one: "UntilHangup") -> None:
        """It is over, or waits for its caller by itself."""
        self._watched.discard(one)

    def _look(self) -> None:
        self._timer = None
        for one in tuple(self._watched):
            one.look()
        if self._watched:
            self._timer = asyncio.get_running_loop().call_later(self._look_every_seconds, self._look)


class UntilHangup:
    """One block; made by `Hangups.end`."""

    __slots__ = ("_body", "_cancelling", "_hangups", "_hung_up", "_receive", "_task", "_waiting", "_was_seen")

    def __init__(self, hangups: Hangups, receive: Receive, body: RequestBody) -> None:
        self._hangups = hangups
        self._receive = receive
        self._body = body
        self._waiting: asyncio.Task[None] | None = None
        self._hung_up = False
        self._was_seen = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("there is no task to cancel")
        self._task = task
        self._cancelling = task.cancelling()
        self._hangups.watch(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hangups.let_go(self)
        if self._waiting is not None:
            self._waiting.cancel()
        if not self._hung_up:
            return
        ours_alone = self._task.uncancel() <= self._cancelling
        if ours_alone and kind is asyncio.CancelledError:
            raise ClientGone from error

    def look(self) -> None:
        """To be called now and then: from the second time on the wait for the hang-up begins."""
        if self._was_seen and self._body.complete:
            self._hangups.let_go(self)
            self._waiting = asyncio.get_running_loop().create_task(self._wait())
        self._was_seen = True

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._hung_up = True
        self._task.cancel()
