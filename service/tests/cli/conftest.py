"""An installation of the test's own: a migrated database, a master key."""

from pathlib import Path

import pytest
from service.tests.cli.commands import CommandLine

from counterfoil.vault import create_master_key


@pytest.fixture
def counterfoil(postgres_url: str, private_dir: Path) -> CommandLine:
    """The command line, with a database and a key of the installation's own."""
    key = private_dir / "master.key"
    create_master_key(key)
    settings = {
        "database_url": postgres_url,
        "database_pool_size": "2",
        "master_key_file": str(key),
        "sage_intacct_url": "http://127.0.0.1:1",
    }
    return CommandLine(private_dir, settings)


@pytest.fixture
def bare(private_dir: Path) -> CommandLine:
    """The command line without any installation."""
    return CommandLine(private_dir, {"data_dir": str(private_dir / "data")})
