"""A webhook of any API is believed when it bears the secret's signature, in the header that was named."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service.tests.doubles import SettableClock

from counterfoil.auth_modes import ClientSettings
from counterfoil.providers import Believed, Doubted, Received, catalogue
from counterfoil.providers.generic.webhooks import read_webhook
from counterfoil.vault import Secret

BODY = b'{"id": 1}'
SIGNATURE = hmac.new(b"shared", BODY, hashlib.sha256).hexdigest()


def read(header: str, value: str, *, body: bytes = BODY, **settings: str) -> object:
    held = ClientSettings({name: Secret(text) for name, text in settings.items()})
    received = Received(headers={header: value}, body=body, at=SettableClock().now())
    return read_webhook(received, held)


@pytest.mark.parametrize("value", [SIGNATURE, SIGNATURE.upper(), f"sha256={SIGNATURE}", f" {SIGNATURE} "])
def test_a_signed_webhook_is_believed_and_is_nobodys_in_particular(value: str) -> None:
    assert read("x-signature-256", value, webhookSecret="shared") == Believed(company_id=None)


def test_the_header_may_be_another() -> None:
    for header, believed in (("x-hub-signature-256", True), ("x-signature-256", False)):
        answer = read(header, SIGNATURE, webhookSecret="shared", webhookSignatureHeader="X-Hub-Signature-256")
        assert isinstance(answer, Believed) is believed


@pytest.mark.parametrize("value", ["", "sha256=", SIGNATURE[:-1], SIGNATURE + "0", "sha1=" + SIGNATURE, "é"])
def test_another_signature_is_doubted(value: str) -> None:
    assert isinstance(read("x-signature-256", value, webhookSecret="shared"), Doubted)


def test_another_body_or_secret_is_doubted() -> None:
    assert isinstance(read("x-signature-256", SIGNATURE, body=b"other", webhookSecret="shared"), Doubted)
    assert isinstance(read("x-signature-256", SIGNATURE, webhookSecret="other"), Doubted)


def test_without_a_secret_nobody_is_believed() -> None:
    nobodys = hmac.new(b"", BODY, hashlib.sha256).hexdigest()
    assert isinstance(read("x-signature-256", nobodys), Doubted)


@given(st.text(max_size=100))
def test_nothing_in_the_header_breaks_the_reading(value: str) -> None:
    assert isinstance(read("x-signature-256", value, webhookSecret="shared"), Doubted)


def test_every_generic_provider_takes_them() -> None:
    generic = [one for one in catalogue("https://api.intacct.com").all() if one.id.startswith("generic-")]
    assert generic
    for provider in generic:
        names = [one.name for one in provider.settings]
        assert names[-2:] == ["webhookSecret", "webhookSignatureHeader"], provider.id
        assert provider.read_webhook is not None
