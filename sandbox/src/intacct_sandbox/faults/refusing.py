"""Refusals of the API gateway, which stands in front of REST and XML and answers each in its own shape.

JSON has `ia::error` at the top level with `details` an object; XML has a `control` that names no sender, and
one error (`sage-intacct-rest.md` §1.7, §3). When a refusal is due is decided elsewhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

from starlette.types import Send

from intacct_sandbox.faults.naming import GATEWAY_PREFIX

_XML: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<response><control><status>failure</status></control><errormessage><error>"
    "<errorno>{code}</errorno><description>{message} [Request ID: {request_id}]</description>"
    "<description2></description2><correction></correction>"
    "</error></errormessage></response>\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A refusal.

    Attributes:
        status: The HTTP status.
        code: `GW-` and four digits.
        message: Its text.
        request_id: What Sage's support asks for.
        headers: Beside content type and length, names in lower case.
    """

    status: int
    code: str
    message: str
    request_id: str
    headers: Mapping[str, str] = field(default_factory=dict)


async def refuse(refused: Refused, path: str, send: Send) -> None:
    """Answer a request for a path with a refusal."""
    if path.startswith(GATEWAY_PREFIX):
        text = _XML.format(
            code=refused.code, message=escape(refused.message), request_id=escape(refused.request_id)
        )
        await answer(
            send,
            refused.status,
            {"content-type": 'text/xml; encoding="UTF-8"', **refused.headers},
            text.encode(),
        )
        return
    error = {
        "code": refused.code,
        "message": refused.message,
        "details": {"requestId": refused.request_id},
    }
    body = json.dumps({"ia::error": error}).encode()
    await answer(send, refused.status, {"content-type": "application/json", **refused.headers}, body)


async def answer(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A whole answer in one piece."""
    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    listed.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": body})
