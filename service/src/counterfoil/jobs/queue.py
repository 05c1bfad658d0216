"""The procrastinate app, its worker, and deferral inside a SQLAlchemy transaction."""

from typing import Any, Final

from procrastinate import App, PsycopgConnector
from psycopg import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil.db import conninfo
from counterfoil.jobs.recovery import DEAD_AFTER_SECONDS

SHUTDOWN_GRACE_SECONDS: Final = 25.0
_CONCURRENCY: Final = 10
# New jobs are announced by NOTIFY; polling is only for those that become due, and for a lost announcement.
_POLLING_INTERVAL_SECONDS: Final = 5.0
_POOL_SIZE: Final = 4


def create_app(database_url: str) -> App:
    """The app of one database; open it with `async with app.open_async()`."""
    connector = PsycopgConnector(conninfo=conninfo(database_url), min_size=1, max_size=_POOL_SIZE)
    return App(connector=connector)


async def deferred(session: AsyncSession) -> AsyncConnection[Any]:
    """The session's own connection, for `task.configure(connection=…)` to defer on.

    The job exists if and only if the session's transaction commits.
    """
    raw: Any = await (await session.connection()).get_raw_connection()
    connection: AsyncConnection[Any] = raw.driver_connection
    return connection


async def run_worker(app: App) -> None:
    """Run jobs until cancelled; on cancellation running jobs get 25 seconds to finish."""
    await app.run_worker_async(
        concurrency=_CONCURRENCY,
        fetch_job_polling_interval=_POLLING_INTERVAL_SECONDS,
        abort_job_polling_interval=_POLLING_INTERVAL_SECONDS,
        shutdown_graceful_timeout=SHUTDOWN_GRACE_SECONDS,
        delete_jobs="successful",
        stalled_worker_timeout=DEAD_AFTER_SECONDS,
        install_signal_handlers=False,
    )
