import base64
import hashlib
import json
from datetime import UTC, datetime

import jwt
import pytest

from intacct_sandbox.faults import Quirks
from intacct_sandbox.outbound.signing import DIGEST, Signer
from intacct_sandbox.triggers.signing import headers

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SIGNER = Signer(company_id="MyCompany", client_id="client", client_secret="s" * 32)
CONTEXT = {"COMPANY": "MyCompany", "USER": "Jürgen"}
BODY = b'{"a": 1}'


def made(quirks: Quirks) -> dict[str, str]:
    return headers(quirks, SIGNER, CONTEXT, BODY, "the-key", NOW)


def claims(token: str) -> dict[str, object]:
    read: dict[str, object] = jwt.decode(
        token, SIGNER.client_secret, algorithms=["HS256"], options={"verify_iat": False, "verify_exp": False}
    )
    return read


def test_the_signature_says_who_when_and_what() -> None:
    sent = made(Quirks())
    assert claims(sent["X-IA-Sage-Signature"]) == {
        "iat": 1_772_443_800_000,
        "exp": 1_772_447_400_000,
        "iss": "Sage Intacct",
        "tenant_id": "MyCompany",
        "app_id": "client",
        "payload_signature": hashlib.sha256(BODY).hexdigest(),
        "payload_signature_alg": DIGEST,
    }
    assert sent["Authorization"] == f"Bearer {sent['X-IA-Sage-Signature']}"
    assert sent["X-IdempotencyKey"] == "the-key"
    assert json.loads(sent["x-clientcontext"]) == CONTEXT


def test_another_secret_does_not_verify_it() -> None:
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(made(Quirks())["X-IA-Sage-Signature"], "t" * 32, algorithms=["HS256"])


def test_what_is_not_documented_can_be_switched() -> None:
    quirks = Quirks()
    for name, value in (
        ("webhook-expiry-unit", "seconds"),
        ("webhook-bearer", "none"),
        ("webhook-context", "base64"),
    ):
        quirks.set(name, value)
    sent = made(quirks)
    assert claims(sent["X-IA-Sage-Signature"])["exp"] == 1_772_447_400
    assert "Authorization" not in sent
    assert json.loads(base64.b64decode(sent["x-clientcontext"])) == CONTEXT
