"""Events: the append-only record of what happened, written in the transaction in which it happened.

    record        adds one event to the caller's transaction
    read          the events with these numbers
    EventType     the types there are, each with a sentence

A feature that must tell a higher one something writes an event. Payloads hold names and numbers, never a
secret.
Not a queue: whoever wants events reads the table.
"""

from counterfoil.events.service import Event, read, record
from counterfoil.events.types import EventType

__all__ = ["Event", "EventType", "read", "record"]
