from datetime import date
from decimal import Decimal

import pytest
from sandbox.tests.objects.books import Books, invoice, opened
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.objects import RuleBroken, postings
from intacct_sandbox.objects.behaviour import Ledger
from intacct_sandbox.objects.postings import Posting, Source

SOURCE = Source(
    name="accounts-payable/payment",
    key=9,
    module="3.AP",
    day=date(2026, 5, 2),
    document=None,
    base_currency="USD",
    txn_currency="EUR",
)


def ledger(books: Books) -> Ledger:
    return Ledger(books.company.store, books.quirks, books.author())


def posting(account: int, base: str, entity: int | None = None) -> Posting:
    return Posting(account=account, base=Decimal(base), txn=Decimal(base), entity=entity)


def rows(books: Books, key: int = 9) -> list[tuple[object, ...]]:
    found = books.company.store.query(
        "SELECT account, side, base, entity_key FROM gl_posting WHERE source_key = ? ORDER BY key", (key,)
    )
    return [tuple(row) for row in found]


def test_postings_are_replaced_as_a_whole(company: Company) -> None:
    books = opened(company)
    for amount in ("5.00", "7.00"):
        postings.replace(ledger(books), SOURCE, [posting(1, amount), posting(2, f"-{amount}")])
    assert rows(books) == [(1, "debit", 700, None), (2, "credit", 700, None)]
    postings.clear(ledger(books), SOURCE.name, SOURCE.key)
    assert rows(books) == []


def test_what_rates_leave_is_a_gain_or_loss_in_its_entity(company: Company) -> None:
    books = opened(company)
    lines = [posting(1, "5.00", 1), posting(2, "-4.90", 1), posting(1, "3.00", 2), posting(2, "-3.00", 2)]
    postings.replace(ledger(books), SOURCE, lines)
    account = ledger(books).key_of("general-ledger/account", "8010")
    assert rows(books)[-1] == (account, "credit", 10, 1)
    books.quirks.set("exchange-gain-loss-account", "none such")
    with pytest.raises(RuleBroken, match="There is no GL account none such"):
        postings.replace(ledger(books), SOURCE, lines)


def test_a_mirror_is_the_other_way_round(company: Company) -> None:
    books = opened(company)
    postings.replace(ledger(books), SOURCE, [posting(1, "5.00"), posting(2, "-5.00")])
    postings.mirror(ledger(books), SOURCE.name, SOURCE.key, into=10, on=date(2026, 5, 9))
    assert rows(books, 10) == [(1, "credit", 500, None), (2, "debit", 500, None)]


def test_without_a_control_account_nothing_is_posted(company: Company) -> None:
    books = opened(company)
    key = ledger(books).key_of("general-ledger/account", "1200")
    books.change("general-ledger/account", str(key), {"alternativeGLAccount": "none"})
    with pytest.raises(RuleBroken, match="No GL account has the alternativeGLAccount receivablesAccount"):
        books.make("accounts-receivable/invoice", invoice("1.00"))
    other = ledger(books).key_of("general-ledger/account", "1500")
    own = {"overrideOffsetGLAccount": {"key": str(other)}}
    books.change("accounts-receivable/customer", "1", own)
    books.make("accounts-receivable/invoice", invoice("1.00"))
    assert company.store.one("SELECT 1 FROM gl_posting WHERE account = ?", (other,)) is not None


def test_a_bank_account_names_its_account(company: Company) -> None:
    books = opened(company)
    assert postings.bank_account(ledger(books), "BANK", "/x") == ledger(books).key_of(
        "general-ledger/account", "1010"
    )
    books.make("cash-management/savings-account", {"id": "EMPTY"})
    with pytest.raises(RuleBroken, match="has no GL account"):
        postings.bank_account(ledger(books), "EMPTY", "/x")
