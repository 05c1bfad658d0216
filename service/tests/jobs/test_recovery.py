"""Jobs of workers that were killed."""

import asyncio
import multiprocessing
from multiprocessing.synchronize import Event

import pytest
from procrastinate import App

from counterfoil import jobs
from counterfoil.db import Database
from counterfoil.jobs.recovery import MOST_ATTEMPTS, recover_jobs

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["counterfoil.jobs"])


def _work(url: str, has_begun: Event) -> None:
    """A worker whose jobs never end."""

    async def run() -> None:
        app = jobs.create_app(url)

        @app.task(name="look", queueing_lock="look")
        async def look() -> None:
            has_begun.set()
            await asyncio.Event().wait()

        async with app.open_async():
            await jobs.run_worker(app)

    asyncio.run(run())


@pytest.fixture
def app(postgres_url: str) -> App:
    one = jobs.create_app(postgres_url)
    one.add_tasks_from(jobs.recovering(one), namespace="jobs")
    return one


async def _sql(database: Database, statement: str) -> list[tuple[object, ...]]:
    async with database.connection() as connection:
        cursor = await connection.execute(statement.encode())
        return await cursor.fetchall() if cursor.description else []


async def _statuses(database: Database) -> list[object]:
    rows = await _sql(
        database, "SELECT status::text FROM procrastinate_jobs WHERE task_name = 'look' ORDER BY id"
    )
    return [row[0] for row in rows]


async def _killed_at_it(app: App, database: Database, url: str) -> None:
    """A worker that was killed at a job, longer ago than one that lives is silent."""
    await app.configure_task("look", queueing_lock="look").defer_async()
    has_begun = _SERVER.Event()
    worker = _SERVER.Process(target=_work, args=(url, has_begun), daemon=True)
    worker.start()
    await asyncio.to_thread(has_begun.wait)
    worker.kill()
    await asyncio.to_thread(worker.join)
    await _sql(
        database, "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'"
    )


async def test_the_job_of_a_worker_that_was_killed_is_run_by_another_one(
    app: App, database: Database, postgres_url: str
) -> None:
    looks: list[str] = []

    @app.task(name="look")
    async def look() -> None:
        looks.append("looked")

    async with app.open_async():
        await _killed_at_it(app, database, postgres_url)
        # As the minute's job does.
        await app.configure_task("jobs:recover").defer_async(timestamp=0)
        await app.run_worker_async(wait=False, listen_notify=False, install_signal_handlers=False)
    assert looks == ["looked"]
    assert await _statuses(database) == ["succeeded"]


async def test_a_job_that_waits_already_is_not_there_a_second_time(
    app: App, database: Database, postgres_url: str
) -> None:
    async with app.open_async():
        await _killed_at_it(app, database, postgres_url)
        await app.configure_task("look", queueing_lock="look").defer_async()
        await recover_jobs(app)
    assert await _sql(database, "SELECT status < 'doing' FROM procrastinate_jobs") == [(True,)]
    assert await _sql(database, "SELECT 1 FROM procrastinate_workers") == []


async def test_a_job_whose_workers_keep_dying_is_left_failed(
    app: App, database: Database, postgres_url: str
) -> None:
    async with app.open_async():
        await _killed_at_it(app, database, postgres_url)
        await _sql(database, f"UPDATE procrastinate_jobs SET attempts = {MOST_ATTEMPTS - 1}")
        await recover_jobs(app)
    assert await _statuses(database) == ["failed"]


async def test_the_job_of_a_worker_that_lives_is_left_alone(app: App, database: Database) -> None:
    goes_on, has_begun = asyncio.Event(), asyncio.Event()

    @app.task(name="look")
    async def look() -> None:
        has_begun.set()
        await goes_on.wait()

    async with app.open_async():
        await app.configure_task("look").defer_async()
        worker = asyncio.create_task(jobs.run_worker(app))
        await has_begun.wait()
        await recover_jobs(app)
        assert await _statuses(database) == ["doing"]
        goes_on.set()
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
