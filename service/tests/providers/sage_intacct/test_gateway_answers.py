"""Where an answer of the XML gateway failed, what session it gives, and what it says of a session in use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service.tests.providers.sage_intacct.gateway_documents import (
    answer,
    authentication_failure,
    control_failure,
    function_failure,
    performed,
    session,
)

from counterfoil.oauth2 import TokenGranted, TokenRefused, TokenUnreadable
from counterfoil.providers import Verdict
from counterfoil.providers.sage_intacct.gateway_answers import GatewayError, Level, judge, read_session

RESULT = "<result><status>success</status><function>readByQuery</function><data/></result>"


def test_a_session_comes_with_its_endpoint_and_lifetime() -> None:
    got = read_session(session())
    assert isinstance(got, TokenGranted)
    assert got.access_token.reveal() == "the-session-of-the-test"
    assert got.expires_in == 3600
    assert got.refresh_token is None
    assert got.raw["endpoint"] == "https://api.example.com/ia/xml/xmlgw.phtml"


@pytest.mark.parametrize(
    ("begin", "end", "expires_in"),
    [
        ("2026-11-24T12:00:00+00:00", "2026-11-24T10:30:00-02:00", 1800),
        ("2026-11-24T12:00:00Z", "2026-11-24T12:00:00Z", None),
        ("2026-11-24T12:00:00Z", "2026-11-24T11:00:00Z", None),
        ("2026-11-24T12:00:00Z", "2036-11-24T12:00:00Z", None),
        ("2026-11-24T12:00:00Z", "2026-11-24T13:00:00", None),
        ("soon", "later", None),
        ("", "", None),
    ],
)
def test_a_lifetime_that_can_not_be_believed_is_none(begin: str, end: str, expires_in: int | None) -> None:
    got = read_session(session(begin=begin, end=end))
    assert isinstance(got, TokenGranted)
    assert got.expires_in == expires_in


@pytest.mark.parametrize(
    ("body", "level"),
    [
        (control_failure(), Level.CONTROL),
        (authentication_failure(), Level.AUTHENTICATION),
        (function_failure("no"), Level.FUNCTION),
        (b"<response/>", Level.CONTROL),
        (b"<response><control><status>success</status></control></response>", Level.AUTHENTICATION),
    ],
)
def test_a_failure_is_told_with_its_level(body: bytes, level: Level) -> None:
    got = read_session(answer(body))
    assert isinstance(got, TokenRefused)
    assert GatewayError.of_body(got.body).level is level


def test_a_failure_keeps_number_text_and_support_id() -> None:
    got = read_session(answer(function_failure("The location is not valid")))
    assert isinstance(got, TokenRefused)
    told = GatewayError.of_body(got.body)
    assert (told.number, told.support_id) == ("BL01001973", "abc~def")
    assert told.text == "The location is not valid [Support ID: abc~def]"
    assert got.code == "BL01001973"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"<html><body>Just a moment...</body></html>",
        b"<!DOCTYPE html><html></html>",
        b"{}",
        b"<response><control>",
        b"<response>" + b" " * 1_000_001 + b"</response>",
        b"<a>" * 100,
        session("").body,
        session("two words").body,
        session("é").body,
        session("x" * 20_000).body,
        performed(RESULT),
    ],
)
def test_an_answer_without_a_session_is_unreadable(body: bytes) -> None:
    assert isinstance(read_session(answer(body)), TokenUnreadable)


@given(st.binary(max_size=300))
def test_no_body_breaks_the_reading(body: bytes) -> None:
    read_session(answer(body))
    assert judge(body, is_whole=True) is not None


def test_a_refused_session_is_seen_in_an_answer_of_success() -> None:
    assert judge(authentication_failure(), is_whole=True) == Verdict(refused=True)


@pytest.mark.parametrize(
    "body",
    [
        control_failure(),
        authentication_failure(description="Invalid Web Services Authorization"),
        b"<html></html>",
        b"not xml",
        b"<!DOCTYPE response><response/>",
        b"",
    ],
)
def test_what_is_not_the_sessions_fault_is_passed_on(body: bytes) -> None:
    assert judge(body, is_whole=True) == Verdict()


def test_a_failing_function_says_nothing_against_the_session() -> None:
    assert judge(function_failure("Sign-in information is incorrect"), is_whole=True) == Verdict(
        lives_seconds=3600
    )


@pytest.mark.parametrize("body", [authentication_failure(), performed(RESULT * 5)])
def test_the_verdict_is_there_before_the_answer_is_whole_and_never_another_one(body: bytes) -> None:
    final = judge(body, is_whole=True)
    early = [judge(body[:cut], is_whole=False) for cut in range(len(body))]
    told = [one for one in early if one is not None]
    assert told
    assert set(told) == {final}
    assert early[: early.index(told[0])] == [None] * early.index(told[0])


def test_a_use_tells_how_long_the_session_lives_now() -> None:
    body = performed(RESULT, begin="2026-11-24T12:00:00Z", end="2026-11-24T12:30:00Z")
    assert judge(body, is_whole=True) == Verdict(lives_seconds=1800)
