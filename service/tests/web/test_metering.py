"""Every answer says how much is left; who failed too often is refused before anybody looks at the key."""

from collections.abc import Mapping

import pytest
from service.tests.doubles import SettableClock
from service.tests.web.asgi import Answer, call
from starlette.types import Receive, Scope, Send

from counterfoil.access import RateLimits, Rates, spend
from counterfoil.db import Database
from counterfoil.errors import CounterfoilError
from counterfoil.web import Metered
from counterfoil.web.errors import error_response

GOOD = {"Authorization": "Bearer cf_dev_good"}
WRONG = {"Authorization": "Bearer cf_dev_wrong"}
NAMES = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


class Behind:
    """An application that knows one key, and what it was asked."""

    def __init__(self) -> None:
        self.looked_at = 0
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = dict(scope["headers"]).get(b"authorization")
        self.looked_at += 1
        status = self.status
        try:
            if key == GOOD["Authorization"].encode():
                spend(1)
            elif key is not None or b"connect_session_token" in scope["query_string"]:
                status = 401
        except CounterfoilError as error:
            await error_response(error)(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": status, "headers": self.headers})
        await send({"type": "http.response.body", "body": b""})


class Door:
    """The middleware and what is behind it."""

    def __init__(self, database: Database, clock: SettableClock) -> None:
        self.behind, self.known = Behind(), False
        self.app = Metered(
            self.behind,
            rates=Rates(database, clock, RateLimits(calls=3, failed_authentications=2)),
            is_known=lambda header: self.known and header == GOOD["Authorization"].encode(),
        )

    async def __call__(self, headers: Mapping[str, str] | None = None, target: str = "/x") -> Answer:
        return await call(self.app, "GET", target, headers=headers)


@pytest.fixture
def door(database: Database, clock: SettableClock) -> Door:
    return Door(database, clock)


def left(answer: Answer) -> list[str]:
    return [answer.headers[name] for name in NAMES[:2]]


async def test_an_answer_to_a_known_caller_says_what_is_left_to_its_environment(door: Door) -> None:
    answers = [await door(GOOD) for _ in range(4)]
    assert [left(answer) for answer in answers] == [["3", "2"], ["3", "1"], ["3", "0"], ["3", "0"]]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert all(int(answer.headers["x-ratelimit-reset"]) % 60 == 0 for answer in answers)


async def test_too_many_calls_are_told_as_the_wire_does(door: Door) -> None:
    for _ in range(3):
        await door(GOOD)
    answer = await door(GOOD, "/connections?limit=1")
    error = answer.json()["error"]
    assert (answer.status, error["code"]) == (429, "too_many_request")
    assert (error["method"], error["path"]) == ("GET", "/connections")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


async def test_an_answer_to_nobody_says_what_is_left_to_the_address(door: Door) -> None:
    assert left(await door()) == ["2", "2"]
    assert left(await door(WRONG)) == ["2", "1"]
    assert left(await door()) == ["2", "1"]


async def test_who_failed_too_often_is_refused_unseen(door: Door) -> None:
    assert [(await door(WRONG)).status for _ in range(4)] == [401, 401, 429, 429]
    assert door.behind.looked_at == 2
    refused = await door(WRONG)
    assert refused.json()["error"]["code"] == "too_many_request"
    assert refused.headers["access-control-allow-origin"] == "*"
    assert left(refused) == ["2", "0"]
    assert int(refused.headers["retry-after"]) >= 1


async def test_a_session_in_the_query_counts_as_a_key(door: Door) -> None:
    target = "/x?connect_session_token=guess"
    assert [(await door(target=target)).status for _ in range(3)] == [401, 401, 429]


async def test_a_caller_who_was_good_a_moment_ago_is_let_in_from_everywhere(door: Door) -> None:
    for _ in range(3):
        await door(WRONG)
    assert (await door(GOOD)).status == 429
    door.known = True
    assert (await door(GOOD)).status == 200


async def test_pages_and_health_are_answered_whatever_the_address_did(door: Door) -> None:
    for _ in range(3):
        await door(WRONG)
    assert (await door()).status == 200


async def test_a_providers_401_is_nobodys_wrong_key(door: Door) -> None:
    door.behind.status = 401
    for _ in range(3):
        assert (await door(GOOD)).status == 401
    assert left(await door()) == ["2", "2"]


async def test_a_providers_own_headers_stay_as_they_are(door: Door) -> None:
    door.behind.headers = [(b"x-ratelimit-remaining", b"17")]
    answer = await door(GOOD)
    assert answer.headers["x-ratelimit-remaining"] == "17"
    assert "x-ratelimit-limit" not in answer.headers


async def test_without_limits_there_are_no_headers(database: Database, clock: SettableClock) -> None:
    behind = Behind()
    free = Metered(
        behind,
        rates=Rates(database, clock, RateLimits(calls=0, failed_authentications=0)),
        is_known=lambda _header: False,
    )
    for headers in (GOOD, WRONG, {}):
        answer = await call(free, "GET", "/x", headers=headers)
        assert not set(NAMES) & set(answer.headers)
