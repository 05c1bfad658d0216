"""One test for both clients: waits for what must be awaited, and walks what must be walked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from inspect import isawaitable
from typing import Any


async def settled(value: Any) -> Any:
    """A call's result."""
    return await value if isawaitable(value) else value


async def walked(items: Any) -> list[Any]:
    """Everything that an iterator gives."""
    if hasattr(items, "__aiter__"):
        return [item async for item in items]
    return list(items)


@asynccontextmanager
async def entered(context: Any) -> AsyncIterator[Any]:
    """What a `with` block gives."""
    if hasattr(context, "__aenter__"):
        async with context as inside:
            yield inside
        return
    with context as inside:
        yield inside
