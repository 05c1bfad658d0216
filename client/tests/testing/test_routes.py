"""The fake's rules are the service's: statuses, codes and what follows from a change."""

from typing import Any

import pytest
from client.tests.either import settled, walked

from counterfoil_client import (
    ApiError,
    AsyncCounterfoil,
    AuthenticationFailed,
    Counterfoil,
    InvalidRequest,
    NotFound,
)
from counterfoil_client.testing import FakeCounterfoil


@pytest.fixture
def fake() -> FakeCounterfoil:
    made = FakeCounterfoil()
    for number in range(1, 6):
        made.add_connection(
            "sage-intacct",
            f"customer-{number}",
            end_user={"id": str(number), "display_name": f"Ada {number}", "organization": {"id": "o"}},
            tags={"Parity": "even" if number % 2 == 0 else "odd"},
        )
    return made


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, fake: FakeCounterfoil) -> Any:
    return fake.client() if request.param == "sync" else fake.async_client()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["5", "4", "3", "2", "1"]),
        ({"page_size": 2}, ["5", "4", "3", "2", "1"]),
        ({"connection_id": "customer-2"}, ["2"]),
        ({"end_user_id": "3"}, ["3"]),
        ({"organization_id": "o", "tags": {"parity": "even"}}, ["4", "2"]),
        ({"tags": {"Parity": "odd", "end_user_id": "1"}}, ["1"]),
        ({"search": "ada 4"}, ["4"]),
        ({"integration_keys": ["another", "sage-intacct"]}, ["5", "4", "3", "2", "1"]),
        ({"integration_keys": ["another"]}, []),
    ],
)
async def test_connections_are_found(wanted: dict[str, Any], found: list[str], client: Any) -> None:
    assert [one.end_user.id for one in await walked(client.connections.list(**wanted))] == found


async def test_a_connection_is_changed(client: Any) -> None:
    await settled(
        client.connections.update(
            "sage-intacct",
            "customer-1",
            end_user={"id": "one"},
            tags={"A": "b"},
            webhook_url_override="https://x",
        )
    )

    changed = await settled(client.connections.get("sage-intacct", "customer-1"))
    assert changed.end_user.id == "one"
    assert changed.tags == {"end_user_id": "one", "a": "b"}
    assert changed.webhook_url_override == "https://x"


async def test_a_deleted_connection_is_gone(client: Any) -> None:
    await settled(client.connections.delete("sage-intacct", "customer-1"))

    with pytest.raises(NotFound) as read:
        await settled(client.connections.get("sage-intacct", "customer-1"))
    with pytest.raises(NotFound) as deleted:
        await settled(client.connections.delete("sage-intacct", "customer-1"))
    with pytest.raises(NotFound) as unknown:
        await settled(client.connections.get("another", "customer-1"))
    codes = [(one.value.status, one.value.code) for one in (read, deleted, unknown)]
    assert codes == [(404, "not_found"), (400, "unknown_connection"), (400, "unknown_provider_config")]


async def test_metadata_is_replaced_and_merged(client: Any) -> None:
    ids = ["customer-1", "customer-2"]
    await settled(client.connections.set_metadata("sage-intacct", ids, {"a": 1, "b": 1}))
    await settled(client.connections.update_metadata("sage-intacct", "customer-1", {"b": 2}))

    first, second = [(await settled(client.connections.get("sage-intacct", one))).metadata for one in ids]
    assert (first, second) == ({"a": 1, "b": 2}, {"a": 1, "b": 1})


async def test_metadata_of_a_missing_connection_changes_nothing(client: Any) -> None:
    with pytest.raises(NotFound, match="unknown_connection"):
        await settled(client.connections.set_metadata("sage-intacct", ["customer-1", "nobody"], {"a": 1}))

    assert (await settled(client.connections.get("sage-intacct", "customer-1"))).metadata is None


async def test_integrations_are_made_changed_and_deleted(client: Any) -> None:
    made = await settled(
        client.integrations.create("second", provider="sage-intacct-cc", settings={"clientId": "x"})
    )
    assert made.held_settings == ("clientId",)

    renamed = await settled(client.integrations.update("second", new_key="third", settings={"clientId": ""}))
    assert (renamed.key, renamed.held_settings) == ("third", ())
    assert [one.key for one in await walked(client.integrations.list())] == ["sage-intacct", "third"]

    await settled(client.integrations.delete("third"))
    with pytest.raises(NotFound):
        await settled(client.integrations.get("third"))


async def test_an_integration_goes_with_its_connections(client: Any) -> None:
    await settled(client.integrations.delete("sage-intacct"))

    assert await walked(client.connections.list()) == []


@pytest.mark.parametrize(
    ("key", "provider", "path"),
    [("sage-intacct", "sage-intacct-cc", ("uniqueKey",)), ("second", "nothing", ("provider",))],
)
async def test_an_integration_that_can_not_be_made_says_why(
    key: str, provider: str, path: tuple[str], client: Any
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await settled(client.integrations.create(key, provider=provider))

    assert caught.value.errors[0].path == path


async def test_a_key_in_use_can_not_be_changed(client: Any) -> None:
    with pytest.raises(InvalidRequest):
        await settled(client.integrations.update("sage-intacct", new_key="second"))


async def test_providers_are_known(client: Any) -> None:
    (found,) = await walked(client.providers.list(search="INTACCT"))

    assert found == await settled(client.providers.get("sage-intacct-cc"))
    with pytest.raises(NotFound):
        await settled(client.providers.get("nothing"))


async def test_a_session_is_read_and_ended(client: Any) -> None:
    session = await settled(client.connect_sessions.create(end_user={"id": "1"}, organization={"id": "o"}))
    opened = await settled(client.connect_sessions.get(session.token))
    assert opened.end_user.organization.id == "o"
    assert not opened.is_reconnecting

    await settled(client.connect_sessions.delete(session.token))

    with pytest.raises(AuthenticationFailed, match="unknown_connect_session_token"):
        await settled(client.connect_sessions.get(session.token))


async def test_a_reconnect_session_is_for_its_integration_only(client: Any) -> None:
    session = await settled(client.connect_sessions.reconnect("sage-intacct", "customer-1"))
    opened = await settled(client.connect_sessions.get(session.token))

    assert opened.is_reconnecting
    assert opened.allowed_integrations == ("sage-intacct",)


@pytest.mark.parametrize(
    ("given", "path"),
    [({}, ()), ({"tags": {}, "allowed_integrations": ["x"]}, ("allowed_integrations", "0"))],
)
async def test_a_session_that_can_not_be_made_says_why(
    given: dict[str, Any], path: tuple[str, ...], client: Any
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await settled(client.connect_sessions.create(**given))

    assert [one.path for one in caught.value.errors] == ([path] if path else [])


async def test_a_session_to_reconnect_nothing_is_refused(client: Any) -> None:
    with pytest.raises(InvalidRequest):
        await settled(client.connect_sessions.reconnect("sage-intacct", "nobody"))


async def test_credentials_make_a_connection(client: Any) -> None:
    session = await settled(client.connect_sessions.create(tags={"a": "b"}))

    made = await settled(
        client.auth.two_step("sage-intacct", {"username": "Admin@MyCompany"}, session_token=session.token)
    )

    connection = await settled(client.connections.get(made.integration_key, made.connection_id))
    assert connection.credentials["username"] == "Admin@MyCompany"
    assert connection.tags == {"a": "b"}


async def test_credentials_for_an_integration_that_is_not_allowed_are_refused(client: Any) -> None:
    await settled(client.integrations.create("second", provider="sage-intacct-cc"))
    session = await settled(client.connect_sessions.create(tags={}, allowed_integrations=["second"]))

    with pytest.raises(InvalidRequest, match="integration_not_allowed"):
        await settled(client.auth.two_step("sage-intacct", {}, session_token=session.token))
    with pytest.raises(AuthenticationFailed, match="format"):
        await settled(client.auth.two_step("second", {}, session_token="something"))


@pytest.mark.parametrize("kind", [Counterfoil, AsyncCounterfoil])
async def test_another_key_is_not_known(kind: Any, fake: FakeCounterfoil) -> None:
    stranger = kind(fake.base_url, api_key="cf_test_other", transport=fake.transport)

    with pytest.raises(AuthenticationFailed, match="unknown_account"):
        await walked(stranger.connections.list())
    with pytest.raises(AuthenticationFailed, match="unknown_account"):
        await settled(stranger.proxy("sage-intacct", "customer-1").get("/v1/x"))


async def test_ids_may_hold_anything(client: Any, fake: FakeCounterfoil) -> None:
    fake.add_connection("sage-intacct", "a/b c?d")

    assert (await settled(client.connections.get("sage-intacct", "a/b c?d"))).connection_id == "a/b c?d"


async def test_every_refusal_has_a_request_id(client: Any) -> None:
    with pytest.raises(ApiError) as caught:
        await settled(client.providers.get("nothing"))

    assert caught.value.request_id == "fake-request-1"
