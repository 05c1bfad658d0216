"""Jobs of webhooks. What is to be done is in the rows; a job only says when to look, and looking twice does
no harm.

    dispatch    deferred by the database in the transaction of an event (migration 0002)
    deliver     deferred in the transaction that gives an endpoint something to get
    sweep       once a minute: what a dead process or a lost job has left, and what has become due
    prune       once a day: what was finished long ago
"""

import contextlib
import math
from datetime import timedelta
from typing import Final

from procrastinate import Blueprint
from procrastinate.exceptions import AlreadyEnqueued

from counterfoil.clock import Clock
from counterfoil.webhooks.dispatching import Dispatcher
from counterfoil.webhooks.ledger import Ledger
from counterfoil.webhooks.sending import Sender

KEPT_FOR: Final = timedelta(days=30)
_EVERY_MINUTE: Final = "* * * * *"
_EVERY_NIGHT: Final = "17 3 * * *"
# What is due later than this is found by the sweep.
_SWEPT_WITHIN_SECONDS: Final = 60.0


def blueprint(dispatcher: Dispatcher, sender: Sender, ledger: Ledger, clock: Clock) -> Blueprint:
    """The jobs, to be added to the app under the namespace `webhooks`."""
    jobs = Blueprint()

    @jobs.task(name="dispatch")
    async def dispatch() -> None:
        await dispatcher.dispatch()

    @jobs.task(name="deliver")
    async def deliver(endpoint_id: int) -> None:
        for other_id, waits_seconds in (await sender.deliver(endpoint_id)).items():
            await call_again(other_id, waits_seconds)

    async def call_again(endpoint_id: int, waits_seconds: float) -> None:
        if waits_seconds <= 0:
            await deliver.configure().defer_async(endpoint_id=endpoint_id)
        elif waits_seconds < _SWEPT_WITHIN_SECONDS:
            later = deliver.configure(
                queueing_lock=f"webhooks/later/{endpoint_id}",
                schedule_in={"seconds": math.ceil(waits_seconds)},
            )
            with contextlib.suppress(AlreadyEnqueued):
                await later.defer_async(endpoint_id=endpoint_id)

    @jobs.periodic(cron=_EVERY_MINUTE, periodic_id="webhooks/sweep")
    @jobs.task(name="sweep", queueing_lock="webhooks/sweep")
    async def sweep(timestamp: int) -> None:  # noqa: ARG001 - every periodic job is told its time
        await dispatcher.dispatch()
        now = clock.now()
        await ledger.expire(now)
        for endpoint_id in await ledger.waited_for(now):
            await deliver.configure().defer_async(endpoint_id=endpoint_id)

    @jobs.periodic(cron=_EVERY_NIGHT, periodic_id="webhooks/prune")
    @jobs.task(name="prune", queueing_lock="webhooks/prune")
    async def prune(timestamp: int) -> None:  # noqa: ARG001
        await ledger.prune(clock.now() - KEPT_FOR)

    return jobs
