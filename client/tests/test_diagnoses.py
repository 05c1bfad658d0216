from datetime import UTC, datetime

import pytest

from counterfoil_client._reading import Unreadable
from counterfoil_client.diagnoses import GuideStep, read_diagnosis

TOLD = {
    "code": "client_not_authorized",
    "sentence": "The client is not authorized.",
    "remedy": "Authorize it.",
    "who": "administrator",
    "step": {"number": 4, "title": "Authorize the client"},
    "recoverable": True,
    "details": {"company": "MyCompany"},
    "retry_at": "2026-01-01T00:00:00Z",
}


def test_a_diagnosis_is_read_whole() -> None:
    diagnosis = read_diagnosis(TOLD)

    assert diagnosis.code == "client_not_authorized"
    assert diagnosis.step == GuideStep(4, "Authorize the client")
    assert diagnosis.recoverable
    assert diagnosis.details == {"company": "MyCompany"}
    assert diagnosis.retry_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert diagnosis.raw is TOLD


def test_the_code_may_have_another_name() -> None:
    assert read_diagnosis({"cause": "user_inactive"}, code="cause").code == "user_inactive"


def test_what_was_not_said_is_empty() -> None:
    diagnosis = read_diagnosis({})

    assert (diagnosis.code, diagnosis.sentence, diagnosis.who) == ("", "", "")
    assert (diagnosis.step, diagnosis.retry_at, diagnosis.recoverable) == (None, None, False)


@pytest.mark.parametrize("step", ["third", {"number": "3"}])
def test_a_step_of_another_form_is_unreadable(step: object) -> None:
    with pytest.raises(Unreadable):
        read_diagnosis({"step": step})
