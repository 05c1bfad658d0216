"""What a URL names: read once, and the reading is what gets connected to; no I/O, no DNS.

Spellings that other readers take for another address (`0x7f.1`, `2130706433`, `127.1`, full-width digits)
are refused, not interpreted. International names are written in punycode.
"""

import re
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Final, NamedTuple

from yarl import URL

from counterfoil.outbound.errors import AddressRefused

_PRINTABLE: Final = re.compile(r"[!-~]+")
_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_OCTET: Final = re.compile(r"0|[1-9][0-9]{0,2}")
_LONGEST_NAME: Final = 253
# Where it leads, and what is asked for there.
_PARTS: Final = re.compile(r"([A-Za-z]+://[^/?#\\]+)((?:[/?][!-\"$-\[\]-~]*)?)")


class Origin(NamedTuple):
    """Where a connection leads.

    Attributes:
        is_tls: Whether it is https.
        host: Name or address, without brackets.
        port: The port.
    """

    is_tls: bool
    host: str
    port: int


class Place(NamedTuple):
    """Where a request goes.

    Attributes:
        origin: Where its connection leads.
        host_field: The value of its `Host` header.
    """

    origin: Origin
    host_field: str


def read_target(url: str) -> URL:
    """The URL as it will be used. Raises AddressRefused with what is wrong with it."""
    if not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise AddressRefused("The URL has characters that must be percent-encoded.")
    try:
        target = URL(url, encoded=True)
        port = target.port
    # The second is what yarl 1.25 says of brackets without a host behind them.
    except (ValueError, IndexError) as error:
        raise AddressRefused("The URL can't be read.") from error
    if target.scheme not in ("http", "https"):
        raise AddressRefused("Only http and https URLs are called.")
    if "@" in target.raw_authority:
        raise AddressRefused("The URL has a user name in it; send credentials in a header.")
    if "#" in url:
        raise AddressRefused("The URL has a fragment, which is never sent.")
    if not port:
        raise AddressRefused("The URL names no usable port.")
    check_host(target.raw_host or "")
    return target


def place_and_path(url: str) -> tuple[Place, str]:
    """Where a request to this URL goes, and its path with the query, exactly as written.

    As `read_target`, but a place is read once and remembered. Raises AddressRefused.
    """
    parts = _PARTS.fullmatch(url)
    if parts is None:
        raise _refusal(url)
    place, path = parts.groups()
    return _place(place), path if path[:1] == "/" else f"/{path}"


def _refusal(url: str) -> AddressRefused:
    try:
        read_target(url)
    except AddressRefused as refused:
        return refused
    return AddressRefused("The URL can't be read.")


@lru_cache(maxsize=1024)
def _place(place: str) -> Place:
    target = read_target(place)
    origin = Origin(target.scheme == "https", target.raw_host or "", target.port or 0)
    return Place(origin, target.host_port_subcomponent or "")


@lru_cache(maxsize=1024)
def check_host(host: str) -> None:
    """Pass a name, a dotted quad or an IPv6 address, spelled the usual way; else raise AddressRefused."""
    if ":" in host:
        _check_ipv6(host)
        return
    labels = host.removesuffix(".").split(".")
    if len(host) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("The URL's host is not a name or an address.")
    if _NUMBER.fullmatch(labels[-1]) and not _is_dotted_quad(labels, host):
        raise AddressRefused(
            "The URL's host is an address in an unusual spelling; write it as four decimal numbers."
        )


def _check_ipv6(host: str) -> None:
    try:
        IPv6Address(host)
    except ValueError as error:
        raise AddressRefused("The URL's host is not an IPv6 address.") from error
    if "%" in host:
        raise AddressRefused("The URL's host is an address with a zone.")


def _is_dotted_quad(labels: list[str], host: str) -> bool:
    return (
        len(labels) == 4
        and not host.endswith(".")
        and all(_OCTET.fullmatch(label) and int(label) <= 255 for label in labels)
    )
