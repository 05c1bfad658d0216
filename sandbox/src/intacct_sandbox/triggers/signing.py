"""The headers of a delivery: who it is about, and a signature that the receiver can check.

`X-IA-Sage-Signature` is a JWT, HS256 under the secret of the trigger's client application. Its claim
`payload_signature` is the SHA-256 of the raw body in hexadecimal, so that a receiver who has checked the JWT
and compared the digest knows that the body is genuine. How to do that is told in the how-to guide.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from intacct_sandbox.faults.quirks import Quirks

HEADER: Final = "X-IA-Sage-Signature"
ISSUER: Final = "Sage Intacct"
DIGEST: Final = "SHA-256"
LIFETIME: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """For whom something is signed.

    Attributes:
        company_id: The claim `tenant_id`.
        client_id: The claim `app_id`.
        client_secret: The key.
    """

    company_id: str
    client_id: str
    client_secret: str


def headers(
    quirks: Quirks, signer: Signer, context: Mapping[str, str], body: bytes, key: str, now: datetime
) -> dict[str, str]:
    """The headers of one attempt.

    Args:
        quirks: What Sage's documentation leaves open.
        signer: Whose secret signs.
        context: What the delivery is about, by Sage's names.
        body: As it is sent.
        key: The same for every attempt of a delivery.
        now: The claim `iat`; every attempt is signed anew.
    """
    signature = sign(quirks, signer, body, now)
    told = json.dumps(context)
    if quirks.value("webhook-context") == "base64":
        told = base64.b64encode(told.encode()).decode()
    made = {
        "Content-Type": "application/json",
        "x-clientcontext": told,
        HEADER: signature,
        "X-IdempotencyKey": key,
    }
    if quirks.value("webhook-bearer") == "signature":
        made["Authorization"] = f"Bearer {signature}"
    return made


def sign(quirks: Quirks, signer: Signer, body: bytes, now: datetime) -> str:
    """The JWT about a body."""
    claims = {
        "iat": int(now.timestamp() * 1000),
        "exp": _expiry(quirks, now + LIFETIME),
        "iss": ISSUER,
        "tenant_id": signer.company_id,
        "app_id": signer.client_id,
        "payload_signature": hashlib.sha256(body).hexdigest(),
        "payload_signature_alg": DIGEST,
    }
    return _signed(claims, signer.client_secret.encode())


def _signed(claims: Mapping[str, object], key: bytes) -> str:
    """A JWT under HS256 (RFC 7515 §3.1). The libraries warn of short keys; the key is what somebody has."""
    parts = [_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.digest(key, ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, _encoded(signature)])


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _expiry(quirks: Quirks, moment: datetime) -> int:
    seconds = moment.timestamp()
    return int(seconds if quirks.value("webhook-expiry-unit") == "seconds" else seconds * 1000)
