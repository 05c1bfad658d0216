from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox.tests.objects.conftest import STAMP, TODAY, Company

from intacct_sandbox.objects import (
    BadExpression,
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

VENDOR = registry.ALL["accounts-payable/vendor"]
INVOICE = registry.ALL["accounts-receivable/invoice"]
LINE = registry.ALL["accounts-receivable/invoice-line"]


@pytest.fixture
def invoices(company: Company) -> Company:
    writer = company.writer()
    term = writer.add("accounts-receivable/term", {"id": "Net 30"})
    city = writer.add("company-config/contact", {"id": "Rockport", "mailingAddress.city": "Boston"})
    customer = writer.add(
        "accounts-receivable/customer",
        {"id": "10016", "name": "Rockport", "term": term, "contacts.default": city},
    )
    for number in range(1, 26):
        key = writer.add(
            INVOICE.name,
            {
                "invoiceNumber": f"INV-{number % 5}",
                "customer": customer if number % 2 else None,
                "dueDate": date(2026, 5, number),
                "totalTxnAmount": Decimal(number * 100),
                "totalTxnAmountDue": Decimal(number * 100 if number < 20 else 0),
            },
            stamp=STAMP,
        )
        writer.add(LINE.name, {"invoice": key, "txnAmount": Decimal(number * 100)})
    writer.flush()
    return company


def ask(company: Company, query: Query, name: str = INVOICE.name) -> Page:
    return run(company.store, registry.ALL[name], query, company.top, today=TODAY)


def column(page: Page, path: str) -> list[object]:
    return [row[path] for row in page.rows]


def test_rows_are_flat_with_the_names_asked_for(invoices: Company) -> None:
    fields = ("key", "id", "href", "customer.id", "customer.term.id", "totalTxnAmount", "dueInDays")
    page = ask(invoices, Query(fields=fields, size=2))
    assert list(page.rows) == [
        {
            "key": "1",
            "id": "1",
            "href": "/objects/accounts-receivable/invoice/1",
            "customer.id": "10016",
            "customer.term.id": "Net 30",
            "totalTxnAmount": "100.00",
            "dueInDays": 19,
        },
        {
            "key": "2",
            "id": "2",
            "href": "/objects/accounts-receivable/invoice/2",
            "customer.id": None,
            "customer.term.id": None,
            "totalTxnAmount": "200.00",
            "dueInDays": 18,
        },
    ]


def test_two_levels_and_the_way_up_are_walked(invoices: Company) -> None:
    fields = ("invoice.customer.name", "invoice.customer.contacts.default.mailingAddress.city")
    page = ask(invoices, Query(fields=fields, size=1), LINE.name)
    assert list(page.rows[0].values()) == ["Rockport", "Boston"]


def test_a_filter_may_go_through_relations_that_are_not_selected(invoices: Company) -> None:
    query = Query(fields=("key",), filters=(Filter("$eq", "customer.term.id", "Net 30"),))
    assert ask(invoices, query).total == 13


def test_rows_are_ordered_as_asked_and_then_by_key(invoices: Company) -> None:
    query = Query(fields=("key", "invoiceNumber"), order_by=(Order("invoiceNumber", descending=True),))
    page = ask(invoices, query)
    expected = sorted(range(1, 26), key=lambda number: (-(number % 5), number))
    assert column(page, "key") == [str(key) for key in expected]


def test_rows_may_be_ordered_by_a_related_field(invoices: Company) -> None:
    query = Query(fields=("customer.id",), order_by=(Order("customer.name", descending=True),), size=13)
    assert column(ask(invoices, query), "customer.id") == ["10016"] * 13


def test_a_value_counted_from_today_can_be_filtered(invoices: Company) -> None:
    query = Query(fields=("dueInDays",), filters=(Filter("$gte", "dueInDays", 18),))
    assert column(ask(invoices, query), "dueInDays") == [19, 18]


def test_an_empty_result_has_the_meta_that_was_recorded(company: Company) -> None:
    page = ask(company, Query(fields=("key",)))
    assert (list(page.rows), page.total, page.start, page.size, page.next, page.previous) == (
        [],
        0,
        1,
        100,
        None,
        None,
    )


def test_page_two_of_128_is_as_recorded(company: Company) -> None:
    writer = company.writer()
    for number in range(128):
        writer.add(VENDOR.name, {"id": str(number)})
    writer.flush()
    page = ask(company, Query(fields=("id",), start=101), VENDOR.name)
    assert (page.total, page.start, page.size, page.next, page.previous) == (128, 101, 100, None, 1)
    assert len(page.rows) == 28


@given(st.integers(1, 40), st.integers(1, 40))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_cut_the_rows_exactly(invoices: Company, start: int, size: int) -> None:
    page = ask(invoices, Query(fields=("key",), start=start, size=size))
    everything = [str(key) for key in range(1, 26)]
    assert column(page, "key") == everything[start - 1 : start - 1 + size]
    assert page.total == 25
    assert page.next == (start + size if start + size <= 25 else None)
    assert (page.previous is None) == (start == 1)


@given(st.integers(1, 30))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_following_next_visits_every_row_once(invoices: Company, size: int) -> None:
    seen: list[object] = []
    start: int | None = 1
    while start is not None:
        page = ask(
            invoices, Query(fields=("key",), start=start, size=size, order_by=(Order("invoiceNumber"),))
        )
        seen += column(page, "key")
        start = page.next
    assert sorted(int(str(key)) for key in seen) == list(range(1, 26))


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (Query(fields=("nothing",)), UnknownField),
        (Query(fields=("lines.txnAmount",)), UnknownField),
        (Query(fields=("action",)), UnqueryableField),
        (Query(fields=("key",), filters=(Filter("$eq", "href", "x"),)), UnqueryableField),
        (Query(fields=("key",), order_by=(Order("webURL"),)), UnqueryableField),
        (Query(fields=("key",), order_by=(Order("documentId"),)), UnqueryableField),
        (Query(fields=("key",), expression="1"), BadExpression),
        (Query(fields=tuple(f"f{number}" for number in range(501))), TooComplex),
        (Query(fields=("key",), filters=(Filter("$eq", "key", 1),) * 201), TooComplex),
    ],
)
def test_what_cannot_be_asked_is_refused(company: Company, query: Query, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(company, query)


def test_an_order_may_not_smuggle_sql(company: Company) -> None:
    with pytest.raises(UnknownField):
        ask(company, Query(fields=("key",), order_by=(Order('key" DESC; DROP TABLE company; --'),)))


def test_every_queryable_field_of_every_object_can_be_selected(company: Company) -> None:
    for definition in registry.ALL.values():
        paths = [
            path for path, field in definition.fields.items() if not field.write_only and not field.deprecated
        ]
        ask(company, Query(fields=tuple(paths)), definition.name)


def test_numbers_and_booleans_are_json_s_own(company: Company) -> None:
    writer = company.writer()
    writer.add(VENDOR.name, {"id": "1", "creditLimit": 1000, "isOnHold": False, "totalDue": Decimal("1.00")})
    writer.flush()
    page = ask(company, Query(fields=("creditLimit", "isOnHold", "totalDue")), VENDOR.name)
    expected: list[dict[str, Any]] = [{"creditLimit": 1000, "isOnHold": False, "totalDue": "1.00"}]
    assert list(page.rows) == expected


@pytest.mark.parametrize("descending", [False, True])
def test_pages_put_together_are_the_whole_in_its_order(invoices: Company, descending: bool) -> None:
    order = (Order("invoiceNumber", descending),)
    fields = ("key", "customer.name", "invoiceNumber")
    whole = ask(invoices, Query(fields=fields, order_by=order)).rows
    pages = [
        row
        for start in range(1, 26, 4)
        for row in ask(invoices, Query(fields=fields, order_by=order, start=start, size=4)).rows
    ]
    assert pages == whole
    keys = [int(str(row["key"])) for row in whole]
    assert [row["invoiceNumber"] for row in whole] == sorted(
        (row["invoiceNumber"] for row in whole), key=str, reverse=descending
    )
    assert sorted(keys) == list(range(1, 26))


@pytest.mark.parametrize("vendors", [0, 1, 50, 51, 60])
def test_a_related_filter_finds_the_same_however_many_related_records_pass(
    company: Company, vendors: int
) -> None:
    writer = company.writer()
    for number in range(60):
        name = "wanted" if number < vendors else "other"
        vendor = writer.add(VENDOR.name, {"id": f"V{number}", "name": name})
        writer.add("accounts-payable/bill", {"vendor": vendor})
    writer.add("accounts-payable/bill", {})
    writer.flush()

    def found(operator: str, value: object) -> int:
        query = Query(fields=("key",), filters=(Filter(operator, "vendor.name", value),))
        return ask(company, query, "accounts-payable/bill").total

    assert found("$eq", "wanted") == vendors
    assert found("$ne", "wanted") == 61 - vendors
    assert found("$in", ["wanted", "other"]) == 60
    assert found("$eq", None) == 1
