from datetime import UTC, datetime
from typing import Any

import pytest
from client.tests.conftest import API_KEY
from client.tests.either import settled
from client.tests.scripted_service import Scripted, ScriptedService

from counterfoil_client import AuthenticationFailed, ConnectSession, FieldError, InvalidRequest

TOKEN = "nango_connect_session_" + "0" * 64
OPENED = {
    "token": TOKEN,
    "connect_link": f"https://cf.example/#session_token={TOKEN}",
    "expires_at": "2026-01-01T00:30:00.000Z",
}


async def test_a_session_is_created_for_an_end_user(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(201, {"data": OPENED}))

    session = await settled(
        client.connect_sessions.create(end_user={"id": "customer-17"}, allowed_integrations=["sage-intacct"])
    )

    assert (service.last.method, service.last.target) == ("POST", "/connect/sessions")
    assert service.last.json == {
        "end_user": {"id": "customer-17"},
        "allowed_integrations": ["sage-intacct"],
    }
    assert service.last.headers["authorization"] == f"Bearer {API_KEY}"
    assert session.token == TOKEN
    assert session.connect_link == OPENED["connect_link"]
    assert session.expires_at == datetime(2026, 1, 1, 0, 30, tzinfo=UTC)


async def test_everything_that_is_given_is_sent_by_its_wire_name(
    client: Any, service: ScriptedService
) -> None:
    service.will(Scripted(201, {"data": OPENED}))
    given = {
        "end_user": {"id": "1", "email": "ada@example.com", "display_name": "Ada", "tags": {"team": "x"}},
        "organization": {"id": "o", "display_name": "Org"},
        "allowed_integrations": [],
        "tags": {"plan": "pro"},
        "integrations_config_defaults": {"sage-intacct": {"connection_config": {"a": 1}}},
        "overrides": {"sage-intacct": {"docs_connect": "https://example.com/guide"}},
        "webhook_url_override": "",
    }

    await settled(client.connect_sessions.create(**given))

    assert service.last.json == given


async def test_a_session_to_reconnect_names_the_connection(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(201, {"data": OPENED}))

    await settled(client.connect_sessions.reconnect("sage-intacct", "c-1", tags={}))

    assert service.last.target == "/connect/sessions/reconnect"
    assert service.last.json == {"integration_id": "sage-intacct", "connection_id": "c-1", "tags": {}}


async def test_a_session_is_read_and_deleted_with_its_own_token(
    client: Any, service: ScriptedService
) -> None:
    told = {
        "endUser": {"id": "1", "organization": {"id": "o"}},
        "allowed_integrations": ["a"],
        "isReconnecting": True,
    }
    service.will(Scripted(200, {"data": told}), Scripted(204))

    session = await settled(client.connect_sessions.get(TOKEN))
    await settled(client.connect_sessions.delete(TOKEN))

    assert [seen.method for seen in service.seen] == ["GET", "DELETE"]
    assert {seen.headers["authorization"] for seen in service.seen} == {f"Bearer {TOKEN}"}
    assert session.end_user.organization.id == "o"
    assert session.allowed_integrations == ("a",)
    assert session.is_reconnecting


async def test_a_session_without_an_end_user_is_understood(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"data": {"endUser": None}}))

    session = await settled(client.connect_sessions.get(TOKEN))

    assert session.end_user is None
    assert session.allowed_integrations == ()
    assert not session.is_reconnecting


async def test_a_field_at_fault_is_named(client: Any, service: ScriptedService) -> None:
    wrong = {
        "code": "custom",
        "message": "There is no such integration.",
        "path": ["allowed_integrations", "0"],
    }
    service.will(
        Scripted(400, {"error": {"code": "invalid_body", "message": "It is wrong.", "errors": [wrong]}})
    )

    with pytest.raises(InvalidRequest, match=r"allowed_integrations\.0: There is no such") as caught:
        await settled(client.connect_sessions.create(tags={}, allowed_integrations=["x"]))

    assert caught.value.errors == (
        FieldError(("allowed_integrations", "0"), "custom", "There is no such integration."),
    )


async def test_an_expired_session_is_a_failed_authentication(client: Any, service: ScriptedService) -> None:
    service.will(
        Scripted(401, {"error": {"code": "unknown_connect_session_token", "message": "It has expired."}})
    )

    with pytest.raises(AuthenticationFailed) as caught:
        await settled(client.connect_sessions.get(TOKEN))

    assert caught.value.code == "unknown_connect_session_token"


def test_a_session_prints_without_its_token() -> None:
    session = ConnectSession(
        token=TOKEN,
        connect_link=OPENED["connect_link"],
        expires_at=datetime(2026, 1, 1, tzinfo=UTC),
        raw=OPENED,
    )

    assert TOKEN not in repr(session)
