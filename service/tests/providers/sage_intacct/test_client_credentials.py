"""The provider `sage-intacct-cc`: what the form asks, what is sent, how refusals are told apart, how it is
renewed."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service.tests.auth_modes.playing import (
    Played,
    answer,
    gateway,
    granted,
    jwt,
    oauth,
    play,
    play_to_failure,
    proven,
)

from counterfoil.auth_modes import ClientSettings, Fingerprint, Obtained, SubmissionRefused, Understood
from counterfoil.auth_modes.two_step import TwoStepCredentials
from counterfoil.errors import InvalidBody
from counterfoil.oauth2 import HttpResponse, NoAnswer
from counterfoil.providers.sage_intacct import guide
from counterfoil.providers.sage_intacct.client_credentials import provider
from counterfoil.vault import Secret

PROVIDER = provider("https://api.intacct.com")
MODE = PROVIDER.mode
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CLIENT_ID = "0123456789abcdef0123.app.sage.com"
SECRET = "sandbox-client-secret"
HELD = ClientSettings({"clientId": Secret(CLIENT_ID), "clientSecret": Secret(SECRET)})
CLIENT = {"clientId": CLIENT_ID, "clientSecret": SECRET}
USERNAME = "Admin@MyCompany"
AT_ENTITY = "Admin@MyCompany|Central Region"
TOKEN_URL = "https://api.intacct.com/ia/api/v1/oauth2/token"
PROBE_URL = "https://api.intacct.com/ia/api/v1/services/core/session/id"
INCORRECT = answer(
    401, {"error": {"errorId": "REST-1216", "message": "The Client ID, Client Secret, and/or …"}}
)


def obtain(*answers: HttpResponse | NoAnswer, **typed: object) -> Played[Obtained]:
    return play(MODE.obtain(PROVIDER, HELD, MODE.read(PROVIDER, HELD, typed)), *answers)


def failure(*answers: HttpResponse | NoAnswer, **typed: object) -> str:
    return play_to_failure(MODE.obtain(PROVIDER, HELD, MODE.read(PROVIDER, HELD, typed)), *answers).cause.code


def refusal(typed: dict[str, object], settings: ClientSettings = HELD) -> SubmissionRefused:
    with pytest.raises(SubmissionRefused) as refused:
        MODE.read(PROVIDER, settings, typed)
    return refused.value


class TestForm:
    def test_the_form_asks_in_the_guides_words(self) -> None:
        fields = MODE.fields(PROVIDER, ClientSettings())
        assert [(field.name, field.label, field.secret) for field in fields] == [
            ("clientId", "Client ID", False),
            ("clientSecret", "Client Secret", True),
            ("username", "Username", False),
            ("sessionId", "Session ID", True),
        ]
        assert fields[2].placeholder == AT_ENTITY
        assert fields[2].one_of == fields[3].one_of is not None

    def test_an_integration_that_holds_the_client_leaves_two_fields(self) -> None:
        assert [field.name for field in MODE.fields(PROVIDER, HELD)] == ["username", "sessionId"]

    def test_every_guide_step_named_exists(self) -> None:
        numbers = {str(step.number) for step in PROVIDER.guide}
        assert {field.guide_step for field in MODE.fields(PROVIDER, ClientSettings())} <= numbers

    def test_the_username_is_read_while_it_is_typed(self) -> None:
        read = MODE.reading(PROVIDER, "username", AT_ENTITY)
        assert isinstance(read, Understood)
        assert dict(read.parts)["entity_id"] == "Central Region"
        assert MODE.reading(PROVIDER, "sessionId", "x") is None

    def test_the_username_is_stored_clean_and_in_its_letter_case(self) -> None:
        read = MODE.read(
            PROVIDER, HELD, {"username": " aDmin ＠ MyCompany ｜ Central Region ", "sessionId": ""}
        )
        assert read.values == {"username": "aDmin@MyCompany|Central Region"}

    @pytest.mark.parametrize("typed", [{}, {"username": "", "sessionId": " "}, {"username": None}])
    def test_neither_of_username_and_session_id(self, typed: dict[str, object]) -> None:
        refused = refusal(typed)
        assert refused.cause.code == "username_or_session_id_missing"
        assert [error.path for error in refused.errors] == [("username",), ("sessionId",)]

    def test_both_of_username_and_session_id(self) -> None:
        assert refusal({"username": USERNAME, "sessionId": "abc"}).cause.code == "username_and_session_id"

    def test_a_username_that_can_not_be_read_is_refused_with_the_suggestion(self) -> None:
        refused = refusal({"username": "MyCompany\\Admin"})
        assert refused.cause.code == "username_unreadable"
        assert refused.cause.details["suggestion"] == USERNAME
        assert refused.cause.step == guide.ENTER_CREDENTIALS

    @pytest.mark.parametrize(
        ("typed", "field", "holds"),
        [
            ({"sessionId": USERNAME}, "sessionId", "a Username"),
            ({"sessionId": CLIENT_ID}, "sessionId", "a Client ID"),
            ({"sessionId": "https://www.intacct.com/ia/acct/"}, "sessionId", "a web address"),
            ({"sessionId": jwt(a=1)}, "sessionId", "an access token"),
            ({**CLIENT, "clientId": USERNAME, "username": USERNAME}, "clientId", "a Username"),
            ({**CLIENT, "clientId": "https://x", "username": USERNAME}, "clientId", "a web address"),
            (
                {"clientId": "x", "clientSecret": CLIENT_ID, "username": USERNAME},
                "clientSecret",
                "a Client ID",
            ),
            ({"username": "abc", "sessionId": USERNAME}, "sessionId", "a Username"),
        ],
    )
    def test_swapped_fields_are_told_without_naming_the_value(
        self, typed: dict[str, object], field: str, holds: str
    ) -> None:
        refused = refusal(typed, ClientSettings()) if "clientId" in typed else refusal(typed)
        assert refused.cause.code == "value_in_wrong_field"
        assert holds in refused.cause.sentence
        assert [error.path for error in refused.errors] == [(field,)]
        assert str(typed[field]) not in json.dumps(refused.cause.as_json())

    def test_a_secret_may_hold_an_at_sign(self) -> None:
        read = MODE.read(
            PROVIDER, ClientSettings(), {**CLIENT, "clientSecret": "a1@b2", "username": USERNAME}
        )
        assert read.values["clientSecret"] == Secret("a1@b2")

    def test_a_client_that_nobody_holds_must_be_typed(self) -> None:
        with pytest.raises(InvalidBody) as refused:
            MODE.read(PROVIDER, ClientSettings(), {"username": USERNAME})
        assert [error.path for error in refused.value.errors] == [("clientId",), ("clientSecret",)]


class TestTokenRequest:
    def test_by_username(self) -> None:
        played = obtain(granted(), proven(), username=AT_ENTITY)
        token, probe = played.requests
        assert (token.method, token.url) == ("POST", TOKEN_URL)
        assert played.forms == [
            {
                "grant_type": "client_credentials",
                "client_id": CLIENT_ID,
                "client_secret": SECRET,
                "username": AT_ENTITY,
            }
        ]
        assert (probe.method, probe.url) == ("GET", PROBE_URL)
        assert ("Authorization", "Bearer access") in probe.headers
        assert played.result.fingerprint == Fingerprint("api.intacct.com", "MyCompany", "Admin")

    def test_by_session_id_no_empty_username_is_sent(self) -> None:
        played = obtain(granted(), proven(), sessionId="abc..", username="")
        assert set(played.forms[0]) == {"grant_type", "client_id", "client_secret", "session_id"}
        assert played.result.fingerprint == Fingerprint("api.intacct.com", "", "")

    def test_of_a_session_the_token_hints_whose_it_is(self) -> None:
        token = jwt(cnyId="MyCompany", userId="Admin", iat=0, exp=60)
        played = obtain(granted(access_token=token), proven(), sessionId="abc")
        assert played.result.fingerprint == Fingerprint("api.intacct.com", "MyCompany", "Admin")

    def test_odd_claims_are_no_fingerprint(self) -> None:
        played = obtain(granted(access_token=jwt(cnyId=5, userId=["x"])), proven(), sessionId="abc")
        assert played.result.fingerprint == Fingerprint("api.intacct.com", "", "")

    def test_a_client_typed_by_the_person_is_sent(self) -> None:
        read = MODE.read(PROVIDER, ClientSettings(), {**CLIENT, "username": USERNAME})
        played = play(MODE.obtain(PROVIDER, ClientSettings(), read), granted(), proven())
        assert played.forms[0]["client_secret"] == SECRET

    def test_a_sandbox_is_another_origin(self) -> None:
        sandbox = provider("http://127.0.0.1:8089")
        read = MODE.read(sandbox, HELD, {"username": USERNAME})
        played = play(MODE.obtain(sandbox, HELD, read), granted(), proven())
        assert [request.url for request in played.requests] == [
            "http://127.0.0.1:8089/ia/api/v1/oauth2/token",
            "http://127.0.0.1:8089/ia/api/v1/services/core/session/id",
        ]
        assert played.result.fingerprint.provider_host == "127.0.0.1:8089"


class TestDiagnosis:
    def test_an_entity_that_is_the_only_trouble_is_told_by_asking_without_it(self) -> None:
        exchange = MODE.obtain(PROVIDER, HELD, MODE.read(PROVIDER, HELD, {"username": AT_ENTITY}))
        failed = play_to_failure(exchange, oauth("invalid_grant"), granted())
        assert failed.cause.code == "entity_unknown"
        assert failed.code == "two_step_credentials_fetch_error"

    def test_the_second_question_is_the_first_without_the_entity(self) -> None:
        exchange = MODE.obtain(PROVIDER, HELD, MODE.read(PROVIDER, HELD, {"username": AT_ENTITY}))
        next(exchange)
        second = exchange.send(oauth("invalid_grant"))
        assert b"username=Admin%40MyCompany" in (second.body or b"").split(b"&")
        exchange.close()

    @pytest.mark.parametrize(
        "refused", [oauth("invalid_grant"), gateway("GW-0011"), answer(400, {"error": "new"})]
    )
    def test_a_refusal_that_stays_without_the_entity_is_not_its_fault(self, refused: HttpResponse) -> None:
        assert failure(refused, refused, username=AT_ENTITY) in {
            "user_not_accepted",
            "company_or_client_refused",
            "refused",
        }

    @pytest.mark.parametrize(
        "refused",
        [
            INCORRECT,
            gateway("GW-0010", 429),
            gateway("GW-0001", 500),
            gateway("GW-0012"),
            oauth("invalid_client"),
        ],
    )
    def test_a_refusal_that_is_settled_is_not_asked_about_again(self, refused: HttpResponse) -> None:
        assert failure(refused, username=AT_ENTITY) != "entity_unknown"

    @pytest.mark.parametrize("typed", [{"username": USERNAME}, {"sessionId": "abc"}])
    def test_without_an_entity_there_is_no_second_question(self, typed: dict[str, object]) -> None:
        assert failure(oauth("invalid_grant"), **typed) in {"user_not_accepted", "session_ended"}

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (INCORRECT, "client_not_authorized"),
            (gateway("GW-0011"), "company_or_client_refused"),
            (gateway("GW-0012"), "company_missing"),
            (oauth("invalid_grant"), "user_not_accepted"),
            (oauth("invalid_client"), "client_refused"),
            (gateway("GW-0010", 429), "throttled"),
            (HttpResponse(503, (), b"<html>"), "provider_down"),
            (HttpResponse(404, (), b"<html>"), "address_wrong"),
            (HttpResponse(200, (), b"<html>"), "answer_unreadable"),
            (HttpResponse(204), "answer_unreadable"),
            (NoAnswer("The connection was refused.", sent=False), "provider_unreachable"),
        ],
    )
    def test_each_refusal_has_its_cause(self, body: HttpResponse | NoAnswer, code: str) -> None:
        assert failure(body, username=USERNAME) == code

    @pytest.mark.parametrize(
        ("probe", "code"),
        [
            (answer(401, {"error": {"errorId": "REST-2102"}}), "token_refused_at_once"),
            (answer(400, {"ia::error": {"code": "REST-1206"}}), "token_refused_at_once"),
            (answer(403, {"ia::result": {"ia::error": {"errorId": "REST-0403"}}}), "user_without_access"),
            (HttpResponse(500, (), b"<html>"), "provider_down"),
            (answer(200, {"ia::result": {"ia::error": {"code": "operationFailed"}}}), "probe_failed"),
            (answer(200, {"ia::result": {}}), "probe_failed"),
            (answer(200, {"ia::result": {"sessionId": 5}}), "probe_failed"),
            (HttpResponse(200, (), b"<html>"), "probe_failed"),
            (HttpResponse(204), "probe_failed"),
            (NoAnswer("gone", sent=True), "provider_unreachable"),
        ],
    )
    def test_a_token_that_does_not_work_is_not_accepted(
        self, probe: HttpResponse | NoAnswer, code: str
    ) -> None:
        assert failure(granted(), probe, username=USERNAME) == code

    def test_no_secret_is_in_a_diagnosis(self) -> None:
        for refused in (INCORRECT, oauth("invalid_grant"), gateway("GW-0011"), HttpResponse(200, (), b"x")):
            for typed in ({"username": USERNAME}, {"sessionId": "hush-session"}):
                exchange = MODE.obtain(PROVIDER, HELD, MODE.read(PROVIDER, HELD, typed))
                failed = play_to_failure(exchange, refused)
                shown = json.dumps([failed.diagnostics()["diagnosis"], failed.message])
                assert SECRET not in shown
                assert "hush-session" not in shown

    @given(st.binary(max_size=100), st.integers(200, 599), st.binary(max_size=100), st.integers(200, 599))
    def test_whatever_comes_back_ends_in_a_cause(
        self, token: bytes, status: int, probe: bytes, second: int
    ) -> None:
        play_to_failure(
            MODE.obtain(PROVIDER, HELD, MODE.read(PROVIDER, HELD, {"username": USERNAME})),
            HttpResponse(status, (), token),
        )
        play_to_failure(
            MODE.obtain(PROVIDER, HELD, MODE.read(PROVIDER, HELD, {"username": USERNAME})),
            granted(),
            HttpResponse(second, (), probe),
        )


class TestRenewal:
    def held(self, **typed: object) -> TwoStepCredentials:
        held = obtain(granted(), proven(), **typed).result.credentials
        assert isinstance(held, TwoStepCredentials)
        return held

    def test_by_username_the_token_is_asked_for_again_in_one_request(self) -> None:
        held = self.held(username=USERNAME)
        played = play(MODE.refresh(PROVIDER, HELD, held, NOW), granted(access_token="new"))
        assert played.forms[0]["grant_type"] == "client_credentials"
        assert played.forms[0]["username"] == USERNAME
        assert "refresh_token" not in played.forms[0]
        assert MODE.authorization(PROVIDER, played.result.credentials) == Secret("Bearer new")
        assert played.result.fingerprint == Fingerprint("api.intacct.com", "MyCompany", "Admin")

    def test_a_rotated_client_secret_of_the_integration_is_used_at_once(self) -> None:
        rotated = ClientSettings({**HELD.values, "clientSecret": Secret("rotated")})
        played = play(MODE.refresh(PROVIDER, rotated, self.held(username=USERNAME), NOW), granted())
        assert played.forms[0]["client_secret"] == "rotated"

    def test_by_session_id_the_refresh_token_keeps_it_alive(self) -> None:
        played = play(
            MODE.refresh(PROVIDER, HELD, self.held(sessionId="abc"), NOW), granted(refresh_token="newer")
        )
        assert played.forms == [
            {
                "grant_type": "refresh_token",
                "client_id": CLIENT_ID,
                "client_secret": SECRET,
                "refresh_token": "refresh",
            }
        ]
        renewed = played.result.credentials
        assert isinstance(renewed, TwoStepCredentials)
        assert renewed.refresh_token == Secret("newer")

    def test_the_old_refresh_token_stays_when_none_comes_back(self) -> None:
        held = self.held(sessionId="abc")
        renewed = play(
            MODE.refresh(PROVIDER, HELD, held, NOW), granted(refresh_token=None)
        ).result.credentials
        assert isinstance(renewed, TwoStepCredentials)
        assert renewed.refresh_token == Secret("refresh")

    def test_a_session_without_a_refresh_token_is_asked_itself(self) -> None:
        held = replace(self.held(sessionId="abc"), refresh_token=None)
        assert play(MODE.refresh(PROVIDER, HELD, held, NOW), granted()).forms[0]["session_id"] == "abc"

    def test_a_session_that_is_not_renewed_needs_a_person(self) -> None:
        exchange = MODE.refresh(PROVIDER, HELD, self.held(sessionId="abc"), NOW)
        cause = play_to_failure(exchange, oauth("invalid_grant")).cause
        assert cause.code == "session_ended"
        assert not cause.recoverable

    def test_a_refresh_token_without_an_answer_has_an_unknown_outcome(self) -> None:
        exchange = MODE.refresh(PROVIDER, HELD, self.held(sessionId="abc"), NOW)
        assert play_to_failure(exchange, NoAnswer("gone", sent=True)).cause.code == "refresh_outcome_unknown"

    @pytest.mark.parametrize(
        "refused", [gateway("GW-0010", 429), HttpResponse(503), NoAnswer("x", sent=False)]
    )
    def test_trouble_that_passes_is_recoverable(self, refused: HttpResponse | NoAnswer) -> None:
        for typed in ({"username": USERNAME}, {"sessionId": "abc"}):
            assert play_to_failure(
                MODE.refresh(PROVIDER, HELD, self.held(**typed), NOW), refused
            ).cause.recoverable

    def test_an_entity_closed_since_is_told_too(self) -> None:
        exchange = MODE.refresh(PROVIDER, HELD, self.held(username=AT_ENTITY), NOW)
        assert play_to_failure(exchange, oauth("invalid_grant"), granted()).cause.code == "entity_unknown"


def test_what_is_revealed_has_the_submitted_fields_and_nothing_the_integration_holds() -> None:
    held = obtain(granted(), proven(), username=USERNAME).result.credentials
    shown = MODE.reveal(held, NOW, include_refresh_token=False)
    assert shown["username"] == USERNAME
    assert "clientId" not in shown
    assert SECRET not in json.dumps(shown)


def test_token_errors_are_sages() -> None:
    assert MODE.is_token_error(PROVIDER, 400, "application/json", b'{"error":{"errorId":"REST-1206"}}')
    assert not MODE.is_token_error(PROVIDER, 400, "application/json", b'{"error":{"errorId":"REST-7001"}}')
