"""How Sage signs what it posts to webhooks, asynchronous answers and triggers alike; pure.

`X-IA-Sage-Signature` is a JWT, HS256 under the secret of a client application. Its claim `payload_signature`
is the SHA-256 of the raw body in hexadecimal, so that a receiver who has checked the JWT and compared the
digest knows that the body is genuine. How to do that is told in the how-to guide.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

SIGNATURE_HEADER: Final = "X-IA-Sage-Signature"
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


def signature(signer: Signer, body: bytes, now: datetime, *, expiry_in_seconds: bool = False) -> str:
    """The JWT about a body; its times are in milliseconds.

    Args:
        signer: Whose secret signs.
        body: As it is sent.
        now: The claim `iat`.
        expiry_in_seconds: Whether `exp` alone is in seconds, as RFC 7519 has it.
    """
    expiry_seconds = (now + LIFETIME).timestamp()
    claims = {
        "iat": int(now.timestamp() * 1000),
        "exp": int(expiry_seconds if expiry_in_seconds else expiry_seconds * 1000),
        "iss": ISSUER,
        "tenant_id": signer.company_id,
        "app_id": signer.client_id,
        "payload_signature": hashlib.sha256(body).hexdigest(),
        "payload_signature_alg": DIGEST,
    }
    return _signed(claims, signer.client_secret.encode())


def hmac_signature(secret: str, body: bytes) -> str:
    """The signature that an example of Sage's shows: the body's HMAC-SHA256, in 43 letters."""
    return _base64url(hmac.digest(secret.encode(), body, hashlib.sha256))


def _signed(claims: Mapping[str, object], key: bytes) -> str:
    """A JWT under HS256 (RFC 7515 §3.1). The libraries warn of short keys; the key is what somebody has."""
    parts = [_base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    digest = hmac.digest(key, ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, _base64url(digest)])


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
