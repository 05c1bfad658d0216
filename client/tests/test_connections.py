from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from client.tests.either import settled, walked
from client.tests.scripted_service import Scripted, ScriptedService

from counterfoil_client import (
    AnswerNotUnderstood,
    ConnectionNeedsReconnect,
    ConnectionUnusable,
    Counterfoil,
    EndUser,
    NotFound,
    Organization,
)

LISTED: dict[str, Any] = {
    "id": 12,
    "connection_id": "c-1",
    "provider_config_key": "sage-intacct",
    "provider": "sage-intacct-cc",
    "errors": [],
    "end_user": {
        "id": "customer-17",
        "display_name": None,
        "email": "ada@example.com",
        "tags": None,
        "organization": {"id": "o", "display_name": None},
    },
    "tags": {"plan": "pro"},
    "metadata": None,
    "created": "2026-01-01T00:00:00.000+00:00",
}
WHOLE = {
    **{name: value for name, value in LISTED.items() if name != "created"},
    "connection_config": {"a": 1},
    "webhook_url_override": None,
    "created_at": "2026-01-01T00:00:00.000+00:00",
    "updated_at": "2026-01-02T00:00:00.000+00:00",
    "last_fetched_at": None,
    "credentials": {"type": "TWO_STEP", "token": "the-token"},
}
CAUSE = {
    "sentence": "The user is inactive.",
    "remedy": "Set it to Active.",
    "who": "administrator",
    "step": {"number": 3, "title": "Make a Web Services user"},
    "recoverable": False,
    "details": {"user": "Admin"},
    "retry_at": None,
}


def listed(number: int) -> dict[str, Any]:
    return {**LISTED, "id": number, "connection_id": f"c-{number}"}


async def test_a_connection_is_read_with_its_credentials(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, WHOLE))

    connection = await settled(client.connections.get("sage-intacct", "c-1"))

    assert service.last.target == "/connections/c-1?provider_config_key=sage-intacct"
    assert connection.number == 12
    assert connection.status == "active"
    assert connection.end_user == EndUser(
        id="customer-17",
        email="ada@example.com",
        organization=Organization("o"),
        raw=LISTED["end_user"],
    )
    assert connection.settings == {"a": 1}
    assert connection.updated_at == datetime(2026, 1, 2, tzinfo=UTC)
    assert connection.credentials["token"] == "the-token"
    assert "the-token" not in repr(connection)


async def test_members_that_are_not_known_yet_are_kept(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {**WHOLE, "new_in_2030": [1]}))

    connection = await settled(client.connections.get("sage-intacct", "c-1"))

    assert connection.raw["new_in_2030"] == [1]


async def test_renewing_and_refresh_tokens_are_asked_for_by_flags(
    client: Any, service: ScriptedService
) -> None:
    service.will(Scripted(200, WHOLE))

    await settled(client.connections.get("sage-intacct", "c-1", force_refresh=True, refresh_token=True))

    query = parse_qs(urlsplit(service.last.target).query)
    assert (query["force_refresh"], query["refresh_token"]) == (["true"], ["true"])


@pytest.mark.parametrize(
    ("connection_id", "path"),
    [("a/b", "/connections/a%2Fb"), ("..", "/connections/%2E%2E"), ("a b?c#d", "/connections/a%20b%3Fc%23d")],
)
async def test_an_id_stays_one_segment_of_the_path(
    connection_id: str, path: str, client: Any, service: ScriptedService
) -> None:
    service.will(Scripted(200, {"success": True}))

    await settled(client.connections.delete("k", connection_id))

    assert urlsplit(service.last.target).path == path


def test_an_empty_id_is_refused_before_anything_is_sent() -> None:
    with Counterfoil("http://127.0.0.1:1", api_key="k") as client, pytest.raises(ValueError, match="empty"):
        client.connections.delete("sage-intacct", "")


async def test_a_list_walks_through_all_pages(client: Any, service: ScriptedService) -> None:
    service.will(
        Scripted(200, {"connections": [listed(5), listed(4)]}),
        Scripted(200, {"connections": [listed(3), listed(2)]}),
        Scripted(200, {"connections": [listed(1)]}),
    )

    found = await walked(client.connections.list(page_size=2))

    assert [one.number for one in found] == [5, 4, 3, 2, 1]
    assert [seen.target for seen in service.seen] == [
        f"/connections?limit=2&page={page}" for page in range(3)
    ]


async def test_a_full_last_page_is_followed_by_an_empty_one(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"connections": [listed(1)]}), Scripted(200, {"connections": []}))

    assert len(await walked(client.connections.list(page_size=1))) == 1


def test_pages_are_fetched_only_as_far_as_they_are_read(service: ScriptedService) -> None:
    service.will(Scripted(200, {"connections": [listed(2)]}))
    with Counterfoil(service.base_url, api_key="k") as client:
        newest = next(client.connections.list(page_size=1))

    assert newest.number == 2
    assert len(service.seen) == 1


async def test_filters_go_by_their_wire_names(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"connections": []}))

    await walked(
        client.connections.list(
            integration_keys=["a", "b"],
            connection_id="c",
            end_user_id="e",
            organization_id="o",
            search="ada & co",
            tags={"plan": "pro:1"},
        )
    )

    assert parse_qs(urlsplit(service.last.target).query) == {
        "integrationId": ["a,b"],
        "connectionId": ["c"],
        "endUserId": ["e"],
        "endUserOrganizationId": ["o"],
        "search": ["ada & co"],
        "tags[plan]": ["pro:1"],
        "limit": ["200"],
        "page": ["0"],
    }


@pytest.mark.parametrize("page_size", [0, 2001])
async def test_a_page_size_out_of_range_is_refused_at_once(page_size: int, client: Any) -> None:
    with pytest.raises(ValueError, match="page_size"):
        client.connections.list(page_size=page_size)


async def test_a_problem_tells_its_cause(client: Any, service: ScriptedService) -> None:
    problem = {
        "type": "auth",
        "log_id": "log-1",
        "status": "needs_reconnect",
        "cause": "user_inactive",
        "at": "2026-01-01T00:00:00+00:00",
        **CAUSE,
    }
    service.will(Scripted(200, {"connections": [{**LISTED, "errors": [problem]}]}))

    (found,) = await walked(client.connections.list())

    assert found.status == "needs_reconnect"
    (told,) = found.problems
    assert told.diagnosis.code == "user_inactive"
    assert told.diagnosis.step.title == "Make a Web Services user"
    assert told.diagnosis.details == {"user": "Admin"}


async def test_a_problem_without_a_cause_is_understood_too(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"connections": [{**LISTED, "errors": [{"type": "auth", "log_id": "x"}]}]}))

    (found,) = await walked(client.connections.list())

    assert found.status == "needs_reconnect"
    assert found.problems[0].diagnosis.sentence == ""


async def test_only_what_is_to_change_is_sent(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"success": True}), Scripted(200, {"success": True}))

    await settled(client.connections.update("k", "c-1", tags={}, webhook_url_override=""))
    assert service.last.json == {"tags": {}, "webhook_url_override": ""}
    await settled(client.connections.update("k", "c-1", end_user={"id": "2"}))

    assert service.last.json == {"end_user": {"id": "2"}}
    assert (service.last.method, service.last.target) == ("PATCH", "/connections/c-1?provider_config_key=k")


async def test_metadata_is_replaced_or_merged(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(201, {}), Scripted(200, {}))

    await settled(client.connections.set_metadata("k", "c-1", {"a": 1}))
    await settled(client.connections.update_metadata("k", ("c-1", "c-2"), {"b": 2}))

    replaced, merged = service.seen
    assert (replaced.method, merged.method) == ("POST", "PATCH")
    assert replaced.json == {"provider_config_key": "k", "connection_id": "c-1", "metadata": {"a": 1}}
    assert merged.json == {"provider_config_key": "k", "connection_id": ["c-1", "c-2"], "metadata": {"b": 2}}


@pytest.mark.parametrize(
    ("status", "code"), [(404, "not_found"), (400, "unknown_connection"), (400, "unknown_provider_config")]
)
async def test_what_is_not_there_is_not_found_whatever_the_status(
    status: int, code: str, client: Any, service: ScriptedService
) -> None:
    service.will(Scripted(status, {"error": {"code": code, "message": "It is not there."}}))

    with pytest.raises(NotFound) as caught:
        await settled(client.connections.delete("k", "c-1"))

    assert (caught.value.status, caught.value.code) == (status, code)


@pytest.mark.parametrize("status", [400, 424])
async def test_a_dead_connection_needs_a_person(status: int, client: Any, service: ScriptedService) -> None:
    error = {
        "code": "invalid_credentials",
        "message": "The user is inactive. Set it to Active.",
        "diagnosis": {"code": "user_inactive", **CAUSE},
        "payload": {"connection": {**WHOLE, "credentials": {}}},
    }
    service.will(Scripted(status, {"error": error}))

    with pytest.raises(ConnectionNeedsReconnect) as caught:
        await settled(client.connections.get("sage-intacct", "c-1"))

    assert caught.value.diagnosis is not None
    assert caught.value.diagnosis.who == "administrator"
    assert caught.value.refusal.raw["payload"]["connection"]["id"] == 12


async def test_a_connection_that_may_recover_is_unusable_only(client: Any, service: ScriptedService) -> None:
    diagnosis = {
        **CAUSE,
        "code": "provider_down",
        "recoverable": True,
        "retry_at": "2026-01-01T00:05:00+00:00",
    }
    service.will(
        Scripted(424, {"error": {"code": "invalid_credentials", "message": "Later.", "diagnosis": diagnosis}})
    )

    with pytest.raises(ConnectionUnusable) as caught:
        await settled(client.connections.get("sage-intacct", "c-1"))

    assert not isinstance(caught.value, ConnectionNeedsReconnect)
    assert caught.value.retry_at == datetime(2026, 1, 1, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "answer",
    [
        {**WHOLE, "created_at": "yesterday"},
        {**WHOLE, "created_at": "2026-01-01T00:00:00"},
        {**WHOLE, "id": "12"},
        {**WHOLE, "errors": None},
        {**WHOLE, "errors": ["broken"]},
        {**WHOLE, "provider": None},
        ["something else"],
    ],
)
async def test_an_answer_of_another_form_is_not_understood(
    answer: object, client: Any, service: ScriptedService
) -> None:
    service.will(Scripted(200, answer))

    with pytest.raises(AnswerNotUnderstood, match="GET /connections/c-1"):
        await settled(client.connections.get("sage-intacct", "c-1"))
