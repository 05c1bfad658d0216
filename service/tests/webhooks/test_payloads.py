"""Messages: from an event to bytes."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from counterfoil.events import Event, EventType
from counterfoil.webhooks.flags import DEFAULTS, effective
from counterfoil.webhooks.payloads import KINDS, Subject, body_of, wanted

NOTHING = dict.fromkeys(DEFAULTS, False)
ERROR = {
    "type": "auth",
    "log_id": "log",
    "status": "needs_reconnect",
    "cause": "client_secret_wrong",
    "sentence": "The client secret is wrong.",
    "remedy": "Copy it again.",
    "who": "administrator",
    "step": {"number": 3, "title": "Create the client"},
    "recoverable": False,
    "details": {"anything": "at all"},
    "at": "2026-11-24T12:00:00+00:00",
    "retry_at": None,
}


def event(kind: EventType, **more: Any) -> Event:
    return Event(
        id=1,
        environment_id=1,
        type=kind,
        subject="c1",
        payload={"connection": 7, "integration": "intacct", "provider": "sage-intacct-cc", **more},
        occurred_at=datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
    )


def message(kind: EventType, subject: Subject | None, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(body_of(event(kind, **more), "dev", subject, 3))
    return told


SUBJECT = Subject(pk=7, auth_mode="TWO_STEP", tags={"z": "1", "a": "2"})


@pytest.mark.parametrize(
    ("kind", "operation", "success"),
    [
        (EventType.CONNECTION_CREATED, "creation", True),
        (EventType.CONNECTION_REPLACED, "override", True),
        (EventType.CONNECTION_REFRESH_FAILED, "refresh", False),
        (EventType.CONNECTION_NEEDS_RECONNECT, "refresh", False),
        (EventType.CONNECTION_RECOVERED, "refresh", True),
        (EventType.CONNECTION_DELETED, "deletion", True),
    ],
)
def test_what_happens_to_connections_has_the_wires_operation(
    kind: EventType, operation: str, success: bool
) -> None:
    told = message(kind, SUBJECT, error=ERROR)
    assert (told["from"], told["type"], told["operation"], told["success"]) == (
        "nango",
        "auth",
        operation,
        success,
    )
    assert ("error" in told) is not success
    assert (told["event"], told["sequence"]) == (kind.value, 3)


def test_a_failure_says_what_a_person_needs_and_no_more() -> None:
    told = message(EventType.CONNECTION_NEEDS_RECONNECT, SUBJECT, error=ERROR, status="needs_reconnect")
    assert told["status"] == "needs_reconnect"
    assert told["error"] == {
        "type": "client_secret_wrong",
        "description": "The client secret is wrong.",
        "cause": "client_secret_wrong",
        "remedy": "Copy it again.",
        "who": "administrator",
        "step": {"number": 3, "title": "Create the client"},
        "recoverable": False,
    }


def test_a_failure_without_a_cause_is_told_all_the_same() -> None:
    told = message(EventType.CONNECTION_REFRESH_FAILED, SUBJECT, error=None)
    assert told["error"]["type"] == "unknown"


def test_the_end_user_is_told_where_there_is_one() -> None:
    end_user: dict[str, Any] = {"endUserId": "u1", "endUserEmail": None, "organizationId": None, "tags": {}}
    with_one = Subject(pk=7, auth_mode="TWO_STEP", end_user=end_user)
    assert message(EventType.CONNECTION_CREATED, with_one)["endUser"] == end_user
    assert "endUser" not in message(EventType.CONNECTION_CREATED, SUBJECT)


def test_keys_are_sorted_at_every_level() -> None:
    body = body_of(event(EventType.CONNECTION_NEEDS_RECONNECT, error=ERROR), "dev", SUBJECT, 1)
    assert body == orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)


def test_no_message_is_large() -> None:
    tags = {f"k{number}": "v" * 255 for number in range(10)}
    error = {**ERROR, "sentence": "s" * 100_000}
    large = Subject(pk=7, auth_mode="TWO_STEP", tags=tags)
    assert len(body_of(event(EventType.CONNECTION_NEEDS_RECONNECT, error=error), "dev", large, 1)) < 20_000


def test_an_override_is_always_told_and_the_rest_by_its_flag() -> None:
    assert wanted(EventType.CONNECTION_REPLACED, NOTHING)
    for kind, how in KINDS.items():
        if how.flag is not None:
            assert not wanted(kind, NOTHING)
            assert wanted(kind, {**NOTHING, how.flag: True})


def test_events_that_are_nobodys_business_stay_inside() -> None:
    everything = dict.fromkeys(DEFAULTS, True)
    assert not wanted(EventType.CONNECTION_REFRESHED, everything)
    assert not wanted(EventType.INTEGRATION_CREATED, everything)


def test_flags_that_were_never_set_have_the_wires_defaults() -> None:
    flags = effective({"on_auth_creation": True})
    assert flags["on_auth_creation"]
    assert not flags["on_auth_refresh_error"]
    assert not flags["on_sync_error"]
    assert flags["on_async_action_completion"]
