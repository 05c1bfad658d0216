"""`Store`: transactions, reset and snapshots over one SQLite connection.

Everything runs on the event loop's thread, one statement after the other; that is the sandbox's whole
concurrency control. Tables belong to the features, which hand in their DDL.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from intacct_sandbox.store.past import Past

_LOCK_WAIT_SECONDS: Final = 1.0

Parameters = Sequence[Any] | Mapping[str, Any]


class Store:
    """All state of one sandbox.

    Attributes:
        openings: How many times the file has been opened, this time included; 1 in memory.

    Args:
        path: The database file; None keeps everything in memory.

    Raises:
        sqlite3.Error: The file can't be opened, is no database, or belongs to a sandbox that is running.
    """

    def __init__(self, path: Path | None = None) -> None:
        # Test clients may run the application on another thread than the one that built it; never on two at
        # once.
        self._connection = sqlite3.connect(
            ":memory:" if path is None else str(path),
            isolation_level=None,
            check_same_thread=False,
            timeout=_LOCK_WAIT_SECONDS,
        )
        self._connection.row_factory = sqlite3.Row
        self._depth = 0
        self._past: Past[Store] = Past(_opened, Store.close)
        try:
            self.openings = self._open(is_file=path is not None)
        except sqlite3.Error:
            self._connection.close()
            raise

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection itself, for functions to register and statements to prepare."""
        return self._connection

    def create(self, ddl: str) -> None:
        """Make the tables and indexes of a feature where they are not there yet."""
        for kind in ("TABLE", "INDEX", "UNIQUE INDEX", "VIEW"):
            ddl = ddl.replace(f"CREATE {kind} ", f"CREATE {kind} IF NOT EXISTS ")
        self._connection.executescript(ddl.replace("IF NOT EXISTS IF NOT EXISTS", "IF NOT EXISTS"))

    def execute(self, sql: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self._connection.execute(sql, parameters)

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each row."""
        self._connection.executemany(sql, rows)

    def query(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        row: sqlite3.Row | None = self._connection.execute(sql, parameters).fetchone()
        return row

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Inside another transaction it is a savepoint."""
        name = f"level_{self._depth}"
        self._connection.execute("BEGIN IMMEDIATE" if self._depth == 0 else f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("ROLLBACK")
            else:
                self._connection.execute(f"ROLLBACK TO {name}")
                self._connection.execute(f"RELEASE {name}")
            raise
        self._depth -= 1
        self._connection.execute("COMMIT" if self._depth == 0 else f"RELEASE {name}")

    def reset(self) -> None:
        """Forget every row; the tables stay, and their keys start from the beginning.

        Indexes made on the way (`asked__…`) go with the rows they were made for.
        """
        self._past.forget()
        for row in self.query("SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB 'asked__*'"):
            self.execute(f'DROP INDEX "{row["name"]}"')
        names = self.query(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            " AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence')"
        )
        with self.transaction():
            for row in names:
                self.execute(f'DELETE FROM "{row["name"]}"')  # noqa: S608 - names come from the schema itself

    def keep_past(self, until: datetime) -> None:
        """Keep the state as it is for readers that lag, until that moment."""
        self._past.keep(self.snapshot(), until)

    def as_of(self, now: datetime) -> "Store":
        """What readers that lag see at that moment: an older state to read from, or this very store."""
        return self._past.at(now) or self

    def snapshot(self) -> bytes:
        """The whole state as bytes; `restore` takes them back."""
        return self._connection.serialize()

    def restore(self, snapshot: bytes) -> None:
        """Replace the whole state by a snapshot."""
        self._past.forget()
        source = sqlite3.connect(":memory:")
        try:
            source.deserialize(snapshot)
            source.backup(self._connection)
        finally:
            source.close()

    def is_empty(self, table: str) -> bool:
        """Whether a table has no rows."""
        return self.one(f'SELECT 1 FROM "{table}" LIMIT 1') is None  # noqa: S608 - the caller's own table name

    def _open(self, *, is_file: bool) -> int:
        if is_file:
            # One process for one file: two would hand out the same identifiers.
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL" if is_file else "PRAGMA journal_mode = MEMORY")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        # user_version is a number that SQLite keeps for its users; a reset does not touch it.
        openings = int(self._connection.execute("PRAGMA user_version").fetchone()[0]) + 1
        self._connection.execute(f"PRAGMA user_version = {openings}")
        return openings

    def close(self) -> None:
        """Give the connection back."""
        self._past.forget()
        self._connection.close()


def _opened(snapshot: bytes) -> Store:
    store = Store()
    store.connection.deserialize(snapshot)
    return store
