from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.objects.macros import MACROS, Span, span

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("macro", "first", "last"),
    [
        ("today", "2026-05-20", "2026-05-20"),
        ("yesterday", "2026-05-19", "2026-05-19"),
        ("currentWeek", "2026-05-17", "2026-05-23"),
        ("lastWeek", "2026-05-10", "2026-05-16"),
        ("currentMonth", "2026-05-01", "2026-05-31"),
        ("priorMonth", "2026-04-01", "2026-04-30"),
        ("currentQuarter", "2026-04-01", "2026-06-30"),
        ("priorQuarter", "2026-01-01", "2026-03-31"),
        ("currentYear", "2026-01-01", "2026-12-31"),
        ("priorYear", "2025-01-01", "2025-12-31"),
    ],
)
def test_a_macro_is_a_span_of_days(macro: str, first: str, last: str) -> None:
    expected = Span(date.fromisoformat(first), date.fromisoformat(last))
    assert span(macro, date(2026, 5, 20), "sunday") == expected


def test_a_week_may_start_on_monday() -> None:
    assert span("currentWeek", date(2026, 5, 20), "monday") == Span(date(2026, 5, 18), date(2026, 5, 24))


@given(DAYS, st.sampled_from(["Week", "Month", "Quarter", "Year"]))
def test_a_span_before_ends_where_the_current_one_begins(anchor: date, unit: str) -> None:
    current = span(f"current{unit}", anchor, "sunday")
    before = span("lastWeek" if unit == "Week" else f"prior{unit}", anchor, "sunday")
    assert current.first <= anchor <= current.last
    assert before.last + timedelta(days=1) == current.first


@given(DAYS, st.sampled_from(MACROS))
def test_no_span_is_empty(anchor: date, macro: str) -> None:
    found = span(macro, anchor, "monday")
    assert found.first <= found.last
