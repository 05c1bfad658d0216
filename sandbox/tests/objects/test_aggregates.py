"""Aggregates against the same sums in plain Python."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox.tests.objects.conftest import TODAY, Company, build_company

from intacct_sandbox.objects import (
    BadAggregate,
    BadOrder,
    Filter,
    Order,
    Page,
    Query,
    TooComplex,
    UnknownField,
    UnqueryableField,
    registry,
    run,
)
from intacct_sandbox.objects.aggregates import FUNCTIONS, Aggregate, read

BILL = "accounts-payable/bill"
VENDOR = "accounts-payable/vendor"
AMOUNT = "totalTxnAmount"


def ask(company: Company, *fields: str, name: str = BILL, **more: Any) -> Page:
    query = Query(fields=fields, **more)
    return run(company.store, registry.ALL[name], query, company.top, today=TODAY)


def books(company: Company, bills: Sequence[tuple[str | None, int | None]]) -> None:
    """Bills of a state and an amount in cents."""
    writer = company.writer()
    for state, cents in bills:
        amount = Decimal(cents).scaleb(-2) if cents is not None else None
        writer.add(BILL, {"state": state, AMOUNT: amount, "dueDate": date(2026, 5, 1)})
    writer.flush()


BILLS = st.lists(
    st.tuples(st.sampled_from(("draft", "posted", None)), st.none() | st.integers(-(10**9), 10**9)),
    max_size=12,
)


@given(BILLS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_groups_and_their_aggregates_are_those_of_plain_python(
    bills: list[tuple[str | None, int | None]],
) -> None:
    company = build_company()
    books(company, bills)
    page = ask(company, "state", *(f"{function}:{AMOUNT}" for function in FUNCTIONS))
    in_order = sorted(bills, key=lambda bill: bill[0] or "")
    expected = [
        expected_group(state, [cents for _, cents in group if cents is not None])
        for state, group in groupby(in_order, key=lambda bill: bill[0])
    ]
    assert list(page.rows) == expected
    assert page.total == len(expected)
    company.store.close()


def expected_group(state: str | None, cents: list[int]) -> dict[str, object]:
    def shown(value: Decimal | None) -> str | None:
        return str(value.quantize(Decimal("0.01"), ROUND_HALF_UP)) if value is not None else None

    amounts = [Decimal(one).scaleb(-2) for one in cents]
    average = sum(amounts, Decimal()) / len(amounts) if amounts else None
    return {
        "state": state,
        f"count:{AMOUNT}": len(amounts),
        f"sum:{AMOUNT}": shown(sum(amounts, Decimal()) if amounts else None),
        f"avg:{AMOUNT}": shown(average) if average is None or average >= 0 else shown_below_zero(average),
        f"min:{AMOUNT}": shown(min(amounts, default=None)),
        f"max:{AMOUNT}": shown(max(amounts, default=None)),
    }


def shown_below_zero(average: Decimal) -> str:
    rounded = average.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return "0.00" if rounded == 0 else str(rounded)


def test_without_a_group_there_is_one_row_even_of_nothing(company: Company) -> None:
    page = ask(company, "count:key", f"sum:{AMOUNT}")
    assert list(page.rows) == [{"count:key": 0, f"sum:{AMOUNT}": None}]
    assert (page.total, page.next) == (1, None)


def test_groups_of_nothing_are_no_rows(company: Company) -> None:
    assert ask(company, "state", "count:key").total == 0


def test_groups_may_be_related_fields_and_are_filtered_ordered_and_paged(company: Company) -> None:
    writer = company.writer()
    for number in range(5):
        vendor = writer.add(VENDOR, {"id": f"V{number}", "name": f"Vendor {number}"})
        for _ in range(number + 1):
            writer.add(BILL, {"vendor": vendor, AMOUNT: Decimal(10), "state": "posted"})
        writer.add(BILL, {"vendor": vendor, AMOUNT: Decimal(99), "state": "draft"})
    writer.flush()
    page = ask(
        company,
        "vendor.id",
        f"sum:{AMOUNT}",
        filters=(Filter("$eq", "state", "posted"),),
        order_by=(Order(f"sum:{AMOUNT}", descending=True),),
        start=2,
        size=2,
    )
    assert [tuple(row.values()) for row in page.rows] == [("V3", "40.00"), ("V2", "30.00")]
    assert (page.total, page.next, page.previous) == (5, 4, 1)


def test_dates_texts_and_keys_have_a_least_and_a_greatest(company: Company) -> None:
    writer = company.writer()
    for day, number in ((date(2026, 5, 3), "b"), (date(2026, 5, 1), "c"), (date(2026, 5, 2), "a")):
        writer.add(BILL, {"dueDate": day, "billNumber": number})
    writer.flush()
    page = ask(company, "min:dueDate", "max:billNumber", "max:key")
    assert list(page.rows) == [{"min:dueDate": "2026-05-01", "max:billNumber": "c", "max:key": "3"}]


@pytest.mark.parametrize(
    ("field", "error"),
    [
        ("sum:billNumber", BadAggregate),
        ("avg:dueDate", BadAggregate),
        ("max:isOnHold", BadAggregate),
        ("count:href", BadAggregate),
        ("sum:nothing", UnknownField),
        ("sum:lines.txnAmount", UnknownField),
        ("max:audit.createdBy", UnqueryableField),
        ("SUM:totalTxnAmount", UnknownField),
        ("sum:", UnknownField),
        ("median:totalTxnAmount", UnknownField),
    ],
)
def test_what_cannot_be_aggregated_is_refused(company: Company, field: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(company, field)


def test_an_order_by_what_is_not_selected_is_refused(company: Company) -> None:
    with pytest.raises(BadOrder):
        ask(company, "state", "count:key", order_by=(Order("dueDate"),))


def test_a_sum_beyond_what_is_counted_is_refused_and_not_wrong(company: Company) -> None:
    books(company, [("posted", 2**62), ("posted", 2**62)])
    with pytest.raises(TooComplex):
        ask(company, f"sum:{AMOUNT}")


def test_a_custom_field_s_name_is_no_aggregate() -> None:
    assert read("nsp::count") is None
    assert read("count::NAME") is None
    assert read("count:nsp::NAME") == Aggregate("count", "nsp::NAME")
