from datetime import date
from decimal import Decimal

import pytest
from sandbox.tests.objects.conftest import STAMP, TODAY, Company

from intacct_sandbox.objects import get, references, registry

INVOICE = registry.ALL["accounts-receivable/invoice"]
ACCOUNT = registry.ALL["general-ledger/account"]
VENDOR = registry.ALL["accounts-payable/vendor"]


def invoice(company: Company) -> int:
    writer = company.writer()
    customer = writer.add(
        "accounts-receivable/customer", {"id": "10016", "name": "Rockport", "totalDue": Decimal("9.99")}
    )
    account = writer.add("general-ledger/account", {"id": "4000", "name": "Sales"})
    key = writer.add(
        INVOICE.name,
        {
            "invoiceNumber": "INV-1",
            "customer": customer,
            "invoiceDate": date(2026, 5, 1),
            "dueDate": date(2026, 5, 10),
            "totalTxnAmount": Decimal("30.00"),
            "totalTxnAmountDue": Decimal("30.00"),
            "currency.exchangeRate.rate": 1,
        },
        stamp=STAMP,
    )
    for number, (amount, subtotal) in enumerate(((10, None), (20, None), (30, "subtotal")), 1):
        writer.add(
            "accounts-receivable/invoice-line",
            {
                "invoice": key,
                "lineNumber": number,
                "txnAmount": Decimal(amount),
                "glAccount": account,
                "isSubtotal": subtotal,
            },
        )
    writer.flush()
    return key


def test_a_record_is_nested_and_shows_its_references(company: Company) -> None:
    key = invoice(company)
    record = get(company.store, INVOICE, str(key), company.top, today=TODAY)
    assert record is not None
    assert (record["key"], record["id"]) == (str(key), str(key))
    assert record["href"] == f"/objects/accounts-receivable/invoice/{key}"
    assert record["customer"] == {
        "key": "1",
        "id": "10016",
        "name": "Rockport",
        "customerDue": "9.99",
        "deliveryOptions": "print",
        "emailOption": False,
        "href": "/objects/accounts-receivable/customer/1",
    }
    assert record["currency"]["exchangeRate"] == {"date": None, "typeId": None, "rate": 1}
    assert record["totalTxnAmount"] == "30.00"
    assert record["dueInDays"] == 10
    assert record["audit"]["createdDateTime"] == "2026-01-02T03:04:05Z"


def test_an_empty_reference_has_no_href(company: Company) -> None:
    record = get(company.store, INVOICE, str(invoice(company)), company.top, today=TODAY)
    assert record is not None
    assert record["entity"] == {"key": None, "id": None, "name": None}
    assert record["attachment"] == {"key": None, "id": None}


def test_write_only_fields_are_not_shown_and_deprecated_ones_are(company: Company) -> None:
    record = get(company.store, INVOICE, str(invoice(company)), company.top, today=TODAY)
    assert record is not None
    assert "action" not in record
    assert "createAPBill" not in record
    assert "documentId" in record


def test_an_invoice_shows_its_lines_without_subtotals(company: Company) -> None:
    record = get(company.store, INVOICE, str(invoice(company)), company.top, today=TODAY)
    assert record is not None
    assert [line["txnAmount"] for line in record["lines"]] == ["10.00", "20.00"]
    line = record["lines"][0]
    assert line["invoice"] == {
        "key": record["key"],
        "id": record["id"],
        "href": record["href"],
    }
    assert line["glAccount"]["name"] == "Sales"
    assert line["taxEntries"] == []


@pytest.mark.parametrize("key", ["0", "2", "INV-1", "", "-1", "1e3", "٣", "9" * 30])
def test_another_key_finds_nothing(company: Company, key: str) -> None:
    invoice(company)
    assert get(company.store, INVOICE, key, company.top, today=TODAY) is None


def test_a_record_out_of_scope_is_not_found(company: Company) -> None:
    key = invoice(company)
    assert get(company.store, INVOICE, str(key), company.inside(0), today=TODAY) is None


def test_an_account_has_the_shape_of_the_reference(company: Company) -> None:
    writer = company.writer()
    key = writer.add(
        ACCOUNT.name, {"id": "16200", "name": "Patents", "requireDimensions.location": True}, stamp=STAMP
    )
    writer.flush()
    record = get(company.store, ACCOUNT, str(key), company.top, today=TODAY)
    assert record is not None
    assert record["requireDimensions"]["location"] is True
    assert record["requireDimensions"]["department"] is False
    assert record["closeToGLAccount"] == {"key": None, "id": None}
    assert record["alternativeGLAccount"] == "none"


def test_a_list_holds_references_in_pages(company: Company) -> None:
    writer = company.writer()
    for number in range(7):
        writer.add(VENDOR.name, {"id": f"V{number}"})
    writer.flush()
    found = references(company.store, VENDOR, company.top, start=4, size=3)
    assert list(found.rows) == [
        {"key": str(key), "id": f"V{key - 1}", "href": f"/objects/accounts-payable/vendor/{key}"}
        for key in (4, 5, 6)
    ]
    assert (found.total, found.start, found.size, found.next, found.previous) == (7, 4, 3, 7, 1)


def test_every_object_can_be_read_in_full(company: Company) -> None:
    for definition in registry.ALL.values():
        assert get(company.store, definition, "999", company.top, today=TODAY) is None
        references(company.store, definition, company.top)
