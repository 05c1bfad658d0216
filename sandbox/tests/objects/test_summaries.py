from datetime import date

from sandbox.tests.objects.books import opened
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.objects import summaries
from intacct_sandbox.objects.behaviour import Ledger

NAME = "accounts-payable/summary"


def test_a_day_has_one_open_summary_of_a_kind(company: Company) -> None:
    books = opened(company)
    ledger = Ledger(company.store, books.quirks, books.author())

    def of(day: int, kind: str = "apPayment") -> int:
        return summaries.of(
            ledger, NAME, given=None, on=date(2026, 5, day), record_type=kind, pointer="/paymentSummary"
        )

    first = of(1)
    assert (of(1), of(2) == first, of(1, "other") == first) == (first, False, False)
    books.change(NAME, str(first), {"state": "closed"})
    assert of(1) != first
    assert books.shown(NAME, str(first))["name"] == "Payments 2026-05-01"
