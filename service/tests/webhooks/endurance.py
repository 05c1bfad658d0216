"""The endurance run of webhooks: workers that are killed, a receiver that is down for hours and then faulty.

    down      events happen, workers are killed, hours pass; other receivers are well and get theirs
    faulty    the receiver is back, one answer in five is a fault; workers are killed while the backlog drains
    drain     one worker takes what is left, the faults go on; here the rate is measured
    late      time passes until nothing is pending

Workers are `counterfoil worker`, ended by SIGKILL. Hours pass by moving every time that the rows hold into
the past, those on the database's clock too: to the service that is the same as clocks that move on.

    python -m service.tests.webhooks.endurance --events 100000
"""

import argparse
import asyncio
import contextlib
import math
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from procrastinate.exceptions import AlreadyEnqueued
from service.tests.doubles import PredictableIds, SettableClock
from service.tests.webhooks.counting_receiver import CountingReceiver, Manner, counting, digest
from service.tests.webhooks.site import KEY, Site, site
from service.tests.webhooks.worker_process import worker_process
from sqlalchemy import insert

from counterfoil.access import Environments
from counterfoil.db import Database, migrate
from counterfoil.db.embedded import EmbeddedPostgres
from counterfoil.events import EventType
from counterfoil.events.models import EventRow
from counterfoil.vault import Vault, create_master_key, load_master_key
from counterfoil.webhooks.waking import DELIVER

PROVIDER: Final = "sage-intacct-cc"
CONNECTIONS: Final = 50
HEALTHY: Final = 5
DOWN: Final = timedelta(hours=4)
_KILLS_A_ROUND: Final = 10
# Of the backlog, what goes out while workers are killed.
_SHARE_UNDER_KILLS: Final = 0.7
_FAULTS: Final = {Manner.TAKES_SILENTLY: 8, Manner.FAILS: 6, Manner.CUTS: 6, Manner.TAKES: 80}
_EVENTS_AT_ONCE: Final = 100
# Ten workers at a time, whose connections the server forgets a little after they were killed.
_SERVER: Final = {"max_connections": "300"}
# What is asked here is work for the database too, which the workers need.
_ASK_SECONDS: Final = 0.2
_STUCK_SECONDS: Final = 120.0
_PASS: Final = (
    """
    UPDATE webhook_deliveries SET next_attempt_at = next_attempt_at - %(by)s,
           gives_up_at = gives_up_at - %(by)s, lease_until = lease_until - %(by)s WHERE status = 'pending'
    """,
    "UPDATE webhook_endpoints SET open_until = open_until - %(by)s, failing_since = failing_since - %(by)s",
    "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - %(by)s WHERE scheduled_at IS NOT NULL",
    "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - %(by)s",
)
_PENDING: Final = "SELECT count(*) FROM webhook_deliveries WHERE status = 'pending'"
_DUE: Final = """
SELECT 1 FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
 WHERE d.status = 'pending' AND d.next_attempt_at <= now() AND coalesce(e.open_until <= now(), true) LIMIT 1
"""
_OUTBOX: Final = "SELECT 1 FROM webhook_outbox LIMIT 1"
_OTHERS_WAIT: Final = """
SELECT 1 FROM webhook_endpoints e WHERE e.id <> %s
   AND EXISTS (SELECT 1 FROM webhook_deliveries WHERE endpoint_id = e.id AND status = 'pending')
"""
# Of a breaker, with its jitter; longer than any lease.
_LONGEST_PAUSE: Final = timedelta(minutes=20)


@dataclass(kw_only=True)
class Figures:
    """What came of a run. `messages`, `lost`, `altered` and `gaps` are judged, the others are told.

    Attributes:
        events: How many happened.
        messages: How many the service made of them.
        kills: How many workers were ended by SIGKILL.
        lost: Messages that a receiver never did.
        altered: Messages of which different bodies came.
        gaps: Connections whose numbers are not 1, 2, 3 … at their receivers.
        twice: Deliveries too many although the answer was given: who was killed had not written it down.
        silenced: Deliveries whose answer was lost on purpose, so that they had to come again.
        undelivered: Deliveries that the service does not hold for delivered.
        trials_while_down: Requests that the dead receiver got.
        requests: Requests in all.
        drained, drain_seconds: Deliveries that one worker got through at the end, and how long it took.
        seconds: The whole run.
    """

    events: int = 0
    messages: int = 0
    kills: int = 0
    lost: int = 0
    altered: int = 0
    gaps: int = 0
    twice: int = 0
    silenced: int = 0
    undelivered: int = 0
    trials_while_down: int = 0
    requests: int = 0
    drained: int = 0
    drain_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Deliveries a second while one worker drained the backlog."""
        return self.drained / self.drain_seconds if self.drain_seconds else 0.0

    def lines(self) -> list[str]:
        """All of it for people."""
        told = [f"{one.name}: {getattr(self, one.name)}" for one in fields(self)]
        share = self.twice / max(self.messages, 1)
        return [*told, f"twice, share of messages: {share:.3%}", f"drain rate: {self.rate:.0f}/s"]


@dataclass(kw_only=True)
class Run:
    """One run: the installation, the receivers, the workers that live.

    Attributes:
        here: The installation, as the process that makes events sees it.
        settings: What workers are started with.
        log: Where workers write.
        faulty, healthy: The receivers.
        connections: Primary keys by connection id.
        chance: Decides moments and faults.
        kills: How many workers are to be killed, at least.
    """

    here: Site
    settings: dict[str, str]
    log: Path
    faulty: CountingReceiver
    healthy: Sequence[CountingReceiver]
    connections: dict[str, int]
    chance: random.Random
    kills: int = 0
    figures: Figures = field(default_factory=Figures)
    workers: list[BaseProcess] = field(default_factory=list)

    def start(self, count: int = 1) -> None:
        """Start so many workers."""
        self.workers += [worker_process(self.settings, self.log) for _ in range(count)]

    async def kill_all(self) -> None:
        """End every worker by SIGKILL."""
        for worker in self.workers:
            worker.kill()
            self.figures.kills += 1
        for worker in self.workers:
            await asyncio.to_thread(worker.join)
        self.workers.clear()

    async def passes(self, span: timedelta) -> None:
        """Let time pass while no worker lives, and with it the minute of a sweep."""
        assert not self.workers
        async with self.here.database.pool.connection() as connection, connection.transaction():
            for statement in _PASS:
                await connection.execute(statement.encode(), {"by": span})
        endpoint_id = await self.here.endpoint_id()
        async with self.here.app.open_async():
            # One may wait already, of a worker that was killed before it came to it.
            with contextlib.suppress(AlreadyEnqueued):
                await self.here.app.configure_task(
                    "webhooks:sweep", queueing_lock="webhooks/sweep"
                ).defer_async(timestamp=0)
            # As after several events at once, so that several workers ask for the same deliveries.
            for _ in range(_KILLS_A_ROUND):
                await self.here.app.configure_task(DELIVER).defer_async(endpoint_id=endpoint_id)

    async def pending(self) -> int:
        """How many deliveries wait."""
        [(count,)] = await self.here.sql(_PENDING)
        return int(count)

    async def until(self, is_done: Callable[[], Awaitable[bool]]) -> None:
        """Wait for something that must come; it is an error when nothing moves for two minutes."""
        deadline = time.monotonic() + _STUCK_SECONDS
        heard = -1
        while not await is_done():
            if self.requests() > heard:
                heard, deadline = self.requests(), time.monotonic() + _STUCK_SECONDS
            assert time.monotonic() < deadline, f"nothing moves any more:\n{self.log.read_text()[-4000:]}"
            await asyncio.sleep(_ASK_SECONDS)

    def requests(self) -> int:
        """How many have come to all receivers."""
        return sum(one.requests for one in self.receivers)

    @property
    def receivers(self) -> list[CountingReceiver]:
        """All of them."""
        return [self.faulty, *self.healthy]


async def endure(events_total: int, kills: int, url: str, master_key: Path) -> Figures:
    """A whole run on an empty, migrated database.

    Args:
        events_total: How many events happen.
        kills: How many workers are killed, at least; one in five of them while the receiver is down.
        url: The database's.
        master_key: The file with the master key.
    """
    begun = time.monotonic()
    async with _prepared(url, master_key) as run:
        run.figures.events, run.kills = events_total, kills
        for part in (_down, _faulty, _drain, _late, _judge):
            await part(run)
            sys.stderr.write(f"{part.__name__.strip('_')} {time.monotonic() - begun:.1f} s\n")
        run.figures.seconds = time.monotonic() - begun
        return run.figures


async def _down(run: Run) -> None:
    """Events, while the receiver answers nothing but errors and workers are killed; the others are well."""
    run.faulty.manner = lambda: run.chance.choice((Manner.FAILS, Manner.CUTS))
    events_total = run.figures.events
    # One kill in five.
    rounds = max(run.kills // 5 // _KILLS_A_ROUND, 1)
    for number in range(rounds):
        run.start(_KILLS_A_ROUND)
        share = range(events_total * number // rounds, events_total * (number + 1) // rounds)
        await _happen(run, share)
        await asyncio.sleep(run.chance.uniform(0, 0.3))
        await run.kill_all()
        await run.passes(DOWN / rounds)
    run.start()
    [(faulty,)] = await run.here.sql("SELECT id FROM webhook_endpoints WHERE slot = 'primary'")

    async def others_have_theirs() -> bool:
        return not (await run.here.sql(_OUTBOX) or await run.here.sql(_OTHERS_WAIT, faulty))

    await run.until(others_have_theirs)
    await run.kill_all()
    run.figures.trials_while_down = run.faulty.requests


async def _happen(run: Run, numbers: Sequence[int]) -> None:
    """Events of all connections in turn, as `connections` writes them."""
    names = list(run.connections)
    for start in range(0, len(numbers), _EVENTS_AT_ONCE):
        rows = [
            {
                "environment_id": run.here.environment.id,
                "type": EventType.CONNECTION_REPLACED.value,
                "subject": (name := names[number % len(names)]),
                "payload": {"connection": run.connections[name], "integration": KEY, "provider": PROVIDER},
            }
            for number in numbers[start : start + _EVENTS_AT_ONCE]
        ]
        async with run.here.database.session() as session:
            # One statement: one job that looks into the outbox.
            await session.execute(insert(EventRow).values(rows))


async def _faulty(run: Run) -> None:
    """The receiver is back and one answer in five is a fault; whoever sends is killed while it does."""
    manners, weights = list(_FAULTS), list(_FAULTS.values())
    run.faulty.manner = lambda: run.chance.choices(manners, weights)[0]
    rounds = math.ceil((run.kills - run.figures.kills) / _KILLS_A_ROUND)
    mean = max(int(await run.pending() * _SHARE_UNDER_KILLS) // rounds, 2)
    for _ in range(rounds):
        await run.passes(_LONGEST_PAUSE)
        run.start(_KILLS_A_ROUND)
        await run.faulty.hears(1, within_seconds=_STUCK_SECONDS)
        await run.faulty.hears(run.chance.randrange(2 * mean), within_seconds=_STUCK_SECONDS / 4)
        await run.kill_all()


async def _drain(run: Run) -> None:
    """What is left, by one worker that lives; the faults go on."""
    await run.passes(_LONGEST_PAUSE)
    run.start()
    await run.faulty.hears(1, within_seconds=_STUCK_SECONDS)
    endpoint_id = await run.here.endpoint_id()
    begun, before = time.monotonic(), await _delivered(run)

    async def nothing_is_due() -> bool:
        return not await run.here.sql(
            "SELECT 1 FROM webhook_deliveries WHERE endpoint_id = %s AND status = 'pending' AND failures = 0 "
            "LIMIT 1",
            endpoint_id,
        )

    await run.until(nothing_is_due)
    run.figures.drain_seconds = time.monotonic() - begun
    run.figures.drained = await _delivered(run) - before
    await run.kill_all()


async def _late(run: Run) -> None:
    """Time passes until nothing is pending; what is given up is not."""

    async def nothing_is_due() -> bool:
        return not await run.here.sql(_DUE)

    while await run.pending():
        await run.passes(timedelta(hours=1))
        if not await nothing_is_due():
            run.start()
            await run.until(nothing_is_due)
            await run.kill_all()


async def _delivered(run: Run) -> int:
    [(count,)] = await run.here.sql("SELECT count(*) FROM webhook_deliveries WHERE status = 'delivered'")
    return int(count)


async def _judge(run: Run) -> None:
    """Compare what the receivers have done with what the service was told."""
    figures = run.figures
    messages = await run.here.sql("SELECT uid, body FROM webhook_messages")
    figures.messages = len(messages)
    for uid, body in messages:
        done = [one for one in run.receivers if one.taken[uid] or one.taken_silently[uid]]
        figures.lost += len(done) != 1
        came = set().union(*(one.bodies[uid] for one in run.receivers))
        figures.altered += came != {digest(bytes(body))}
    known = {uid for uid, _ in messages}
    figures.altered += sum(not set(one.bodies) <= known for one in run.receivers)
    each = figures.events // len(run.connections)
    for name in run.connections:
        numbers = set().union(*(one.numbers[name] for one in run.receivers))
        figures.gaps += numbers != set(range(1, each + 1))
    figures.twice = sum(one.twice for one in run.receivers)
    figures.silenced = sum(one.taken_silently.total() for one in run.receivers)
    figures.requests = run.requests()
    [(figures.undelivered,)] = await run.here.sql(
        "SELECT count(*) FROM webhook_deliveries WHERE status <> 'delivered'"
    )


@asynccontextmanager
async def _prepared(url: str, master_key: Path) -> AsyncIterator[Run]:
    """Receivers, settings and connections; one connection in ten has a healthy receiver of its own."""
    clock = SettableClock(datetime.now(UTC))
    async with AsyncExitStack() as stack:
        faulty = await stack.enter_async_context(counting())
        healthy = [await stack.enter_async_context(counting()) for _ in range(HEALTHY)]
        database = Database(url)
        await database.open()
        stack.push_async_callback(database.close)
        vault = await Vault.open_with(database, load_master_key(master_key))
        environment = await Environments(database, clock, PredictableIds()).ensure("dev")
        here = await stack.enter_async_context(site(database, vault, environment, clock, seed="endurance"))
        await here.send_to(faulty.url)
        connections: dict[str, int] = {}
        for number in range(CONNECTIONS):
            own = {} if number >= HEALTHY else {"webhook_url_override": healthy[number].url}
            connections[f"c{number}"] = await here.connect(f"c{number}", **own)
        run = Run(
            here=here,
            settings={
                "database_url": url,
                "master_key_file": str(master_key),
                "outbound_allow": "127.0.0.1/32",
                "log_level": "ERROR",
            },
            log=master_key.parent / "workers.log",
            faulty=faulty,
            healthy=healthy,
            connections=connections,
            chance=random.Random(1),
        )
        try:
            yield run
        finally:
            await run.kill_all()


def main(arguments: Sequence[str] | None = None) -> None:
    """A run on a PostgreSQL of its own, with the settings that data of worth have."""
    parser = argparse.ArgumentParser(prog="endurance", description="Webhooks under kills and faults.")
    parser.add_argument("--events", type=int, default=100_000, help="how many happen (100000)")
    parser.add_argument("--kills", type=int, default=100, help="how many workers are killed (100)")
    parser.add_argument("--minutes", type=float, default=30, help="how long it may take (30)")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="counterfoil-endurance-") as name:
        directory = Path(name)
        create_master_key(directory / "master.key")
        with EmbeddedPostgres(directory / "server", _SERVER) as server:
            migrate(server.url)
            run = endure(asked.events, asked.kills, server.url, directory / "master.key")
            figures = asyncio.run(asyncio.wait_for(run, asked.minutes * 60))
    sys.stdout.write("\n".join(figures.lines()) + "\n")
    if figures.lost or figures.altered or figures.gaps or figures.undelivered:
        raise SystemExit("not everything arrived once and unaltered")


if __name__ == "__main__":
    main()
