"""Causes and settings as values; every registered mode has a name of its own."""

import pytest

from counterfoil import auth_modes
from counterfoil.auth_modes import AuthorizationFailed, Cause, ClientSettings, GuideStep
from counterfoil.vault import Secret

CAUSE = Cause(
    code="client_not_authorized",
    sentence="It is not.",
    remedy="Authorize it.",
    who="administrator",
    step=GuideStep(3, "Authorize the client application"),
    details={"client_id": "x"},
    fields=("clientId",),
)


def test_a_cause_is_told_as_a_diagnosis() -> None:
    failed = AuthorizationFailed(CAUSE)
    assert failed.diagnostics() == {
        "diagnosis": {
            "code": "client_not_authorized",
            "sentence": "It is not.",
            "remedy": "Authorize it.",
            "who": "administrator",
            "step": {"number": 3, "title": "Authorize the client application"},
            "recoverable": False,
            "details": {"client_id": "x"},
        }
    }
    assert failed.message == CAUSE.sentence
    assert [(error.path, error.code) for error in failed.errors] == [(("clientId",), "client_not_authorized")]


def test_a_cause_without_a_step_says_so() -> None:
    assert Cause(code="c", sentence="s", remedy="r", who="nobody").as_json()["step"] is None


def test_only_settings_with_a_value_are_held() -> None:
    assert ClientSettings({"a": Secret("1"), "b": Secret("")}).held() == {"a"}


def test_modes_are_found_by_their_names() -> None:
    assert [auth_modes.mode(each.name) for each in auth_modes.ALL] == list(auth_modes.ALL)
    with pytest.raises(KeyError):
        auth_modes.mode("NONE_SUCH")
