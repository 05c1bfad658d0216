"""Which addresses may be posted to. A name is judged by every address it leads to, when it is posted to."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from intacct_sandbox.errors import InvalidInput, SandboxError

LOOPBACK: Final = "127.0.0.0/8,::1/128"
_LONGEST_URL: Final = 500

_Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address

_LOOPS: Final[tuple[_Network, ...]] = tuple(ip_network(text) for text in LOOPBACK.split(","))


class Forbidden(SandboxError):
    """An address that the operator does not allow."""


class AddressPolicy:
    """The networks that may be posted to.

    Args:
        allowed: Networks such as `127.0.0.0/8`, divided by commas.

    Raises:
        InvalidInput: One of them is none.
    """

    def __init__(self, allowed: str = LOOPBACK) -> None:
        self._allowed = tuple(_network(text.strip()) for text in allowed.split(",") if text.strip())

    @property
    def is_this_machine_only(self) -> bool:
        """Whether nothing that is allowed leads to another machine."""
        return all(any(_is_within(one, loop) for loop in _LOOPS) for one in self._allowed)

    def choose(self, addresses: Iterable[str]) -> str:
        """The address to connect to, of those a name leads to.

        Raises:
            Forbidden: One of them is not allowed, or there is none.
        """
        found = list(dict.fromkeys(addresses))
        if not found:
            raise Forbidden("The name leads to no address.")
        for text in found:
            if not self._allows(text):
                raise Forbidden(f"The address {text} is not one the operator allows.")
        return found[0]

    def _allows(self, text: str) -> bool:
        address: _Address = ip_address(text.partition("%")[0])
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        judged: _Address = mapped if mapped is not None else address
        return any(judged.version == network.version and judged in network for network in self._allowed)


def _is_within(one: _Network, other: _Network) -> bool:
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.subnet_of(other)
    return isinstance(one, IPv6Network) and isinstance(other, IPv6Network) and one.subnet_of(other)


def check_url(field: str, url: str) -> str:
    """An address that something could be posted to, in its form.

    Raises:
        InvalidInput: It is not one.
    """
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        has_host = False
        parts = urlsplit("")
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= _LONGEST_URL
    if not (is_plain and has_host and parts.scheme in {"http", "https"} and parts.username is None):
        raise InvalidInput(field, "Enter a URL that begins with http:// or https://.")
    return url


def _network(text: str) -> _Network:
    try:
        return ip_network(text)
    except ValueError:
        raise InvalidInput("webhook_allow", f"{text} is no network such as 127.0.0.0/8.") from None
