"""`vault create-key`: a new file for its owner alone, and never in place of another."""

import stat

from service.tests.cli.commands import CommandLine

from counterfoil.vault import load_master_key


def test_a_key_is_made_in_a_new_file_that_only_its_owner_reads(bare: CommandLine) -> None:
    path = bare.directory / "new [key].txt"

    done = bare.succeeds("vault", "create-key", str(path))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    load_master_key(path)
    assert done.output == ""
    assert str(path) in done.errors
    assert "COUNTERFOIL_MASTER_KEY_FILE" in done.errors
    assert path.read_text().strip() not in done.errors


def test_a_file_that_is_there_is_not_touched(bare: CommandLine) -> None:
    path = bare.directory / "something"
    path.write_text("precious")

    done = bare("vault", "create-key", str(path))

    assert (done.status, path.read_text()) == (1, "precious")
    assert done.errors == f"counterfoil: {path} exists already. A master key is never overwritten.\n"


def test_a_directory_that_is_not_there_is_not_made(bare: CommandLine) -> None:
    done = bare("vault", "create-key", str(bare.directory / "nowhere" / "master.key"))

    assert done.status == 1
    assert "can't be written" in done.errors
    assert not (bare.directory / "nowhere").exists()
