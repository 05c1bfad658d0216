"""Every refusal of the XML gateway becomes the cause a person can act on; its level and text tell which."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.auth_modes import Cause
from counterfoil.oauth2 import TokenUnreadable
from counterfoil.providers.sage_intacct import gateway_causes
from counterfoil.providers.sage_intacct.gateway_answers import GatewayError, Level
from counterfoil.providers.sage_intacct.gateway_causes import Login

LOGIN = Login(sender_id="acme-sender", company_id="MyCompany", user_id="Admin")
AT_ENTITY = replace(LOGIN, entity_id="Central Region")
AUTHORIZATION = "Invalid Web Services Authorization The sender ID 'acme-sender' is not authorized"


def refused(level: Level, number: str = "XL03000006", text: str = "", status: int = 200) -> Cause:
    error = GatewayError(level=level, number=number, text=text, support_id="abc~def")
    return gateway_causes.session_refused(LOGIN, status, error)


@pytest.mark.parametrize(
    ("level", "number", "text", "code", "step", "who", "counts"),
    [
        (Level.CONTROL, "XL03000006", "Incorrect Partner ID", "sender_refused", None, "developer", False),
        (Level.CONTROL, "XL03000003", "not well formed", "request_not_understood", None, "operator", False),
        (Level.CONTROL, "GW-0011", "Invalid", "company_or_sender_refused", 2, "administrator", False),
        (Level.CONTROL, "GW-0010", "Too many", "throttled", None, "nobody", False),
        (Level.CONTROL, "GW-0001", "", "provider_down", None, "nobody", False),
        (Level.CONTROL, "GW-0042", "", "address_not_allowed", None, "administrator", False),
        (Level.CONTROL, "ZZ", "who knows", "refused", 2, "administrator", False),
        (Level.CONTROL, "", "", "refused", 2, "administrator", False),
        (
            Level.AUTHENTICATION,
            "XL03000006",
            AUTHORIZATION,
            "sender_not_authorized",
            2,
            "administrator",
            False,
        ),
        (
            Level.AUTHENTICATION,
            "XL03000006",
            "Sign-in information is incorrect",
            "sign_in_refused",
            3,
            "administrator",
            True,
        ),
        (
            Level.AUTHENTICATION,
            "XL03000006",
            "This user is locked out",
            "user_locked",
            1,
            "administrator",
            True,
        ),
        (
            Level.AUTHENTICATION,
            "XL03000006",
            "Your password has expired",
            "password_expired",
            1,
            "administrator",
            True,
        ),
        (
            Level.AUTHENTICATION,
            "XL03000006",
            "Not a Web Services user",
            "not_a_web_services_user",
            1,
            "administrator",
            True,
        ),
        (Level.AUTHENTICATION, "", "", "sign_in_refused", 3, "administrator", True),
        (
            Level.FUNCTION,
            "BL01001973",
            "The location ID is not valid",
            "entity_unknown",
            3,
            "administrator",
            False,
        ),
        (Level.FUNCTION, "BL03000018", "Something", "session_not_opened", None, "developer", False),
    ],
)
def test_a_refusal_names_its_cause_step_and_person(
    level: Level, number: str, text: str, code: str, step: int | None, who: str, counts: bool
) -> None:
    cause = refused(level, number, text)
    assert (cause.code, cause.step and cause.step.number, cause.who) == (code, step, who)
    assert cause.secret_refused is counts
    assert cause.sentence.endswith(".")
    assert cause.remedy


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "throttled"),
        (500, "provider_down"),
        (503, "provider_down"),
        (302, "address_wrong"),
        (404, "address_wrong"),
    ],
)
def test_a_status_that_is_no_answer_of_the_gateway_is_told_as_what_it_is(status: int, code: str) -> None:
    answer = TokenUnreadable(status, "it is a web page", 30)
    cause = gateway_causes.answer_unreadable(LOGIN, answer)
    assert cause.code == code
    assert cause.retry_after_seconds == 30


def test_an_answer_that_can_not_be_read_may_pass() -> None:
    cause = gateway_causes.answer_unreadable(LOGIN, TokenUnreadable(200, "it is a web page"))
    assert (cause.code, cause.recoverable) == ("answer_unreadable", True)


def test_sage_support_finds_what_it_asks_for() -> None:
    details = refused(Level.AUTHENTICATION, text="Sign-in information is incorrect").details
    assert details["support_id"] == "abc~def"
    assert details["provider_code"] == "XL03000006"
    assert (details["sender_id"], details["user_id"]) == ("acme-sender", "Admin")


def test_an_entity_that_was_given_is_named_as_a_possible_reason() -> None:
    error = GatewayError(level=Level.AUTHENTICATION, number="XL03000006", text="incorrect")
    assert "Central Region" in gateway_causes.session_refused(AT_ENTITY, 200, error).sentence


def test_nobody_typed_anything_when_a_stored_login_is_refused() -> None:
    error = GatewayError(level=Level.AUTHENTICATION, number="XL03000006", text="incorrect")
    cause = gateway_causes.session_refused(replace(LOGIN, renewing=True), 200, error)
    assert cause.fields == ()
    assert cause.step is not None
    assert cause.step.number == 1


@given(st.sampled_from(list(Level)), st.text(max_size=30), st.text(max_size=60), st.integers(100, 599))
def test_whatever_comes_has_a_cause(level: Level, number: str, text: str, status: int) -> None:
    cause = refused(level, number, text, status)
    assert cause.code
    assert cause.sentence
    assert cause.details.get("provider_code", "x")
