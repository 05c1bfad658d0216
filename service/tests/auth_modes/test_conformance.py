"""What holds for every auth mode, played with each one's sample; what is peculiar is in a mode's own file."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from service.tests.auth_modes.playing import Played, play, play_to_failure
from service.tests.auth_modes.samples import SAMPLES, SECRET, Example, Sample

from counterfoil import auth_modes
from counterfoil.auth_modes import AuthorizationFailed, ClientSettings, Obtained, Submission
from counterfoil.errors import InvalidBody
from counterfoil.oauth2 import NoAnswer
from counterfoil.vault import Secret

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.mode.name)

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")


def _held(sample: Sample) -> ClientSettings:
    return ClientSettings({name: Secret(value) for name, value in sample.held.items()})


def _least(sample: Sample) -> ClientSettings:
    return ClientSettings({name: Secret(value) for name, value in sample.least.items()})


def _read(sample: Sample, settings: ClientSettings | None = None) -> Submission:
    submission = sample.mode.read(sample.provider, settings or _least(sample), sample.submitted)
    return replace(submission, response=sample.response)


def _obtained(sample: Sample, settings: ClientSettings | None = None) -> Played[Obtained]:
    settings = settings or _least(sample)
    exchange = sample.mode.obtain(sample.provider, settings, _read(sample, settings))
    return play(exchange, *sample.obtaining)


def test_every_registered_mode_has_a_sample(sample: Sample) -> None:
    assert {one.mode.name for one in SAMPLES} == {mode.name for mode in auth_modes.ALL}
    assert type(auth_modes.mode(sample.mode.name)) is type(sample.mode)


def test_its_fields_can_be_named_and_filled(sample: Sample) -> None:
    fields = sample.mode.fields(sample.provider, _least(sample))
    names = [field.name for field in fields]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]*", name) for name in names)
    assert all(field.label and field.description for field in fields)
    assert all(not field.required for field in fields if field.one_of)


def test_nobody_is_asked_for_what_the_integration_holds(sample: Sample) -> None:
    asked = {field.name for field in sample.mode.fields(sample.provider, _held(sample))}
    assert not asked & set(sample.held)
    assert set(sample.held) == {field.name for field in sample.mode.client_fields(sample.provider)}


def test_unknown_names_are_ignored(sample: Sample) -> None:
    submitted = {**sample.submitted, "type": sample.mode.name, "unknown": 1}
    assert "unknown" not in sample.mode.read(sample.provider, _least(sample), submitted).values


def test_values_that_are_no_texts_are_refused_by_name(sample: Sample) -> None:
    for name in sample.submitted:
        with pytest.raises(InvalidBody) as refused:
            sample.mode.read(sample.provider, _least(sample), {**sample.submitted, name: ["x"]})
        assert [error.path for error in refused.value.errors] == [(name,)]


def test_nothing_typed_where_something_is_needed_is_refused(sample: Sample) -> None:
    if not sample.submitted:
        return
    with pytest.raises((InvalidBody, AuthorizationFailed)) as refused:
        sample.mode.read(sample.provider, _least(sample), {})
    assert refused.value.errors


def test_credentials_come_of_it_and_only_https_is_asked(sample: Sample) -> None:
    played = _obtained(sample)
    assert {urlsplit(request.url).scheme for request in played.requests} == {"https"}
    assert played.result.fingerprint.provider_host


def test_what_proves_them_carries_what_calls_carry(sample: Sample) -> None:
    played = _obtained(sample)
    value = sample.mode.authorization(sample.provider, played.result.credentials).reveal()
    sent = dict(played.requests[-1].headers)
    assert sent.get(sample.mode.authorization_header(sample.provider), "") == value


def test_the_header_can_be_sent(sample: Sample) -> None:
    assert _HEADER_NAME.fullmatch(sample.mode.authorization_header(sample.provider))
    value = sample.mode.authorization(sample.provider, _obtained(sample).result.credentials)
    assert _HEADER_VALUE.fullmatch(value.reveal())


def test_credentials_survive_being_sealed(sample: Sample) -> None:
    credentials = _obtained(sample).result.credentials
    assert sample.mode.load(json.loads(json.dumps(credentials.dump()))) == credentials


def test_nothing_that_is_printed_shows_a_secret(sample: Sample) -> None:
    played = _obtained(sample)
    assert SECRET not in repr((_read(sample), played.result, played.requests))


def test_what_the_integration_holds_is_not_kept_with_the_connection(sample: Sample) -> None:
    if not sample.held:
        return
    played = _obtained(sample, _held(sample))
    assert SECRET not in json.dumps(played.result.credentials.dump())


def test_the_wires_object_holds_its_members_and_every_field_that_was_typed(sample: Sample) -> None:
    credentials = _obtained(sample).result.credentials
    shown = sample.mode.reveal(credentials, None, include_refresh_token=False)
    assert shown.get("type", sample.mode.name) == sample.mode.name
    assert set(shown) == sample.revealed | set(sample.submitted)
    assert {name: shown[name] for name in sample.submitted} == sample.submitted
    assert json.loads(json.dumps(shown)) == shown


def test_the_end_is_told_where_there_is_one(sample: Sample) -> None:
    played = _obtained(sample)
    shown = sample.mode.reveal(
        played.result.credentials, NOW + timedelta(hours=1), include_refresh_token=False
    )
    ends = not played.result.lasting
    assert shown.get("expires_at") == ("2026-11-24T13:00:00.000Z" if ends else None)


def test_lasting_credentials_say_nothing_of_a_lifetime(sample: Sample) -> None:
    result = _obtained(sample).result
    assert not (result.lasting and result.expires_in_seconds)


def test_refresh_tokens_are_not_shown_unasked(sample: Sample) -> None:
    shown = sample.mode.reveal(_obtained(sample).result.credentials, None, include_refresh_token=False)
    assert "refresh" not in json.dumps(shown)


def test_renewing_gives_credentials_of_the_same_user(sample: Sample) -> None:
    before = _obtained(sample).result
    played = play(
        sample.mode.refresh(sample.provider, _least(sample), before.credentials, NOW), *sample.renewing
    )
    assert played.result.fingerprint == before.fingerprint
    assert sample.mode.load(played.result.credentials.dump()) == played.result.credentials


def test_a_refusal_names_cause_remedy_and_person_and_no_secret(sample: Sample) -> None:
    assert sample.refusing is not None
    failed = play_to_failure(
        sample.mode.obtain(sample.provider, _least(sample), _read(sample)), *sample.refusing
    )
    told = json.dumps(failed.diagnostics()) + failed.message
    assert (failed.code, failed.status) == (sample.wire_code, 400)
    assert failed.cause.code
    assert failed.cause.sentence
    assert failed.cause.remedy
    assert not failed.cause.recoverable
    assert SECRET not in told


def test_silence_is_told_as_something_that_may_pass(sample: Sample) -> None:
    exchange = sample.mode.obtain(sample.provider, _least(sample), _read(sample))
    failed = play_to_failure(exchange, NoAnswer(f"{sample.provider.id} does not answer.", sent=False))
    assert failed.code == sample.wire_code
    assert failed.cause.recoverable


def test_another_modes_options_and_credentials_are_a_fault_of_ours(sample: Sample) -> None:
    with pytest.raises(TypeError):
        play(sample.mode.obtain(Example(None), _least(sample), _read(sample)))
    if sample.submitted:
        other = next(one for one in SAMPLES if one.mode.name == "NONE")
        with pytest.raises(TypeError):
            sample.mode.authorization(sample.provider, _obtained(other).result.credentials)


def test_an_answer_of_success_is_never_a_token_error(sample: Sample) -> None:
    assert not sample.mode.is_token_error(sample.provider, 404, "application/json", b"{}")
