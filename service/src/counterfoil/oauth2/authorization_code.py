"""The redirection half of the grant authorization_code (RFC 6749 §4.1.1) with PKCE (RFC 7636): addresses and
challenges, as plain values. No state is kept here and nothing is sent.
"""

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


def code_challenge(code_verifier: str) -> str:
    """The challenge of a verifier: its SHA-256 in base64url without padding (RFC 7636 §4.2, S256)."""
    digest = hashlib.sha256(code_verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def authorization_url(endpoint: str, parameters: Mapping[str, str]) -> str:
    """The address of an authorization request.

    Args:
        endpoint: The authorization endpoint; a query of its own stays (RFC 6749 §3.1).
        parameters: Names and values; empty ones are left out, also of the endpoint's own.
    """
    parts = urlsplit(endpoint)
    own = dict(parse_qsl(parts.query, keep_blank_values=True))
    query = {name: value for name, value in {**own, **parameters}.items() if value}
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def is_issuer_of(issuer: str, endpoint: str) -> bool:
    """Whether an `iss` (RFC 9207 §2) can be that of the server with this endpoint: both have one origin."""
    try:
        said, known = urlsplit(issuer), urlsplit(endpoint)
        return (said.scheme, said.netloc.lower()) == (known.scheme, known.netloc.lower())
    except ValueError:
        return False
