"""The address policy, asserted where it counts: at the socket that would be connected."""

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service.tests.outbound.network import NeverConnects

from counterfoil.outbound.addresses import AddressPolicy
from counterfoil.outbound.sockets import PolicedSockets, RefusedAddress

REFUSED = tuple(
    """
    0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.0.0.1 10.1.2.3 10.255.255.255 100.64.0.0 100.64.0.1
    100.100.100.200 100.127.255.255 127.0.0.0 127.0.0.1 127.0.0.53 127.1.2.3 127.255.255.254
    127.255.255.255 169.254.0.0 169.254.0.1 169.254.169.253 169.254.169.254 169.254.170.2
    169.254.255.255 172.16.0.0 172.16.0.1 172.17.0.1 172.20.10.1 172.31.255.255 192.0.0.0 192.0.0.1
    192.0.0.8 192.0.0.9 192.0.0.10 192.0.0.170 192.0.0.192 192.0.0.255 192.0.2.0 192.0.2.1 192.0.2.255
    192.31.196.1 192.52.193.1 192.175.48.1 192.88.99.0 192.88.99.1 192.88.99.255 192.168.0.0 192.168.0.1
    192.168.1.254 192.168.255.255 198.18.0.0 198.18.0.1 198.19.0.1 198.19.255.255 198.51.100.0
    198.51.100.1 198.51.100.255 203.0.113.0 203.0.113.1 203.0.113.255 224.0.0.0 224.0.0.1 224.0.0.251
    232.1.1.1 233.252.0.1 234.5.6.7 239.255.255.250 239.255.255.255 240.0.0.0 240.0.0.1 250.1.2.3
    255.255.255.254 255.255.255.255 :: ::1 ::2 ::127.0.0.1 ::7f00:1 ::8.8.8.8 ::a9fe:a9fe ::ffff
    ::ffff:0.0.0.0 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
    ::ffff:a9fe:a9fe ::ffff:192.168.0.1 ::ffff:8.8.8.8 ::ffff:93.184.216.34 0:0:0:0:0:ffff:7f00:0001
    0000:0000:0000:0000:0000:ffff:127.0.0.1 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8 ::ffff:0:7f00:1
    64:ff9b:: 64:ff9b::7f00:1 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::10.0.0.1 64:ff9b::8.8.8.8
    64:ff9b:1:: 64:ff9b:1::7f00:1 64:ff9b:1:ffff::1 64:ff9b:2::1 100:: 100::1 100:0:0:1::1 200::1 400::1
    1000::1 1fff:ffff::1 2001:: 2001::1 2001:0:7f00:1:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1
    2001:1::2 2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2001:1ff:ffff::1
    2001:db8:: 2001:db8::1 2001:db8:ffff:ffff::1 2001:0db8:0000:0000:0000:0000:0000:0001 2002::
    2002:7f00:1:: 2002:7f00:1::1 2002:a00:1::1 2002:a9fe:a9fe:: 2002:c0a8:1::1 2002:808:808::1
    2620:4f:8000::1 3fff::1 3fff:fff::1 4000::1 5f00::1 5fff::1 6000::1 8000::1 a000::1 c000::1 e000::1
    f000::1 f800::1 fc00:: fc00::1 fd00::1 fd12:3456:789a::1 fd00:ec2::254 fdff:ffff::1 fe00::1 fe80::
    fe80::1 fe80::a9fe:a9fe febf::1 fec0:: fec0::1 feff::1 ff00:: ff01::1 ff02::1 ff02::2 ff02::fb
    ff05::1:3 ff0e::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
    """.split()  # noqa: SIM905 -- a table of words
)

UNREADABLE = (
    "",
    "localhost",
    "127.1",
    "0x7f000001",
    "0177.0.0.1",
    "2130706433",
    "8.8.8.8 ",
    "8.8.8",
    "8.8.8.8.8",
    "008.008.008.008",
    "256.1.1.1",
    "::1%lo",
    "fe80::1%1",
    "2606:4700::1111%eth0",
    "[::1]",
    ":::1",
    "/run/docker.sock",
    "\0",
)

PUBLIC = tuple(
    """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 93.184.216.34 100.63.255.255 100.128.0.0 126.255.255.255
    128.0.0.1 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0
    192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 203.0.112.255 223.255.255.255
    2000::1 2001:200::1 2001:4860:4860::8888 2003::1 2606:4700:4700::1111 2620:fe::fe 2a00:1450:4001::1
    2c0f:ffff::1 3ffe::1
    """.split()  # noqa: SIM905 -- a table of words
)


def _factory(*allow: str) -> tuple[PolicedSockets, NeverConnects]:
    opened = NeverConnects()
    return PolicedSockets(AddressPolicy.from_cidrs(allow), opened), opened


def _addr_info(
    address: str,
) -> tuple[int, socket.SocketKind, int, str, tuple[str, int] | tuple[str, int, int, int]]:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 443, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 443)


def test_the_table_of_cases_is_large_enough() -> None:
    assert len(set(REFUSED)) + len(UNREADABLE) >= 170


@pytest.mark.parametrize("address", [*REFUSED, *UNREADABLE])
def test_no_socket_is_opened_for_a_refused_address(address: str) -> None:
    factory, opened = _factory()
    with pytest.raises(RefusedAddress):
        factory(_addr_info(address))
    assert opened.opened == []


@pytest.mark.parametrize("address", PUBLIC)
def test_a_socket_is_opened_for_a_public_address(address: str) -> None:
    factory, opened = _factory()
    with pytest.raises(OSError, match="never connects"):
        factory(_addr_info(address))
    assert len(opened.opened) == 1


@pytest.mark.parametrize(
    ("allow", "address", "permitted"),
    [
        ("127.0.0.1/32", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.1", True),
        (" 127.0.0.1/32 ", "127.0.0.1", True),
        ("127.0.0.1/32", "127.0.0.2", False),
        ("127.0.0.1/32", "::1", False),
        ("127.0.0.1/32", "::ffff:127.0.0.1", False),
        ("127.0.0.1/32", "64:ff9b::7f00:1", False),
        ("127.0.0.1/32", "2002:7f00:1::", False),
        ("127.0.0.1/32", "127.1", False),
        ("::1/128", "::1", True),
        ("::1/128", "127.0.0.1", False),
        ("10.20.0.0/16", "10.20.30.40", True),
        ("10.20.0.0/16", "10.21.0.0", False),
        ("fd00::/8", "fd12::1", True),
        ("fd00::/8", "fd12::1%eth0", False),
        ("64:ff9b::/96", "64:ff9b::808:808", True),
    ],
)
def test_an_operators_range_lets_through_exactly_its_addresses(
    allow: str, address: str, permitted: bool
) -> None:
    factory, opened = _factory(allow)
    with pytest.raises(OSError, match=r"refused|never connects") as caught:
        factory(_addr_info(address))
    assert isinstance(caught.value, RefusedAddress) is not permitted
    assert len(opened.opened) == int(permitted)


@pytest.mark.parametrize(
    "range_", ["127.0.0.1/8", "localhost", "10.0.0.0/33", "", "::1/129", "10.0.0.0-10.0.0.9"]
)
def test_a_range_that_is_none_is_refused_at_once(range_: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        AddressPolicy.from_cidrs([range_])


@pytest.mark.parametrize(
    ("family", "kind"),
    [
        (socket.AF_UNIX, socket.SOCK_STREAM),
        (socket.AF_NETLINK, socket.SOCK_RAW),
        (socket.AF_INET, socket.SOCK_DGRAM),
        (socket.AF_INET, socket.SOCK_RAW),
    ],
)
def test_other_families_and_kinds_of_socket_are_impossible(family: int, kind: socket.SocketKind) -> None:
    factory, opened = _factory("0.0.0.0/0")
    with pytest.raises(RefusedAddress):
        factory((family, kind, 0, "", ("8.8.8.8", 443)))
    assert opened.opened == []


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_permitted_that_the_standard_library_calls_not_global(
    address: IPv4Address,
) -> None:
    if not address.is_global or address.is_multicast:
        assert AddressPolicy().refusal(str(address)) is not None


@given(st.ip_addresses(v=4), st.sampled_from(["::", "::ffff:", "::ffff:0:", "64:ff9b::", "64:ff9b:1::"]))
def test_no_ipv4_address_is_reached_through_an_ipv6_spelling(address: IPv4Address, prefix: str) -> None:
    assert AddressPolicy().refusal(str(IPv6Address(f"{prefix}{address}"))) is not None


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_reached_through_6to4_or_teredo(address: IPv4Address) -> None:
    bits = int(address)
    assert AddressPolicy().refusal(str(IPv6Address((0x2002 << 112) | (bits << 80)))) is not None
    assert AddressPolicy().refusal(str(IPv6Address((0x20010000 << 96) | (bits ^ 0xFFFFFFFF)))) is not None


@given(st.ip_addresses(v=6))
def test_only_the_assigned_part_of_ipv6_is_permitted(address: IPv6Address) -> None:
    if AddressPolicy().refusal(str(address)) is None:
        assert address.is_global
        assert int(address) >> 125 == 1
