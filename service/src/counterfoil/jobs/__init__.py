"""Jobs: work for later, done by procrastinate on the same database. Nothing home-made.

    create_app(url)       the procrastinate app; features add their tasks as blueprints
    deferred(session)     the options that defer a task in the caller's transaction
    run_worker(app)       runs jobs until it is cancelled
    recovering(app)       the job that takes up those of workers that were killed

A job is deferred in the transaction that makes it necessary, and it must bear being run twice.
"""

from counterfoil.jobs.queue import create_app, deferred, run_worker
from counterfoil.jobs.recovery import recovering

__all__ = ["create_app", "deferred", "recovering", "run_worker"]
