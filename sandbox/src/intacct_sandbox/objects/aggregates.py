"""The query service's aggregates: `count:`, `sum:`, `avg:`, `min:`, `max:` before a path (§6.6).

What a function is worth in SQL and how its value is shown stands here; the statement around it, with the
other fields as its groups, is `query`'s. How Sage shows an average is not known: here with the places of its
field.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from intacct_sandbox.objects.definitions import Kind
from intacct_sandbox.objects.errors import BadAggregate
from intacct_sandbox.objects.kinds import Show, shown
from intacct_sandbox.objects.paths import Column

_NUMBERS: Final = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.DECIMAL})
_ORDERED: Final = frozenset({*_NUMBERS, Kind.TEXT, Kind.DATE, Kind.DATETIME, Kind.KEY})
# Kept as whole numbers of their last place, so an average is rounded to one.
_WHOLE: Final = frozenset({Kind.MONEY, Kind.DECIMAL})
_TAKES: Final[Mapping[str, frozenset[Kind]]] = {
    "count": frozenset(Kind),
    "sum": _NUMBERS,
    "avg": _NUMBERS,
    "min": _ORDERED,
    "max": _ORDERED,
}

FUNCTIONS: Final = tuple(_TAKES)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate as a query selects it.

    Attributes:
        function: One of `FUNCTIONS`.
        path: The path behind the colon.
    """

    function: str
    path: str

    def expression(self, sql: str) -> str:
        """The SQL of its value over the SQL of its column."""
        return f"{self.function}({sql})"

    def show(self, column: Column) -> Show | None:
        """From the value to JSON; None where they are the same.

        Raises:
            BadAggregate: The function does not take such a field.
        """
        if column.derived or column.kind not in _TAKES[self.function]:
            raise BadAggregate(self.function, self.path)
        if self.function == "count":
            return None
        if self.function == "avg":
            return _average(column.kind)
        return shown(column.kind)


def read(text: str) -> Aggregate | None:
    """The aggregate that a selected field stands for; None for a path."""
    function, mark, path = text.partition(":")
    # A custom field's name has two colons behind a prefix of its own.
    if not mark or function not in _TAKES or path.startswith(":"):
        return None
    return Aggregate(function, path)


def _average(kind: Kind) -> Show | None:
    if kind not in _WHOLE:
        return shown(Kind.NUMBER)
    show: Callable[[int], object] | None = shown(kind)
    if show is None:
        return None
    exact = show
    return lambda value: exact(int(Decimal(str(value)).to_integral_value(ROUND_HALF_UP)))
