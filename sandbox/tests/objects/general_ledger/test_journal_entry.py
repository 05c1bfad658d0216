import pytest
from sandbox.tests.objects.books import entry, opened
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.objects import RuleBroken

NAME = "general-ledger/journal-entry"


def test_entries_are_numbered_in_turn(company: Company) -> None:
    books = opened(company)
    keys = [books.make(NAME, entry(("debit", "1"), ("credit", "1"))) for _ in range(2)]
    assert [books.shown(NAME, key)["txnNumber"] for key in keys] == [1, 2]


@pytest.mark.parametrize(
    "sides",
    [
        (),
        (("debit", "0"),),
        (("debit", "1"), ("debit", "1")),
        (("debit", "1"), ("credit", "1.01")),
        (("debit", "-1"), ("credit", "-1")),
    ],
)
def test_what_does_not_balance_is_not_written(company: Company, sides: tuple[tuple[str, str], ...]) -> None:
    books = opened(company)
    with pytest.raises(RuleBroken):
        books.make(NAME, entry(*sides))
    assert company.store.one("SELECT 1 FROM general_ledger__journal_entry_line") is None


def test_lines_take_dates_and_currency_of_their_entry(company: Company) -> None:
    books = opened(company)
    key = books.make(NAME, entry(("debit", "2.50"), ("credit", "2.50")))
    first, second = books.shown(NAME, key)["lines"]
    assert (first["entryDate"], first["baseAmount"], first["currency"]["txnCurrency"]) == (
        "2026-05-01",
        "2.50",
        "USD",
    )
    assert (first["lineNumber"], second["lineNumber"]) == (1, 2)


def test_closed_books_keep_their_entries(company: Company) -> None:
    books = opened(company)
    key = books.make(NAME, entry(("debit", "1"), ("credit", "1")))
    books.quirks.set("closed-periods", "2026-05-15")
    with pytest.raises(RuleBroken, match="closed"):
        books.drop(NAME, key)
    with pytest.raises(RuleBroken, match="closed"):
        books.change(NAME, key, {"description": "x"})


def test_a_draft_balances_when_it_likes(company: Company) -> None:
    books = opened(company)
    key = books.make(NAME, entry(("debit", "1"), state="draft"))
    books.drop(NAME, key)
    with pytest.raises(RuleBroken, match="State must be draft"):
        books.make(NAME, entry(("debit", "1"), ("credit", "1"), state="approved"))
