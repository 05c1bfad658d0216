"""The headers of a delivery: who it is about, and `outbound.signing`'s signature; what is open are quirks."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime

from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.outbound.signing import SIGNATURE_HEADER, Signer, signature


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
    in_seconds = quirks.value("webhook-expiry-unit") == "seconds"
    signed = signature(signer, body, now, expiry_in_seconds=in_seconds)
    told = json.dumps(context)
    if quirks.value("webhook-context") == "base64":
        told = base64.b64encode(told.encode()).decode()
    made = {
        "Content-Type": "application/json",
        "x-clientcontext": told,
        SIGNATURE_HEADER: signed,
        "X-IdempotencyKey": key,
    }
    if quirks.value("webhook-bearer") == "signature":
        made["Authorization"] = f"Bearer {signed}"
    return made
