"""The log, and sending again what is in it."""

from datetime import timedelta

import orjson
import pytest
from service.tests.webhooks.receiver import Receiver, Reply
from service.tests.webhooks.site import Site

from counterfoil.webhooks import DeliveryFilter, ReplayRange
from counterfoil.webhooks.errors import DeliveryPending, EndpointNotActive, UnknownDelivery


async def deliver(here: Site, *connection_ids: str) -> None:
    for connection_id in connection_ids:
        await here.happens(await here.connect(connection_id), connection_id=connection_id)
        await here.run_jobs()


async def test_the_log_tells_what_was_sent_and_what_was_answered(here: Site, receiver: Receiver) -> None:
    receiver.script.append(Reply(500, b"<b>out of order</b>\n\x1b[31m"))
    await here.send_to(receiver.url)
    await deliver(here, "c1")
    [listed] = await here.webhooks.deliveries.list(here.environment.id, DeliveryFilter())
    assert (listed.event_type, listed.connection_id, listed.sequence) == ("connection.created", "c1", 1)
    assert (listed.status, listed.outcome, listed.attempts) == ("pending", "receiver_error", 1)
    assert listed.next_attempt_at is not None
    details = await here.webhooks.deliveries.get(here.environment.id, listed.id)
    assert orjson.loads(details.body) == receiver.received[0].body
    [attempt] = details.attempts
    assert (attempt.number, attempt.status_code, attempt.answer) == (1, 500, "<b>out of order</b> [31m")


async def test_the_log_is_read_by_status_connection_and_page(here: Site, receiver: Receiver) -> None:
    receiver.script.extend([Reply(200), Reply(500), Reply(200)])
    await here.send_to(receiver.url)
    await deliver(here, "c1", "c2", "c3")

    async def listed(wanted: DeliveryFilter) -> list[str | None]:
        found = await here.webhooks.deliveries.list(here.environment.id, wanted)
        return [one.connection_id for one in found]

    assert await listed(DeliveryFilter()) == ["c3", "c2", "c1"]
    assert await listed(DeliveryFilter(status="pending")) == ["c2"]
    assert await listed(DeliveryFilter(connection_id="c1")) == ["c1"]
    assert await listed(DeliveryFilter(limit=1)) == ["c3"]
    newest, *_ = await here.webhooks.deliveries.list(here.environment.id, DeliveryFilter())
    assert await listed(DeliveryFilter(before=newest.id)) == ["c2", "c1"]


async def test_one_delivery_is_sent_again_under_its_id(here: Site, receiver: Receiver) -> None:
    await here.send_to(receiver.url)
    await deliver(here, "c1")
    [listed] = await here.webhooks.deliveries.list(here.environment.id, DeliveryFilter())
    await here.webhooks.deliveries.replay(here.environment.id, listed.id)
    with pytest.raises(DeliveryPending):
        await here.webhooks.deliveries.replay(here.environment.id, listed.id)
    await here.run_jobs()
    first, second = receiver.received
    assert (first.uid, first.raw) == (second.uid, second.raw)
    details = await here.webhooks.deliveries.get(here.environment.id, listed.id)
    assert [attempt.number for attempt in details.attempts] == [1, 2]


async def test_a_range_is_sent_again_failed_ones_or_all(here: Site, receiver: Receiver) -> None:
    await here.send_to(receiver.url)
    begun = here.clock.now()
    for name in ("c1", "c2", "c3", "c4"):
        await deliver(here, name)
        here.clock.advance(60)
    await here.sql(
        "UPDATE webhook_deliveries SET status = 'failed' "
        "WHERE id = (SELECT max(id) - 1 FROM webhook_deliveries)"
    )
    replay = here.webhooks.deliveries.replay_range
    minute = timedelta(minutes=1)
    assert await replay(here.environment.id, ReplayRange(since=begun, until=begun + 2 * minute)) == 0
    assert await replay(here.environment.id, ReplayRange(since=begun)) == 1
    everything = ReplayRange(since=begun + minute, until=begun + 4 * minute, only_failed=False)
    assert await replay(here.environment.id, everything) == 2
    await here.run_jobs()
    assert [one.body["connectionId"] for one in receiver.received[4:]] == ["c2", "c3", "c4"]


async def test_what_has_nowhere_to_go_is_not_sent_again(here: Site, receiver: Receiver) -> None:
    await here.send_to(receiver.url)
    await deliver(here, "c1")
    await here.send_to("")
    [listed] = await here.webhooks.deliveries.list(here.environment.id, DeliveryFilter())
    with pytest.raises(EndpointNotActive):
        await here.webhooks.deliveries.replay(here.environment.id, listed.id)
    everything = ReplayRange(since=here.clock.now() - timedelta(days=1), only_failed=False)
    assert await here.webhooks.deliveries.replay_range(here.environment.id, everything) == 0


async def test_another_environments_deliveries_are_not_there(here: Site, receiver: Receiver) -> None:
    await here.send_to(receiver.url)
    await deliver(here, "c1")
    [listed] = await here.webhooks.deliveries.list(here.environment.id, DeliveryFilter())
    elsewhere = here.environment.id + 1
    assert await here.webhooks.deliveries.list(elsewhere, DeliveryFilter()) == []
    with pytest.raises(UnknownDelivery):
        await here.webhooks.deliveries.get(elsewhere, listed.id)
    with pytest.raises(UnknownDelivery):
        await here.webhooks.deliveries.replay(elsewhere, listed.id)
    everything = ReplayRange(since=here.clock.now() - timedelta(days=1), only_failed=False)
    assert await here.webhooks.deliveries.replay_range(elsewhere, everything) == 0
