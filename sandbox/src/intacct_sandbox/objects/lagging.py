"""Reads that lag behind writes, as integrators report of Sage's query service: quirk `read-delay-seconds`.

Writers always see what is; so does a read by key. Queries and lists ask `seen` for what they may see.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.store import Store


@contextmanager
def written(store: Store, quirks: Quirks, now: datetime) -> Iterator[None]:
    """A transaction whose effect queries and lists see once the delay is over.

    Args:
        store: What is written.
        quirks: Say how long that is.
        now: By the sandbox's clock.
    """
    delay = timedelta(seconds=int(quirks.value("read-delay-seconds")))
    if delay:
        store.keep_past(now + delay)
    with store.transaction():
        yield


def seen(store: Store, now: datetime) -> Store:
    """What queries and lists see now."""
    return store.as_of(now)
