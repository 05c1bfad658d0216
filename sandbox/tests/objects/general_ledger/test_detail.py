from sandbox.tests.objects.books import entry, invoice, opened
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.general_ledger import detail
from intacct_sandbox.objects.schema import columns

NAME = "general-ledger/gl-detail"


def test_every_column_has_its_source() -> None:
    assert set(columns(registry.ALL[NAME])) <= set(detail.COLUMNS)


def test_entries_and_postings_stand_side_by_side_under_keys_of_their_own(company: Company) -> None:
    books = opened(company)
    books.make("general-ledger/journal-entry", entry(("debit", "1.00"), ("credit", "1.00")))
    books.make("accounts-receivable/invoice", invoice("2.00"))
    rows = company.store.query(
        'SELECT key, "moduleName", "amount", "source.object" FROM general_ledger__gl_detail ORDER BY key'
    )
    first = detail.FIRST_KEY
    assert [tuple(row) for row in rows] == [
        (1, "2.GL", 100, None),
        (2, "2.GL", -100, None),
        (first, "4.AR", -200, "accounts-receivable/invoice"),
        (first + 1, "4.AR", 200, "accounts-receivable/invoice"),
    ]
