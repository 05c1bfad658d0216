"""Signs webhooks as Sage Intacct documents it, written apart from what checks them. Support for tests."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

SECRET = "sandbox-client-secret"


def signature(
    body: bytes,
    at: datetime,
    *,
    secret: str = SECRET,
    head: dict[str, Any] | None = None,
    in_seconds: bool = False,
    **claims: Any,
) -> str:
    """The JWT of `X-IA-Sage-Signature`; claims that are None are left out."""
    unit = 1 if in_seconds else 1000
    issued = int(at.timestamp() * unit)
    said = {
        "iat": issued,
        "exp": issued + 3600 * unit,
        "iss": "Sage Intacct",
        "tenant_id": "MyCompany",
        "app_id": "0123456789abcdef0123.app.sage.com",
        "payload_signature": hashlib.sha256(body).hexdigest(),
        "payload_signature_alg": "SHA-256",
        **claims,
    }
    said = {name: value for name, value in said.items() if value is not None}
    first = _part(json.dumps(head or {"alg": "HS256", "typ": "JWT"}).encode())
    signed = f"{first}.{_part(json.dumps(said).encode())}"
    return f"{signed}.{_part(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
