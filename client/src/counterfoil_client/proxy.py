"""Calls to the provider through Counterfoil, which adds the token and renews it when needed.

What the provider answers is handed back as it is, whatever the status; `raise_for_status()` makes an error of
it. What the proxy itself has to say (no such connection, no token that works, provider not reachable) is
raised.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar, Unpack

import httpx2

from counterfoil_client._http import answer_of, transport_error
from counterfoil_client._operations import Operation
from counterfoil_client._proxy_calls import (
    BodyOptions,
    ProxyAnswer,
    Target,
    delete_path,
    get_path,
    may_be_own_failure,
    patch_path,
    post_path,
    put_path,
    raise_own_failure,
    request_path,
)
from counterfoil_client._senders import AsyncSender, Sender, described

P = ParamSpec("P")
T = TypeVar("T")


def _to_target(
    build: Callable[Concatenate[Target, P], Operation[T]],
) -> Callable[Concatenate["ConnectionProxy", P], T]:
    """The method that sends what `build` builds for the proxy's own target."""

    def method(self: "ConnectionProxy", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._sender.send(build(self.target, *args, **kwargs))

    return described(method, build, bound=1)


def _to_target_async(
    build: Callable[Concatenate[Target, P], Operation[T]],
) -> Callable[Concatenate["AsyncConnectionProxy", P], Coroutine[Any, Any, T]]:
    """The method that sends what `build` builds for the proxy's own target."""

    async def method(self: "AsyncConnectionProxy", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._sender.send(build(self.target, *args, **kwargs))

    return described(method, build, bound=1)


class ConnectionProxy:
    """`counterfoil.proxy(integration_key, connection_id)`: the provider's API as that connection may use it.

    Args:
        sender: The client's.
        target: Whose API is called.
    """

    def __init__(self, sender: Sender, target: Target) -> None:
        self._sender = sender
        self.target = target

    get = _to_target(get_path)
    post = _to_target(post_path)
    put = _to_target(put_path)
    patch = _to_target(patch_path)
    delete = _to_target(delete_path)
    request = _to_target(request_path)

    @contextmanager
    def stream(self, method: str, path: str, **options: Unpack[BodyOptions]) -> Iterator["ProxyStream"]:
        """Call as `request` does, and read the answer piece by piece within a `with` block.

        Raises:
            ApiError, TransportError, ValueError: As `request` does.
        """
        operation = request_path(self.target, method, path, **options)
        with self._sender.opened(operation) as response:
            stream = ProxyStream(response, operation)
            if may_be_own_failure(stream.status, response.headers):
                stream.read()
                raise_own_failure(operation, answer_of(response))
            yield stream


class AsyncConnectionProxy:
    """`counterfoil.proxy(integration_key, connection_id)` of the asynchronous client.

    Args:
        sender: The client's.
        target: Whose API is called.
    """

    def __init__(self, sender: AsyncSender, target: Target) -> None:
        self._sender = sender
        self.target = target

    get = _to_target_async(get_path)
    post = _to_target_async(post_path)
    put = _to_target_async(put_path)
    patch = _to_target_async(patch_path)
    delete = _to_target_async(delete_path)
    request = _to_target_async(request_path)

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, **options: Unpack[BodyOptions]
    ) -> AsyncIterator["AsyncProxyStream"]:
        """Call as `request` does, and read the answer piece by piece within an `async with` block.

        Raises:
            ApiError, TransportError, ValueError: As `request` does.
        """
        operation = request_path(self.target, method, path, **options)
        async with self._sender.opened(operation) as response:
            stream = AsyncProxyStream(response, operation)
            if may_be_own_failure(stream.status, response.headers):
                await stream.read()
                raise_own_failure(operation, answer_of(response))
            yield stream


class ProxyStream:
    """A provider's answer while it comes. Read it once, by one of the three methods.

    Args:
        response: Before its body was read.
        operation: What was asked.
    """

    def __init__(self, response: httpx2.Response, operation: Operation[ProxyAnswer]) -> None:
        self._response = response
        self._operation = operation
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def iter_bytes(self, chunk_bytes: int | None = None) -> Iterator[bytes]:
        """The body, uncompressed, as it comes or in pieces of `chunk_bytes`. Raises TransportError."""
        return self._told(self._response.iter_bytes(chunk_bytes))

    def iter_lines(self) -> Iterator[str]:
        """The body line by line, without line ends. Raises TransportError."""
        return self._told(self._response.iter_lines())

    def read(self) -> ProxyAnswer:
        """All of it. Raises TransportError."""
        for _piece in self._told(self._pieces_kept()):
            pass
        return self._operation.read(answer_of(self._response))

    def _pieces_kept(self) -> Iterator[bytes]:
        yield self._response.read()

    def _told(self, pieces: Iterator[T]) -> Iterator[T]:
        try:
            yield from pieces
        except httpx2.RequestError as error:
            failure = transport_error(error, self._operation)
        else:
            return
        raise failure


class AsyncProxyStream:
    """A provider's answer while it comes. Read it once, by one of the three methods.

    Args:
        response: Before its body was read.
        operation: What was asked.
    """

    def __init__(self, response: httpx2.Response, operation: Operation[ProxyAnswer]) -> None:
        self._response = response
        self._operation = operation
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def iter_bytes(self, chunk_bytes: int | None = None) -> AsyncIterator[bytes]:
        """The body, uncompressed, as it comes or in pieces of `chunk_bytes`. Raises TransportError."""
        return self._told(self._response.aiter_bytes(chunk_bytes))

    def iter_lines(self) -> AsyncIterator[str]:
        """The body line by line, without line ends. Raises TransportError."""
        return self._told(self._response.aiter_lines())

    async def read(self) -> ProxyAnswer:
        """All of it. Raises TransportError."""
        async for _piece in self._told(self._pieces_kept()):
            pass
        return self._operation.read(answer_of(self._response))

    async def _pieces_kept(self) -> AsyncIterator[bytes]:
        yield await self._response.aread()

    async def _told(self, pieces: AsyncIterator[T]) -> AsyncIterator[T]:
        try:
            async for piece in pieces:
                yield piece
        except httpx2.RequestError as error:
            failure = transport_error(error, self._operation)
        else:
            return
        raise failure
