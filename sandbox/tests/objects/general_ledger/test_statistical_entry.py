import pytest
from sandbox.tests.objects.books import opened
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.objects import RuleBroken

ENTRY = "general-ledger/statistical-journal-entry"


def test_a_count_goes_to_an_active_account_in_an_open_period(company: Company) -> None:
    books = opened(company)
    account = books.make("general-ledger/statistical-account", {"id": "S1", "name": "Heads"})
    one = {"txnType": "increase", "txnAmount": "3", "statisticalAccount": {"id": "S1"}}
    body = {"postingDate": "2026-05-01", "lines": [one]}
    key = books.make(ENTRY, body)
    books.quirks.set("closed-periods", "2026-05-15")
    for write in (
        lambda: books.make(ENTRY, body),
        lambda: books.change(ENTRY, key, {"description": "x"}),
        lambda: books.drop(ENTRY, key),
    ):
        with pytest.raises(RuleBroken, match="closed"):
            write()
    books.quirks.reset()
    books.change("general-ledger/statistical-account", account, {"status": "inactive"})
    with pytest.raises(RuleBroken, match="statistical-account is inactive"):
        books.make(ENTRY, body)
