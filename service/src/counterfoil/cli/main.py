"""The command `counterfoil` and its groups."""

from importlib.metadata import version
from typing import Annotated

import typer

from counterfoil.cli import doctor, environments, keys, serving, vault, webhooks

app = typer.Typer(
    name="counterfoil",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Customers connect their Sage Intacct company; products call it through an authenticated proxy.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("counterfoil"))
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the release.")
    ] = False,
) -> None:
    """What every command has in common."""


app.command("serve")(serving.serve)
app.command("worker")(serving.work)
app.command("migrate")(serving.migrate)
app.command("doctor")(doctor.doctor)
app.add_typer(keys.commands, name="keys")
app.add_typer(environments.commands, name="environments")
app.add_typer(vault.commands, name="vault")
app.add_typer(webhooks.commands, name="webhooks")


def main() -> None:
    """Run the command line."""
    app()
