"""`serve`, `worker` and `migrate`: the long-running commands and what they need beforehand."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from socket import socket
from typing import Annotated, cast

import orjson
import typer
import uvloop
from rich.table import Table
from uvicorn._types import ASGI3Application

from counterfoil.app import Application, assembled, foundation
from counterfoil.app.parts import maintained, working
from counterfoil.cli.running import ERR, fail, prepare, told
from counterfoil.settings import Settings
from counterfoil.web.server import listen, origin_of, run

Host = Annotated[str, typer.Option(envvar="COUNTERFOIL_HOST", help="Address to listen on.")]
Port = Annotated[
    int,
    typer.Option(envvar="COUNTERFOIL_PORT", min=0, max=65535, help="Port to listen on; 0 picks a free one."),
]


@told
def serve(
    host: Host = "127.0.0.1",
    port: Port = 3003,
    worker: Annotated[
        bool, typer.Option(envvar="COUNTERFOIL_WORKER", help="Run jobs in this process too.")
    ] = True,
    json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON with the address, once it is ready.")
    ] = False,
) -> None:
    """Serve the API, the Connect page and the proxy.

    On an empty data directory it makes what it needs: an embedded PostgreSQL and a development key.
    """
    settings = prepare()
    listener = _listener(host, port)
    public_url = settings.public_url or origin_of(listener)
    with foundation(settings) as ground:
        application = Application(settings, ground, public_url=public_url, with_worker=worker)
        ready = _say_json if json else _say(settings, public_url)
        try:
            run(cast("ASGI3Application", application), host, port, ready, listener=listener)
        except SystemExit:
            if application.failure is not None:
                raise application.failure from None
            raise


@told
def work() -> None:
    """Run jobs only: renewals of tokens before they expire. Start as many as you like."""
    settings = prepare()

    async def run_jobs() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with assembled(settings, ground) as parts, maintained(parts), working(parts):
            ERR.print("The worker runs. Stop it with Ctrl+C.")
            await stop.wait()

    with foundation(settings) as ground, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_jobs())


@told
def migrate() -> None:
    """Bring the database to this release's schema, and end. `serve` and `worker` do it too."""
    with foundation(prepare()):
        ERR.print("The database is at this release's schema.")


def _listener(host: str, port: int) -> socket:
    try:
        return listen(host, port)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        fail(f"Can't listen on {host}:{port}: {reason}. Choose another port with --port; 0 picks a free one.")


def _say_json(origin: str) -> None:
    # Exactly one line on standard output, for whoever started the process.
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.buffer.write(orjson.dumps({"url": origin}, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()


def _say(settings: Settings, public_url: str) -> Callable[[str], None]:
    def say(origin: str) -> None:
        table = Table(show_header=False, box=None, pad_edge=False)
        table.add_row("API and Connect page", public_url)
        if public_url != origin:
            table.add_row("Listens on", origin)
        table.add_row("OpenAPI", f"{public_url}/openapi.json")
        table.add_row("Sage Intacct", settings.sage_intacct_url)
        table.add_row(
            "Database", "your own" if settings.database_url else f"embedded, in {settings.data_dir}"
        )
        ERR.print("[bold]Counterfoil is ready.[/bold] Stop it with Ctrl+C.")
        ERR.print(table)
        ERR.print("An API key: [bold]counterfoil keys create --environment dev[/bold]")

    return say
