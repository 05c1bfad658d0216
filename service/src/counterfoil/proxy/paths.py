"""From `/proxy/<path>?<query>` to the provider's URL: read once from the raw bytes, never normalised; no I/O.

A path that any reader on the way could take for another one (dots, encoded slashes, backslashes, path
parameters, double encoding, look-alikes) is refused, so that nothing leaves the base URL's prefix or host.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import unquote_to_bytes

from counterfoil.proxy.errors import InvalidProxyPath, InvalidProxyQuery

_PREFIX: Final = b"/proxy"
_CHARACTER: Final = rb"A-Za-z0-9_~!$&'()*+,=:@-"
# Plain segments, none beginning with a dot: what nearly every request has, in one match.
_PLAIN: Final = re.compile(rb"(?:/[%b][.%b]*)*/?" % (_CHARACTER, _CHARACTER))
_ENCODED: Final = re.compile(rb"(?:/(?:[.%b]|%%[0-9A-Fa-f]{2})*)*" % _CHARACTER)
_QUERY: Final = re.compile(rb"[!-~]*")
_AMBIGUOUS: Final = frozenset("/\\;?#")
# Slashes to a server that maps what it can't write to what looks like it ("best fit").
_LOOKING_LIKE_A_SLASH: Final = re.compile("[\u2044\u2215\u2216\u29f5\u29f8]")
_ENCODED_AGAIN: Final = re.compile(r"%[0-9A-Fa-f]{2}")


def is_proxied(path: str) -> bool:
    """Whether a request path is the proxy's: `/proxy` or below."""
    return path == "/proxy" or path.startswith("/proxy/")


def upstream_url(base_url: str, raw_path: bytes, query: bytes) -> str:
    """The provider's URL.

    Args:
        base_url: The connection's base, such as `https://api.intacct.com/ia/api`.
        raw_path: The path as it came, still encoded, beginning with `/proxy`.
        query: What followed the question mark, as it came.

    Raises:
        InvalidProxyPath, InvalidProxyQuery: What is wrong with it.
    """
    base = base_url.removesuffix("/")
    endpoint = raw_path[len(_PREFIX) :]
    if b"://" in endpoint:
        endpoint = _within(base.encode(), endpoint)
    if not _PLAIN.fullmatch(endpoint):
        _check_closely(endpoint)
    url = base + endpoint.decode("ascii")
    return f"{url}?{_checked_query(query)}" if query else url


def _within(base: bytes, endpoint: bytes) -> bytes:
    """The part after the base, of an endpoint given as an absolute URL."""
    rest = endpoint.removeprefix(b"/").removeprefix(base)
    if len(rest) + len(base) + 1 != len(endpoint) or rest[:1] not in (b"", b"/"):
        raise InvalidProxyPath("An absolute endpoint must begin with the provider's base URL.")
    return rest


def _check_closely(endpoint: bytes) -> None:
    if not _ENCODED.fullmatch(endpoint):
        raise InvalidProxyPath("The path has characters that must be percent-encoded, or a broken encoding.")
    segments = endpoint.removeprefix(b"/").split(b"/")
    if b"" in segments[:-1]:
        raise InvalidProxyPath("The path has an empty segment (//).")
    for segment in segments:
        _check_segment(segment)


def _check_segment(segment: bytes) -> None:
    try:
        text = unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidProxyPath("The path is not UTF-8 once it is decoded.") from error
    # Some servers take look-alikes (full-width dots and slashes) for the plain characters.
    plain = unicodedata.normalize("NFKC", text)
    if any(part and not part.strip(". ") for part in _LOOKING_LIKE_A_SLASH.split(plain)):
        raise InvalidProxyPath("The path has a segment of dots only.")
    if not _AMBIGUOUS.isdisjoint(plain):
        raise InvalidProxyPath("The path has an encoded separator (one of / \\ ; ? #) inside a segment.")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in plain):
        raise InvalidProxyPath("The path has an encoded control character.")
    if _ENCODED_AGAIN.search(plain):
        raise InvalidProxyPath("The path is percent-encoded twice.")


def _checked_query(query: bytes) -> str:
    if not _QUERY.fullmatch(query) or b"#" in query:
        raise InvalidProxyQuery("The query has characters that must be percent-encoded.")
    # Browsers leave a backslash as it is in a query; in a URL it must not stand at all.
    return query.replace(b"\\", b"%5C").decode("ascii")
