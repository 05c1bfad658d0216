"""The whole application on a database of the test's own, started and stopped as a server does it (ASGI
lifespan).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import Message

from counterfoil.app import Application, Foundation
from counterfoil.settings import Settings, read_settings

PUBLIC_URL = "https://connect.example.com"


def settings_of(postgres_url: str, **more: Any) -> Settings:
    """Settings that call nobody and leave other tests room on the server."""
    given = {"database_url": postgres_url, "database_pool_size": 2, "sage_intacct_url": "http://127.0.0.1:1"}
    return read_settings(**{**given, **more})


@asynccontextmanager
async def lifespan(application: Application) -> AsyncIterator[str]:
    """Start it and stop it; gives the type of its answer to the start."""
    asked: asyncio.Queue[Message] = asyncio.Queue()
    answered: asyncio.Queue[Message] = asyncio.Queue()
    task = asyncio.create_task(application({"type": "lifespan"}, asked.get, answered.put))
    asked.put_nowait({"type": "lifespan.startup"})
    answer: str = (await answered.get())["type"]
    yield answer
    if answer == "lifespan.startup.complete":
        asked.put_nowait({"type": "lifespan.shutdown"})
        assert (await answered.get())["type"] == "lifespan.shutdown.complete"
    await task


@asynccontextmanager
async def started(
    settings: Settings, ground: Foundation, *, public_url: str = PUBLIC_URL, with_worker: bool = False
) -> AsyncIterator[Application]:
    """An application that serves."""
    application = Application(settings, ground, public_url=public_url, with_worker=with_worker)
    async with lifespan(application) as answer:
        assert answer == "lifespan.startup.complete"
        yield application
