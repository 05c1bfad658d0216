"""The only place where the synchronous and the asynchronous client differ: who waits.

    Sender, AsyncSender      send an operation, or open it as a stream
    Resource, AsyncResource  a group of methods that share a sender
    sent, sent_async         make a method of a builder: same parameters, the result in place of the operation
    listed, listed_async     the same for builders of lists: an iterator over all pages

A method is its builder, sent. Parameters, types and docstrings are the builder's, so they are written once.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from inspect import Parameter, signature
from typing import Any, Concatenate, ParamSpec, TypeVar, get_args

import httpx2

from counterfoil_client._answers import result_of
from counterfoil_client._http import Service, answer_of, http_request, transport_error
from counterfoil_client._operations import Operation, Page

P = ParamSpec("P")
T = TypeVar("T")


class Sender:
    """Sends operations one after the other; may be shared by threads.

    Args:
        service: Where to, and as whom.
        transport: In place of the network's own.
    """

    def __init__(self, service: Service, transport: httpx2.BaseTransport | None) -> None:
        self.service = service
        self._http = httpx2.Client(transport=transport, follow_redirects=False)

    def send(self, operation: Operation[T]) -> T:
        """The result. Raises ApiError, TransportError, AnswerNotUnderstood."""
        request = http_request(self.service, operation)
        try:
            response = self._http.send(request)
        except httpx2.RequestError as error:
            failure = transport_error(error, operation)
        else:
            return result_of(operation, answer_of(response))
        raise failure

    @contextmanager
    def opened(self, operation: Operation[Any]) -> Iterator[httpx2.Response]:
        """The response before its body was read. Raises TransportError."""
        request = http_request(self.service, operation)
        try:
            response = self._http.send(request, stream=True)
        except httpx2.RequestError as error:
            failure = transport_error(error, operation)
        else:
            try:
                yield response
            finally:
                response.close()
            return
        raise failure

    def close(self) -> None:
        """Close all connections."""
        self._http.close()


class AsyncSender:
    """Sends operations side by side within one event loop.

    Args:
        service: Where to, and as whom.
        transport: In place of the network's own.
    """

    def __init__(self, service: Service, transport: httpx2.AsyncBaseTransport | None) -> None:
        self.service = service
        self._http = httpx2.AsyncClient(transport=transport, follow_redirects=False)

    async def send(self, operation: Operation[T]) -> T:
        """The result. Raises ApiError, TransportError, AnswerNotUnderstood."""
        request = http_request(self.service, operation)
        try:
            response = await self._http.send(request)
        except httpx2.RequestError as error:
            failure = transport_error(error, operation)
        else:
            return result_of(operation, answer_of(response))
        raise failure

    @asynccontextmanager
    async def opened(self, operation: Operation[Any]) -> AsyncIterator[httpx2.Response]:
        """The response before its body was read. Raises TransportError."""
        request = http_request(self.service, operation)
        try:
            response = await self._http.send(request, stream=True)
        except httpx2.RequestError as error:
            failure = transport_error(error, operation)
        else:
            try:
                yield response
            finally:
                await response.aclose()
            return
        raise failure

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()


class Resource:
    """A group of methods that share a sender."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender


class AsyncResource:
    """A group of methods that share a sender."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender


def sent(build: Callable[P, Operation[T]]) -> Callable[Concatenate[Resource, P], T]:
    """The method that sends what `build` builds."""

    def method(self: Resource, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._sender.send(build(*args, **kwargs))

    return described(method, build)


def sent_async(
    build: Callable[P, Operation[T]],
) -> Callable[Concatenate[AsyncResource, P], Coroutine[Any, Any, T]]:
    """The method that sends what `build` builds."""

    async def method(self: AsyncResource, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._sender.send(build(*args, **kwargs))

    return described(method, build)


def listed(build: Callable[P, Operation[Page[T]]]) -> Callable[Concatenate[Resource, P], Iterator[T]]:
    """The method that walks through all pages, beginning with the one that `build` builds."""

    def method(self: Resource, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return _walk(self._sender, build(*args, **kwargs))

    return described(method, build, walked_as="Iterator")


def listed_async(
    build: Callable[P, Operation[Page[T]]],
) -> Callable[Concatenate[AsyncResource, P], AsyncIterator[T]]:
    """The method that walks through all pages, beginning with the one that `build` builds."""

    def method(self: AsyncResource, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        return _walk_async(self._sender, build(*args, **kwargs))

    return described(method, build, walked_as="AsyncIterator")


M = TypeVar("M", bound=Callable[..., Any])


def described(method: M, build: Callable[..., Any], *, bound: int = 0, walked_as: str = "") -> M:
    """The method with its builder's docstring and parameters, as `help()` and editors show them.

    Args:
        method: To be described.
        build: What it sends.
        bound: How many of the builder's first parameters the method fills in by itself.
        walked_as: `Iterator` or `AsyncIterator` where it walks through pages.
    """
    built = signature(build)
    (result,) = get_args(built.return_annotation)
    returned = f"{walked_as}[{get_args(result)[0].__name__}]" if walked_as else result
    own = Parameter("self", Parameter.POSITIONAL_ONLY)
    parameters = [own, *list(built.parameters.values())[bound:]]
    method.__doc__ = build.__doc__
    vars(method)["__signature__"] = built.replace(parameters=parameters, return_annotation=returned)
    return method


def _walk(sender: Sender, first: Operation[Page[T]]) -> Iterator[T]:
    operation: Operation[Page[T]] | None = first
    while operation is not None:
        page = sender.send(operation)
        yield from page.items
        operation = page.following


async def _walk_async(sender: AsyncSender, first: Operation[Page[T]]) -> AsyncIterator[T]:
    operation: Operation[Page[T]] | None = first
    while operation is not None:
        page = await sender.send(operation)
        for item in page.items:
            yield item
        operation = page.following
