"""The only door to the network: what may be reached, for how long, and what went wrong.

    outbound = Outbound(AddressPolicy.from_cidrs(["127.0.0.1/32"]))          # inside a running event loop
    answer = await outbound.fetch(OutboundRequest("POST", url, headers, body), deadline_seconds=20)
    async with outbound.stream(OutboundRequest("GET", url)) as stream:
        stream.status, stream.headers                         # headers as sent, repeated ones kept
        async for chunk in stream.chunks: ...                 # or: while chunk := await stream.read()
    await outbound.close()

Only http and https. The address that is checked is the address that is connected to; TLS is always verified.
Redirects are never followed, cookies never kept, proxies of the environment never used, bodies never
decompressed. Every failure is an `OutboundError`; its `sent` says whether the request can have reached the
other side: False (provably not), True (it has answered), None (unknown). No provider is known here, and
nothing is retried but what `Upstream.open` says.
"""

from counterfoil.outbound.addresses import AddressPolicy
from counterfoil.outbound.client import Outbound
from counterfoil.outbound.errors import (
    AddressRefused,
    ConnectFailed,
    ConnectionBroken,
    OutboundError,
    OutboundTimeout,
    ResponseTooLarge,
    TlsFailed,
)
from counterfoil.outbound.messages import Deadlines, OutboundRequest, OutboundResponse
from counterfoil.outbound.targets import read_target
from counterfoil.outbound.upstream import OutboundStream, Upstream

__all__ = [
    "AddressPolicy",
    "AddressRefused",
    "ConnectFailed",
    "ConnectionBroken",
    "Deadlines",
    "Outbound",
    "OutboundError",
    "OutboundRequest",
    "OutboundResponse",
    "OutboundStream",
    "OutboundTimeout",
    "ResponseTooLarge",
    "TlsFailed",
    "Upstream",
    "read_target",
]
