from decimal import Decimal
from typing import Any

import pytest
from sandbox.tests.objects.books import bill, invoice, line, opened
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.objects import RuleBroken, registry, workflows
from intacct_sandbox.objects.behaviour import Ledger
from intacct_sandbox.objects.subledger import PAYABLE, balance

BILL = "accounts-payable/bill"
INVOICE = "accounts-receivable/invoice"


def test_both_sides_total_their_lines(company: Company) -> None:
    books = opened(company)
    for name, body in ((BILL, bill("1.10", "2.20")), (INVOICE, invoice("1.10", "2.20"))):
        shown = books.shown(name, books.make(name, body))
        assert (shown["totalTxnAmount"], shown["totalBaseAmountDue"]) == ("3.30", "3.30")
        assert shown["paymentInformation"]["totalTxnAmountPaid"] == "0.00"


def test_a_posted_invoice_is_owed_and_a_draft_is_not(company: Company) -> None:
    books = opened(company)
    books.make(INVOICE, invoice("10.00"))
    books.make(INVOICE, invoice("5.00", state="draft"))
    assert books.shown("accounts-receivable/customer", "1")["totalDue"] == "10.00"


def test_a_deleted_document_is_owed_no_more(company: Company) -> None:
    books = opened(company)
    key = books.make(INVOICE, invoice("10.00"))
    books.drop(INVOICE, key)
    assert company.store.one("SELECT 1 FROM accounts_receivable__invoice_line") is None
    assert books.shown("accounts-receivable/customer", "1")["totalDue"] == "0.00"


def test_a_document_has_a_line(company: Company) -> None:
    books = opened(company)
    with pytest.raises(RuleBroken, match="at least one line"):
        books.make(BILL, bill())
    key = books.make(BILL, bill("1.00"))
    only = books.shown(BILL, key)["lines"][0]["key"]
    with pytest.raises(RuleBroken):
        books.drop("accounts-payable/bill-line", only)


def test_what_is_paid_is_not_touched(company: Company) -> None:
    books = opened(company)
    key = books.make(BILL, bill("1.00"))
    ledger = Ledger(company.store, books.quirks, books.author())
    ledger.put(BILL, int(key), {"state": "paid"})
    with pytest.raises(RuleBroken, match="state paid cannot be changed"):
        books.change(BILL, key, {"description": "x"})
    with pytest.raises(RuleBroken, match="state paid cannot be deleted"):
        books.drop(BILL, key)
    with pytest.raises(RuleBroken, match="cannot reverse"):
        workflows.run(
            company.store,
            books.quirks,
            books.author(),
            registry.ALL[BILL],
            "reverse",
            {"key": key},
        )


@pytest.mark.parametrize(("name", "body"), [(BILL, bill("1.00")), (INVOICE, invoice("1.00"))])
@pytest.mark.parametrize("state", ["paid", "partiallyPaid", "selected", "reversed"])
def test_an_attachment_is_no_accounting_and_may_change_at_any_time(
    company: Company, name: str, body: dict[str, Any], state: str
) -> None:
    books = opened(company)
    books.make("company-config/folder", {"id": "F"})
    books.make("company-config/attachment", {"id": "A1", "name": "A1", "folder": {"id": "F"}})
    key = books.make(name, body)
    ledger = Ledger(company.store, books.quirks, books.author())
    ledger.put(name, int(key), {"state": state})
    books.change(name, key, {"attachment": {"id": "A1"}})
    assert books.shown(name, key)["attachment"]["id"] == "A1"
    books.change(name, key, {"attachment": {"id": None, "key": None}})
    assert books.shown(name, key)["attachment"]["id"] is None
    ledger.put(name, int(key), {"state": state})
    with pytest.raises(RuleBroken, match="cannot be changed"):
        books.change(name, key, {"attachment": {"id": "A1"}, "description": "x"})


def test_a_balance_is_what_is_open(company: Company) -> None:
    books = opened(company)
    key = books.make(BILL, bill("7.00"))
    ledger = Ledger(company.store, books.quirks, books.author())
    ledger.put(BILL, int(key), {"state": "posted", "totalBaseAmountDue": Decimal("2.50")})
    balance(PAYABLE, ledger, 1)
    assert books.shown("accounts-payable/vendor", "1")["totalDue"] == "2.50"


def test_an_inactive_account_takes_no_line(company: Company) -> None:
    books = opened(company)
    books.change("general-ledger/account", "1", {"status": "inactive"})
    with pytest.raises(RuleBroken, match="inactive"):
        books.make(BILL, bill("1.00"))
    other = line("1.00", glAccount={"id": "4000"})
    assert books.make(BILL, bill("1.00", lines=[other]))
