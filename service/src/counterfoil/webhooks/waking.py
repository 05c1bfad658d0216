"""Deferring the job that sends to an endpoint, in the transaction that gives it something to send."""

from collections.abc import Iterable
from typing import Final

from procrastinate import App
from procrastinate.types import JSONDict
from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil.jobs import deferred

NAMESPACE: Final = "webhooks"
DELIVER: Final = f"{NAMESPACE}:deliver"


async def wake(session: AsyncSession, app: App, endpoint_ids: Iterable[int]) -> None:
    """Have somebody look at what is due for these endpoints, once the transaction has committed."""
    jobs: list[JSONDict] = [{"endpoint_id": endpoint_id} for endpoint_id in sorted(endpoint_ids)]
    if jobs:
        connection = await deferred(session)
        await app.configure_task(DELIVER, connection=connection).batch_defer_async(*jobs)
