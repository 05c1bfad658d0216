from datetime import date

from sandbox.tests.objects.books import invoice, opened
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.objects import reversals
from intacct_sandbox.objects.behaviour import Ledger

INVOICE = "accounts-receivable/invoice"


def test_a_reversal_mirrors_its_original_to_the_cent(company: Company) -> None:
    books = opened(company)
    rate = {"txnCurrency": "EUR", "exchangeRate": {"rate": 1.333}}
    key = books.make(INVOICE, invoice("0.50", "0.75", currency=rate, invoiceNumber="I-1"))
    ledger = Ledger(company.store, books.quirks, books.author())
    made = reversals.reverse_document(ledger, INVOICE, int(key), on=date(2026, 5, 9), words="Wrong")
    original, reversal = books.shown(INVOICE, key), books.shown(INVOICE, str(made))
    assert (original["state"], original["totalBaseAmountDue"]) == ("reversed", "0.00")
    assert (reversal["state"], reversal["invoiceDate"], reversal["description"]) == (
        "reversal",
        "2026-05-09",
        "Wrong",
    )
    assert original["totalBaseAmount"] == "1.67"
    assert reversal["totalBaseAmount"] == "-1.67"
    assert reversal["invoiceNumber"] == "I-1"
    assert [one["baseAmount"] for one in reversal["lines"]] == ["-0.67", "-1.00"]
    sums = company.store.query(
        "SELECT sum(CASE side WHEN 'debit' THEN base ELSE -base END) FROM gl_posting GROUP BY account"
    )
    assert [row[0] for row in sums] == [0, 0]
    assert books.shown("accounts-receivable/customer", "1")["totalDue"] == "0.00"
