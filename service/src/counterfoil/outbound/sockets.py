"""Sockets only for permitted addresses: asked with the very address that is connected to next."""

import socket
from collections.abc import Callable
from dataclasses import dataclass

from aiohappyeyeballs import AddrInfoType

from counterfoil.outbound.addresses import AddressPolicy

OpenSocket = Callable[[int, int, int], socket.socket]


class RefusedAddress(OSError):
    """The policy forbids the address. Always the same text: several refusals stay recognizable as one."""

    def __init__(self) -> None:
        super().__init__("the address is refused by policy")


@dataclass(frozen=True, slots=True)
class PolicedSockets:
    """A socket factory for who connects: the last thing that runs before `connect`.

    Attributes:
        policy: What is permitted.
        open_socket: Makes the socket from family, type and protocol; the tests' never connects.
    """

    policy: AddressPolicy
    open_socket: OpenSocket = socket.socket

    def __call__(self, addr_info: AddrInfoType) -> socket.socket:
        """A fresh socket for `addr_info`. Raises RefusedAddress, to the connector a failed attempt."""
        family, kind, protocol, _, address = addr_info
        # Anything but the two internet families, a Unix socket for instance, has no address to judge.
        if family not in (socket.AF_INET, socket.AF_INET6) or kind != socket.SOCK_STREAM:
            raise RefusedAddress
        if self.policy.refusal(str(address[0])) is not None:
            raise RefusedAddress
        return self.open_socket(family, kind, protocol)
