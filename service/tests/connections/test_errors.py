"""Why a connection can't be used, as callers are told it."""

from datetime import UTC, datetime
from typing import Final

from counterfoil.auth_modes import Cause, GuideStep
from counterfoil.connections import ConnectionUnusable, RenewalPending, UnknownConnection
from counterfoil.connections.errors import InvalidConnection, MissingConnection
from counterfoil.errors import CounterfoilError

_CAUSE: Final = Cause(
    code="client_not_authorized",
    sentence="The company has not authorized the application.",
    remedy="Add it under Company > Setup.",
    who="administrator",
    step=GuideStep(3, "Authorize the application"),
    details={"company": "MyCompany"},
)


def test_an_unusable_connection_says_what_happened_and_what_to_do() -> None:
    error = ConnectionUnusable(_CAUSE, retry_at=None, attempted=True)
    assert error.status == 424
    assert error.message == "The company has not authorized the application. Add it under Company > Setup."
    assert error.attempted


def test_the_diagnosis_is_the_cause_and_when_it_is_tried_again() -> None:
    moment = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    told = ConnectionUnusable(_CAUSE, retry_at=moment, attempted=False).diagnostics()
    assert told == {
        "diagnosis": {
            "code": "client_not_authorized",
            "sentence": "The company has not authorized the application.",
            "remedy": "Add it under Company > Setup.",
            "who": "administrator",
            "step": {"number": 3, "title": "Authorize the application"},
            "recoverable": False,
            "details": {"company": "MyCompany"},
            "retry_at": "2026-11-24T12:00:00+00:00",
        }
    }


def test_where_a_person_must_act_no_time_is_promised() -> None:
    told = ConnectionUnusable(_CAUSE, retry_at=None, attempted=False).diagnostics()["diagnosis"]
    assert isinstance(told, dict)
    assert told["retry_at"] is None


def test_codes_and_statuses_are_those_that_callers_branch_on() -> None:
    kinds: list[type[CounterfoilError]] = [
        UnknownConnection, MissingConnection, InvalidConnection, ConnectionUnusable, RenewalPending,
    ]  # fmt: skip
    assert [(kind.code, kind.status) for kind in kinds] == [
        ("not_found", 404),
        ("unknown_connection", 404),
        ("invalid_connection", 400),
        ("connection_unusable", 424),
        ("connection_refresh_pending", 503),
    ]
