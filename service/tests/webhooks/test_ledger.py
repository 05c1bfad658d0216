"""The rows of deliveries: who has what, and what is written over what."""

from datetime import timedelta

from service.tests.webhooks.site import Site

from counterfoil.webhooks.answers import Answer, Outcome
from counterfoil.webhooks.health import FAILURES_UNTIL_OPEN, Health
from counterfoil.webhooks.ledger import Claimed, Result

HOUR = timedelta(hours=1)
DOWN = Answer(outcome=Outcome.RECEIVER_ERROR, status_code=500, excerpt="down")
UP = Answer(outcome=Outcome.DELIVERED, status_code=200, excerpt="thanks")


async def some_due(here: Site, count: int) -> int:
    """So many deliveries that are due; the endpoint's number."""
    await here.send_to("https://a.example.com/")
    pk = await here.connect()
    for _ in range(count):
        await here.happens(pk)
    await here.webhooks.dispatcher.dispatch()
    return await here.endpoint_id()


async def one_due(here: Site) -> int:
    """One delivery that is due; the endpoint's number."""
    return await some_due(here, 1)


async def health(here: Site) -> tuple[int, bool]:
    """How many failures the endpoint has had since its last success, and whether its breaker is open."""
    [(failures, is_open)] = await here.sql("SELECT failures, open_until IS NOT NULL FROM webhook_endpoints")
    return failures, is_open


def result(here: Site, claimed: Claimed, answer: Answer) -> Result:
    return Result(claimed=claimed, answer=answer, at=here.clock.now(), duration_ms=5)


async def written(here: Site, results: list[Result]) -> Health:
    """The results, written and judged."""
    await here.webhooks.ledger.write(results)
    return await here.webhooks.ledger.judge(await here.endpoint_id(), results)


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
    await written(here, [result(here, late, DOWN)])
    assert await here.sql("SELECT failures, lease_until > now() FROM webhook_deliveries") == [(0, True)]


async def test_a_late_success_counts(here: Site) -> None:
    ledger, endpoint_id = here.webhooks.ledger, await one_due(here)
    [late] = await ledger.claim(endpoint_id, here.clock.now(), 10)
    await here.forget_leases()
    [again] = await ledger.claim(endpoint_id, here.clock.now(), 10)
    await written(here, [result(here, late, UP)])
    await written(here, [result(here, again, DOWN)])
    assert await here.statuses() == ["delivered"]
    assert await here.outcomes() == ["delivered", "receiver_error"]


async def test_many_results_are_written_at_once_each_over_its_own_delivery(here: Site) -> None:
    ledger, endpoint_id = here.webhooks.ledger, await some_due(here, 4)
    claimed = await ledger.claim(endpoint_id, here.clock.now(), 10)
    gone = Answer(outcome=Outcome.REJECTED, status_code=404, excerpt="who?")
    answers = (UP, DOWN, UP, gone)
    # In the order in which they ended, which is not that of the deliveries.
    results = [result(here, one, answer) for one, answer in zip(claimed, answers, strict=True)][::-1]
    await written(here, results)
    assert await here.statuses() == ["delivered", "pending", "delivered", "pending"]
    rows = await here.sql(
        "SELECT d.failures, d.lease_until, d.next_attempt_at > %s, a.outcome, a.status_code, a.answer "
        "FROM webhook_deliveries d JOIN webhook_attempts a ON a.delivery_id = d.id ORDER BY d.id",
        here.clock.now(),
    )
    assert rows == [
        (0, None, False, "delivered", 200, "thanks"),
        (1, None, True, "receiver_error", 500, "down"),
        (0, None, False, "delivered", 200, "thanks"),
        (1, None, True, "rejected", 404, "who?"),
    ]


async def test_results_written_at_once_count_for_the_breaker_in_their_order(here: Site) -> None:
    ledger, endpoint_id = here.webhooks.ledger, await some_due(here, 2 * FAILURES_UNTIL_OPEN)
    claimed = await ledger.claim(endpoint_id, here.clock.now(), 2 * FAILURES_UNTIL_OPEN)
    answers = [DOWN] * (FAILURES_UNTIL_OPEN - 1) + [UP, DOWN]
    some, others = claimed[: len(answers)], claimed[len(answers) :]
    await written(here, [result(here, one, answer) for one, answer in zip(some, answers, strict=True)])
    assert await health(here) == (1, False)
    well = await written(here, [result(here, one, DOWN) for one in others])
    assert await health(here) == (FAILURES_UNTIL_OPEN, True)
    assert well.open_until is not None


async def test_one_success_among_failures_makes_what_waits_for_an_open_breaker_due(here: Site) -> None:
    ledger, endpoint_id = here.webhooks.ledger, await some_due(here, 3)
    now = here.clock.now()
    first, second = await ledger.claim(endpoint_id, now, 2)
    await here.sql("UPDATE webhook_deliveries SET next_attempt_at = %s WHERE attempts = 0", now + HOUR)
    await here.sql("UPDATE webhook_endpoints SET failures = 10, open_until = %s", now + HOUR)
    await written(here, [result(here, first, DOWN), result(here, second, UP)])
    assert await health(here) == (0, False)
    assert len(await ledger.claim(endpoint_id, now, 10)) == 2


async def test_a_failure_from_before_a_replay_does_not_disturb_it(here: Site) -> None:
    ledger, endpoint_id = here.webhooks.ledger, await one_due(here)
    [late] = await ledger.claim(endpoint_id, here.clock.now(), 10)
    await here.sql("UPDATE webhook_deliveries SET status = 'failed', lease_until = NULL")
    here.clock.advance(1)
    [(number,)] = await here.sql("SELECT id FROM webhook_deliveries")
    await here.webhooks.deliveries.replay(here.environment.id, number)
    await written(here, [result(here, late, DOWN)])
    assert await here.sql("SELECT status, failures FROM webhook_deliveries") == [("pending", 0)]
    assert len(await ledger.claim(endpoint_id, here.clock.now(), 10)) == 1


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
    await written(here, [result(here, claimed, UP)])
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
    await written(here, [result(here, claimed, UP)])
    assert await ledger.next_due(endpoint_id) is None
