"""The command and its groups; how wrong usage ends."""

import subprocess
from importlib.metadata import version

import pytest
from e2e.processes import BIN
from service.tests.cli.commands import CommandLine


def test_the_installed_command_shows_its_release() -> None:
    done = subprocess.run(
        [str(BIN / "counterfoil"), "--version"], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, version("counterfoil") + "\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("keys", "nothing"),
        ("keys", "create"),
        ("keys", "revoke", "first"),
        ("serve", "--port", "65536"),
        ("vault", "create-key"),
        ("--nothing",),
    ],
)
def test_wrong_usage_is_status_2_and_makes_nothing(bare: CommandLine, arguments: tuple[str, ...]) -> None:
    done = bare(*arguments)

    assert done.status == 2
    assert done.output == ""
    assert "Usage" in done.errors
    assert not (bare.directory / "data").exists()


def test_help_names_every_command_and_group(bare: CommandLine) -> None:
    done = bare.succeeds("--help")

    for name in ("serve", "worker", "migrate", "doctor", "keys", "environments", "vault"):
        assert name in done.output
