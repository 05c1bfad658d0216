"""What the connect endpoints take: the protocol's rules, each refusal at its place."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from counterfoil.connect.schemas import (
    AuthorizationQuery,
    CreateSession,
    Free,
    ReconnectSession,
    Submission,
    Telemetry,
)

_USER = {"id": "u1"}
_RECONNECT = {"connection_id": "c1", "integration_id": "intacct"}
_SUBMISSION = {"integration": "intacct", "attempt": "0" * 32, "values": {"username": "Admin@MyCompany"}}
_TELEMETRY = {"token": "t", "event": "open", "timestamp": "2026-11-24T12:00:00Z"}


def _wrong_at(model: type[BaseModel], body: dict[str, Any]) -> list[tuple[int | str, ...]]:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(body)
    return [error["loc"] for error in refused.value.errors()]


@pytest.mark.parametrize(
    "body",
    [
        {"end_user": _USER},
        {"tags": {"plan": "gold"}},
        {"tags": {}},
        {"end_user": {**_USER, "email": "a@b.c", "display_name": "", "tags": {"team": ""}}},
        {"end_user": _USER, "organization": {"id": "o1", "display_name": "Northwind"}},
        {"end_user": _USER, "allowed_integrations": []},
        {"end_user": _USER, "webhook_url_override": ""},
        {"end_user": _USER, "webhook_url_override": "https://hooks.example.com/in"},
        {"end_user": _USER, "overrides": {"intacct": {"docs_connect": ""}}},
        {"end_user": _USER, "integrations_config_defaults": {"intacct": {"connection_config": {"a": 1}}}},
    ],
)
def test_a_session_request_as_clients_send_it(body: dict[str, Any]) -> None:
    CreateSession.model_validate(body)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, ()),
        ({"organization": {"id": "o1"}}, ()),
        ({"end_user": {}}, ("end_user", "id")),
        ({"end_user": {"id": ""}}, ("end_user", "id")),
        ({"end_user": {"id": "x" * 256}}, ("end_user", "id")),
        ({"end_user": {"id": 7}}, ("end_user", "id")),
        ({"end_user": {**_USER, "email": "nobody"}}, ("end_user", "email")),
        ({"end_user": {**_USER, "email": "a@@b.c"}}, ("end_user", "email")),
        ({"end_user": {**_USER, "nickname": "A"}}, ("end_user", "nickname")),
        ({"end_user": {**_USER, "tags": {"1st": "x"}}}, ("end_user", "tags")),
        ({"end_user": _USER, "organization": {}}, ("organization", "id")),
        ({"end_user": _USER, "webhook_url_override": "hooks"}, ("webhook_url_override",)),
        ({"end_user": _USER, "webhook_url_override": "file:///etc/passwd"}, ("webhook_url_override",)),
        ({"end_user": _USER, "allowed_integrations": "intacct"}, ("allowed_integrations",)),
        ({"end_user": _USER, "unknown": 1}, ("unknown",)),
        (
            {
                "end_user": _USER,
                "integrations_config_defaults": {
                    "intacct": {"connection_config": {"oauth_scopes_override": ["a"]}}
                },
            },
            ("integrations_config_defaults", "intacct"),
        ),
    ],
)
def test_a_session_request_that_breaks_a_rule(body: dict[str, Any], place: tuple[str, ...]) -> None:
    assert place in _wrong_at(CreateSession, body)


@pytest.mark.parametrize("address", [7, "nowhere", "file:///etc/passwd"])
def test_a_webhook_address_among_the_settings_follows_the_same_rules(address: object) -> None:
    defaults = {"intacct": {"connection_config": {"webhook_url": address}}}
    body = {"end_user": _USER, "integrations_config_defaults": defaults}

    assert _wrong_at(CreateSession, body) == [("integrations_config_defaults", "intacct")]


@pytest.mark.parametrize("address", ["nowhere", "javascript:alert(1)", "https://"])
def test_a_link_of_the_page_can_only_be_a_web_address(address: str) -> None:
    body = {"end_user": _USER, "overrides": {"intacct": {"docs_connect": address}}}

    assert any(
        place[:3] == ("overrides", "intacct", "docs_connect") for place in _wrong_at(CreateSession, body)
    )


@pytest.mark.parametrize("key", ["plan", "a", "A" * 64, "a.b-c_d/e", "p1"])
def test_a_name_for_a_tag(key: str) -> None:
    assert CreateSession.model_validate({"tags": {key: "x"}}).tags == {key.lower(): "x"}


@pytest.mark.parametrize(
    "tags",
    [
        {"": "x"},
        {"1st": "x"},
        {"_a": "x"},
        {"a b": "x"},
        {"ä": "x"},
        {"a" * 65: "x"},
        {"a": ""},
        {"a": "x" * 256},
        {"a": 7},
        {"Plan": "x", "plan": "y"},
        {"end_user_email": "nobody"},
        {f"tag{number}": "x" for number in range(11)},
    ],
)
def test_tags_that_break_a_rule(tags: dict[str, Any]) -> None:
    assert all(place[0] == "tags" for place in _wrong_at(CreateSession, {"tags": tags}))


def test_a_reconnect_names_one_connection_of_one_integration() -> None:
    ReconnectSession.model_validate(_RECONNECT)
    assert ("connection_id",) in _wrong_at(ReconnectSession, {"integration_id": "intacct"})
    assert ("integration_id",) in _wrong_at(ReconnectSession, {"connection_id": "c1"})
    assert ("connection_id",) in _wrong_at(ReconnectSession, {**_RECONNECT, "connection_id": "a\nb"})
    assert ("integration_id",) in _wrong_at(ReconnectSession, {**_RECONNECT, "integration_id": "a/b"})


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"attempt": "0" * 31}, ("attempt",)),
        ({"attempt": "G" * 32}, ("attempt",)),
        ({"attempt": "0" * 32 + "\n"}, ("attempt",)),
        ({"values": {"username": 7}}, ("values", "username")),
        ({"values": {"username": "x" * 65537}}, ("values", "username")),
        ({"integration": "a/b"}, ("integration",)),
        ({"connection_id": "c1"}, ("connection_id",)),
    ],
)
def test_a_submission_that_breaks_a_rule(change: dict[str, Any], place: tuple[str, ...]) -> None:
    assert place in _wrong_at(Submission, {**_SUBMISSION, **change})


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"event": "looked"}, ("event",)),
        ({"timestamp": "yesterday"}, ("timestamp",)),
        ({"token": None}, ("token",)),
        ({"dimensions": {"who": "me"}}, ("dimensions", "who")),
    ],
)
def test_telemetry_that_breaks_a_rule(change: dict[str, Any], place: tuple[str, ...]) -> None:
    Telemetry.model_validate({**_TELEMETRY, "dimensions": {"integration": "intacct"}})
    assert place in _wrong_at(Telemetry, {**_TELEMETRY, **change})


def test_the_fields_of_a_form_are_whatever_was_sent() -> None:
    assert dict(Free.model_validate({"username": "A", "more": 7}).fields()) == {"username": "A", "more": 7}


def test_the_settings_of_a_connection_are_texts() -> None:
    assert AuthorizationQuery.model_validate({"params": {"a": "b"}}).params == {"a": "b"}
    assert ("params", "a") in _wrong_at(AuthorizationQuery, {"params": {"a": ["b", "c"]}})
