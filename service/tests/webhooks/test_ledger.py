"""The rows of deliveries: who has what, and what is written over what."""

from datetime import timedelta

from service.tests.webhooks.site import Site

from counterfoil.webhooks.answers import Answer, Outcome
from counterfoil.webhooks.ledger import Claimed, Result

DOWN = Answer(outcome=Outcome.RECEIVER_ERROR, status_code=500, excerpt="down")
UP = Answer(outcome=Outcome.DELIVERED, status_code=200, excerpt="thanks")


async def one_due(here: Site) -> int:
    """One delivery that is due; the endpoint's number."""
    await here.send_to("https://a.example.com/")
    await here.happens(await here.connect())
    await here.webhooks.dispatcher.dispatch()
    return await here.endpoint_id()


def result(here: Site, claimed: Claimed, answer: Answer) -> Result:
    return Result(claimed=claimed, answer=answer, at=here.clock.now(), duration_ms=5)


async def test_what_is_claimed_is_nobody_elses_until_the_lease_runs_out(here: Site) -> None:
    ledger, endpoint_id = here.webhooks.ledger, await one_due(here)
    [first] = await ledger.claim(endpoint_id, here.clock.now(), 10)
    assert await ledger.claim(endpoint_id, here.clock.now(), 10) == []
    assert await ledger.waited_for(here.clock.now()) == []
    await here.forget_leases()
    assert await ledger.waited_for(here.clock.now()) == [endpoint_id]
    [second] = await ledger.claim(endpoint_id, here.clock.now(), 10)
    assert (first.number, second.number) == (1, 2)
    assert (first.uid, first.body) == (second.uid, second.body)


async def test_what_was_not_sent_is_given_back_as_if_nothing_had_been(here: Site) -> None:
    ledger, endpoint_id = here.webhooks.ledger, await one_due(here)
    await ledger.release(await ledger.claim(endpoint_id, here.clock.now(), 10))
    [again] = await ledger.claim(endpoint_id, here.clock.now(), 10)
    assert again.number == 1


async def test_a_late_failure_does_not_disturb_who_has_the_lease_now(here: Site) -> None:
    ledger, endpoint_id = here.webhooks.ledger, await one_due(here)
    [late] = await ledger.claim(endpoint_id, here.clock.now(), 10)
    await here.forget_leases()
    await ledger.claim(endpoint_id, here.clock.now(), 10)
    await ledger.failed(endpoint_id, result(here, late, DOWN), on_trial=False)
    assert await here.sql("SELECT failures, lease_until > now() FROM webhook_deliveries") == [(0, True)]


async def test_a_late_success_counts(here: Site) -> None:
    ledger, endpoint_id = here.webhooks.ledger, await one_due(here)
    [late] = await ledger.claim(endpoint_id, here.clock.now(), 10)
    await here.forget_leases()
    [again] = await ledger.claim(endpoint_id, here.clock.now(), 10)
    await ledger.delivered(endpoint_id, result(here, late, UP))
    await ledger.failed(endpoint_id, result(here, again, DOWN), on_trial=False)
    assert await here.statuses() == ["delivered"]
    assert await here.outcomes() == ["delivered", "receiver_error"]


async def test_only_one_may_try_an_open_breaker(here: Site) -> None:
    ledger, endpoint_id = here.webhooks.ledger, await one_due(here)
    now = here.clock.now()
    await here.sql("UPDATE webhook_endpoints SET failures = 10, open_until = %s", now)
    assert [await ledger.take_trial(endpoint_id, now) for _ in range(2)] == [True, False]
    assert await ledger.take_trial(endpoint_id, now + timedelta(seconds=61))


async def test_what_is_past_its_time_at_a_dead_endpoint_is_given_up(here: Site) -> None:
    ledger, _ = here.webhooks.ledger, await one_due(here)
    later = here.clock.now() + timedelta(hours=73)
    await ledger.expire(later)
    assert await here.statuses() == ["pending"]
    await here.sql("UPDATE webhook_endpoints SET open_until = %s", later + timedelta(seconds=1))
    await ledger.expire(later)
    assert await here.sql("SELECT status, outcome FROM webhook_deliveries") == [("failed", "expired")]


async def test_what_was_finished_long_ago_is_forgotten_with_its_attempts(here: Site) -> None:
    ledger, endpoint_id = here.webhooks.ledger, await one_due(here)
    [claimed] = await ledger.claim(endpoint_id, here.clock.now(), 10)
    await ledger.prune(here.clock.now() + timedelta(days=1))
    assert await here.statuses() == ["pending"]
    await ledger.delivered(endpoint_id, result(here, claimed, UP))
    await ledger.prune(here.clock.now())
    assert await here.statuses() == ["delivered"]
    await ledger.prune(here.clock.now() + timedelta(days=1))
    for table in ("webhook_deliveries", "webhook_messages", "webhook_attempts"):
        assert await here.sql(f"SELECT 1 FROM {table}") == []


async def test_the_next_time_to_look_is_that_of_the_first_due_or_of_the_trial(here: Site) -> None:
    ledger, endpoint_id = here.webhooks.ledger, await one_due(here)
    now = here.clock.now()
    assert await ledger.next_due(endpoint_id) == now
    await here.sql("UPDATE webhook_endpoints SET open_until = %s", now + timedelta(seconds=30))
    assert await ledger.next_due(endpoint_id) == now + timedelta(seconds=30)
    [claimed] = await ledger.claim(endpoint_id, now, 10)
    await ledger.delivered(endpoint_id, result(here, claimed, UP))
    assert await ledger.next_due(endpoint_id) is None
