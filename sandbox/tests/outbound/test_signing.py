"""The signature of what is posted, as a library reads it."""

import hashlib
from datetime import UTC, datetime

import jwt

from intacct_sandbox.outbound.signing import Signer, hmac_signature, signature

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SIGNER = Signer(company_id="C", client_id="x", client_secret="s" * 32)


def test_a_signature_says_for_whom_and_what_and_lasts_an_hour_in_milliseconds() -> None:
    claims = jwt.decode(
        signature(SIGNER, b"{}", NOW),
        SIGNER.client_secret,
        algorithms=["HS256"],
        options={"verify_iat": False, "verify_exp": False},
    )
    assert (claims["tenant_id"], claims["app_id"]) == ("C", "x")
    assert claims["payload_signature"] == hashlib.sha256(b"{}").hexdigest()
    assert claims["iat"] == int(NOW.timestamp() * 1000)
    assert claims["exp"] - claims["iat"] == 3_600_000


def test_a_signature_by_hmac_is_as_long_as_in_the_example() -> None:
    assert len(hmac_signature(SIGNER.client_secret, b"{}")) == 43
    assert hmac_signature(SIGNER.client_secret, b"{}") != hmac_signature(SIGNER.client_secret, b"[]")
