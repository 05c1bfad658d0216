"""Connections kept for the next request, by origin; new ones only to addresses that the policy permits.

What is said over a connection is `connection`'s; who may be called at all is judged by the socket factory,
with the very address that is connected to next.
"""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, TypeAlias

import aiohappyeyeballs
from aiohappyeyeballs import AddrInfoType

from counterfoil.outbound.connection import HttpConnection
from counterfoil.outbound.sockets import PolicedSockets
from counterfoil.outbound.targets import Origin

# Name and port to addresses, the best first; raises OSError where there are none.
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

_MOST_CONNECTIONS: Final = 1000
_TRUST_A_NAME_SECONDS: Final = 10.0
_NEXT_ADDRESS_AFTER_SECONDS: Final = 0.25


@dataclass(slots=True)
class _Place:
    """The connections of one origin: those kept, and how many are in use."""

    idle: deque[HttpConnection] = field(default_factory=deque)
    used: int = 0


class NoName(OSError):
    """The name leads to no address."""


class Pool:
    """One per process. Made inside a running event loop.

    Args:
        sockets: Makes sockets for permitted addresses only.
        tls: Trust other than the system's certificate authorities; it must verify.
        resolve: Names to addresses other than the system's way.
        most_per_origin: How many connections to one origin may be in use.
        keep_idle_seconds: How long one is kept that is not.
    """

    def __init__(
        self,
        sockets: PolicedSockets,
        *,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
        most_per_origin: int = 256,
        keep_idle_seconds: float = 30.0,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._sockets = sockets
        self._tls = tls
        self._resolve = resolve or _system_addresses
        self._most_per_origin = most_per_origin
        self._keep_idle_seconds = keep_idle_seconds
        self._places: dict[Origin, _Place] = {}
        self._used = 0
        self._kept = 0
        self._waiting: deque[tuple[_Place, asyncio.Future[None]]] = deque()
        self._names: dict[tuple[str, int], tuple[float, list[AddrInfoType]]] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self._is_closed = False

    def kept(self, origin: Origin) -> HttpConnection | None:
        """One that was used before and is still open, or None; `give_back` or `drop` it afterwards."""
        place = self._places.get(origin)
        if place is None or not self._has_room(place):
            return None
        # The one used last is the least likely to have been closed by the other side.
        while place.idle:
            connection = place.idle.pop()
            self._kept -= 1
            if connection.is_open:
                self._use(place)
                return connection
        return None

    async def connect(self, origin: Origin) -> HttpConnection:
        """A new one; `give_back` or `drop` it afterwards.

        Raises:
            RefusedAddress: Every address is forbidden.
            ssl.SSLError: The handshake failed.
            OSError, RuntimeError: No name, or nobody there.
        """
        place = self._places.setdefault(origin, _Place())
        await self._room(place)
        try:
            return await self._connected(origin)
        except BaseException:
            self._release(place)
            raise

    def give_back(self, origin: Origin, connection: HttpConnection) -> None:
        """The exchange is over: keep the connection where it can be used again, else end it."""
        if self._is_closed or self._kept >= _MOST_CONNECTIONS or not connection.is_reusable:
            self.drop(origin, connection)
            return
        place = self._places[origin]
        connection.rest()
        place.idle.append(connection)
        self._kept += 1
        self._release(place)
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(self._keep_idle_seconds / 2, self._sweep)

    def drop(self, origin: Origin, connection: HttpConnection) -> None:
        """End a connection that was taken."""
        connection.close()
        self._release(self._places[origin])

    def forget_names(self) -> None:
        """Look every name up again."""
        self._names.clear()

    async def close(self) -> None:
        """End those that are kept; those in use end when they are given back."""
        self._is_closed = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        for place in self._places.values():
            while place.idle:
                place.idle.popleft().close()
        # Transports close in the loop's next turns.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def _has_room(self, place: _Place) -> bool:
        return self._used < _MOST_CONNECTIONS and place.used < self._most_per_origin

    def _use(self, place: _Place) -> None:
        self._used += 1
        place.used += 1

    async def _room(self, place: _Place) -> None:
        """Wait until one more may be in use, and count it."""
        if self._has_room(place):
            self._use(place)
            return
        ready = self._loop.create_future()
        self._waiting.append((place, ready))
        try:
            await ready
        except asyncio.CancelledError:
            # It was given room in the same turn.
            if ready.done() and not ready.cancelled():
                self._release(place)
            raise

    def _release(self, place: _Place) -> None:
        """One less is in use; the first who waits and may now have one is told."""
        self._used -= 1
        place.used -= 1
        for waiting, ready in tuple(self._waiting):
            if ready.done():
                self._waiting.remove((waiting, ready))
            elif self._has_room(waiting):
                self._waiting.remove((waiting, ready))
                self._use(waiting)
                ready.set_result(None)
                return

    async def _connected(self, origin: Origin) -> HttpConnection:
        found = await aiohappyeyeballs.start_connection(
            await self._addresses(origin.host, origin.port),
            happy_eyeballs_delay=_NEXT_ADDRESS_AFTER_SECONDS,
            interleave=1,
            loop=self._loop,
            socket_factory=self._sockets,
        )
        try:
            return await self._spoken_to(origin, found)
        except BaseException:
            found.close()
            raise

    async def _spoken_to(self, origin: Origin, found: socket.socket) -> HttpConnection:
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not origin.is_tls:
            _, connection = await self._loop.create_connection(HttpConnection, sock=found)
            return connection
        _, connection = await self._loop.create_connection(
            HttpConnection,
            sock=found,
            ssl=self._tls or _system_trust(),
            server_hostname=origin.host.removesuffix("."),
        )
        return connection

    async def _addresses(self, host: str, port: int) -> list[AddrInfoType]:
        literal = _literal(host, port)
        if literal is not None:
            return [literal]
        known = self._names.get((host, port))
        if known is not None and known[0] > self._loop.time():
            return known[1]
        found = [_addr_info(address, port) for address in await self._resolve(host, port)]
        if not found:
            raise NoName("the name leads to no address")
        if len(self._names) >= _MOST_CONNECTIONS:
            self.forget_names()
        self._names[host, port] = self._loop.time() + _TRUST_A_NAME_SECONDS, found
        return found

    def _sweep(self) -> None:
        self._sweeping = None
        oldest_seconds = self._loop.time() - self._keep_idle_seconds
        for origin, place in list(self._places.items()):
            while place.idle and not (
                place.idle[0].is_open and place.idle[0].idle_since_seconds > oldest_seconds
            ):
                place.idle.popleft().close()
                self._kept -= 1
            if not place.idle and not place.used and not self._waiting:
                del self._places[origin]
        if any(place.idle for place in self._places.values()):
            self._sweeping = self._loop.call_later(self._keep_idle_seconds / 2, self._sweep)


async def _system_addresses(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    return [str(address[0]) for _family, _kind, _protocol, _name, address in found]


@lru_cache(maxsize=1)
def _system_trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _literal(host: str, port: int) -> AddrInfoType | None:
    try:
        ip_address(host)
    except ValueError:
        return None
    return _addr_info(host, port)


def _addr_info(address: str, port: int) -> AddrInfoType:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)
