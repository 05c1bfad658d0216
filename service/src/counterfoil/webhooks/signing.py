"""Signatures of webhooks, as two families of verifiers compute them; pure.

    X-Nango-Hmac-Sha256   hex HMAC-SHA256 of the body; what the published node client checks
    X-Nango-Signature     hex SHA-256 of key and body; its older form
    webhook-signature     `v1,` and base64 HMAC-SHA256 of `id.timestamp.body`, one for each key
                          (Standard Webhooks 1.0.0, sections "Signature scheme" and "Multiple signatures")

One key serves both. Node's verifier takes its text; a Standard Webhooks library takes it as `whsec_…`, the
base64 of the same bytes. The first family has room for one signature only, so during a rotation it has that
of the key that is still in force, while the second has both.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from counterfoil.errors import FieldError
from counterfoil.vault import Secret
from counterfoil.webhooks.errors import InvalidSigningKey

# Standard Webhooks asks for 24 to 64 bytes.
_KEY: Final = re.compile(r"[!-~]{24,64}")
_STANDARD_PREFIX: Final = "whsec_"


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys of an environment.

    Attributes:
        current: In force.
        following: During a rotation the one that follows, else None.
    """

    current: Secret
    following: Secret | None = None


def signature_headers(
    keys: SigningKeys, *, message_id: str, timestamp_seconds: int, body: bytes
) -> tuple[tuple[str, str], ...]:
    """The headers that prove who sent these very bytes.

    Args:
        keys: One or two.
        message_id: The same at every attempt.
        timestamp_seconds: Of this attempt, since 1970.
        body: As it is sent.
    """
    current = keys.current.reveal().encode()
    accepted = [current] if keys.following is None else [current, keys.following.reveal().encode()]
    signed = f"{message_id}.{timestamp_seconds}.".encode() + body
    return (
        ("X-Nango-Hmac-Sha256", hmac.new(current, body, hashlib.sha256).hexdigest()),
        ("X-Nango-Signature", hashlib.sha256(current + body).hexdigest()),
        ("webhook-id", message_id),
        ("webhook-timestamp", str(timestamp_seconds)),
        ("webhook-signature", " ".join(_standard_signature(key, signed) for key in accepted)),
    )


def standard_secret(key: Secret) -> Secret:
    """The key as Standard Webhooks libraries take it."""
    return Secret(_STANDARD_PREFIX + base64.b64encode(key.reveal().encode()).decode())


def checked_key(text: str) -> Secret:
    """A key of the operator's own, such as the one that receivers know already. Raises InvalidSigningKey."""
    if not _KEY.fullmatch(text):
        message = "A signing key is 24 to 64 printable ASCII characters without spaces."
        raise InvalidSigningKey(message, errors=[FieldError(("signing_key",), "invalid_format", message)])
    return Secret(text)


def _standard_signature(key: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
