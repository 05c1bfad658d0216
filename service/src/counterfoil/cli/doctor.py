"""`doctor`: looks at everything the service needs and says what is wrong with it. It changes nothing it can
avoid.

Each check is a function from what is known so far to a finding; a failed one says what to do.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import typer
from rich.table import Table

from counterfoil.app import Foundation, Parts, assembled, foundation
from counterfoil.cli.running import OUT, prepare, told
from counterfoil.errors import CounterfoilError
from counterfoil.outbound import OutboundError, OutboundRequest
from counterfoil.settings import Settings

_CALL_SECONDS: Final = 10.0
_MOST_SKEW_SECONDS: Final = 5.0
_CLOCK = "SELECT extract(epoch FROM clock_timestamp())"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    what: str
    is_good: bool
    detail: str


@told
def doctor() -> None:
    """Check settings, key, database, clock and the way to Sage Intacct; status 1 if something is wrong."""
    settings = prepare()
    findings = [Finding("settings", True, "can be used")]
    findings += _examine(settings)
    table = Table("", "Check", "Finding")
    for one in findings:
        table.add_row("[green]ok[/green]" if one.is_good else "[red]wrong[/red]", one.what, one.detail)
    OUT.print(table)
    if not all(one.is_good for one in findings):
        raise typer.Exit(1)


def _examine(settings: Settings) -> list[Finding]:
    try:
        with foundation(settings) as ground:
            found = [Finding("database and master key", True, "there, at this release's schema")]
            return found + asyncio.run(_examine_parts(settings, ground))
    except CounterfoilError as error:
        return [Finding("database and master key", False, error.message)]


async def _examine_parts(settings: Settings, ground: Foundation) -> list[Finding]:
    async with AsyncExitStack() as stack:
        try:
            parts = await stack.enter_async_context(assembled(settings, ground))
        except CounterfoilError as error:
            return [Finding("vault", False, error.message)]
        return [one async for one in _findings(settings, parts)]


async def _findings(settings: Settings, parts: Parts) -> AsyncIterator[Finding]:
    yield Finding("vault", True, "opens with this master key")
    yield await _clock(parts)
    yield await _sage_intacct(settings, parts)


async def _clock(parts: Parts) -> Finding:
    async with parts.database.connection() as connection:
        row = await (await connection.execute(_CLOCK)).fetchone()
    skew_seconds = abs(float(row[0]) - parts.clock.now().timestamp()) if row is not None else 0.0
    is_good = skew_seconds < _MOST_SKEW_SECONDS
    advice = "" if is_good else "; let both machines keep time by NTP"
    return Finding("clock", is_good, f"{skew_seconds:.1f} s between this machine and the database{advice}")


async def _sage_intacct(settings: Settings, parts: Parts) -> Finding:
    # A token request without anything in it: any answer proves the way there, and none is a secret.
    request = OutboundRequest("POST", f"{settings.sage_intacct_url}/ia/api/v1/oauth2/token")
    try:
        answer = await parts.outbound.fetch(request, deadline_seconds=_CALL_SECONDS)
    except OutboundError as error:
        return Finding("Sage Intacct", False, f"{settings.sage_intacct_url}: {error.message}")
    return Finding("Sage Intacct", True, f"{settings.sage_intacct_url} answers ({answer.status})")
