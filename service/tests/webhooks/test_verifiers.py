"""Webhooks as they arrive, judged by the published verifiers of Standard Webhooks and of Svix.

What the npm ones and `@nangohq/node` say is in `e2e/clients/webhooks.test.js`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks.webhooks
import svix.webhooks
from service.tests.doubles import SettableClock
from service.tests.webhooks.receiver import Received, Receiver, Reply
from service.tests.webhooks.site import Site

from counterfoil.vault import Secret
from counterfoil.webhooks import standard_secret

Verify = Callable[[str, str, Mapping[str, str]], None]


def standard(secret: str, body: str, headers: Mapping[str, str]) -> None:
    standardwebhooks.webhooks.Webhook(secret).verify(body, dict(headers))


def svixs(secret: str, body: str, headers: Mapping[str, str]) -> None:
    svix.webhooks.Webhook(secret).verify(body, dict(headers))


@pytest.fixture(params=[standard, svixs], ids=["standardwebhooks", "svix"])
def verify(request: pytest.FixtureRequest) -> Verify:
    chosen: Verify = request.param
    return chosen


@pytest.fixture
def clock() -> SettableClock:
    # The verifiers look at the machine's clock and forgive five minutes.
    return SettableClock(datetime.now(UTC))


def accepts(verify: Verify, key: Secret, one: Received) -> bool:
    refusals = (standardwebhooks.webhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError)
    try:
        verify(standard_secret(key).reveal(), one.raw.decode(), one.headers)
    except refusals:
        return False
    return True


async def attempt(here: Site) -> None:
    await here.webhooks.sender.deliver(await here.endpoint_id())


async def happened(here: Site, receiver: Receiver) -> None:
    await here.send_to(receiver.url)
    await here.happens(await here.connect())
    await here.webhooks.dispatcher.dispatch()


async def test_a_message_that_arrives_verifies_and_no_other_does(
    here: Site, receiver: Receiver, verify: Verify
) -> None:
    await happened(here, receiver)
    await attempt(here)
    [one] = receiver.received
    key = (await here.webhooks.configuration.keys(here.environment.id)).current
    assert accepts(verify, key, one)
    assert not accepts(verify, key, Received(one.headers, one.raw.replace(b"creation", b"deletion")))
    assert not accepts(verify, key, Received({**one.headers, "webhook-id": "msg_other"}, one.raw))
    assert not accepts(verify, Secret("another-key-of-sufficient-length"), one)


async def test_a_message_whose_answer_was_lost_verifies_again_under_its_id(
    here: Site, receiver: Receiver, verify: Verify, clock: SettableClock
) -> None:
    receiver.script.append(Reply(500))
    await happened(here, receiver)
    await attempt(here)
    clock.advance(30)
    await attempt(here)
    first, second = receiver.received
    key = (await here.webhooks.configuration.keys(here.environment.id)).current
    assert accepts(verify, key, first)
    assert accepts(verify, key, second)
    assert (first.uid, first.raw) == (second.uid, second.raw)


async def test_a_key_rotated_in_the_middle_of_retries_leaves_no_attempt_unverifiable(
    here: Site, receiver: Receiver, verify: Verify, clock: SettableClock
) -> None:
    receiver.script.extend([Reply(500), Reply(500)])
    await happened(here, receiver)
    configuration = here.webhooks.configuration
    old = (await configuration.keys(here.environment.id)).current
    await attempt(here)
    following = (await configuration.rotate(here.environment.id, overlap=timedelta(hours=24))).following
    assert following is not None
    clock.advance(30)
    await attempt(here)
    await configuration.finish_rotation(here.environment.id)
    clock.advance(60)
    await attempt(here)
    accepted = [[accepts(verify, key, one) for key in (old, following)] for one in receiver.received]
    assert accepted == [[True, False], [True, True], [False, True]]
    assert await here.statuses() == ["delivered"]
