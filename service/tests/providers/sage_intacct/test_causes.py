"""Every code of Sage Intacct's becomes the cause a person can act on, with the step that most often fixes
it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.auth_modes import Cause, Misread
from counterfoil.providers.sage_intacct import causes, guide
from counterfoil.providers.sage_intacct.answers import SageError
from counterfoil.providers.sage_intacct.causes import Attempt
from counterfoil.providers.sage_intacct.username import Understood

BY_USERNAME = Attempt(client_id="0123.app.sage.com", username=Understood("Admin", "MyCompany"))
AT_ENTITY = replace(BY_USERNAME, username=Understood("Admin", "MyCompany", "Central Region"))
BY_SESSION = Attempt(client_id="0123.app.sage.com", username=None)

INVALID = "The provided credentials are invalid"
INCORRECT = "The Client ID, Client Secret, and/or 3rd Party Application are incorrect"


def refused(
    attempt: Attempt, code: str | None, status: int = 400, message: str | None = None, wait: int | None = None
) -> Cause:
    return causes.token_refused(attempt, status, SageError(code, message, "AC47.59"), wait)


@pytest.mark.parametrize(
    ("error_code", "cause_code", "step", "who", "recoverable"),
    [
        ("GW-0001", "provider_down", None, "nobody", True),
        ("GW-0010", "throttled", None, "nobody", True),
        ("GW-0011", "company_or_client_refused", 2, "administrator", False),
        ("GW-0012", "company_missing", 4, "administrator", False),
        ("GW-0014", "request_not_understood", None, "operator", False),
        ("GW-0015", "request_not_understood", None, "operator", False),
        ("GW-0032", "request_not_understood", None, "operator", False),
        ("GW-0033", "address_wrong", None, "operator", False),
        ("GW-0034", "request_not_understood", None, "operator", False),
        ("GW-0035", "request_not_understood", None, "operator", False),
        ("GW-0036", "username_missing", 4, "administrator", False),
        ("GW-0037", "client_id_missing", 2, "administrator", False),
        ("GW-0038", "request_not_understood", None, "operator", False),
        ("GW-0039", "request_not_understood", None, "operator", False),
        ("GW-0042", "address_not_allowed", None, "administrator", False),
        ("REST-1216", "client_not_authorized", 3, "administrator", False),
        ("invalid_client", "client_refused", 2, "developer", False),
        ("unauthorized_client", "client_not_authorized", 3, "administrator", False),
        ("invalid_grant", "user_not_accepted", 3, "administrator", False),
        ("unsupported_grant_type", "request_not_understood", None, "operator", False),
        ("invalid_request", "request_not_understood", None, "operator", False),
        ("invalid_scope", "request_not_understood", None, "operator", False),
        ("server_error", "provider_down", None, "nobody", True),
        ("temporarily_unavailable", "provider_down", None, "nobody", True),
        ("XYZ-9999", "refused", 3, "administrator", False),
    ],
)
def test_each_code_of_the_token_endpoint_has_its_cause(
    error_code: str, cause_code: str, step: int | None, who: str, recoverable: bool
) -> None:
    cause = refused(BY_USERNAME, error_code)
    assert (cause.code, cause.who, cause.recoverable) == (cause_code, who, recoverable)
    assert (cause.step.number if cause.step else None) == step
    assert cause.details["provider_code"] == error_code
    assert cause.details["support_id"] == "AC47.59"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("The username format is invalid (expected user@company)", "company_missing"),
        (INCORRECT, "client_not_authorized"),
        (INVALID, "user_not_accepted"),
        ("Something new", "refused"),
        (None, "refused"),
    ],
)
def test_without_a_known_code_the_text_tells(message: str | None, code: str) -> None:
    assert refused(BY_USERNAME, None, message=message).code == code
    assert refused(BY_USERNAME, "SOME-NEW", message=message).code == code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (301, "address_wrong"),
        (404, "address_wrong"),
        (405, "address_wrong"),
        (429, "throttled"),
        (500, "provider_down"),
        (503, "provider_down"),
        (400, "refused"),
        (401, "refused"),
    ],
)
def test_without_code_and_text_the_status_tells(status: int, code: str) -> None:
    cause = refused(BY_USERNAME, None, status)
    assert cause.code == code
    assert cause.details["provider_code"] == f"HTTP {status}"


def test_a_code_is_trusted_above_the_status() -> None:
    assert refused(BY_USERNAME, "REST-1216", 500).code == "client_not_authorized"


def test_a_forgotten_authorization_names_the_menu_path_and_what_to_enter_there() -> None:
    cause = refused(BY_USERNAME, "REST-1216", message=INCORRECT)
    path = "Company → Setup → Company → Edit → Security → Authorized Client Applications → Add"
    assert path in cause.remedy
    assert "Client Secret" in cause.remedy
    assert "step 2" in cause.remedy
    assert cause.step == guide.AUTHORIZED_CLIENT
    assert "“0123.app.sage.com”" in cause.sentence
    assert "“MyCompany”" in cause.sentence
    assert cause.details["client_id"] == "0123.app.sage.com"
    assert cause.details["web_services_user_id"] == "Admin"


def test_a_refused_company_or_client_speaks_of_the_scope() -> None:
    cause = refused(BY_USERNAME, "GW-0011")
    assert "Non-Production" in cause.remedy
    assert "Company → Setup → Company" in cause.remedy
    assert "looks like" not in cause.sentence + cause.remedy
    assert cause.details["company_id"] == "MyCompany"


@pytest.mark.parametrize(
    "company_id",
    ["MyCompany-sandbox", "acme-imp", "Acme-Sandbox2", "acme_test", "ACME-UAT", "acme-implementation"],
)
def test_a_company_that_looks_like_a_sandbox_is_told_so_first(company_id: str) -> None:
    cause = refused(replace(BY_USERNAME, username=Understood("Admin", company_id)), "GW-0011")
    assert f"“{company_id}” looks like a sandbox or implementation company" in cause.sentence
    assert cause.remedy.startswith("If it is one, create new API keys with the Client Scope Non-Production")
    assert cause.step == guide.API_CLIENT


@pytest.mark.parametrize("company_id", ["MyCompany", "Important", "Contest", "sandboxers"])
def test_other_companies_are_not_suspected(company_id: str) -> None:
    cause = refused(replace(BY_USERNAME, username=Understood("Admin", company_id)), "GW-0011")
    assert "looks like" not in cause.sentence


def test_an_e_mail_domain_as_company_is_told_first() -> None:
    cause = refused(replace(BY_USERNAME, username=Understood("jane", "acme.com")), "GW-0011")
    assert cause.remedy.startswith("“acme.com” looks like a part of an e-mail address")


def test_a_user_that_is_not_accepted_is_to_be_compared_letter_by_letter() -> None:
    cause = refused(BY_USERNAME, "invalid_grant", 401, INVALID)
    assert "“Admin”" in cause.sentence
    assert "letter by letter" in cause.remedy
    assert "Company → Admin → Web Services Users" in cause.remedy
    assert "Company → Admin → Subscriptions" in cause.remedy
    assert cause.fields == ("username",)
    assert cause.details["web_services_user_id"] == "Admin"


def test_only_without_an_entity_is_one_proposed() -> None:
    proposal = "restricted to one entity"
    assert proposal in refused(BY_USERNAME, "invalid_grant").remedy
    assert proposal not in refused(AT_ENTITY, "invalid_grant").remedy


def test_a_session_that_ended_is_told_apart_from_one_that_was_mistyped() -> None:
    mistyped = refused(BY_SESSION, "invalid_grant", 401, INVALID)
    ended = refused(replace(BY_SESSION, renewing=True), "invalid_grant", 401, INVALID)
    assert mistyped.code == ended.code == "session_ended"
    assert mistyped.sentence != ended.sentence
    assert mistyped.fields == ("sessionId",)
    assert ended.fields == ()
    assert not ended.recoverable
    assert ended.step == guide.ENTER_CREDENTIALS


def test_a_client_of_a_session_is_told_without_a_user() -> None:
    cause = refused(BY_SESSION, "REST-1216")
    assert cause.code == "client_not_authorized"
    assert "web_services_user_id" not in cause.details
    assert refused(BY_SESSION, "GW-0011").details.get("company_id") is None


def test_throttling_keeps_what_sage_asked_for() -> None:
    assert refused(BY_USERNAME, "GW-0010", 429, wait=30).retry_after_seconds == 30


def test_an_unknown_entity_names_it() -> None:
    cause = causes.entity_unknown(AT_ENTITY)
    assert cause.code == "entity_unknown"
    assert "“Central Region”" in cause.sentence
    assert cause.details["entity_id"] == "Central Region"
    assert cause.step == guide.ENTER_CREDENTIALS
    assert cause.fields == ("username",)


def test_neither_and_both_of_username_and_session_id() -> None:
    neither, both = causes.neither_username_nor_session_id(), causes.both_username_and_session_id()
    assert neither.code == "username_or_session_id_missing"
    assert both.code == "username_and_session_id"
    for cause in (neither, both):
        assert cause.step == guide.ENTER_CREDENTIALS
        assert cause.fields == ("username", "sessionId")


def test_an_unreadable_username_passes_the_suggestion_on() -> None:
    cause = causes.username_unreadable(Misread("at_sign_missing", "There is no @.", "Admin@MyCompany"))
    assert cause.details == {"suggestion": "Admin@MyCompany"}
    assert "“Admin@MyCompany”" in cause.remedy
    assert causes.username_unreadable(Misread("empty", "It is empty.")).details == {}


@pytest.mark.parametrize(
    ("error_code", "status", "cause_code", "step"),
    [
        ("GW-0034", 401, "token_refused_at_once", None),
        ("GW-0031", 401, "token_refused_at_once", None),
        ("GW-0040", 401, "token_refused_at_once", None),
        ("REST-1206", 400, "token_refused_at_once", None),
        ("REST-2102", 401, "token_refused_at_once", None),
        ("GW-0042", 403, "address_not_allowed", None),
        ("GW-0010", 429, "throttled", None),
        ("GW-0001", 500, "provider_down", None),
        ("GW-0011", 400, "company_or_client_refused", 2),
        (None, 401, "token_refused_at_once", None),
        ("REST-0403", 403, "user_without_access", 1),
        (None, 404, "address_wrong", None),
        (None, 429, "throttled", None),
        (None, 503, "provider_down", None),
        (None, 302, "address_wrong", None),
        ("REST-7001", 422, "probe_failed", None),
    ],
)
def test_each_refusal_of_a_fresh_token_has_its_cause(
    error_code: str | None, status: int, cause_code: str, step: int | None
) -> None:
    cause = causes.probe_refused(BY_USERNAME, status, SageError(error_code))
    assert cause.code == cause_code
    assert (cause.step.number if cause.step else None) == step


def test_an_answer_that_can_not_be_read_is_worth_another_try() -> None:
    cause = causes.answer_unreadable(BY_USERNAME, 200, "it is a web page, not JSON", None)
    assert cause.code == "answer_unreadable"
    assert cause.recoverable
    assert "a web page" in cause.sentence


@pytest.mark.parametrize(
    ("status", "code"), [(302, "address_wrong"), (429, "throttled"), (502, "provider_down")]
)
def test_an_unreadable_answer_with_a_telling_status_is_told_by_it(status: int, code: str) -> None:
    cause = causes.answer_unreadable(BY_USERNAME, status, "it is empty", 9)
    assert cause.code == code
    assert cause.retry_after_seconds == 9


def test_an_unknown_outcome_needs_a_person() -> None:
    assert not causes.refresh_outcome_unknown().recoverable


ALL_CODES = sorted({*causes._BY_TOKEN_CODE, *causes._BY_PROBE_CODE, "UNKNOWN"})


@pytest.mark.parametrize(
    "attempt", [BY_USERNAME, AT_ENTITY, BY_SESSION, Attempt(client_id="", username=None)]
)
@pytest.mark.parametrize("code", ALL_CODES)
def test_sentences_and_remedies_are_whole_sentences(attempt: Attempt, code: str) -> None:
    for cause in (refused(attempt, code), causes.probe_refused(attempt, 400, SageError(code))):
        for text in (cause.sentence, cause.remedy):
            assert text.endswith(".")
            assert text[0].isupper() or text[0] == "“"
            assert "  " not in text
            assert "None" not in text
            assert "“”" not in text
        assert all(cause.details.values())


@given(st.text(), st.text(), st.integers(100, 599))
def test_no_error_makes_it_raise_and_odd_codes_are_not_shown(code: str, message: str, status: int) -> None:
    shown = causes.token_refused(BY_USERNAME, status, SageError(code, message), None).details["provider_code"]
    assert shown in {code, f"HTTP {status}"}
    assert shown.isascii()
