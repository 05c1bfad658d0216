"""The states of a connection and how one follows from another. Pure: no clock, no database.

    from              authorized   renewed      failed            refused           deleted
    pending           active       –            –                 –                 deleted
    active            active       active       failing           needs_reconnect   deleted
    failing           active       active       failing           needs_reconnect   deleted
    needs_reconnect   active       active       needs_reconnect   needs_reconnect   deleted
    deleted           –            –            –                 –                 –

`failed` is a renewal that may succeed later by itself, `refused` one that will not before a person has acted.
Renewing is not a state: it is a lease on a connection that is in one of these. A connection is pending only
until its first authorization has succeeded; nothing is stored before.
"""

import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from counterfoil.events import EventType

COOLDOWN_SECONDS: Final = 30.0
LONGEST_BACKOFF_SECONDS: Final = 3600.0
_LONGEST_ASKED_SECONDS: Final = 86_400.0


class Status(StrEnum):
    """What a connection is."""

    PENDING = "pending"
    ACTIVE = "active"
    FAILING = "failing"
    NEEDS_RECONNECT = "needs_reconnect"
    DELETED = "deleted"


class Happening(StrEnum):
    """What happens to a connection."""

    AUTHORIZED = "authorized"
    RENEWED = "renewed"
    FAILED = "failed"
    REFUSED = "refused"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Transition:
    """What follows.

    Attributes:
        status: The state that follows.
        announce: The event to record in the same transaction; None for what was announced before.
    """

    status: Status
    announce: EventType | None


TRANSITIONS: Final = {
    (Status.PENDING, Happening.AUTHORIZED): Transition(Status.ACTIVE, EventType.CONNECTION_CREATED),
    (Status.PENDING, Happening.DELETED): Transition(Status.DELETED, None),
    (Status.ACTIVE, Happening.AUTHORIZED): Transition(Status.ACTIVE, EventType.CONNECTION_REPLACED),
    (Status.ACTIVE, Happening.RENEWED): Transition(Status.ACTIVE, EventType.CONNECTION_REFRESHED),
    (Status.ACTIVE, Happening.FAILED): Transition(Status.FAILING, EventType.CONNECTION_REFRESH_FAILED),
    (Status.ACTIVE, Happening.REFUSED): Transition(
        Status.NEEDS_RECONNECT, EventType.CONNECTION_NEEDS_RECONNECT
    ),
    (Status.ACTIVE, Happening.DELETED): Transition(Status.DELETED, EventType.CONNECTION_DELETED),
    (Status.FAILING, Happening.AUTHORIZED): Transition(Status.ACTIVE, EventType.CONNECTION_REPLACED),
    (Status.FAILING, Happening.RENEWED): Transition(Status.ACTIVE, EventType.CONNECTION_RECOVERED),
    (Status.FAILING, Happening.FAILED): Transition(Status.FAILING, None),
    (Status.FAILING, Happening.REFUSED): Transition(
        Status.NEEDS_RECONNECT, EventType.CONNECTION_NEEDS_RECONNECT
    ),
    (Status.FAILING, Happening.DELETED): Transition(Status.DELETED, EventType.CONNECTION_DELETED),
    (Status.NEEDS_RECONNECT, Happening.AUTHORIZED): Transition(Status.ACTIVE, EventType.CONNECTION_REPLACED),
    (Status.NEEDS_RECONNECT, Happening.RENEWED): Transition(Status.ACTIVE, EventType.CONNECTION_RECOVERED),
    (Status.NEEDS_RECONNECT, Happening.FAILED): Transition(Status.NEEDS_RECONNECT, None),
    (Status.NEEDS_RECONNECT, Happening.REFUSED): Transition(Status.NEEDS_RECONNECT, None),
    (Status.NEEDS_RECONNECT, Happening.DELETED): Transition(Status.DELETED, EventType.CONNECTION_DELETED),
}


class ImpossibleTransition(ValueError):
    """A state and a happening that have no business together; a fault of ours."""


def after(status: Status, happening: Happening) -> Transition:
    """What follows. Raises ImpossibleTransition for a dash of the table."""
    transition = TRANSITIONS.get((status, happening))
    if transition is None:
        raise ImpossibleTransition(f"a {status} connection can't be {happening}")
    return transition


def retry_in_seconds(failures: int, spread: float, *, asked_seconds: float | None = None) -> float:
    """How long to leave the provider alone after the `failures`-th failure in a row.

    Never less than `COOLDOWN_SECONDS`, then full jitter under a bound that doubles.

    Args:
        failures: From 1 on.
        spread: From 0 up to 1; different for each connection, so that they don't all come back at once.
        asked_seconds: What the provider itself asked for; it is not undercut, up to a day.
    """
    # 2**8 is past the bound already; higher powers would only make large numbers.
    growing = COOLDOWN_SECONDS * ((1 << min(failures, 8)) - 1)
    room = min(growing, LONGEST_BACKOFF_SECONDS) - COOLDOWN_SECONDS
    return max(COOLDOWN_SECONDS + room * spread, min(asked_seconds or 0.0, _LONGEST_ASKED_SECONDS))


def renewal_due_in_seconds(lifetime_seconds: float, margin_seconds: float, spread: float) -> float:
    """How long a new token is used before it is renewed, well before it expires.

    Tokens that were issued together are not renewed together: `spread` moves each within up to an hour.
    Short-lived tokens are used for half their life at least.
    """
    quarter = lifetime_seconds / 4
    return lifetime_seconds - min(margin_seconds, quarter) - spread * min(3600.0, quarter)


def spread(pk: int, turn: int) -> float:
    """From 0 up to 1: neither a secret nor chance, only different for each connection and each turn."""
    return zlib.crc32(f"{pk}/{turn}".encode()) / 2**32
