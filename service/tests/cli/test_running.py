"""What commands share: a failure is one sentence and status 1; parts are opened and closed."""

from pathlib import Path

import pytest
from service.tests.cli.commands import CommandLine

from counterfoil.vault import create_master_key


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"log_level": "CHATTY"}, "COUNTERFOIL_LOG_LEVEL"),
        ({"database_pool_size": "0", "public_url": "nowhere"}, "COUNTERFOIL_DATABASE_POOL_SIZE"),
        ({"master_key_file": "/nowhere/master.key"}, "/nowhere/master.key"),
        ({"database_url": "postgresql://nobody@localhost/nothing"}, "COUNTERFOIL_MASTER_KEY_FILE"),
    ],
)
def test_a_failure_is_one_line_that_names_what_is_wrong(
    bare: CommandLine, settings: dict[str, str], named: str
) -> None:
    done = bare("environments", "list", **settings)

    assert (done.status, done.output) == (1, "")
    assert done.errors.startswith("counterfoil: ")
    assert done.errors.count("\n") == 1
    assert named in done.errors


def test_another_master_key_than_the_datas_is_refused(counterfoil: CommandLine, tmp_path: Path) -> None:
    counterfoil.succeeds("environments", "list")
    create_master_key(tmp_path / "other.key")

    done = counterfoil("environments", "list", master_key_file=str(tmp_path / "other.key"))

    assert done.status == 1
    assert done.errors.startswith("counterfoil: ")
    assert "key" in done.errors


def test_a_message_with_brackets_is_shown_as_it_is(counterfoil: CommandLine) -> None:
    done = counterfoil("keys", "list", "--environment", "[red]none[/red]")

    assert done.status == 1
    assert "[red]none[/red]" in done.errors


def test_without_any_setting_a_data_directory_is_made_and_the_key_announced(bare: CommandLine) -> None:
    done = bare.succeeds("environments", "list")

    assert "dev" in done.output
    assert "made a master key for development" in done.errors
    assert (bare.directory / "data" / "development.key").exists()
