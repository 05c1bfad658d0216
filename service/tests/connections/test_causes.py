"""A cause comes out of a row as it went in."""

from datetime import UTC, datetime

from counterfoil.auth_modes import Cause, GuideStep
from counterfoil.connections.causes import cause_of, error_item

_NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_a_cause_survives_its_row() -> None:
    cause = Cause(
        code="client_not_authorized",
        sentence="The company has not authorized the client.",
        remedy="Authorize it.",
        who="administrator",
        step=GuideStep(3, "Authorize the client"),
        recoverable=True,
        details={"client_id": "x"},
    )
    item = error_item(cause, status="failing", log_id="l", at=_NOW, retry_at=None)
    assert cause_of([item]) == cause
    assert (item["type"], item["log_id"], item["retry_at"]) == ("auth", "l", None)


def test_a_row_without_a_cause_still_has_a_sentence() -> None:
    assert cause_of([]).code == "unknown"
    assert cause_of([{"type": "auth", "log_id": "old"}]).sentence
