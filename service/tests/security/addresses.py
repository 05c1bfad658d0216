"""Addresses that must never be connected to, and a network that would tell: names lead to them, sockets are
counted and never connect.
"""

from dataclasses import dataclass, field

from service.tests.outbound.network import NeverConnects
from service.tests.outbound.test_addresses import REFUSED

from counterfoil.outbound import AddressPolicy, Outbound

FORBIDDEN = tuple(dict.fromkeys(REFUSED))

# One address, in the spellings that some readers of URLs take for it.
SPELLINGS = tuple(
    """
    127.1 127.0.1 0177.0.0.1 0177.1 017700000001 0x7f.1 0x7f.0.0.1 0x7f000001 0X7F000001 2130706433
    127.0.0.1. 127.0.0.01 127.000.000.001 0 0x0 00000000000 0xa9fea9fe 2852039166 0251.0376.0251.0376
    169.254.43518 0x0a000001 167772161 10.1 192.168.257 0xc0a80001 3232235521 ①②⑦.⓪.⓪.① １２７.０.０.１
    127。0。0。1 127%2e0%2e0%2e1 %31%32%37.0.0.1 [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1]
    [0:0:0:0:0:0:0:1] [0000::0001] [::127.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::] [fe80::1%25lo] [::1%25lo]
    [::ffff:0:127.0.0.1] [fd00:ec2::254] user@127.0.0.1 127.0.0.1@127.0.0.1 example.com@127.0.0.1
    127.0.0.1:443 127.0.0.1:5432 169.254.169.254 169.254.169.254:80 metadata@169.254.169.254
    """.split()  # noqa: SIM905 -- a table of words
)


def named(address: str) -> str:
    """A name of no meaning that leads to the address."""
    return f"host-{FORBIDDEN.index(address)}.example.com"


@dataclass
class Names:
    """Leads `host-N.example.com` to the N-th forbidden address."""

    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        return [FORBIDDEN[int(host.partition(".")[0].removeprefix("host-"))]]


def watched() -> tuple[Outbound, NeverConnects, Names]:
    """A way out that lets nothing private through, the sockets it asked for, and the names it asked for."""
    sockets, names = NeverConnects(), Names()
    return Outbound(AddressPolicy(), resolve=names, open_socket=sockets), sockets, names
