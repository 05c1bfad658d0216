"""The whole way, from an event to a receiver, with real jobs."""

from service.tests.webhooks.receiver import Receiver
from service.tests.webhooks.site import Site


async def test_an_event_reaches_the_receiver_once(here: Site, receiver: Receiver) -> None:
    await here.send_to(receiver.url)
    pk = await here.connect(tags={"end_user_id": "u1"})
    await here.happens(pk)
    await here.run_jobs()
    [one] = receiver.received
    assert one.body | {"occurredAt": ""} == {
        "from": "nango",
        "type": "auth",
        "operation": "creation",
        "success": True,
        "connectionId": "c1",
        "authMode": "TWO_STEP",
        "providerConfigKey": "intacct",
        "provider": "sage-intacct-cc",
        "environment": "dev",
        "tags": {"end_user_id": "u1"},
        "event": "connection.created",
        "occurredAt": "",
        "sequence": 1,
    }
    await here.sweep()
    assert len(receiver.received) == 1
    assert await here.statuses() == ["delivered"]


async def test_an_environment_without_settings_costs_nothing(here: Site, receiver: Receiver) -> None:
    pk = await here.connect(webhook_url_override=receiver.url)
    await here.happens(pk)
    assert await here.sql("SELECT * FROM webhook_outbox") == []
    assert await here.sql("SELECT * FROM procrastinate_jobs") == []
