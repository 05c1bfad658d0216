"""Words that stand for dates in filters: `today`, `currentMonth`, `priorQuarter` and the rest.

Each is a span of days around an anchor. What an operator makes of a span is `filters`' affair.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

FirstWeekday = Literal["sunday", "monday"]

MACROS: Final = (
    "today",
    "yesterday",
    "currentWeek",
    "lastWeek",
    "currentMonth",
    "priorMonth",
    "currentQuarter",
    "priorQuarter",
    "currentYear",
    "priorYear",
)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date


def span(macro: str, anchor: date, week_starts_on: FirstWeekday) -> Span:
    """The days a macro stands for.

    Raises:
        KeyError: No such macro.
        ValueError, OverflowError: The span leaves the years 1 to 9999.
    """
    day = timedelta(days=1)
    if macro in {"today", "yesterday"}:
        at = anchor if macro == "today" else anchor - day
        return Span(at, at)
    if macro in {"currentWeek", "lastWeek"}:
        behind = (anchor.weekday() + (1 if week_starts_on == "sunday" else 0)) % 7
        first = anchor - behind * day - (7 * day if macro == "lastWeek" else timedelta())
        return Span(first, first + 6 * day)
    months = {"Month": 1, "Quarter": 3, "Year": 12}
    word, unit = (
        ("current", macro.removeprefix("current"))
        if macro.startswith("current")
        else ("prior", macro.removeprefix("prior"))
    )
    length = months[unit]
    number = (anchor.year * 12 + anchor.month - 1) // length - (1 if word == "prior" else 0)
    return Span(_first_of(number * length), _first_of((number + 1) * length) - day)


def _first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)
