"""What a request on one of Sage's paths names: its company, its client, its grant.

It reads headers and the beginning of a body, and checks nothing: a name here is what the caller says, for the
request log and for faults that are meant for one company.
"""

import json
import re
from typing import Any, Final
from urllib.parse import parse_qsl

import jwt

OAUTH_PREFIX: Final = "/ia/api/v1/oauth2/"
GATEWAY_PREFIX: Final = "/ia/xml/"

_XML_COMPANY: Final = re.compile(rb"<companyid>([^<]{1,40})</companyid>")
_FIELDS: Final = ("grant_type", "client_id")


def names_in_body(path: str) -> bool:
    """Whether requests at a path say in their body whom they are about."""
    return path.startswith((OAUTH_PREFIX, GATEWAY_PREFIX))


def named(path: str, authorization: str, content_type: str, body: bytes) -> dict[str, str]:
    """What a request names, of `company`, `client_id` and `grant_type`.

    Args:
        path: Of the request.
        authorization: Its header, or an empty text.
        content_type: Its header, or an empty text.
        body: The beginning of its body; needed where `names_in_body`.
    """
    if path.startswith(GATEWAY_PREFIX):
        return xml_company(body)
    if path.startswith(OAUTH_PREFIX):
        return _parameters(body, content_type)
    return claims(authorization.removeprefix("Bearer ").strip())


def xml_company(document: bytes) -> dict[str, str]:
    """The company of a request to the XML gateway, or of its answer."""
    found = _XML_COMPANY.search(document)
    return {"company": found[1].decode("utf-8", "replace")} if found else {}


def claims(token: str) -> dict[str, str]:
    """Client and company of a token of Sage's. Its signature is not looked at."""
    try:
        read = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return {}
    wanted = {"client_id": read.get("clientId"), "company": read.get("cnyId")}
    return {key: value for key, value in wanted.items() if isinstance(value, str)}


def _parameters(body: bytes, content_type: str) -> dict[str, str]:
    text = body.decode("utf-8", "replace")
    try:
        pairs: Any = json.loads(text) if "json" in content_type.lower() else dict(parse_qsl(text))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(pairs, dict):
        return {}
    given = {key: value for key, value in pairs.items() if isinstance(value, str)}
    names = {key: given[key] for key in _FIELDS if key in given}
    if "username" in given:
        names["company"] = given["username"].partition("@")[2].partition("|")[0]
    elif "refresh_token" in given:
        names |= {"company": company} if (company := claims(given["refresh_token"]).get("company")) else {}
    return names
