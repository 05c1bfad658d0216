"""Jobs of connections: the sweep that renews tokens before they expire, and so keeps sessions alive.

What is due is in the rows themselves; the job only says when to look. Looking twice does no harm: leases
see to it.
"""

from procrastinate import Blueprint

from counterfoil.connections.tokens import Tokens

_EVERY_MINUTE = "* * * * *"


def blueprint(tokens: Tokens) -> Blueprint:
    """The jobs, to be added to the app under the namespace `connections`."""
    jobs = Blueprint()

    @jobs.periodic(cron=_EVERY_MINUTE, periodic_id="connections/sweep")
    # The queueing lock: while one sweep waits for a worker no second one is put behind it.
    @jobs.task(name="sweep", queueing_lock="connections/sweep")
    async def sweep(timestamp: int) -> None:  # noqa: ARG001 - every periodic job is told its time
        await tokens.sweep()

    return jobs
