"""Webhooks of Sage Intacct: whose they are, by the JWT in `X-IA-Sage-Signature` (Sage, "Webhooks").

The token is signed with HS256 under the client's secret and says the company (`tenant_id`), how long it
holds, and the SHA-256 of the very body. Sage writes its times in milliseconds; seconds are understood too.
Retries of one webhook bear one `X-IdempotencyKey`, which is passed on and not judged here.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from counterfoil.auth_modes import ClientSettings
from counterfoil.oauth2.exchange import json_object
from counterfoil.providers.provider import Believed, Doubted, Received
from counterfoil.vault import Secret

SIGNATURE_HEADER: Final = "x-ia-sage-signature"
ISSUER: Final = "Sage Intacct"

_MOST_CHARACTERS: Final = 8_192
_DIGESTS: Final = frozenset({"sha-256", "sha256"})
# A moment in seconds that is later than this is one in milliseconds.
_LATEST_SECONDS: Final = 100_000_000_000
_TOLERANCE_SECONDS: Final = 300


def read_webhook(received: Received, settings: ClientSettings) -> Believed | Doubted:
    """Whose webhook it is."""
    secret = settings.values.get("clientSecret")
    if not secret:
        return Doubted("The integration holds no Client Secret, so nobody's signature can be checked.")
    claims = _verified(received.headers.get(SIGNATURE_HEADER, ""), secret)
    if isinstance(claims, Doubted):
        return claims
    if claims.get("iss") != ISSUER:
        return Doubted("The signature's issuer is somebody else.")
    if not _holds(claims, received.at):
        return Doubted("The signature does not hold any more, or not yet.")
    algorithm, digest = claims.get("payload_signature_alg"), claims.get("payload_signature")
    if not isinstance(algorithm, str) or algorithm.lower() not in _DIGESTS or not isinstance(digest, str):
        return Doubted("The signature does not say the SHA-256 of the body.")
    if not hmac.compare_digest(digest.lower().encode(), hashlib.sha256(received.body).hexdigest().encode()):
        return Doubted("The signature is one of another body.")
    company_id = claims.get("tenant_id")
    return Believed(company_id=company_id if isinstance(company_id, str) and company_id else None)


def _verified(token: str, secret: Secret) -> Mapping[str, object] | Doubted:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _MOST_CHARACTERS or not token.isascii():
        return Doubted("There is no signature.")
    head, claims, signature = (_decoded(part) for part in parts)
    if head is None or claims is None or signature is None:
        return Doubted("The signature can't be read.")
    said = json_object(head)
    # Only ever this one: a token must not choose how it is checked (RFC 8725 section 3.1).
    if isinstance(said, str) or said.get("alg") != "HS256":
        return Doubted("The signature is made in another way than HS256.")
    signed = f"{parts[0]}.{parts[1]}".encode()
    if not hmac.compare_digest(hmac.digest(secret.reveal().encode(), signed, "sha256"), signature):
        return Doubted("The signature is not one of the integration's client.")
    read = json_object(claims)
    return Doubted("The signature can't be read.") if isinstance(read, str) else read


def _decoded(part: str) -> bytes | None:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _holds(claims: Mapping[str, object], at: datetime) -> bool:
    begins, ends = _seconds(claims.get("iat")), _seconds(claims.get("exp"))
    now = at.timestamp()
    return (
        begins is not None
        and ends is not None
        and begins - _TOLERANCE_SECONDS <= now < ends + _TOLERANCE_SECONDS
    )


def _seconds(moment: object) -> float | None:
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 < moment < 1e15:
        return None
    return moment / 1000 if moment > _LATEST_SECONDS else float(moment)
