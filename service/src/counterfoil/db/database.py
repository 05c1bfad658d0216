"""`Database`: the engine and the connection pool of one PostgreSQL. Not a place for statements.

Two doors to the same database: `session()` for the control plane, `pool` for the few statements that must be
exact or fast. Both speak psycopg 3.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, OperationalError
from psycopg.sql import SQL, Identifier
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from counterfoil.db.errors import DatabaseUnavailable

Connection = AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]

_OPEN_TIMEOUT_SECONDS = 10.0
_CONNECTION_WAIT_SECONDS = 10.0


class Database:
    """One PostgreSQL database.

    `open` before use, `close` when done; both are cheap when there is nothing to do.

    Args:
        url: `postgresql://user:password@host:port/name?options`, as libpq reads it.
        pool_size: The most connections that each of the two doors opens.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = conninfo(url)
        self._engine: AsyncEngine = create_async_engine(
            # libpq reads the URL itself, so every option that it knows works here too.
            "postgresql+psycopg://",
            async_creator=lambda: AsyncConnection.connect(self.url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_CONNECTION_WAIT_SECONDS,
            pool_pre_ping=True,
        )
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self.pool: Pool = AsyncConnectionPool(
            self.url,
            min_size=1,
            max_size=pool_size,
            open=False,
            kwargs={"autocommit": True},
            timeout=_CONNECTION_WAIT_SECONDS,
            check=AsyncConnectionPool.check_connection,
        )

    async def open(self) -> None:
        """Connect the pool; raises DatabaseUnavailable when nobody answers within ten seconds."""
        try:
            await self.pool.open(wait=True, timeout=_OPEN_TIMEOUT_SECONDS)
        except PoolTimeout as error:
            raise DatabaseUnavailable(
                "The database does not answer. Check its address and that it runs."
            ) from error

    async def close(self) -> None:
        """Close every connection of both doors."""
        await self.pool.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed when the block ends, rolled back when it raises.

        Raises DatabaseUnavailable when the connection can't be had or is lost.
        """
        try:
            async with self._sessions.begin() as session:
                yield session
        except (DBAPIError, OperationalError) as error:
            if not _lost_connection(error):
                raise
            raise DatabaseUnavailable("The database does not answer; try again in a moment.") from error

    @asynccontextmanager
    async def connection(
        self, *, wait_seconds: float = _CONNECTION_WAIT_SECONDS
    ) -> AsyncIterator[Connection]:
        """A connection of the pool, for the few statements that must be exact or fast.

        Raises DatabaseUnavailable when none can be had or it is lost.
        """
        try:
            async with self.pool.connection(timeout=wait_seconds) as connection:
                yield connection
        except (OperationalError, PoolTimeout) as error:
            raise DatabaseUnavailable("The database does not answer; try again in a moment.") from error

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[AsyncIterator[str]]:
        """What is told on a channel from now on (`LISTEN`), over a connection of its own.

        Raises DatabaseUnavailable when it can't be had or is lost.
        """
        try:
            async with await AsyncConnection.connect(self.url, autocommit=True) as connection:
                await connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
                yield _payloads(connection)
        except OperationalError as error:
            raise DatabaseUnavailable("The database does not answer; try again in a moment.") from error

    async def ping(self) -> None:
        """One round trip; raises DatabaseUnavailable when it fails."""
        async with self.connection(wait_seconds=2.0) as connection:
            await connection.execute("SELECT 1")


async def _payloads(connection: AsyncConnection[Any]) -> AsyncIterator[str]:
    async for told in connection.notifies():
        yield told.payload


def conninfo(url: str) -> str:
    """The URL as libpq wants it: driver suffixes and the short scheme are forgiven."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme.split("+")[0] in {"postgres", "postgresql"}:
        return f"postgresql://{rest}"
    return url


def _lost_connection(error: Exception) -> bool:
    original = error.orig if isinstance(error, DBAPIError) else error
    # The server names a state for whatever it refuses; without one, or in class 08 or 57P, it was the
    # connection.
    state = getattr(original, "sqlstate", None)
    return isinstance(original, OperationalError) and (state is None or state.startswith(("08", "57P")))
