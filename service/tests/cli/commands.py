"""Runs commands of `counterfoil` as processes of their own, forked from one that has imported everything.

Starting the interpreter takes longer than most commands; what is tested is the same. Long-running commands
are started by `e2e.processes`.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from counterfoil.settings import PREFIX

_SECONDS: Final = 60
_SERVER: Final = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["counterfoil.cli", "pytest"])


@dataclass(frozen=True)
class Done:
    """What a command did."""

    status: int
    output: str
    errors: str


@dataclass(frozen=True)
class CommandLine:
    """The command line of one installation.

    Attributes:
        directory: Of the test's own; the working directory of commands.
        settings: Settings by their lower-case name without the prefix.
    """

    directory: Path
    settings: Mapping[str, str]

    def __call__(self, *arguments: str, **settings: str) -> Done:
        """Run a command to its end; `settings` go over those of the installation."""
        output, errors = self.directory / "output", self.directory / "errors"
        variables = {PREFIX + name.upper(): value for name, value in {**self.settings, **settings}.items()}
        process = _SERVER.Process(
            target=_command, args=(arguments, variables, self.directory, output, errors), daemon=True
        )
        process.start()
        process.join(_SECONDS)
        status = process.exitcode
        if status is None:
            process.kill()
            raise AssertionError(f"counterfoil {' '.join(arguments)} did not end: {errors.read_text()}")
        return Done(status, output.read_text(), errors.read_text())

    def succeeds(self, *arguments: str, **settings: str) -> Done:
        """The same, for a command that must end well."""
        done = self(*arguments, **settings)
        assert done.status == 0, done.errors
        return done


def _command(
    arguments: tuple[str, ...], variables: dict[str, str], directory: Path, output: Path, errors: Path
) -> Any:
    for path, descriptor in ((output, 1), (errors, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ.update(variables)
    os.chdir(directory)
    sys.argv = ["counterfoil", *arguments]

    from counterfoil.cli import main
    from counterfoil.cli.running import OUT

    # Wide enough that no table breaks a word.
    OUT.width = 250
    main()
