"""The two clients: `Counterfoil`, and `AsyncCounterfoil` whose calls are awaited."""

from types import TracebackType
from typing import Final, Self

import httpx2

from counterfoil_client._http import service_at
from counterfoil_client._proxy_calls import Target
from counterfoil_client._secret import Secret
from counterfoil_client._senders import AsyncSender, Sender
from counterfoil_client.authorization import AsyncAuthorization, Authorization
from counterfoil_client.connect_sessions import AsyncConnectSessions, ConnectSessions
from counterfoil_client.connections import AsyncConnections, Connections
from counterfoil_client.integrations import AsyncIntegrations, Integrations
from counterfoil_client.providers import AsyncProviders, Providers
from counterfoil_client.proxy import AsyncConnectionProxy, ConnectionProxy

DEFAULT_TIMEOUT_SECONDS: Final = 60.0


class Counterfoil:
    """A Counterfoil service, as one of its environments sees it. May be shared by threads.

    Use it as a context manager, or call `close()`, to close its network connections.

    Args:
        base_url: Where the service is, with the path in front of its API if there is one.
        api_key: Of the environment (`counterfoil keys create`). It is sent, and shown nowhere.
        timeout_seconds: Longest wait for connecting, for sending, and for each piece of an answer; not for
            all.
        transport: In place of the network's own: `httpx2.HTTPTransport(…)` for proxies, certificates and
            connection retries, or that of `testing.FakeCounterfoil`.

    Attributes:
        connect_sessions: `create`, `reconnect`, `get`, `delete`.
        connections: `list`, `get`, `update`, `delete`, `set_metadata`, `update_metadata`.
        integrations: `list`, `get`, `create`, `update`, `delete`.
        providers: `list`, `get`.
        auth: `two_step`.

    Raises:
        ValueError: The base URL or the key can't be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        key = Secret(api_key)
        # From here on no frame of ours holds the key as a text, whatever fails.
        del api_key
        service = service_at(base_url, key, timeout_seconds)
        self._sender = Sender(service, transport)
        self.connect_sessions = ConnectSessions(self._sender)
        self.connections = Connections(self._sender)
        self.integrations = Integrations(self._sender)
        self.providers = Providers(self._sender)
        self.auth = Authorization(self._sender)

    def proxy(
        self, integration_key: str, connection_id: str, *, base_url_override: str = ""
    ) -> ConnectionProxy:
        """The provider's API as a connection may use it. Nothing is sent yet.

        Args:
            integration_key: The integration's key.
            connection_id: The connection's id.
            base_url_override: Another base URL than the provider's own, where the service allows it.
        """
        return ConnectionProxy(self._sender, Target(integration_key, connection_id, base_url_override))

    def close(self) -> None:
        """Close all network connections; the client can't be used any more."""
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Counterfoil({self._sender.service.base_url!r})"


class AsyncCounterfoil:
    """A Counterfoil service, as one of its environments sees it, for one event loop.

    The same as `Counterfoil`: every method is awaited, `list` methods are walked with `async for`, and
    `stream` is opened with `async with`. Use it as an asynchronous context manager, or await `close()`.

    Args:
        base_url: Where the service is, with the path in front of its API if there is one.
        api_key: Of the environment (`counterfoil keys create`). It is sent, and shown nowhere.
        timeout_seconds: Longest wait for connecting, for sending, and for each piece of an answer; not for
            all.
        transport: In place of the network's own: `httpx2.AsyncHTTPTransport(…)`, or that of
            `testing.FakeCounterfoil`.

    Attributes:
        connect_sessions: `create`, `reconnect`, `get`, `delete`.
        connections: `list`, `get`, `update`, `delete`, `set_metadata`, `update_metadata`.
        integrations: `list`, `get`, `create`, `update`, `delete`.
        providers: `list`, `get`.
        auth: `two_step`.

    Raises:
        ValueError: The base URL or the key can't be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        key = Secret(api_key)
        # From here on no frame of ours holds the key as a text, whatever fails.
        del api_key
        service = service_at(base_url, key, timeout_seconds)
        self._sender = AsyncSender(service, transport)
        self.connect_sessions = AsyncConnectSessions(self._sender)
        self.connections = AsyncConnections(self._sender)
        self.integrations = AsyncIntegrations(self._sender)
        self.providers = AsyncProviders(self._sender)
        self.auth = AsyncAuthorization(self._sender)

    def proxy(
        self, integration_key: str, connection_id: str, *, base_url_override: str = ""
    ) -> AsyncConnectionProxy:
        """The provider's API as a connection may use it. Nothing is sent yet.

        Args:
            integration_key: The integration's key.
            connection_id: The connection's id.
            base_url_override: Another base URL than the provider's own, where the service allows it.
        """
        return AsyncConnectionProxy(self._sender, Target(integration_key, connection_id, base_url_override))

    async def close(self) -> None:
        """Close all network connections; the client can't be used any more."""
        await self._sender.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncCounterfoil({self._sender.service.base_url!r})"
