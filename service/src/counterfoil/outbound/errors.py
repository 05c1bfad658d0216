"""What can go wrong on the way out; not what a provider's answer means.

    OutboundError            502   sent: False, True or None (unknown)
    ├── AddressRefused             the address policy or the URL itself forbids it; never sent
    ├── ConnectFailed              no name, no route, refused; never sent
    ├── TlsFailed                  the certificate or the handshake; never sent
    ├── OutboundTimeout      504   a deadline passed
    ├── ConnectionBroken           reset, cut off in the middle, or an answer that is not HTTP
    └── ResponseTooLarge           more bytes than the caller accepts

Messages name the host, never a path, a query, a header or a body: those may hold secrets.
"""

from counterfoil.errors import ProviderUnavailable


class OutboundError(ProviderUnavailable):
    """The other side could not be asked, or its answer could not be read.

    Attributes:
        sent: False if the request provably never left, True if the other side has answered,
            None if nobody knows.
    """

    code = "outbound_failed"

    def __init__(self, message: str, *, sent: bool | None) -> None:
        super().__init__(message)
        self.sent = sent


class AddressRefused(OutboundError):
    """The address is not one this service may connect to. Nothing was sent."""

    code = "outbound_address_refused"

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


class ConnectFailed(OutboundError):
    """No connection: unknown name, no route, nobody listening. Nothing was sent."""

    code = "outbound_connect_failed"

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


class TlsFailed(OutboundError):
    """The TLS handshake failed, the certificate for instance. Nothing was sent."""

    code = "outbound_tls_failed"

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


class OutboundTimeout(OutboundError):
    """A deadline passed. `sent` is False while connecting, else unknown or True."""

    code = "outbound_timeout"
    status = 504


class ConnectionBroken(OutboundError):
    """The connection ended early, or what came over it is not HTTP."""

    code = "outbound_connection_broken"


class ResponseTooLarge(OutboundError):
    """The answer is larger than the caller accepts; the rest of it was not read."""

    code = "outbound_response_too_large"

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=True)
