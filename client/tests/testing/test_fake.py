from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from client.tests.either import entered, settled, walked

from counterfoil_client import (
    ConnectionNeedsReconnect,
    ConnectionUnusable,
    NotFound,
    ProviderRefused,
    RateLimited,
    TimedOut,
)
from counterfoil_client.testing import FakeCounterfoil, RecordedCall, Reply

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def fake() -> FakeCounterfoil:
    made = FakeCounterfoil(now=lambda: NOW)
    made.add_connection("sage-intacct", "customer-17", end_user={"id": "17"}, metadata={"a": 1})
    return made


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, fake: FakeCounterfoil) -> Any:
    return fake.client() if request.param == "sync" else fake.async_client()


async def test_a_session_that_is_completed_becomes_a_connection(client: Any, fake: FakeCounterfoil) -> None:
    session = await settled(
        client.connect_sessions.create(end_user={"id": "18"}, allowed_integrations=["sage-intacct"])
    )

    connection_id = fake.complete(session)

    found = await walked(client.connections.list(end_user_id="18"))
    assert [one.connection_id for one in found] == [connection_id]
    assert found[0].tags == {"end_user_id": "18"}
    assert session.expires_at == NOW + timedelta(minutes=30)


async def test_a_reconnect_session_renews_its_connection(client: Any, fake: FakeCounterfoil) -> None:
    fake.break_connection("sage-intacct", "customer-17")
    session = await settled(client.connect_sessions.reconnect("sage-intacct", "customer-17"))

    assert fake.complete(session) == "customer-17"

    connection = await settled(client.connections.get("sage-intacct", "customer-17"))
    assert connection.status == "active"
    assert connection.end_user.id == "17"
    assert connection.metadata == {"a": 1}


async def test_a_session_can_not_be_completed_after_it_has_expired(
    client: Any, fake: FakeCounterfoil
) -> None:
    session = await settled(client.connect_sessions.create(tags={}))
    fake._now = lambda: NOW + timedelta(minutes=30)

    with pytest.raises(LookupError, match="expired"):
        fake.complete(session)


async def test_a_session_for_several_integrations_needs_to_be_told_which(client: Any) -> None:
    fake = FakeCounterfoil(integrations={"first": "sage-intacct-cc", "second": "sage-intacct-cc"})
    session = await settled(
        fake.client().connect_sessions.create(tags={}, allowed_integrations=["first", "second"])
    )

    with pytest.raises(LookupError, match="first, second"):
        fake.complete(session)
    assert fake.complete(session.token, integration_key="second", connection_id="c") == "c"


async def test_a_broken_connection_needs_a_person(client: Any, fake: FakeCounterfoil) -> None:
    fake.break_connection("sage-intacct", "customer-17", cause="user_inactive", sentence="Inactive.")

    with pytest.raises(ConnectionNeedsReconnect) as caught:
        await settled(client.proxy("sage-intacct", "customer-17").get("/v1/x"))
    with pytest.raises(ConnectionNeedsReconnect):
        await settled(client.connections.get("sage-intacct", "customer-17"))

    assert caught.value.diagnosis is not None
    assert caught.value.diagnosis.code == "user_inactive"
    assert [one.status for one in await walked(client.connections.list())] == ["needs_reconnect"]


async def test_a_connection_that_is_tried_again_is_unusable_until_then(
    client: Any, fake: FakeCounterfoil
) -> None:
    fake.break_connection("sage-intacct", "customer-17", retry_at=NOW)

    with pytest.raises(ConnectionUnusable) as caught:
        await settled(client.connections.get("sage-intacct", "customer-17"))

    assert not isinstance(caught.value, ConnectionNeedsReconnect)


async def test_proxied_calls_are_answered_and_kept(client: Any, fake: FakeCounterfoil) -> None:
    fake.on_proxy("POST", "/v1/services/core/query", Reply(json={"ia::result": [{"id": "V-1"}]}))
    await walked(client.integrations.list())

    answer = await settled(
        client.proxy("sage-intacct", "customer-17").post(
            "/v1/services/core/query",
            json={"object": "accounts-payable/vendor"},
            headers={"X-IA-API-Param-Entity": "East"},
        )
    )

    assert answer.json() == {"ia::result": [{"id": "V-1"}]}
    (call,) = fake.proxied_calls
    assert (call.method, call.path, call.connection_id) == ("POST", "/v1/services/core/query", "customer-17")
    assert call.json == {"object": "accounts-payable/vendor"}
    assert call.headers == {"content-type": "application/json", "x-ia-api-param-entity": "East"}
    assert len(fake.calls) == 2


async def test_an_answer_may_depend_on_the_call(client: Any, fake: FakeCounterfoil) -> None:
    def page(call: RecordedCall) -> Reply:
        return Reply(content=f"from {call.query['start']}".encode(), headers={"X-Page": call.query["start"]})

    fake.on_proxy("GET", "/v1/x", page)

    answer = await settled(client.proxy("sage-intacct", "customer-17").get("/v1/x", params={"start": 5}))

    assert (answer.text, answer.headers["x-page"]) == ("from 5", "5")


async def test_the_last_answer_that_fits_counts(client: Any, fake: FakeCounterfoil) -> None:
    fake.add_connection("sage-intacct", "other")
    fake.on_proxy("GET", "/v1/x", Reply(content=b"first"))
    fake.on_proxy("GET", "v1/x", Reply(content=b"second"))
    fake.on_proxy("GET", "/v1/x", Reply(content=b"third"), connection_id="other")

    told = [
        (await settled(client.proxy("sage-intacct", one).get("/v1/x"))).text
        for one in ("customer-17", "other")
    ]

    assert told == ["second", "third"]


async def test_a_providers_failure_is_an_answer(client: Any, fake: FakeCounterfoil) -> None:
    fake.on_proxy("GET", "/v1/x", Reply(status=404, json={"ia::result": {"ia::error": {}}}))

    answer = await settled(client.proxy("sage-intacct", "customer-17").get("/v1/x"))

    with pytest.raises(ProviderRefused):
        answer.raise_for_status()


async def test_answers_can_be_streamed(client: Any, fake: FakeCounterfoil) -> None:
    fake.on_proxy("GET", "/v1/x", Reply(content=b"one\ntwo\n"))

    async with entered(client.proxy("sage-intacct", "customer-17").stream("GET", "/v1/x")) as stream:
        assert await walked(stream.iter_lines()) == ["one", "two"]


async def test_a_call_without_an_answer_fails_the_test_that_made_it(
    client: Any, fake: FakeCounterfoil
) -> None:
    with pytest.raises(LookupError, match=r"no answer to GET /v1/x: see on_proxy"):
        await settled(client.proxy("sage-intacct", "customer-17").get("/v1/x"))


async def test_an_unknown_connection_is_not_found_by_the_proxy(client: Any) -> None:
    with pytest.raises(NotFound):
        await settled(client.proxy("sage-intacct", "nobody").get("/v1/x"))
    with pytest.raises(NotFound):
        await settled(client.proxy("nothing", "customer-17").get("/v1/x"))


async def test_the_next_call_can_be_made_to_fail(client: Any, fake: FakeCounterfoil) -> None:
    fake.fail_next(429, "too_many_request", retry_after_seconds=3)
    fake.time_out_next()

    with pytest.raises(RateLimited) as caught:
        await walked(client.integrations.list())
    with pytest.raises(TimedOut):
        await settled(client.proxy("sage-intacct", "customer-17").get("/v1/x"))

    assert caught.value.retry_after_seconds == 3
    assert len(await walked(client.integrations.list())) == 1


async def test_no_call_keeps_the_key(client: Any, fake: FakeCounterfoil) -> None:
    await walked(client.integrations.list())

    assert all(fake.api_key not in value for value in fake.calls[0].headers.values())


def test_a_connection_of_an_unknown_integration_is_refused(fake: FakeCounterfoil) -> None:
    with pytest.raises(LookupError, match="nothing"):
        fake.add_connection("nothing", "c")
