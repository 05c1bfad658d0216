"""The jobs, run by a real worker on a real queue, and the load that they must bear."""

import asyncio
import itertools

from service.tests.doubles import SettableClock
from service.tests.webhooks.receiver import Fault, Receiver, Reply, Step
from service.tests.webhooks.site import Site, site

from counterfoil.access import Environment
from counterfoil.db import Database
from counterfoil.vault import Vault

EVENTS = 500
CONNECTIONS = 25


async def test_sweeps_do_not_pile_up(here: Site) -> None:
    periodic = {task.task.name: task for task in here.app.periodic_registry.periodic_tasks.values()}
    assert set(periodic) == {"webhooks:sweep", "webhooks:prune"}
    assert periodic["webhooks:sweep"].task.queueing_lock == "webhooks/sweep"
    await asyncio.sleep(0)


async def test_the_sweep_finds_what_a_lost_job_has_left(here: Site, receiver: Receiver) -> None:
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await here.sql("DELETE FROM procrastinate_jobs")
    await here.sweep()
    assert await here.statuses() == ["delivered"]


async def test_a_failure_is_looked_at_again_when_it_is_due(here: Site, receiver: Receiver) -> None:
    receiver.script.append(Reply(500))
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await here.run_jobs()
    rows = await here.sql(
        "SELECT queueing_lock LIKE 'webhooks/later/%%', scheduled_at > now() FROM procrastinate_jobs "
        "WHERE task_name = 'webhooks:deliver' AND status < 'doing'"
    )
    assert rows == [(True, True)]


async def test_the_nightly_pruning_leaves_what_is_fresh(here: Site, receiver: Receiver) -> None:
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await here.run_jobs()
    async with here.app.open_async():
        await here.app.configure_task("webhooks:prune").defer_async(timestamp=0)
    await here.run_jobs()
    assert await here.statuses() == ["delivered"]
    here.clock.advance(31 * 86_400)
    async with here.app.open_async():
        await here.app.configure_task("webhooks:prune").defer_async(timestamp=0)
    await here.run_jobs()
    assert await here.statuses() == []


async def test_500_events_through_a_receiver_that_is_down_and_then_faulty(
    here: Site,
    receiver: Receiver,
    other_receiver: Receiver,
    database: Database,
    vault: Vault,
    environment: Environment,
    clock: SettableClock,
) -> None:
    receiver.otherwise = lambda: Reply(503)
    await here.send_to(receiver.url, other_receiver.url)
    pks = {f"c{number}": await here.connect(f"c{number}") for number in range(CONNECTIONS)}
    for name in itertools.islice(itertools.cycle(pks), EVENTS):
        await here.happens(pks[name], "connection.replaced", connection_id=name)
    await here.run_jobs()
    # The dead one did not hold up the other.
    assert len(other_receiver.accepted) == EVENTS
    for _ in range(4):
        clock.advance(3600)
        await here.sweep()
    assert receiver.accepted.total() == 0
    assert await here.sql("SELECT count(*) FROM webhook_deliveries WHERE status = 'failed'") == [(0,)]

    script: list[Step] = [Reply(200), Reply(200), Fault.CUT, Reply(200), Reply(500), *[Reply(200)] * 5]
    steps = itertools.cycle(script)

    def faulty() -> Step:
        return next(steps)

    receiver.otherwise = faulty
    async with site(database, vault, environment, clock, seed="neighbour") as neighbour:
        for turn in range(60):
            clock.advance(600)
            await killed_in_the_middle(neighbour if turn % 2 else here, receiver)
            await here.forget_leases()
            await here.sweep()
            [(left,)] = await here.sql("SELECT count(*) FROM webhook_deliveries WHERE status = 'pending'")
            if left == 0:
                break

    assert await here.sql("SELECT count(*) FROM webhook_deliveries WHERE status <> 'delivered'") == [(0,)]
    messages = dict(await here.sql("SELECT uid, body FROM webhook_messages"))
    assert set(receiver.accepted) == set(messages)
    assert len(messages) == EVENTS
    assert all(one.raw == messages[one.uid] for one in receiver.received)
    for name in pks:
        assert sorted(set(receiver.sequences(name))) == list(range(1, EVENTS // CONNECTIONS + 1))


async def killed_in_the_middle(here: Site, receiver: Receiver) -> None:
    """A sender that dies while it sends."""
    sending = asyncio.create_task(here.webhooks.sender.deliver(await here.endpoint_id()))
    arrival = asyncio.create_task(receiver.arrived(len(receiver.received) + 20))
    await asyncio.wait([sending, arrival], return_when=asyncio.FIRST_COMPLETED)
    for task in (sending, arrival):
        task.cancel()
    await asyncio.gather(sending, arrival, return_exceptions=True)
