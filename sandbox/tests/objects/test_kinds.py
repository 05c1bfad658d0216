from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.objects.definitions import Kind
from intacct_sandbox.objects.kinds import Native, operand, shown, stored


@pytest.mark.parametrize(
    ("kind", "value", "kept", "wire"),
    [
        (Kind.MONEY, Decimal("68400.00"), 6840000, "68400.00"),
        (Kind.MONEY, "-0.05", -5, "-0.05"),
        (Kind.DECIMAL, Decimal("1.5"), 150000000, "1.5"),
        (Kind.BOOLEAN, True, 1, True),
        (Kind.NUMBER, 10, 10.0, 10),
        (Kind.NUMBER, 0.25, 0.25, 0.25),
        (Kind.KEY, 211, 211, "211"),
        (Kind.TEXTS, ["monday", "friday"], '["monday", "friday"]', ["monday", "friday"]),
        (Kind.DATE, date(2026, 1, 31), "2026-01-31", "2026-01-31"),
        (
            Kind.DATETIME,
            datetime(2026, 1, 31, 13, 0, 0, 5, tzinfo=timezone(timedelta(hours=1))),
            "2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00Z",
        ),
    ],
)
def test_a_value_is_kept_and_shown(kind: Kind, value: Native, kept: object, wire: object) -> None:
    assert stored(kind, value) == kept
    show = shown(kind)
    assert (show(kept) if show is not None else kept) == wire


def test_money_with_a_third_place_is_not_kept() -> None:
    with pytest.raises(ValueError, match="too many digits"):
        stored(Kind.MONEY, Decimal("0.001"))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_money_comes_back_as_it_went_in(amount: Decimal) -> None:
    show = shown(Kind.MONEY)
    assert show is not None
    assert Decimal(str(show(stored(Kind.MONEY, amount)))) == amount


@given(
    st.decimals(allow_nan=False, places=4, min_value=-(10**9), max_value=10**9), st.integers(-(10**9), 10**9)
)
def test_a_number_with_more_places_sorts_where_it_belongs(amount: Decimal, cents: int) -> None:
    bound = operand(Kind.MONEY, str(amount))
    assert isinstance(bound, (int, float))
    assert (cents < bound) == (Decimal(cents) / 100 < amount)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.DATE, "yesteryear"),
        (Kind.DATE, "2026-02-30"),
        (Kind.DATE, 7),
        (Kind.DATETIME, "2026-01-01T25:00:00Z"),
        (Kind.MONEY, "much"),
        (Kind.MONEY, True),
        (Kind.MONEY, "NaN"),
        (Kind.BOOLEAN, "yes"),
        (Kind.TEXT, ["a"]),
        (Kind.TEXTS, "a"),
        (Kind.NUMBER, "Infinity"),
    ],
)
def test_an_operand_that_does_not_fit_says_why(kind: Kind, value: object) -> None:
    with pytest.raises(ValueError, match=r"must|cannot|is not"):
        operand(kind, value)


def test_an_endless_exponent_costs_nothing() -> None:
    assert operand(Kind.MONEY, "1e999999999") == float("inf")
    assert operand(Kind.MONEY, "-1e999999999") == float("-inf")


def test_a_key_that_is_no_number_finds_nothing_and_is_no_error() -> None:
    assert operand(Kind.KEY, "V-1") == -1
    assert operand(Kind.KEY, "46") == 46


def test_a_fraction_of_a_second_sorts_behind_its_second() -> None:
    bound = operand(Kind.DATETIME, "2026-01-01T00:00:00.5Z")
    assert isinstance(bound, str)
    assert "2026-01-01T00:00:00Z" < bound < "2026-01-01T00:00:01Z"
    assert stored(Kind.DATETIME, datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"
