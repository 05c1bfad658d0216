"""What can go wrong with the database as a whole; a failed statement is the feature's own business."""

from counterfoil.errors import CounterfoilError, Unavailable


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""

    code = "database_unavailable"


class DatabaseUnusable(CounterfoilError):
    """The database answers, but it can't be used as it stands; the message says what to do."""

    code = "database_unusable"
