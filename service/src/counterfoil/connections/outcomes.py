"""What came of a redirection, on its way from the node where the browser came back to the node where somebody
waits.

It goes through the database: a row that holds it, and a NOTIFY that says for whom. A node listens only while
somebody waits there, and after every interruption it looks for what it may have missed. Who waits is known by
a name that nobody can guess, and to nobody but itself and the window it opens.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from counterfoil.connections.models import OutcomeRow
from counterfoil.db import Database, DatabaseUnavailable
from counterfoil.ids import Ids
from counterfoil.vault import Secret

_log: Final = structlog.get_logger(__name__)

CHANNEL: Final = "counterfoil_redirection_outcomes"
MOST_WATCHERS: Final = 2_000
_KEPT_SECONDS: Final = 3_600
_NAME_BYTES: Final = 32
_LONGEST_SECRET: Final = 200
_RETRY_SECONDS: Final = 1.0
_NOTIFY: Final = text("SELECT pg_notify(:channel, :payload)")

Outcome = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Watcher:
    """Somebody who waits.

    Attributes:
        name: By which the outcome finds it.
        outcome: Done when it is there.
    """

    name: Secret
    outcome: "asyncio.Future[Outcome]"


class Outcomes:
    """The outcomes of one database, and who waits for them in this process.

    Args:
        database: Where they are.
        ids: Makes names.
        most_watchers: How many may wait at once in this process.
    """

    def __init__(self, database: Database, ids: Ids, *, most_watchers: int = MOST_WATCHERS) -> None:
        self._database = database
        self._ids = ids
        self._most = most_watchers
        self._waiting: dict[bytes, asyncio.Future[Outcome]] = {}
        self._listener: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        """Whether nobody more may wait here."""
        return len(self._waiting) >= self._most

    def new_name(self) -> Secret:
        """A name for somebody who will ask with `read`."""
        return Secret(self._ids.token_hex(_NAME_BYTES))

    async def tell(self, watcher_digest: bytes, outcome: Outcome) -> None:
        """Say what came of it; the first word counts."""
        row = insert(OutcomeRow).values(watcher_digest=watcher_digest, outcome=dict(outcome))
        too_old = OutcomeRow.created_at < func.now() - timedelta(seconds=_KEPT_SECONDS)
        async with self._database.session() as session:
            await session.execute(delete(OutcomeRow).where(too_old))
            await session.execute(row.on_conflict_do_nothing())
            await session.execute(_NOTIFY, {"channel": CHANNEL, "payload": watcher_digest.hex()})

    async def read(self, name: Secret) -> Outcome | None:
        """What came of it; None as long as nothing has."""
        found = await self._find([digest(name)])
        return next(iter(found.values()), None)

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[Watcher]:
        """Wait under a new name as long as the block lasts."""
        watcher = Watcher(self.new_name(), asyncio.get_running_loop().create_future())
        key = digest(watcher.name)
        self._waiting[key] = watcher.outcome
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        try:
            yield watcher
        finally:
            del self._waiting[key]
            if not self._waiting:
                await self.close()

    async def close(self) -> None:
        """Stop listening."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._database.listening(CHANNEL) as payloads:
                    await self._deliver(tuple(self._waiting))
                    async for payload in payloads:
                        with contextlib.suppress(ValueError):
                            await self._deliver([bytes.fromhex(payload)])
            except DatabaseUnavailable:
                _log.warning("not listening for outcomes; it is tried again")
            await asyncio.sleep(_RETRY_SECONDS)

    async def _deliver(self, keys: Iterable[bytes]) -> None:
        ours = [key for key in keys if key in self._waiting]
        for key, outcome in (await self._find(ours)).items():
            waiting = self._waiting.get(key)
            if waiting is not None and not waiting.done():
                waiting.set_result(outcome)

    async def _find(self, keys: list[bytes]) -> dict[bytes, Outcome]:
        if not keys:
            return {}
        statement = select(OutcomeRow).where(OutcomeRow.watcher_digest.in_(keys))
        async with self._database.session() as session:
            return {row.watcher_digest: row.outcome for row in await session.scalars(statement)}


def digest(secret: Secret) -> bytes:
    """What is kept of a secret of 256 random bits; a long text is none of ours, and is cut."""
    return hashlib.sha256(secret.reveal()[:_LONGEST_SECRET].encode()).digest()
