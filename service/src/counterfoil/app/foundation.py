"""What must be there before anything is built: a database at this release's schema, and the master key.

Who makes the master key is a decision of its own (ADR 0003): never silently, never a second one.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from counterfoil.db import migrate
from counterfoil.db.embedded import EmbeddedPostgres
from counterfoil.errors import CounterfoilError
from counterfoil.settings import Settings
from counterfoil.vault import MasterKey, create_master_key, load_master_key

_log: Final = structlog.get_logger(__name__)

DEVELOPMENT_KEY: Final = "development.key"
_MAKE_ONE: Final = (
    "Make one with `counterfoil vault create-key PATH`, keep a copy of it apart from the database's backups, "
    "and name it in COUNTERFOIL_MASTER_KEY_FILE."
)


class MasterKeyMissing(CounterfoilError):
    """There is no master key, and none may be made; the message says what to do."""

    code = "master_key_missing"


@dataclass(frozen=True, slots=True)
class Foundation:
    """Where the data are and what opens them.

    Attributes:
        database_url: A PostgreSQL that runs, at this release's schema.
        master_key: The key that wraps all others.
    """

    database_url: str
    master_key: MasterKey


@contextmanager
def foundation(settings: Settings) -> Iterator[Foundation]:
    """Start or find the database, bring it to this release's schema, and read the master key.

    Blocks; use it before the event loop starts. An embedded PostgreSQL runs until the block ends.

    Raises:
        MasterKeyMissing: No key, and none may be made.
        MasterKeyUnusable: The key's file can't be read, is not a key, or others can read it.
        DatabaseUnavailable, DatabaseUnusable: The database.
    """
    if settings.database_url is not None:
        master_key = _named_key(settings)
        url = settings.database_url.get_secret_value()
        migrate(url)
        yield Foundation(url, master_key)
        return
    with _data_dir(settings.data_dir):
        server = EmbeddedPostgres(settings.data_dir / "postgres")
        master_key = _key_of_directory(settings, has_data=server.is_initialized)
        server.start()
    try:
        migrate(server.url)
        yield Foundation(server.url, master_key)
    finally:
        server.stop()


def _named_key(settings: Settings) -> MasterKey:
    if settings.master_key_file is None:
        raise MasterKeyMissing(
            f"With a database of your own the service needs a master key of your own. {_MAKE_ONE}"
        )
    return load_master_key(settings.master_key_file)


@contextmanager
def _data_dir(path: Path) -> Iterator[None]:
    """The data directory, made where it is absent; one process at a time decides what to make in it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _key_of_directory(settings: Settings, *, has_data: bool) -> MasterKey:
    if settings.master_key_file is not None:
        return load_master_key(settings.master_key_file)
    path = settings.data_dir / DEVELOPMENT_KEY
    if path.exists():
        return load_master_key(path)
    if has_data:
        raise MasterKeyMissing(
            f"{settings.data_dir} holds data, but not the key they were sealed with ({DEVELOPMENT_KEY}). A "
            "new key would not open them. Put the file back, or name it in COUNTERFOIL_MASTER_KEY_FILE."
        )
    _log.warning(
        "made a master key for development",
        path=str(path),
        advice=f"It lies beside the data that it seals, which is good for trying out only. {_MAKE_ONE}",
    )
    return create_master_key(path)
