"""`vault`: the master key's file. Keys and sealed data themselves are never printed."""

from pathlib import Path
from typing import Annotated

import typer

from counterfoil.cli.running import ERR, told
from counterfoil.vault import create_master_key

commands = typer.Typer(no_args_is_help=True, help="The vault's master key.")


@commands.command("create-key")
@told
def create_key(path: Annotated[Path, typer.Argument(help="The file to make; it must not exist.")]) -> None:
    """Make a master key in a new file that only its owner may read."""
    create_master_key(path)
    ERR.print(
        f"Made {path}. Keep a copy apart from the database's backups: without it nothing sealed can be "
        f"opened. Name it in COUNTERFOIL_MASTER_KEY_FILE.",
        markup=False,
    )
