"""The last look before `connect`. Which addresses are permitted is told at length in `test_addresses`."""

import socket

import pytest
from service.tests.outbound.network import NeverConnects

from counterfoil.outbound import AddressPolicy
from counterfoil.outbound.sockets import PolicedSockets, RefusedAddress

_PUBLIC = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("93.184.216.34", 443))
_PRIVATE = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("10.0.0.1", 443))


def test_the_socket_is_made_with_the_family_kind_and_protocol_of_the_address() -> None:
    opened = NeverConnects()

    with pytest.raises(OSError, match="never connects"):
        PolicedSockets(AddressPolicy(), opened)(_PUBLIC)

    assert opened.opened == [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)]


def test_without_being_told_otherwise_the_socket_is_a_real_one() -> None:
    with PolicedSockets(AddressPolicy())(_PUBLIC) as made:
        assert (made.family, made.type) == (socket.AF_INET, socket.SOCK_STREAM)


def test_a_refusal_is_a_failed_attempt_to_who_connects_and_always_reads_alike() -> None:
    sockets = PolicedSockets(AddressPolicy(), NeverConnects())
    texts = set()
    for address in ("10.0.0.1", "127.0.0.1", "169.254.169.254"):
        with pytest.raises(RefusedAddress) as refused:
            sockets((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 80)))
        texts.add(str(refused.value))

    assert issubclass(RefusedAddress, OSError)
    assert len(texts) == 1
    assert "10.0.0.1" not in texts.pop()


def test_a_permitted_range_lets_exactly_its_addresses_through() -> None:
    opened = NeverConnects()
    sockets = PolicedSockets(AddressPolicy.from_cidrs(["10.0.0.0/24"]), opened)

    with pytest.raises(OSError, match="never connects"):
        sockets(_PRIVATE)
    with pytest.raises(RefusedAddress):
        sockets((*_PRIVATE[:4], ("10.0.1.1", 443)))

    assert len(opened.opened) == 1
