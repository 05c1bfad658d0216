"""Signatures, checked against the known vector and against a verifier written from the specification."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.vault import Secret
from counterfoil.webhooks.errors import InvalidSigningKey
from counterfoil.webhooks.signing import SigningKeys, checked_key, signature_headers, standard_secret

# Checked with the published npm client.
KEY = "11111111-2222-4333-8444-555555555555"
BODY = (
    b'{"authMode":"TWO_STEP","connectionId":"c-1","environment":"dev","from":"nango","operation":"creation",'
    b'"provider":"acme","providerConfigKey":"acme-prod","success":true,"tags":{"end_user_id":"u1"},'
    b'"type":"auth"}'
)
HMAC = "e20d64ac33f6e2c627a49ac80bb3d9d0ec2c03bd50876e59e6585700af0cbbb4"
OLDER = "8266a87e03ca8b68c67fc97052867b435c7ad4be53eac328401b6224927a078e"


def headers_of(keys: SigningKeys, body: bytes = BODY) -> dict[str, str]:
    found = signature_headers(keys, message_id="msg_1", timestamp_seconds=1_700_000_000, body=body)
    return {name.lower(): value for name, value in found}


def is_valid(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Standard Webhooks 1.0.0, "Verifying webhook authenticity", read anew."""
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    expected = hmac.digest(key, signed, hashlib.sha256)
    versions = (one.split(",", 1) for one in headers["webhook-signature"].split(" "))
    return any(
        version == "v1" and hmac.compare_digest(base64.b64decode(text), expected)
        for version, text in versions
    )


def test_the_known_vector_comes_out() -> None:
    headers = headers_of(SigningKeys(Secret(KEY)))
    assert headers["x-nango-hmac-sha256"] == HMAC
    assert headers["x-nango-signature"] == OLDER
    json.loads(BODY)


def test_a_standard_verifier_accepts_it() -> None:
    headers = headers_of(SigningKeys(Secret(KEY)))
    secret = standard_secret(Secret(KEY)).reveal()
    assert is_valid(secret, headers, BODY)
    assert not is_valid(secret, headers, BODY + b" ")
    assert not is_valid(secret, {**headers, "webhook-timestamp": "1700000001"}, BODY)


def test_the_verifier_here_accepts_the_example_of_the_specifications_libraries() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert is_valid("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", headers, b'{"test": 2432232314}')


def test_during_a_rotation_either_key_verifies_and_the_single_signatures_are_those_of_the_present_one() -> (
    None
):
    old, new = Secret(KEY), Secret("a-new-key-that-is-long-enough")
    headers = headers_of(SigningKeys(old, new))
    assert is_valid(standard_secret(old).reveal(), headers, BODY)
    assert is_valid(standard_secret(new).reveal(), headers, BODY)
    assert headers["x-nango-hmac-sha256"] == HMAC
    assert not is_valid(standard_secret(Secret("x" * 24)).reveal(), headers, BODY)


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=24, max_size=64))
def test_any_key_that_is_accepted_signs_verifiably(text: str) -> None:
    key = checked_key(text)
    assert is_valid(standard_secret(key).reveal(), headers_of(SigningKeys(key)), BODY)


@pytest.mark.parametrize("text", ["", "short", "x" * 65, "with spaces in it, and so on", "ключ" * 8])
def test_what_cannot_be_a_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidSigningKey):
        checked_key(text)
