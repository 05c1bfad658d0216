"""Migrations: run by many at once, they end in exactly what the models say."""

import importlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import counterfoil
from counterfoil.db import Base, DatabaseUnavailable, conninfo, migrate, schema_is_current
from counterfoil.db.schema import alembic_config

_OURS: Final = "c.relname NOT LIKE 'procrastinate_%' AND c.relname <> 'alembic_version'"
_COLUMNS: Final = f"""
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
        pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped AND {_OURS}
"""
_CONSTRAINTS: Final = f"""
    SELECT c.relname, o.conname, pg_get_constraintdef(o.oid) FROM pg_constraint o
    JOIN pg_class c ON c.oid = o.conrelid WHERE c.relnamespace = 'public'::regnamespace AND {_OURS}
"""
_INDEXES: Final = f"""
    SELECT c.relname, x.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace AND {_OURS}
"""
_ADVISORY_LOCKS: Final = """
    SELECT objid FROM pg_locks WHERE locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture(scope="module", autouse=True)
def _all_models() -> None:
    source = Path(counterfoil.__file__).parent
    for path in source.rglob("models.py"):
        importlib.import_module(".".join(("counterfoil", *path.relative_to(source).with_suffix("").parts)))


@pytest.fixture
def modelled_url(empty_postgres_url: str) -> str:
    """A database whose tables were made from the models, without any migration."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(empty_postgres_url))
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
    engine.dispose()
    return empty_postgres_url


def _read(url: str, statement: str) -> set[tuple[Any, ...]]:
    with psycopg.connect(conninfo(url)) as connection:
        return set(connection.execute(statement.encode()).fetchall())


@pytest.mark.parametrize(
    "catalogue", [_COLUMNS, _CONSTRAINTS, _INDEXES], ids=["columns", "constraints", "indexes"]
)
def test_the_migrations_make_what_the_models_say(
    postgres_url: str, modelled_url: str, catalogue: str
) -> None:
    migrated = _read(postgres_url, catalogue)

    assert migrated == _read(modelled_url, catalogue)
    assert migrated


def test_nothing_is_left_to_generate(postgres_url: str) -> None:
    def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
        return kind != "table" or not (name or "").startswith("procrastinate_")

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(postgres_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []


def test_the_migrations_are_one_line_with_one_end() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())

    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    assert not any(script.is_branch_point for script in scripts.walk_revisions())


def test_many_at_once_migrate_once_and_all_find_it_done(empty_postgres_url: str) -> None:
    assert not schema_is_current(empty_postgres_url)

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(migrate, empty_postgres_url) for _ in range(6)]:
            done.result()

    assert schema_is_current(empty_postgres_url)


def test_migrating_again_changes_nothing(postgres_url: str) -> None:
    before = _read(postgres_url, _COLUMNS)

    migrate(postgres_url)

    assert _read(postgres_url, _COLUMNS) == before


def test_the_lock_is_given_back(postgres_url: str) -> None:
    migrate(postgres_url)

    held = _read(
        postgres_url,
        "SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database "
        "WHERE locktype = 'advisory' AND d.datname = current_database()",
    )
    assert held == set()


def test_another_releases_schema_is_noticed(postgres_url: str) -> None:
    assert schema_is_current(postgres_url)

    with psycopg.connect(conninfo(postgres_url)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    assert not schema_is_current(postgres_url)


@pytest.mark.parametrize("act", [migrate, schema_is_current])
def test_nobody_listening_is_said_so(unused_tcp_port: int, act: Any) -> None:
    with pytest.raises(DatabaseUnavailable, match="can't be used"):
        act(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/nothing")
