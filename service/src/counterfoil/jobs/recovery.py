"""Jobs of workers that were killed: taken up again.

Who is killed leaves its jobs in the state `doing`, where nobody looks at them and nothing ends them. A worker
that lives says so every ten seconds; one that has not for half a minute is taken for dead. It may only have
been frozen: then the job runs twice, which every job must bear. A job whose workers have died five times is
left failed, for somebody to look at.
"""

from typing import Final

from procrastinate import App, Blueprint
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

# Of every worker, as it is told to procrastinate; it is the library's own measure too.
DEAD_AFTER_SECONDS: Final = 30.0
MOST_ATTEMPTS: Final = 5
_EVERY_MINUTE: Final = "* * * * *"


def recovering(app: App) -> Blueprint:
    """The job that does it, to be added to the app under the namespace `jobs`."""
    jobs = Blueprint()

    @jobs.periodic(cron=_EVERY_MINUTE, periodic_id="jobs/recover")
    @jobs.task(name="recover", queueing_lock="jobs/recover")
    async def recover(timestamp: int) -> None:  # noqa: ARG001 - every periodic job is told its time
        await recover_jobs(app)

    return jobs


async def recover_jobs(app: App) -> None:
    """Have the jobs of dead workers run again, or end them."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
        if job.attempts + 1 >= MOST_ATTEMPTS:
            await manager.finish_job(job, Status.FAILED, delete_job=False)
            continue
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            # Its queueing lock says that another one waits, which will do the same.
            await manager.finish_job(job, Status.ABORTED, delete_job=True)
    await manager.prune_stalled_workers(DEAD_AFTER_SECONDS)
