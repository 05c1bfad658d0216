"""What commands share: settings read, parts opened, failures told in one sentence."""

import asyncio
import functools
import sys
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn, ParamSpec, TypeVar

from rich.console import Console

from counterfoil.app import Parts, assembled, configure_logs, foundation
from counterfoil.errors import CounterfoilError
from counterfoil.settings import Settings, read_settings

P = ParamSpec("P")
T = TypeVar("T")

# Without emoji: their table would be loaded at every start, and none of our sentences has any.
OUT: Final = Console(soft_wrap=True, highlight=False, emoji=False)
ERR: Final = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)


def told(command: Callable[P, T]) -> Callable[P, T]:
    """The command; a failure of ours ends it with one sentence and status 1."""

    @functools.wraps(command)
    def telling(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except CounterfoilError as error:
            fail(error.message)

    return telling


def fail(message: str) -> NoReturn:
    """End the process with a sentence on standard error."""
    ERR.print(f"counterfoil: {message}", markup=False, style="red" if ERR.is_terminal else None)
    sys.exit(1)


def prepare() -> Settings:
    """The settings, with logs going where they belong."""
    settings = read_settings()
    configure_logs(settings.log_level)
    return settings


def with_parts(work: Callable[[Parts], Awaitable[T]]) -> T:
    """Open the parts, do the work, close them."""
    settings = prepare()

    async def run() -> T:
        async with assembled(settings, ground) as parts:
            return await work(parts)

    with foundation(settings) as ground:
        return asyncio.run(run())
