"""Which addresses may be connected to: default deny, decided on the final address; no I/O.

`ipaddress.is_global` is not enough: it approves NAT64, 6to4, IPv4-compatible, site-local and multicast
addresses. The table follows the IANA special-purpose registries (RFC 6890 and its updates).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_REFUSED_V4: Final = tuple(
    (IPv4Network(network), why)
    for network, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "AMT"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmark"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)

# Only 2000::/3 is assigned to the public at all; these parts of it lead somewhere else.
_PUBLIC_V6: Final = IPv6Network("2000::/3")
_REFUSED_V6: Final = tuple(
    (IPv6Network(network), why)
    for network, why in (
        ("2001::/32", "Teredo"),
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("100::/64", "discard"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Public addresses, and what the operator lets through besides."""

    allowed: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def from_cidrs(cls, allow: Sequence[str]) -> "AddressPolicy":
        """The policy that also lets `allow` through, such as `127.0.0.1/32`.

        An IPv4 range never stands for the IPv6 spellings of its addresses.
        Raises ValueError for what is not a range, host bits set included.
        """
        return cls(tuple(ip_network(cidr.strip()) for cidr in allow))

    def refusal(self, address: str) -> str | None:
        """Why `address`, a final address in numbers, is not connected to; None if it may be."""
        if "%" in address:
            return "scoped"
        try:
            parsed = ip_address(address)
        except ValueError:
            return "not an address"
        if any(parsed in network for network in self.allowed):
            return None
        return _refusal_v4(parsed) if isinstance(parsed, IPv4Address) else _refusal_v6(parsed)


def _refusal_v4(address: IPv4Address) -> str | None:
    return next((why for network, why in _REFUSED_V4 if address in network), None)


def _refusal_v6(address: IPv6Address) -> str | None:
    why = next((why for network, why in _REFUSED_V6 if address in network), None)
    if why is None and address not in _PUBLIC_V6:
        return "not assigned to the public"
    return why
