"""Connections in the wire's shapes. What the routes make of them is `test_routes`'."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from counterfoil.connections import EndUser
from counterfoil.connections.schemas import (
    ConnectionsQuery,
    MetadataBody,
    PatchConnection,
    ReadConnectionQuery,
    connection_json,
    listed_json,
    wire_time,
    without_refresh_tokens,
)
from counterfoil.connections.service import MOST_LISTED, Connection
from counterfoil.connections.states import Status

_MOMENT = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


def _connection(**changes: Any) -> Connection:
    values: dict[str, Any] = {
        "pk": 7,
        "environment_id": 1,
        "status": Status.ACTIVE,
        "connection_id": "c1",
        "integration_key": "intacct",
        "provider_id": "sage-intacct-cc",
        "errors": [],
        "end_user": None,
        "tags": {},
        "metadata": {},
        "connection_config": {},
        "webhook_url_override": None,
        "created_at": _MOMENT,
        "updated_at": _MOMENT,
        "last_fetched_at": None,
    }
    return Connection(**{**values, **changes})


# What is given


def test_the_connection_object_has_fourteen_members() -> None:
    shown = connection_json(_connection(), {"type": "TWO_STEP"})
    assert len(shown) == 14
    assert shown["credentials"] == {"type": "TWO_STEP"}
    assert shown["created_at"] == "2026-11-24T12:00:00.123+00:00"
    assert shown["last_fetched_at"] is None


def test_a_list_shows_neither_credentials_nor_settings() -> None:
    shown = listed_json(_connection(connection_config={"refresh_token": "r"}))
    assert not {"credentials", "connection_config", "webhook_url_override"} & set(shown)
    assert shown["created"] == "2026-11-24T12:00:00.123+00:00"


def test_an_end_user_is_shown_with_the_organization() -> None:
    user = EndUser(id="u", email="a@example.com", organization_id="o", organization_display_name="Orga")
    assert listed_json(_connection(end_user=user))["end_user"] == {
        "id": "u",
        "display_name": None,
        "email": "a@example.com",
        "tags": None,
        "organization": {"id": "o", "display_name": "Orga"},
    }
    assert listed_json(_connection(end_user=EndUser(id="u")))["end_user"]["organization"] is None


@pytest.mark.parametrize(
    "name", ["refresh_token", "refreshToken", "Refresh-Token", "REFRESHTOKEN", "refresh token"]
)
def test_refresh_tokens_are_left_out_however_they_are_spelled_and_wherever_they_are(name: str) -> None:
    value = {name: "r", "kept": [{name: "r", "token": "t"}, "refresh_token"], "deep": {"er": {name: "r"}}}
    assert without_refresh_tokens(value) == {"kept": [{"token": "t"}, "refresh_token"], "deep": {"er": {}}}


def test_settings_keep_their_refresh_tokens_on_request_only() -> None:
    connection = _connection(connection_config={"refresh_token": "r", "a": 1})
    assert connection_json(connection, {})["connection_config"] == {"a": 1}
    with_them = connection_json(connection, {}, with_refresh_tokens=True)
    assert with_them["connection_config"] == {"refresh_token": "r", "a": 1}


def test_times_are_told_in_utc_with_milliseconds() -> None:
    east = _MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert wire_time(east) == "2026-11-24T12:00:00.123+00:00"


# What is asked


def test_a_query_without_anything_lists_the_first_page_of_all() -> None:
    wanted = ConnectionsQuery().filter()
    assert (wanted.limit, wanted.page, wanted.tags) == (MOST_LISTED, 0, {})
    assert (wanted.connection_id, wanted.search, wanted.integration_keys) == (None, None, None)


def test_a_query_is_told_in_our_words() -> None:
    wanted = ConnectionsQuery.model_validate(
        {"endUserId": "u", "endUserOrganizationId": "o", "integrationId": "a, b,", "limit": 5, "page": 2}
    ).filter()
    assert (wanted.end_user_id, wanted.organization_id) == ("u", "o")
    assert list(wanted.integration_keys or ()) == ["a", "b"]
    assert (wanted.limit, wanted.page) == (5, 2)


@pytest.mark.parametrize(
    ("asked", "needs"),
    [
        ({}, False),
        ({"force_refresh": "true"}, True),
        ({"refresh_token": "true"}, True),
        ({"refresh_github_app_jwt_token": "true"}, True),
        ({"force_refresh": "false"}, False),
    ],
)
def test_what_needs_the_right_to_read_credentials_is_known(asked: dict[str, str], needs: bool) -> None:
    query = ReadConnectionQuery.model_validate({"provider_config_key": "intacct", **asked})
    assert query.needs_credentials is needs


def test_tag_keys_are_lowered_and_may_not_collide() -> None:
    assert PatchConnection.model_validate({"tags": {"Plan": "Gold"}}).tags == {"plan": "Gold"}
    with pytest.raises(ValidationError, match="letter case only"):
        PatchConnection.model_validate({"tags": {"Plan": "1", "plan": "2"}})


def test_an_end_users_own_tags_may_be_empty_and_many() -> None:
    tags = {f"t{number}": "" for number in range(20)}
    change = PatchConnection.model_validate({"end_user": {"id": "u", "tags": tags}}).change()
    assert change.end_user == EndUser(id="u", tags=tags)
    assert change.tags is None


def test_what_is_not_said_changes_nothing() -> None:
    change = PatchConnection().change()
    assert (change.end_user, change.tags, change.webhook_url_override) == (None, None, None)


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("", True), ("https://hooks.example.com/x", True), ("http://127.0.0.1:3000", True),
        ("hooks.example.com", False), ("https://", False), ("javascript:alert(1)", False),
        ("https://e.example/" + "x" * 2048, False),
    ],
)  # fmt: skip
def test_a_webhook_address_is_a_web_address_or_empty(address: str, good: bool) -> None:
    try:
        PatchConnection.model_validate({"webhook_url_override": address})
    except ValidationError:
        assert not good
    else:
        assert good


def test_metadata_goes_to_one_connection_or_several() -> None:
    rest: dict[str, Any] = {"provider_config_key": "intacct", "metadata": {}}
    assert MetadataBody.model_validate({"connection_id": "c1", **rest}).connection_ids == ["c1"]
    assert MetadataBody.model_validate({"connection_id": ["a", "b"], **rest}).connection_ids == ["a", "b"]
    with pytest.raises(ValidationError):
        MetadataBody.model_validate({"connection_id": [f"c{n}" for n in range(1001)], **rest})


@pytest.mark.parametrize(
    ("key", "good"),
    [("intacct", True), ("a b@c~d.e:f-g_h", True), ("a/b", False), ("", False), ("x" * 256, False)],
)
def test_an_integration_key_has_its_characters(key: str, good: bool) -> None:
    try:
        ReadConnectionQuery.model_validate({"provider_config_key": key})
    except ValidationError:
        assert not good
    else:
        assert good
