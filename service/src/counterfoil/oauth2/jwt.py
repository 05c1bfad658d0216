"""What a JSON Web Token says of itself (RFC 7519), without checking its signature.

The access token is opaque to a client (RFC 6749 §1.4). Where it happens to be a JWT, its claims serve as a
hint for display or for a missing lifetime; no decision about rights rests on them.
"""

import base64
import binascii
from collections.abc import Mapping

import orjson

from counterfoil.oauth2.exchange import TEN_YEARS_SECONDS


def unverified_claims(token: str) -> Mapping[str, object]:
    """The claims of a JWT; empty for anything else. Never raises."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    payload = parts[1]
    try:
        decoded = base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True)
        claims = orjson.loads(decoded)
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def unverified_lifetime_seconds(token: str) -> int | None:
    """`exp` minus `iat` in seconds; None where absent. It needs no agreement about the time of day."""
    claims = unverified_claims(token)
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if not isinstance(issued_at, int | float) or not isinstance(expires_at, int | float):
        return None
    lifetime = expires_at - issued_at
    return int(lifetime) if 0 < lifetime <= TEN_YEARS_SECONDS else None
