"""Jobs on a real queue: there if and only if the transaction that made them necessary has committed."""

import asyncio

import pytest
from procrastinate import App

from counterfoil import jobs
from counterfoil.db import Database


class _Board:
    """What jobs wrote on it, and who waits for that."""

    def __init__(self, app: App) -> None:
        self.written: list[str] = []
        self.failures = 0
        self._changed = asyncio.Condition()
        self.note = app.task(name="note")(self._note)
        self.stumble = app.task(name="stumble")(self._stumble)

    async def _note(self, text: str) -> None:
        self.written.append(text)
        async with self._changed:
            self._changed.notify_all()

    async def _stumble(self) -> None:
        self.failures += 1
        async with self._changed:
            self._changed.notify_all()
        raise LookupError("this job always fails")

    async def has(self, count: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.written) + self.failures >= count)


async def _queued(database: Database) -> list[str]:
    async with database.connection() as connection:
        rows = await (
            await connection.execute("SELECT args ->> 'text' FROM procrastinate_jobs ORDER BY id")
        ).fetchall()
    return [row[0] for row in rows]


@pytest.fixture
def app(postgres_url: str) -> App:
    return jobs.create_app(postgres_url)


async def test_a_job_is_there_when_its_transaction_has_committed(app: App, database: Database) -> None:
    board = _Board(app)
    async with app.open_async():
        async with database.session() as session:
            options = await jobs.deferred(session)
            await board.note.configure(connection=options).defer_async(text="later")
            assert await _queued(database) == []
        assert await _queued(database) == ["later"]


async def test_a_job_of_a_transaction_that_fails_was_never_deferred(app: App, database: Database) -> None:
    board = _Board(app)

    async def fail() -> None:
        async with database.session() as session:
            options = await jobs.deferred(session)
            await board.note.configure(connection=options).defer_async(text="never")
            raise LookupError

    async with app.open_async():
        with pytest.raises(LookupError):
            await fail()
        assert await _queued(database) == []


async def test_a_worker_runs_what_is_deferred_while_it_runs_and_removes_it(
    app: App, database: Database
) -> None:
    board = _Board(app)
    async with app.open_async():
        worker = asyncio.create_task(jobs.run_worker(app))
        await board.note.defer_async(text="first")
        await board.has(1)
        async with database.session() as session:
            options = await jobs.deferred(session)
            await board.note.configure(connection=options).defer_async(text="second")
        await board.has(2)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)

    assert board.written == ["first", "second"]
    assert await _queued(database) == []


async def test_a_job_that_fails_stays_to_be_looked_at_and_others_go_on(app: App, database: Database) -> None:
    board = _Board(app)
    async with app.open_async():
        await board.stumble.defer_async()
        await board.note.defer_async(text="after it")
        worker = asyncio.create_task(jobs.run_worker(app))
        await board.has(2)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)

    async with database.connection() as connection:
        rows = await (await connection.execute("SELECT task_name, status FROM procrastinate_jobs")).fetchall()
    assert rows == [("stumble", "failed")]
    assert board.written == ["after it"]


async def test_a_job_under_way_is_finished_when_the_worker_is_stopped(app: App, database: Database) -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @app.task(name="slow")
    async def slow() -> None:
        begun.set()
        await may_end.wait()
        ended.set()

    async with app.open_async():
        await slow.defer_async()
        worker = asyncio.create_task(jobs.run_worker(app))
        await begun.wait()
        worker.cancel()
        await asyncio.sleep(0)
        assert not worker.done()
        may_end.set()
        await asyncio.gather(worker, return_exceptions=True)

    assert ended.is_set()
    assert await _queued(database) == []
