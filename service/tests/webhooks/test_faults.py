"""Faults that no single module answers for: who is frozen, what is out of order, one that hangs among many.

The other faults of sending have their tests beside what answers for them:

    down for days, late retries, manual replay    test_schedule, test_sending, test_endurance
    killed between change and sending             here, test_sending, test_endurance
    done, but the answer was lost                 test_verifiers, test_sending, test_endurance
    410, 429, redirects, endless answers, rebinding of names    test_sending, test_health
    a key rotated in the middle of retries        test_verifiers
"""

import asyncio
import os
import random
import signal
from contextlib import AsyncExitStack

from service.tests.webhooks.receiver import Fault, Receiver, receiving
from service.tests.webhooks.sender_process import sender_process
from service.tests.webhooks.site import Site

HEALTHY = 20


async def test_who_is_killed_between_a_change_and_its_message_leaves_it_in_the_outbox(
    here: Site, receiver: Receiver
) -> None:
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    # Whoever would have made the message is dead, and the job with them.
    await here.sql("UPDATE procrastinate_jobs SET status = 'doing'")
    assert await here.sql("SELECT count(*) FROM webhook_outbox") == [(1,)]
    await here.sweep()
    assert await here.statuses() == ["delivered"]
    assert receiver.sequences("c1") == [1]


async def test_who_was_frozen_past_the_lease_repeats_what_was_under_way_and_disturbs_nothing(
    here: Site, receiver: Receiver, postgres_url: str
) -> None:
    receiver.script.extend([Fault.HANG] * 4)
    await here.send_to(receiver.url)
    pk = await here.connect()
    for _ in range(4):
        await here.happens(pk)
    await here.webhooks.dispatcher.dispatch()
    endpoint_id = await here.endpoint_id()
    frozen = sender_process(postgres_url, endpoint_id)
    frozen.start()
    await receiver.arrived(4)
    assert frozen.pid is not None
    os.kill(frozen.pid, signal.SIGSTOP)
    try:
        await here.forget_leases()
        await here.webhooks.sender.deliver(endpoint_id)
        assert await here.statuses() == ["delivered"] * 4
        # Its four requests end without an answer, and it writes that down.
        await receiver.cut()
    finally:
        os.kill(frozen.pid, signal.SIGCONT)
    await asyncio.to_thread(frozen.join, 60)
    assert frozen.exitcode == 0
    assert await here.statuses() == ["delivered"] * 4
    assert sorted(receiver.uids) == sorted(2 * list(dict.fromkeys(receiver.uids)))
    assert len({one.raw for one in receiver.received}) == 4


async def test_numbers_put_what_came_in_any_order_into_its_own_and_show_what_is_missing(
    here: Site, receiver: Receiver
) -> None:
    chance = random.Random(3)
    await here.send_to(receiver.url)
    pk = await here.connect()
    for _ in range(20):
        await here.happens(pk, "connection.replaced")
    await here.webhooks.dispatcher.dispatch()
    receiver.refuses = lambda one: one.body["sequence"] == 3 or chance.random() < 0.4
    endpoint_id = await here.endpoint_id()
    for _ in range(60):
        here.clock.advance(900)
        await here.webhooks.sender.deliver(endpoint_id)
        if len(receiver.accepted) == 19:
            break
    numbers = {one.uid: one.body["sequence"] for one in receiver.received}
    done = [numbers[uid] for uid in receiver.accepted]
    assert done != sorted(done)
    assert set(range(1, max(done) + 1)) - set(done) == {3}
    [(status, number)] = await here.sql(
        "SELECT d.status, m.sequence FROM webhook_deliveries d "
        "JOIN webhook_messages m ON m.id = d.message_id WHERE d.status <> 'delivered'"
    )
    assert (status, number) == ("pending", 3)


async def test_one_endpoint_that_hangs_does_not_hold_up_twenty_that_answer(here: Site) -> None:
    async with AsyncExitStack() as stack:
        hanging = await stack.enter_async_context(receiving())
        hanging.otherwise = lambda: Fault.HANG
        healthy = [await stack.enter_async_context(receiving()) for _ in range(HEALTHY)]
        await here.send_to(hanging.url)
        pk = await here.connect()
        for _ in range(40):
            await here.happens(pk)
        for number, one in enumerate(healthy):
            name = f"healthy{number}"
            own = await here.connect(name, webhook_url_override=one.url)
            for _ in range(3):
                await here.happens(own, connection_id=name)
        working = asyncio.create_task(here.run_jobs())
        for one in healthy:
            await one.arrived(3)
        assert hanging.accepted.total() == 0
        await asyncio.gather(hanging.close(), return_exceptions=True)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert [one.accepted.total() for one in healthy] == [3] * HEALTHY
