"""The command line: `intacct-sandbox serve`. Starts one sandbox in this process and ends it cleanly."""

import json
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from intacct_sandbox.app import Sandbox, build, create_app
from intacct_sandbox.errors import SandboxError
from intacct_sandbox.faults.injection import CUT
from intacct_sandbox.fixtures import guide
from intacct_sandbox.fixtures.company_list import ADMINISTRATOR, PASSWORD
from intacct_sandbox.settings import Settings

_GRACE_SECONDS: Final = 3
_UNSPECIFIED: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - told apart, not bound to

app = typer.Typer(help="A Sage Intacct on your own machine.", add_completion=False, no_args_is_help=True)


@app.callback()
def intacct_sandbox() -> None:
    """A Sage Intacct on your own machine."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen at [127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen at; 0 takes a free one [8089].")] = None,
    fixture: Annotated[
        str | None, typer.Option(help="What to start from: guide, empty or ledger [guide].")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Directory that keeps the state; without it, memory does.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Where all randomness comes from [0].")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON when ready, and nothing else.")
    ] = False,
) -> None:
    """Run the sandbox until it is interrupted."""
    given = {"host": host, "port": port, "fixture": fixture, "data": data, "seed": seed}
    try:
        settings = Settings.model_validate(
            {name: value for name, value in given.items() if value is not None}
        )
    except ValidationError as failure:
        _stop(_what_is_wrong(failure))
    listener = _listen(settings)
    url = _url(settings.host, listener.getsockname()[1])
    sandbox = _build(settings)
    config = uvicorn.Config(
        create_app(settings, sandbox),
        loop="uvloop",
        http=_CuttingProtocol,
        lifespan="on",
        # Warnings and failures reach stderr through logging's last resort; nothing else is said.
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        # The application gives it, by the sandbox's own clock.
        date_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )

    def announce() -> None:
        if as_json:
            typer.echo(json.dumps({"url": url}))
        else:
            _welcome(Console(), settings, sandbox, url)

    _Server(config, announce).run(sockets=[listener])


def main() -> None:
    """The entry point `intacct-sandbox`."""
    app()


class _CuttingProtocol(HttpToolsProtocol):
    """uvicorn's protocol with one ASGI extension: a call that cuts the connection, for faults."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        # An extension's value is a dictionary in ASGI.
        self.scope["extensions"] = {CUT: {"abort": self.transport.abort}}


class _Server(uvicorn.Server):
    """uvicorn that says when it is ready, and for which being told to end is no failure."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn raises the signal once more after its clean end; then the exit code would be the signal's.
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as failure:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        _stop(f"Can't listen at {where}: {failure.strerror or failure}. Choose another with --port.")
    return listener


def _build(settings: Settings) -> Sandbox:
    try:
        return build(settings)
    except SandboxError as failure:
        _stop(str(failure))
    except (OSError, sqlite3.Error) as failure:
        _stop(f"Can't keep the state in {settings.data}: {failure}. Is another sandbox using it?")


def _url(host: str, port: int) -> str:
    shown = _UNSPECIFIED.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def _what_is_wrong(failure: ValidationError) -> str:
    return " ".join(
        f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}." for error in failure.errors()
    )


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


def _welcome(screen: Console, settings: Settings, sandbox: Sandbox, url: str) -> None:
    rows = [
        ("Start here", url),
        ("Developer console", f"{url}/developer"),
        ("Company administration", f"{url}/company"),
        ("Control plane", f"{url}/_sandbox/state"),
    ]
    if not sandbox.is_fresh:
        rows.append(("State", f"taken up again from {settings.data}"))
    elif settings.fixture == "guide":
        rows += [
            ("Developer", f"{guide.DEVELOPER_EMAIL} / {PASSWORD}"),
            ("Administrator", f"{ADMINISTRATOR} / {PASSWORD}, company MyCompany"),
            ("Client ID", guide.CLIENT_ID),
            ("Client Secret", guide.CLIENT_SECRET),
            ("Username", "Admin@MyCompany"),
        ]
    else:
        rows.append(("Administrator", f"{ADMINISTRATOR} / {PASSWORD}, company MyCompany"))
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for label, value in rows:
        table.add_row(Text(label, style="bold"), Text(value))
    screen.print(
        "\nA Sage Intacct emulator is ready. It is not Sage's service; everything in it is play money.\n"
    )
    screen.print(table)
    screen.print("\nEnd it with Ctrl-C.\n")


if __name__ == "__main__":
    main()
