"""Answers of Sage Intacct's XML gateway: which level failed and with what, the session, how long it lives.

An answer is a whole document, or its beginning where it is passed on and only looked at. Errors stand at
three levels: beside the control block (nobody looked at the operation), in the operation (nobody is signed
in, and nothing was carried out), in a function's result. What an error means for people is in
`gateway_causes`.
Source: Sage, "XML responses" and "Error handling".
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from counterfoil.oauth2 import HttpResponse, TokenAnswer, TokenGranted, TokenRefused, TokenUnreadable
from counterfoil.oauth2.exchange import MAX_BODY_BYTES, MAX_TOKEN_CHARACTERS, one_line
from counterfoil.providers.provider import Verdict
from counterfoil.providers.sage_intacct.elements import Element, NotXml, Reading, parse
from counterfoil.vault import Secret

SUCCESS: Final = "success"
# In an authentication failure: the company does not know the sender. Nobody's session is at fault then.
SENDER_NOT_AUTHORIZED: Final = re.compile(r"Invalid Web Services Authorization", re.IGNORECASE)

_SUPPORT_ID: Final = re.compile(r"\[(?:Support|Request) ID: ?([^\]\s]{1,100})\]")
_SESSION_ID: Final = re.compile(r"[\x21-\x7e]+")
_LONGEST_SESSION_SECONDS: Final = 31 * 86_400


class Level(StrEnum):
    """Where an error stands, and so how far the request came."""

    CONTROL = "control"
    AUTHENTICATION = "authentication"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayError:
    """Sage's error element, its first where there are several; every text is one line and bounded.

    Attributes:
        level: Where it stands.
        number: `XL03000006`; empty where there is none.
        text: `description` and `description2`, as far as they are there.
        correction: What Sage advises.
        support_id: What Sage's support asks for; None where it is not told.
    """

    level: Level
    number: str = ""
    text: str = ""
    correction: str = ""
    support_id: str | None = None

    def as_body(self) -> dict[str, object]:
        """As `TokenRefused.body` carries it."""
        return {
            "level": self.level.value,
            "number": self.number,
            "text": self.text,
            "correction": self.correction,
            "support_id": self.support_id,
        }

    @classmethod
    def of_body(cls, body: object) -> "GatewayError":
        """What `as_body` made."""
        told = body if isinstance(body, dict) else {}
        return cls(
            level=Level(told.get("level", Level.CONTROL.value)),
            number=str(told.get("number", "")),
            text=str(told.get("text", "")),
            correction=str(told.get("correction", "")),
            support_id=told.get("support_id"),
        )


def read_session(response: HttpResponse) -> TokenAnswer:
    """The answer to `getAPISession` as a token: the session ID. Never raises."""
    if len(response.body) > MAX_BODY_BYTES:
        return TokenUnreadable(response.status, "it is too long")
    if not response.body.strip():
        return TokenUnreadable(response.status, "it is empty")
    try:
        root = parse(response.body)
    except NotXml as unreadable:
        return TokenUnreadable(response.status, str(unreadable))
    if root.name != "response":
        return TokenUnreadable(response.status, "it is XML, but not an answer of the gateway")
    failed = _failure(root)
    if failed is not None:
        return TokenRefused(
            status=response.status,
            code=failed.number or None,
            description=failed.text or None,
            body=failed.as_body(),
        )
    return _session(response.status, root)


def judge(beginning: bytes, *, is_whole: bool) -> Verdict | None:
    """What the beginning of an answer to a caller's request says of the session.

    Args:
        beginning: As much as has arrived.
        is_whole: Nothing more comes, or nothing more is looked at.

    Returns:
        None where more is needed to tell.
    """
    reading = Reading()
    try:
        reading.feed(beginning)
    except NotXml:
        return Verdict()
    root = reading.root
    if root is None or root.name != "response":
        return None if root is None and not is_whole else Verdict()
    signed_in = root.child("operation", "authentication")
    if ("response", "operation", "authentication") not in reading.finished or signed_in is None:
        is_over = is_whole or ("response", "errormessage") in reading.finished
        return Verdict() if is_over else None
    if signed_in.text("status") == SUCCESS:
        return Verdict(lives_seconds=_lifetime_seconds(signed_in))
    if ("response", "operation", "errormessage") not in reading.finished:
        return Verdict() if is_whole else None
    error = _error(root.child("operation"), Level.AUTHENTICATION)
    return Verdict(refused=SENDER_NOT_AUTHORIZED.search(error.text) is None)


def _failure(root: Element) -> GatewayError | None:
    if root.text("control", "status") != SUCCESS:
        return _error(root, Level.CONTROL)
    if root.text("operation", "authentication", "status") != SUCCESS:
        return _error(root.child("operation"), Level.AUTHENTICATION)
    if root.text("operation", "result", "status") != SUCCESS:
        return _error(root.child("operation", "result"), Level.FUNCTION)
    return None


def _error(place: Element | None, level: Level) -> GatewayError:
    found = None if place is None else place.child("errormessage", "error")
    if found is None:
        return GatewayError(level=level)
    texts = [found.text("description"), found.text("description2")]
    text = " ".join(part for part in texts if part)
    support_id = _SUPPORT_ID.search(text)
    return GatewayError(
        level=level,
        number=one_line(found.text("errorno")) or "",
        text=one_line(text) or "",
        correction=one_line(found.text("correction")) or "",
        support_id=None if support_id is None else support_id.group(1),
    )


def _session(status: int, root: Element) -> TokenGranted | TokenUnreadable:
    api = root.child("operation", "result", "data", "api")
    session_id = "" if api is None else api.text("sessionid")
    if api is None or not _SESSION_ID.fullmatch(session_id) or len(session_id) > MAX_TOKEN_CHARACTERS:
        return TokenUnreadable(status, "it holds no session ID")
    signed_in = root.child("operation", "authentication")
    lifetime = None if signed_in is None else _lifetime_seconds(signed_in)
    raw = {
        "sessionid": session_id,
        "endpoint": api.text("endpoint"),
        "locationid": api.text("locationid"),
        "sessiontimestamp": root.text("operation", "authentication", "sessiontimestamp"),
        "sessiontimeout": root.text("operation", "authentication", "sessiontimeout"),
    }
    return TokenGranted(Secret(session_id), None, lifetime, raw)


def _lifetime_seconds(signed_in: Element) -> int | None:
    """From `sessiontimestamp` to `sessiontimeout`: how long a use lets the session live, by Sage's clock."""
    try:
        begin = datetime.fromisoformat(signed_in.text("sessiontimestamp"))
        end = datetime.fromisoformat(signed_in.text("sessiontimeout"))
        seconds = (end - begin).total_seconds()
    # Not a moment, or one of the two without an offset.
    except (ValueError, TypeError):
        return None
    return int(seconds) if 0 < seconds <= _LONGEST_SESSION_SECONDS else None
