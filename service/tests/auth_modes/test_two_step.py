"""The mode TWO_STEP with a made-up provider: what it asks, sends, keeps and shows."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service.tests.auth_modes.playing import answer, granted, jwt, oauth, play, play_to_failure

from counterfoil.auth_modes import (
    Cause,
    ClientSettings,
    Credentials,
    Field,
    Fingerprint,
    Submission,
    SubmissionRefused,
    Understood,
    Values,
)
from counterfoil.auth_modes.two_step import (
    NoToken,
    Probe,
    Renewal,
    SecondQuestion,
    TokenAnswerInvalid,
    TokenFetchFailed,
    TwoStep,
    TwoStepCredentials,
    TwoStepOptions,
)
from counterfoil.auth_modes.typed import MAX_VALUE_CHARACTERS
from counterfoil.errors import InvalidBody
from counterfoil.oauth2 import HttpRequest, HttpResponse, NoAnswer, TokenRefused, TokenUnreadable
from counterfoil.vault import Secret

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MODE = TwoStep()


def cause(code: str, *fields: str, recoverable: bool = False) -> Cause:
    return Cause(
        code=code,
        sentence=f"{code}.",
        remedy="Fix it.",
        who="operator",
        fields=fields,
        recoverable=recoverable,
    )


def _explain(_values: Values, no_token: NoToken, renewing: bool) -> Cause:
    return cause(f"{type(no_token).__name__}{' renewing' if renewing else ''}")


def _understand(values: Values) -> Values | Cause:
    return (
        cause("nobody", "user") if values.get("user") == "nobody" else {**values, "user": str(values["user"])}
    )


def _second_question(values: Values, refused: TokenRefused) -> SecondQuestion | None:
    if refused.code != "doubtful":
        return None
    return SecondQuestion({"user": "somebody else"}, cause("told_apart"))


def _judge(_values: Values, response: HttpResponse) -> Cause | None:
    return None if response.status == 200 else cause("probe")


def _renewal(values: Values, refresh_token: Secret | None) -> Renewal:
    if "code" in values and refresh_token is not None:
        return Renewal({"refresh": refresh_token}, spends_refresh_token=True)
    return Renewal({"user": values["user"], "id": values["id"]}, spends_refresh_token=False)


OPTIONS = TwoStepOptions(
    token_url="https://provider.example/token",
    client_fields=(
        Field(name="id", label="Id", description=""),
        Field(name="key", label="Key", description="", secret=True),
    ),
    fields=(
        Field(name="user", label="User", description="", reading=True),
        Field(name="code", label="Code", description="", secret=True, required=False),
    ),
    readings={"user": lambda text: Understood((("user", text),))},
    understand=_understand,
    token_parameters=lambda values: {name: values.get(name) for name in ("id", "key", "user", "code")},
    renewal=_renewal,
    explain=_explain,
    second_question=_second_question,
    probe=Probe(
        request=lambda token: HttpRequest("GET", "https://provider.example/probe", (("A", token.reveal()),)),
        judge=_judge,
        explain_unanswered=lambda _values, _silence: cause("probe_unanswered"),
    ),
    outcome_unknown=lambda _values: cause("outcome_unknown"),
    fingerprint=lambda values, _token: Fingerprint("provider.example", "company", str(values["user"])),
    is_token_error=lambda status, _type, _body: status == 401,
)


@dataclass(frozen=True)
class _Provider:
    id: str = "made-up"
    options: object = OPTIONS


PROVIDER = _Provider()
HELD = ClientSettings({"id": Secret("held-id"), "key": Secret("held-key")})
NONE_HELD = ClientSettings()
TYPED: dict[str, object] = {"id": "typed-id", "key": "typed-key", "user": "ada"}
PROVEN = answer(200, {})


def submission(settings: ClientSettings = HELD, **typed: object) -> Submission:
    return MODE.read(PROVIDER, settings, {**TYPED, **typed})


def credentials(settings: ClientSettings = HELD, **typed: object) -> TwoStepCredentials:
    obtained = play(MODE.obtain(PROVIDER, settings, submission(settings, **typed)), granted(), PROVEN).result
    held = obtained.credentials
    assert isinstance(held, TwoStepCredentials)
    return held


class TestFields:
    def test_what_the_integration_holds_is_not_asked_for(self) -> None:
        assert [field.name for field in MODE.fields(PROVIDER, NONE_HELD)] == ["id", "key", "user", "code"]
        assert [field.name for field in MODE.fields(PROVIDER, HELD)] == ["user", "code"]

    def test_an_empty_setting_is_not_held(self) -> None:
        settings = ClientSettings({"id": Secret("held-id"), "key": Secret("")})
        assert [field.name for field in MODE.fields(PROVIDER, settings)] == ["key", "user", "code"]

    def test_the_fields_an_integration_may_hold_are_known(self) -> None:
        assert [field.name for field in MODE.client_fields(PROVIDER)] == ["id", "key"]

    def test_only_some_fields_are_read_while_typing(self) -> None:
        assert MODE.reading(PROVIDER, "user", "ada") == Understood((("user", "ada"),))
        assert MODE.reading(PROVIDER, "code", "x") is None
        assert MODE.reading(PROVIDER, "nothing", "x") is None


class TestReading:
    def test_secrets_become_secrets_and_nothing_held_or_unknown_is_kept(self) -> None:
        read = MODE.read(PROVIDER, HELD, {**TYPED, "code": "c", "type": "TWO_STEP", "other": 1}, {"p": "1"})
        assert read == Submission({"user": "ada", "code": Secret("c")}, {"p": "1"})

    def test_blanks_and_invisible_characters_at_the_ends_are_dropped(self) -> None:
        read = submission(NONE_HELD, key="\u200b \n typed key\u00a0\ufeff")
        assert read.values["key"] == Secret("typed key")

    def test_empty_and_null_values_are_absent(self) -> None:
        assert "code" not in submission(code="").values
        assert "code" not in submission(code=None).values
        assert "code" not in submission(code=" \u200b").values

    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ({"user": ""}, "required"),
            ({"user": 5}, "invalid_type"),
            ({"user": ["ada"]}, "invalid_type"),
            ({"user": "x" * (MAX_VALUE_CHARACTERS + 1)}, "too_big"),
            ({"user": "\ud800"}, "invalid_format"),
        ],
    )
    def test_a_value_that_is_none_is_named_by_its_field(self, typed: dict[str, object], code: str) -> None:
        with pytest.raises(InvalidBody) as refused:
            MODE.read(PROVIDER, HELD, {**TYPED, **typed})
        assert [(error.path, error.code) for error in refused.value.errors] == [(("user",), code)]

    def test_all_missing_fields_are_told_at_once(self) -> None:
        with pytest.raises(InvalidBody) as refused:
            MODE.read(PROVIDER, NONE_HELD, {})
        assert [error.path for error in refused.value.errors] == [("id",), ("key",), ("user",)]

    def test_what_the_provider_knows_to_be_useless_is_refused_with_its_cause(self) -> None:
        with pytest.raises(SubmissionRefused) as refused:
            submission(user="nobody")
        assert refused.value.code == "invalid_body"
        assert refused.value.status == 400
        assert [(error.path, error.code) for error in refused.value.errors] == [(("user",), "nobody")]
        diagnosis = refused.value.diagnostics()["diagnosis"]
        assert isinstance(diagnosis, dict)
        assert diagnosis["code"] == "nobody"
        assert diagnosis["step"] is None

    @given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.text())))
    def test_nothing_submitted_makes_it_fail_in_another_way(self, submitted: dict[str, object]) -> None:
        try:
            MODE.read(PROVIDER, NONE_HELD, submitted)
        except (InvalidBody, SubmissionRefused):
            pass


class TestObtaining:
    def test_a_token_is_asked_for_then_proven(self) -> None:
        played = play(MODE.obtain(PROVIDER, HELD, submission(code="c")), granted(), PROVEN)
        assert played.forms == [{"id": "held-id", "key": "held-key", "user": "ada", "code": "c"}]
        assert played.requests[1].headers == (("A", "access"),)
        assert played.result.fingerprint == Fingerprint("provider.example", "company", "ada")
        assert played.result.expires_in_seconds == 43200

    def test_what_the_integration_holds_wins_over_what_was_typed(self) -> None:
        sneaked = Submission({"user": "ada", "id": "typed-id"})
        assert play(MODE.obtain(PROVIDER, HELD, sneaked), granted(), PROVEN).forms[0]["id"] == "held-id"

    def test_what_the_integration_holds_is_never_in_the_credentials(self) -> None:
        assert credentials().submitted == {"user": Secret("ada")}
        assert set(credentials(NONE_HELD).submitted) == {"id", "key", "user"}

    def test_a_lifetime_that_is_not_said_is_taken_from_the_token(self) -> None:
        token = jwt(iat=1000, exp=4600)
        played = play(
            MODE.obtain(PROVIDER, HELD, submission()), granted(access_token=token, expires_in=None), PROVEN
        )
        assert played.result.expires_in_seconds == 3600

    def test_a_lifetime_nobody_says_is_unknown(self) -> None:
        played = play(MODE.obtain(PROVIDER, HELD, submission()), granted(expires_in=None), PROVEN)
        assert played.result.expires_in_seconds is None

    def test_a_refusal_fails_with_the_providers_cause_and_the_wires_code(self) -> None:
        failed = play_to_failure(MODE.obtain(PROVIDER, HELD, submission()), oauth("invalid_grant"))
        assert isinstance(failed, TokenFetchFailed)
        assert failed.code == "two_step_credentials_fetch_error"
        assert failed.cause.code == "TokenRefused"

    def test_a_doubtful_refusal_is_told_apart_by_one_more_question(self) -> None:
        failed = play_to_failure(MODE.obtain(PROVIDER, HELD, submission()), oauth("doubtful"), granted())
        assert failed.cause.code == "told_apart"

    @pytest.mark.parametrize(
        "second", [oauth("doubtful"), HttpResponse(503, (), b"<html>"), NoAnswer("gone", sent=None)]
    )
    def test_a_second_question_that_settles_nothing_leaves_the_first_answer(
        self, second: HttpResponse | NoAnswer
    ) -> None:
        failed = play_to_failure(MODE.obtain(PROVIDER, HELD, submission()), oauth("doubtful"), second)
        assert failed.cause.code == "TokenRefused"

    @pytest.mark.parametrize("status", [200, 201, 400, 502])
    def test_an_unreadable_answer_fails(self, status: int) -> None:
        failed = play_to_failure(
            MODE.obtain(PROVIDER, HELD, submission()), HttpResponse(status, (), b"<html>")
        )
        assert isinstance(failed, TokenFetchFailed)
        assert failed.cause.code == "TokenUnreadable"

    @pytest.mark.parametrize("status", [202, 204, 206])
    def test_a_success_that_can_not_hold_a_token_has_a_code_of_its_own(self, status: int) -> None:
        failed = play_to_failure(MODE.obtain(PROVIDER, HELD, submission()), HttpResponse(status))
        assert isinstance(failed, TokenAnswerInvalid)
        assert failed.code == "invalid_two_step_credentials"

    def test_no_answer_fails_with_a_cause_and_keeps_the_reason(self) -> None:
        silence = NoAnswer("The connection was refused.", sent=False)
        failed = play_to_failure(MODE.obtain(PROVIDER, HELD, submission()), silence)
        assert failed.cause.code == "NoAnswer"
        assert failed.__cause__ is silence

    def test_a_token_that_does_not_work_is_not_obtained(self) -> None:
        failed = play_to_failure(MODE.obtain(PROVIDER, HELD, submission()), granted(), answer(403, {}))
        assert failed.cause.code == "probe"

    def test_a_probe_without_an_answer_fails(self) -> None:
        failed = play_to_failure(
            MODE.obtain(PROVIDER, HELD, submission()), granted(), NoAnswer("gone", sent=True)
        )
        assert failed.cause.code == "probe_unanswered"


class TestRenewing:
    def test_it_is_one_request_with_the_stored_values(self) -> None:
        played = play(
            MODE.refresh(PROVIDER, HELD, credentials(), NOW), granted(access_token="new", refresh_token=None)
        )
        assert played.forms == [{"user": "ada", "id": "held-id"}]
        renewed = played.result.credentials
        assert isinstance(renewed, TwoStepCredentials)
        assert renewed.token == Secret("new")
        assert renewed.refresh_token == Secret("refresh")
        assert renewed.submitted == {"user": Secret("ada")}
        assert played.result.fingerprint.user_id == "ada"

    def test_a_new_refresh_token_replaces_the_old_one(self) -> None:
        renewed = play(
            MODE.refresh(PROVIDER, HELD, credentials(code="c"), NOW), granted(refresh_token="newer")
        ).result.credentials
        assert isinstance(renewed, TwoStepCredentials)
        assert renewed.refresh_token == Secret("newer")

    def test_the_refresh_token_is_sent_where_the_provider_spends_it(self) -> None:
        assert play(MODE.refresh(PROVIDER, HELD, credentials(code="c"), NOW), granted()).forms == [
            {"refresh": "refresh"}
        ]

    def test_a_refusal_is_explained_as_one_of_a_renewal(self) -> None:
        for held in (credentials(), credentials(code="c")):
            failed = play_to_failure(MODE.refresh(PROVIDER, HELD, held, NOW), oauth("invalid_grant"))
            assert failed.cause.code == "TokenRefused renewing"

    def test_an_unreadable_answer_to_a_spent_token_fails(self) -> None:
        failed = play_to_failure(MODE.refresh(PROVIDER, HELD, credentials(code="c"), NOW), HttpResponse(502))
        assert failed.cause.code == "TokenUnreadable renewing"

    @pytest.mark.parametrize("sent", [True, None])
    def test_a_refresh_token_that_may_have_been_spent_has_an_unknown_outcome(self, sent: bool | None) -> None:
        failed = play_to_failure(
            MODE.refresh(PROVIDER, HELD, credentials(code="c"), NOW), NoAnswer("gone", sent=sent)
        )
        assert failed.cause.code == "outcome_unknown"

    def test_a_refresh_token_that_never_left_is_not_spent(self) -> None:
        failed = play_to_failure(
            MODE.refresh(PROVIDER, HELD, credentials(code="c"), NOW), NoAnswer("refused", sent=False)
        )
        assert failed.cause.code == "NoAnswer renewing"

    def test_asking_again_may_be_repeated_so_no_answer_is_just_that(self) -> None:
        failed = play_to_failure(
            MODE.refresh(PROVIDER, HELD, credentials(), NOW), NoAnswer("gone", sent=None)
        )
        assert failed.cause.code == "NoAnswer renewing"


class TestCredentials:
    def test_what_is_dumped_is_json_and_loads_as_the_same(self) -> None:
        for held in (credentials(NONE_HELD, code="c"), replace(credentials(), refresh_token=None)):
            assert MODE.load(json.loads(json.dumps(held.dump()))) == held

    def test_they_do_not_print_themselves(self) -> None:
        shown = repr(credentials(NONE_HELD, code="hush"))
        assert not any(secret in shown for secret in ("hush", "typed-key", "access", "ada"))

    def test_the_authorization_header_is_a_secret(self) -> None:
        assert MODE.authorization(PROVIDER, credentials()) == Secret("Bearer access")

    def test_revealed_they_have_the_wires_members(self) -> None:
        shown = MODE.reveal(credentials(NONE_HELD, code="c"), NOW, include_refresh_token=False)
        raw = {"token_type": "Bearer", "access_token": "access", "expires_in": 43200}
        assert shown == {
            "type": "TWO_STEP",
            "token": "access",
            "expires_at": "2026-11-24T12:00:00.000Z",
            "raw": raw,
            "id": "typed-id",
            "key": "typed-key",
            "user": "ada",
            "code": "c",
        }

    def test_the_refresh_token_is_revealed_only_on_request(self) -> None:
        shown = MODE.reveal(credentials(), None, include_refresh_token=True)
        assert shown["refresh_token"] == "refresh"
        assert shown["raw"]["refresh_token"] == "refresh"
        assert "expires_at" not in shown

    def test_refresh_tokens_are_dropped_at_any_depth_and_in_any_spelling(self) -> None:
        extra: dict[str, Any] = {
            "list": [{"refreshToken": "hush", "kept": 1}],
            "more": {"REFRESH-TOKEN": "hush"},
        }
        obtained = play(MODE.obtain(PROVIDER, HELD, submission()), granted(**extra), PROVEN).result
        shown = MODE.reveal(obtained.credentials, None, include_refresh_token=False)
        assert "hush" not in json.dumps(shown)
        assert shown["raw"]["list"] == [{"kept": 1}]

    def test_a_typed_field_never_passes_for_a_member_of_ours(self) -> None:
        held = replace(credentials(), submitted={"token": Secret("typed"), "type": Secret("typed")})
        shown = MODE.reveal(held, None, include_refresh_token=False)
        assert (shown["type"], shown["token"]) == ("TWO_STEP", "access")


def test_token_errors_are_the_providers_to_tell() -> None:
    assert MODE.is_token_error(PROVIDER, 401, "", b"")
    assert not MODE.is_token_error(PROVIDER, 400, "", b"")


def test_another_modes_provider_or_credentials_are_a_fault() -> None:
    class Others:
        def dump(self) -> dict[str, Any]:
            return {}

    others: Credentials = Others()
    with pytest.raises(TypeError, match="made-up"):
        MODE.fields(_Provider(options=None), NONE_HELD)
    with pytest.raises(TypeError, match="Others"):
        MODE.authorization(PROVIDER, others)


def test_an_unreadable_answer_is_told_from_a_refusal() -> None:
    assert _explain({}, TokenUnreadable(200, "it is empty"), False).code == "TokenUnreadable"
