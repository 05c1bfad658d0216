"""Webhooks of an API that is known only by what an operator says of it: a shared secret signs the body.

The signature is the HMAC-SHA256 of the very body, in hexadecimal, with or without `sha256=` before it, in a
header that the operator names. Whose connection it is about is not known; the operator's receiver tells.
"""

import hmac
import re
from typing import Final

from counterfoil.auth_modes import ClientSettings, Field
from counterfoil.providers.provider import Believed, Doubted, Received

DEFAULT_HEADER: Final = "X-Signature-256"
SECRET: Final = Field(
    name="webhookSecret",
    label="Webhook secret",
    description="What the API signs its webhooks with, HMAC-SHA256 of the body. Without it none is taken in.",
    secret=True,
    required=False,
)
SIGNATURE_HEADER: Final = Field(
    name="webhookSignatureHeader",
    label="Webhook signature header",
    description=f"The header with the signature in hexadecimal. Left empty: {DEFAULT_HEADER}.",
    required=False,
    placeholder="X-Hub-Signature-256",
    pattern=r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}",
)
SETTINGS: Final = (SECRET, SIGNATURE_HEADER)

_SIGNATURE: Final = re.compile(r"(?:sha256=)?([0-9a-f]{64})", re.IGNORECASE)


def read_webhook(received: Received, settings: ClientSettings) -> Believed | Doubted:
    """Whether it was signed with the integration's secret."""
    secret, named = settings.values.get(SECRET.name), settings.values.get(SIGNATURE_HEADER.name)
    if not secret:
        return Doubted("The integration holds no webhookSecret, so nobody's signature can be checked.")
    header = named.reveal() if named else DEFAULT_HEADER
    found = _SIGNATURE.fullmatch(received.headers.get(header.lower(), "").strip())
    if found is None:
        return Doubted(f"The header {header} holds no signature.")
    made = hmac.digest(secret.reveal().encode(), received.body, "sha256").hex()
    if not hmac.compare_digest(made, found.group(1).lower()):
        return Doubted("The signature is not one of the integration's webhookSecret.")
    return Believed(company_id=None)
