"""Brings a database to this release's schema. Which tables there are is written in `migrations/versions`."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from counterfoil.db.database import conninfo
from counterfoil.db.errors import DatabaseUnavailable

# Any number that no other program on the same database uses as an advisory lock.
_MIGRATION_LOCK = 0x436F756E746572


def migrate(url: str) -> None:
    """Apply the migrations that are missing, one process at a time; the others wait and find nothing to do.

    Blocks; call it before the event loop starts or in a thread.

    Raises:
        DatabaseUnavailable: The database does not answer or refuses the user.
    """
    with _connection(url) as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_MIGRATION_LOCK})")
        connection.commit()
        try:
            command.upgrade(alembic_config(connection), "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_MIGRATION_LOCK})")
            connection.commit()


def schema_is_current(url: str) -> bool:
    """Whether the database has exactly this release's schema. Blocks, like `migrate`."""
    with _connection(url) as connection:
        row = connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar()
        if row is None:
            return False
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return version == ScriptDirectory.from_config(alembic_config()).get_current_head()


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without a file: the scripts come from this package."""
    config = Config()
    config.set_main_option("script_location", "counterfoil.db:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo(url)), poolclass=NullPool
    )
    try:
        connection = engine.connect()
    except OperationalError as error:
        raise DatabaseUnavailable(f"The database can't be used: {error.orig}") from error
    try:
        yield connection
    finally:
        connection.close()
        engine.dispose()
