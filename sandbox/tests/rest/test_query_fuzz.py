"""Some of the random query bodies of which `make fuzz` asks 200,000, and that the judge can say no."""

import json

import pytest
from sandbox.tests.rest.query_bodies import Bodies
from sandbox.tests.rest.query_fuzz import DOCUMENTED, Target, judge, kind_of, run

from intacct_sandbox.rest.answers import Answer

BODIES = 5000
BODIES_OVER_HTTP = 200


@pytest.fixture(scope="module")
def target() -> Target:
    return Target()


def test_random_bodies_get_200_or_a_documented_refusal(target: Target) -> None:
    outcome = run(target, seed=7, count=BODIES)
    assert outcome.complaints == []
    # All kinds of answers are among them, or the bodies would show little.
    assert {kind.removeprefix("400 ") for kind in outcome.answers} == {"200", "207", *DOCUMENTED}
    assert outcome.answers["200"] > BODIES // 4


async def test_random_bodies_over_http_are_answered_alike(target: Target) -> None:
    bodies = Bodies(11)
    for _ in range(BODIES_OVER_HTTP):
        body = bodies.next()
        answer = await target.api.query(body)
        assert judge(body, Answer(answer.status, answer.body)) is None


def test_equal_seeds_make_equal_bodies() -> None:
    first, second, other = Bodies(1), Bodies(1), Bodies(2)
    made = [first.next() for _ in range(50)]
    assert made == [second.next() for _ in range(50)]
    assert made != [other.next() for _ in range(50)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda shown: {**shown, "ia::meta": {**shown["ia::meta"], "totalCount": 1}},
        lambda shown: {**shown, "ia::meta": {**shown["ia::meta"], "next": 9}},
        lambda shown: {**shown, "ia::result": [{"key": "1"}, *shown["ia::result"][1:]]},
    ],
)
def test_the_judge_finds_what_is_wrong_in_a_page(target: Target, spoil: object) -> None:
    body = json.dumps({"object": "accounts-payable/vendor", "fields": ["id"], "size": 2}).encode()
    answer = target.ask(body)
    assert judge(body, answer) is None
    assert callable(spoil)
    assert judge(body, Answer(200, json.dumps(spoil(json.loads(answer.body))).encode())) is not None


def test_the_judge_finds_an_answer_that_is_not_documented(target: Target) -> None:
    body = b'{"object": "nothing"}'
    answer = target.ask(body)
    assert (judge(body, answer), kind_of(answer)) == (None, "400 REST-1064")
    assert judge(body, Answer(500, b"{}")) is not None
    assert judge(body, Answer(400, answer.body.replace(b"REST-1064", b"REST-9999"))) is not None
    assert judge(body, Answer(400, b'{"ia::error": {}}')) is not None
