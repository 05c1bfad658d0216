"""`keys`: API keys of an environment. A key is shown once, when it is made."""

from typing import Annotated

import orjson
import typer
from rich.table import Table

from counterfoil.access import ApiKeyRecord
from counterfoil.app import Parts
from counterfoil.cli.running import ERR, OUT, told, with_parts
from counterfoil.vault import Secret

commands = typer.Typer(no_args_is_help=True, help="API keys.")

Environment = Annotated[str, typer.Option("--environment", "-e", help="The environment's name.")]


@commands.command()
@told
def create(
    environment: Environment,
    name: Annotated[str, typer.Option(help="What it is for, as lists show it.")] = "default",
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do; several may be given. Without one, everything.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help='Print {"key": "…"}.')] = False,
) -> None:
    """Make an API key and print it; it is not shown again."""

    async def make(parts: Parts) -> tuple[ApiKeyRecord, Secret]:
        scopes = (scope,) if scope else ()
        return await parts.api_keys.create(environment, name, *scopes)

    _record, key = with_parts(make)
    if json:
        print(orjson.dumps({"key": key.reveal()}).decode())  # noqa: T201 - this is the command's output
        return
    ERR.print("Keep it now: it is not shown again.")
    print(key.reveal())  # noqa: T201 - this is the command's output


@commands.command("list")
@told
def list_keys(environment: Environment) -> None:
    """List the keys of an environment, revoked ones too."""

    async def read(parts: Parts) -> list[ApiKeyRecord]:
        return await parts.api_keys.of_environment(environment)

    table = Table("Number", "Begins with", "Name", "Scopes", "Made", "Last used", "Revoked")
    for key in with_parts(read):
        table.add_row(
            str(key.id),
            key.key_prefix,
            key.display_name,
            " ".join(sorted(key.scopes)),
            f"{key.created_at:%Y-%m-%d %H:%M}",
            f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "",
            f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "",
        )
    OUT.print(table)


@commands.command()
@told
def revoke(number: Annotated[int, typer.Argument(help="As `keys list` shows it.")]) -> None:
    """Take a key back; it stops working within five seconds."""

    async def take_back(parts: Parts) -> None:
        await parts.api_keys.revoke(number)

    with_parts(take_back)
    ERR.print(f"Key {number} is revoked.")
