"""The periodic job, run by a real worker on a real queue."""

import asyncio

from service.tests.connections.provider_server import ProviderServer
from service.tests.connections.service_process import Process

from counterfoil import jobs
from counterfoil.connections import tasks


async def test_a_worker_renews_what_is_due(
    service: Process, provider: ProviderServer, postgres_url: str
) -> None:
    await service.connect()
    await service.make_due()
    app = jobs.create_app(postgres_url)
    app.add_tasks_from(tasks.blueprint(service.tokens), namespace="connections")
    async with app.open_async():
        await app.configure_task("connections:sweep").defer_async(timestamp=0)
        await app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
    assert await service.column("token_version") == 2


async def test_sweeps_do_not_pile_up(service: Process, postgres_url: str) -> None:
    app = jobs.create_app(postgres_url)
    app.add_tasks_from(tasks.blueprint(service.tokens), namespace="connections")
    [periodic] = app.periodic_registry.periodic_tasks.values()
    assert (periodic.cron, periodic.task.queueing_lock) == ("* * * * *", "connections/sweep")
    await asyncio.sleep(0)
