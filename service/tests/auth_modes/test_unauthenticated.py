"""What is peculiar to NONE: nothing is asked, sent, kept or shown."""

from datetime import UTC, datetime

from service.tests.auth_modes.playing import play
from service.tests.auth_modes.samples import HOST, Example

from counterfoil.auth_modes import ClientSettings
from counterfoil.auth_modes.unauthenticated import NoCredentials, NoneOptions, Unauthenticated

MODE = Unauthenticated()
NONE_HELD = ClientSettings()
PROVIDER = Example(NoneOptions(provider_host=HOST))
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_nothing_is_asked_and_settings_are_kept() -> None:
    assert MODE.fields(PROVIDER, NONE_HELD) == ()
    submission = MODE.read(PROVIDER, NONE_HELD, {"anything": "x"}, {"region": "eu"})
    assert (submission.values, submission.params) == ({}, {"region": "eu"})


def test_a_call_carries_no_credentials() -> None:
    assert not MODE.authorization(PROVIDER, NoCredentials())


def test_nothing_is_sent_and_nothing_renewed() -> None:
    obtained = play(MODE.obtain(PROVIDER, NONE_HELD, MODE.read(PROVIDER, NONE_HELD, {}))).result
    assert obtained.lasting
    assert play(MODE.refresh(PROVIDER, NONE_HELD, obtained.credentials, NOW)).result == obtained


def test_the_wires_object_is_empty() -> None:
    assert MODE.reveal(NoCredentials(), None, include_refresh_token=True) == {}


def test_no_answer_is_about_a_token() -> None:
    assert not MODE.is_token_error(PROVIDER, 401, "", b"")
