"""Where Sage Intacct puts the error in an answer, and whether that error is about the token.

Three layers answer in three shapes: the gateway with `ia::error` at the top, the object layer with
`ia::error` under `ia::result`, the token check with `error`; the token endpoint also speaks RFC 6749. What an
error means for people is in `causes`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from counterfoil.oauth2.exchange import one_line

_TOKEN_CODES: Final = rb"REST-2102|GW-0031|GW-0040"
_TOKEN_CODE: Final = re.compile(rb'"(?:errorId|code)"\s*:\s*"(?:' + _TOKEN_CODES + rb')"')
_TOKEN_CODE_OF_400: Final = re.compile(rb'"(?:errorId|code)"\s*:\s*"REST-1206"')
_TOKEN_TEXT: Final = re.compile(rb"(?:Invalid token|(?:The )?token is not valid)", re.IGNORECASE)
_TOKEN_MESSAGE: Final = re.compile(
    rb'"(?:message|error|error_description)"\s*:\s*"' + _TOKEN_TEXT.pattern, re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class SageError:
    """An error as Sage tells it; every part may be missing.

    Attributes:
        code: `GW-0011`, `REST-1216` or the RFC's `invalid_grant`: the most particular of the codes given.
        message: Sage's text, on one line and bounded.
        support_id: What Sage's support asks for.
    """

    code: str | None = None
    message: str | None = None
    support_id: str | None = None


def read_error(body: Mapping[str, object]) -> SageError:
    """The error of a parsed body; empty where there is none that can be read. Never raises."""
    found = _error_object(body)
    if found is None:
        return SageError(
            one_line(body.get("error")), one_line(body.get("error_description") or body.get("message"))
        )
    return SageError(
        one_line(found.get("errorId")) or one_line(found.get("code")),
        one_line(found.get("message")),
        one_line(found.get("supportId")) or _request_id(found.get("details")),
    )


def is_token_error(status: int, content_type: str, body_prefix: bytes) -> bool:
    """Whether an API answer says that the token is at fault (by code, not by status).

    Any 401; 400 with REST-1206 or a text such as "The token is not valid"; REST-2102, GW-0031 or GW-0040 with
    any status from 400 to 499. A text counts only as the error's own message: a record may hold the same
    words.

    Args:
        status: Of the answer.
        content_type: Its header, empty where there is none.
        body_prefix: As much of the body as the caller looked at; need not be whole JSON.
    """
    if status == 401:
        return True
    if not 400 <= status < 500:
        return False
    if _TOKEN_CODE.search(body_prefix):
        return True
    if status != 400:
        return False
    if "json" in content_type.lower() or body_prefix.lstrip()[:1] == b"{":
        return bool(_TOKEN_CODE_OF_400.search(body_prefix) or _TOKEN_MESSAGE.search(body_prefix))
    return _TOKEN_TEXT.match(body_prefix.strip()) is not None


def _error_object(body: Mapping[str, object]) -> Mapping[str, object] | None:
    result = body.get("ia::result")
    nested = result.get("ia::error") if isinstance(result, dict) else None
    places = (body.get("ia::error"), nested, body.get("error"))
    return next((place for place in places if isinstance(place, dict)), None)


def _request_id(details: object) -> str | None:
    return one_line(details.get("requestId")) if isinstance(details, dict) else None
