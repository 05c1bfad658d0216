from decimal import Decimal

import pytest
from sandbox.tests.objects.books import Books, bill, opened
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.objects import RuleBroken, applications
from intacct_sandbox.objects.applications import Payment, Used
from intacct_sandbox.objects.behaviour import Ledger
from intacct_sandbox.objects.documents import BILL

PAYER = Payment("accounts-payable/payment", 7, is_posted=True)


def ledger(books: Books) -> Ledger:
    return Ledger(books.company.store, books.quirks, books.author())


def use(books: Books, key: str, amount: str, line: int | None = None) -> dict[int, Used]:
    applied = applications.apply(
        ledger(books), PAYER, 1, BILL, int(key), amount=Decimal(amount), line=line, pointer="/x"
    )
    return {one.line_key: one.used for one in applied}


def both(amount: str, base: str) -> Used:
    return Used(Decimal(amount), Decimal(base))


def test_lines_are_used_in_turn_and_whole_ones_with_all_of_their_base_amount(company: Company) -> None:
    books = opened(company)
    rate = {"txnCurrency": "EUR", "exchangeRate": {"rate": 1.333}}
    key = books.make(BILL.name, bill("0.50", "0.50", currency=rate))
    assert use(books, key, "0.75") == {1: both("0.50", "0.67"), 2: both("0.25", "0.33")}
    assert use(books, key, "0.25") == {2: both("0.25", "0.34")}
    used = applications.of_document(ledger(books), BILL.name, int(key))
    assert sum((posted.base for posted, _ in used.values()), Decimal(0)) == Decimal("1.34")


def test_what_is_used_cannot_be_used_again_until_it_is_forgotten(company: Company) -> None:
    books = opened(company)
    key = books.make(BILL.name, bill("5.00", "5.00"))
    assert use(books, key, "5.00", line=2) == {2: both("5.00", "5.00")}
    for amount, line in (("5.01", None), ("0.01", 2)):
        with pytest.raises(RuleBroken, match="is more than"):
            use(books, key, amount, line)
    assert applications.payments_of(ledger(books), BILL.name, int(key)) == 1
    assert applications.documents_of(ledger(books), PAYER.name, PAYER.key) == [(BILL.name, int(key))]
    applications.forget(ledger(books), PAYER.name, PAYER.key)
    assert use(books, key, "10.00") == {1: both("5.00", "5.00"), 2: both("5.00", "5.00")}


def test_a_document_with_a_discount_line_is_used_up_with_it(company: Company) -> None:
    books = opened(company)
    key = books.make(BILL.name, bill("10.00", "-2.00"))
    assert use(books, key, "3.00") == {1: both("3.00", "3.00")}
    assert use(books, key, "5.00") == {1: both("7.00", "7.00"), 2: both("-2.00", "-2.00")}
