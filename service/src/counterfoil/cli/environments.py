"""`environments`: what isolates keys, integrations and connections; whose pages may show the Connect page."""

from typing import Annotated

import typer
from rich.table import Table

from counterfoil.access import Environment
from counterfoil.app import Parts
from counterfoil.cli.running import ERR, OUT, told, with_parts

commands = typer.Typer(no_args_is_help=True, help="Environments.")

Name = Annotated[str, typer.Argument(help="The environment's name.")]
Origin = Annotated[str, typer.Argument(help="Scheme, host and perhaps port: https://app.example.com")]


@commands.command("list")
@told
def list_environments() -> None:
    """List the environments and the origins whose pages may show the Connect page."""

    async def read(parts: Parts) -> list[Environment]:
        return await parts.environments.all()

    table = Table("Name", "Origins")
    for environment in with_parts(read):
        table.add_row(environment.name, "\n".join(environment.allowed_origins))
    OUT.print(table)


@commands.command()
@told
def create(name: Name) -> None:
    """Make an environment; one that is there already stays as it is."""

    async def make(parts: Parts) -> Environment:
        return await parts.environments.ensure(name)

    ERR.print(f"The environment {with_parts(make).name} is there.")


@commands.command("allow-origin")
@told
def allow_origin(name: Name, origin: Origin) -> None:
    """Let pages of this origin show the Connect page in a frame."""

    async def allow(parts: Parts) -> Environment:
        return await parts.environments.allow_origin(name, origin)

    _tell(with_parts(allow))


@commands.command("disallow-origin")
@told
def disallow_origin(name: Name, origin: Origin) -> None:
    """Take the permission back."""

    async def disallow(parts: Parts) -> Environment:
        return await parts.environments.disallow_origin(name, origin)

    _tell(with_parts(disallow))


def _tell(environment: Environment) -> None:
    origins = ", ".join(environment.allowed_origins) or "no origin"
    ERR.print(f"The Connect page of {environment.name} may be shown by: {origins}", markup=False)
