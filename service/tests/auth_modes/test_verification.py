"""The test of credentials: which address decides, and what each kind of answer means."""

import pytest
from service.tests.auth_modes.playing import answer, play

from counterfoil.auth_modes import Cause
from counterfoil.auth_modes.verification import explain_answer, prove
from counterfoil.oauth2 import Exchange, HttpResponse, NoAnswer
from counterfoil.vault import Secret

HOST = "api.example.com"
FIRST, SECOND = f"https://{HOST}/me", f"https://{HOST}/user"
KEY = Secret("Bearer k")


def proving(*urls: str) -> Exchange[Cause | None]:
    return prove(urls, "Authorization", KEY, host=HOST, explain=explain_answer)


def test_nothing_to_ask_refuses_nothing() -> None:
    assert play(proving()).result is None


@pytest.mark.parametrize("status", [200, 204, 299])
def test_the_first_success_ends_it(status: int) -> None:
    played = play(proving(FIRST, SECOND), answer(status, {}))
    assert played.result is None
    assert [request.url for request in played.requests] == [FIRST]


def test_a_later_success_is_as_good() -> None:
    assert play(proving(FIRST, SECOND), answer(404, {}), answer(200, {})).result is None
    assert play(proving(FIRST, SECOND), NoAnswer("Nobody.", sent=False), answer(200, {})).result is None


def test_the_first_refusal_is_the_cause() -> None:
    cause = play(proving(FIRST, SECOND), answer(401, {}), answer(404, {})).result
    assert cause is not None
    assert cause.code == "credentials_refused"


def test_without_a_value_no_header_is_sent() -> None:
    played = play(
        prove((FIRST,), "Authorization", Secret(""), host=HOST, explain=explain_answer), answer(200, {})
    )
    assert [name for name, _ in played.requests[0].headers] == ["Accept"]


@pytest.mark.parametrize(
    ("status", "code", "who", "recoverable"),
    [
        (401, "credentials_refused", "administrator", False),
        (403, "credentials_refused", "administrator", False),
        (302, "verification_unclear", "developer", False),
        (404, "verification_unclear", "developer", False),
        (408, "provider_unavailable", "nobody", True),
        (429, "provider_unavailable", "nobody", True),
        (503, "provider_unavailable", "nobody", True),
    ],
)
def test_what_a_status_means(status: int, code: str, who: str, recoverable: bool) -> None:
    cause = explain_answer(HOST, HttpResponse(status))
    assert (cause.code, cause.who, cause.recoverable) == (code, who, recoverable)
    assert cause.details == {"host": HOST, "status": str(status)}


@pytest.mark.parametrize(("value", "seconds"), [("17", 17), ("soon", None), ("", None), ("9" * 20, None)])
def test_how_long_to_wait_is_kept_where_it_is_a_number(value: str, seconds: int | None) -> None:
    cause = explain_answer(HOST, HttpResponse(429, (("Retry-After", value),)))
    assert cause.retry_after_seconds == seconds


def test_silence_may_pass() -> None:
    cause = explain_answer(HOST, NoAnswer(f"{HOST} can't be reached.", sent=False))
    assert (cause.code, cause.recoverable) == ("provider_unreachable", True)
    assert HOST in cause.sentence
