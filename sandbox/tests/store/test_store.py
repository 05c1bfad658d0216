import sqlite3
from pathlib import Path

import pytest

from intacct_sandbox.store import Store

DDL = """
CREATE TABLE thing (key INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
CREATE UNIQUE INDEX thing_name ON thing (name);
CREATE VIEW named AS SELECT name FROM thing;
"""


@pytest.fixture
def store() -> Store:
    made = Store()
    made.create(DDL)
    return made


def add(store: Store, name: str) -> int:
    return store.execute("INSERT INTO thing (name) VALUES (?)", (name,)).lastrowid or 0


def add_twice(store: Store, name: str) -> None:
    """Fails at the second time, for a name is unique."""
    add(store, name)
    add(store, name)


def add_inside_and_twice(store: Store) -> None:
    with store.transaction():
        add(store, "inner")
    add_twice(store, "outer")


def names(store: Store) -> list[str]:
    return [row["name"] for row in store.query("SELECT name FROM thing ORDER BY key")]


def test_what_is_there_already_is_not_made_again(store: Store) -> None:
    add(store, "kept")
    store.create(DDL)
    assert names(store) == ["kept"]


def test_many_rows_are_written_at_once(store: Store) -> None:
    store.execute_many("INSERT INTO thing (name) VALUES (?)", [("a",), ("b",)])
    assert names(store) == ["a", "b"]
    assert store.one("SELECT name FROM named WHERE name = 'c'") is None


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError), store.transaction():
        add_twice(store, "gone")
    assert store.is_empty("thing")


def test_an_inner_transaction_fails_alone(store: Store) -> None:
    with store.transaction():
        add(store, "outer")
        with pytest.raises(sqlite3.IntegrityError), store.transaction():
            add_twice(store, "inner")
        with store.transaction():
            add(store, "another")
    assert names(store) == ["outer", "another"]


def test_an_outer_failure_takes_the_inner_one_with_it(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError), store.transaction():
        add_inside_and_twice(store)
    assert names(store) == []


def test_a_reset_forgets_rows_and_starts_keys_again(store: Store) -> None:
    assert add(store, "first") == 1
    store.reset()
    assert store.is_empty("thing")
    assert add(store, "second") == 1


def test_a_snapshot_is_taken_back(store: Store) -> None:
    add(store, "kept")
    snapshot = store.snapshot()
    add(store, "forgotten")
    store.restore(snapshot)
    assert names(store) == ["kept"]
    with store.transaction():
        add(store, "after")
    assert names(store) == ["kept", "after"]


def test_a_file_keeps_what_was_written(tmp_path: Path) -> None:
    first = Store(tmp_path / "state.sqlite3")
    first.create(DDL)
    add(first, "kept")
    first.close()
    second = Store(tmp_path / "state.sqlite3")
    assert names(second) == ["kept"]
    second.close()


def test_openings_are_counted_over_the_life_of_a_file(tmp_path: Path) -> None:
    for expected in (1, 2, 3):
        store = Store(tmp_path / "state.sqlite3")
        assert store.openings == expected
        store.create(DDL)
        store.reset()
        store.close()
    assert Store().openings == 1


def test_a_file_belongs_to_one_sandbox_at_a_time(tmp_path: Path) -> None:
    holder = Store(tmp_path / "state.sqlite3")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Store(tmp_path / "state.sqlite3")
    holder.close()


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite3").write_text("this is a letter, not a database, and it is long enough")
    with pytest.raises(sqlite3.DatabaseError):
        Store(tmp_path / "state.sqlite3")
