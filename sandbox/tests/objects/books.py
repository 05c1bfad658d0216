"""A company with a chart of accounts and partners, and the payloads of documents."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.tests.objects.conftest import TODAY, Company

from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.objects import Author, Changes, Scope, get, registry

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
BILL = registry.ALL["accounts-payable/bill"]
INVOICE = registry.ALL["accounts-receivable/invoice"]
ENTRY = registry.ALL["general-ledger/journal-entry"]


@dataclass(frozen=True, slots=True)
class Books:
    """Writes of one author in one company."""

    company: Company
    quirks: Quirks = field(default_factory=Quirks)

    def author(self, scope: Scope | None = None) -> Author:
        return Author(scope=scope or self.company.top, user_key=1, user_id="Admin", now=NOW)

    def changes(self, scope: Scope | None = None) -> Changes:
        return Changes(self.company.store, self.quirks, self.author(scope))

    def make(self, name: str, body: dict[str, Any], scope: Scope | None = None) -> str:
        definition = registry.find(name)
        assert definition is not None
        return str(self.changes(scope).create(definition, body).key)

    def change(self, name: str, key: str, body: dict[str, Any]) -> None:
        self.changes().update(registry.ALL[name], key, body)

    def drop(self, name: str, key: str) -> None:
        self.changes().delete(registry.ALL[name], key)

    def shown(self, name: str, key: str) -> dict[str, Any]:
        found = get(self.company.store, registry.ALL[name], key, self.company.top, today=TODAY)
        assert found is not None
        return found


def opened(company: Company) -> Books:
    """Books with accounts, a bank account, a location, a vendor, a customer and a journal, each with key 1.

    The accounts 1000 and 4000 are for lines; payables, receivables, cash, gains and advances have their own.
    """
    books = Books(company)
    for id_ in ("1000", "4000", "1010", "8010", "1500"):
        books.make("general-ledger/account", {"id": id_, "name": id_})
    for id_, kind in (("2000", "payablesAccount"), ("1200", "receivablesAccount")):
        books.make("general-ledger/account", {"id": id_, "name": id_, "alternativeGLAccount": kind})
    books.make(
        "cash-management/checking-account", {"id": "BANK", "accounting": {"glAccount": {"id": "1010"}}}
    )
    books.make("company-config/location", {"id": "HQ", "name": "HQ"})
    books.make("accounts-payable/vendor", {"id": "V1", "name": "V1"})
    books.make("accounts-receivable/customer", {"id": "C1", "name": "C1"})
    books.make("general-ledger/journal", {"id": "GJ", "name": "General"})
    return books


def line(amount: str, **more: Any) -> dict[str, Any]:
    return {
        "txnAmount": amount,
        "glAccount": {"id": "1000"},
        "dimensions": {"location": {"id": "HQ"}},
        **more,
    }


def bill(*amounts: str, **more: Any) -> dict[str, Any]:
    return {
        "vendor": {"id": "V1"},
        "createdDate": "2026-05-01",
        "dueDate": "2026-05-31",
        "currency": {"txnCurrency": "USD"},
        "lines": [line(amount) for amount in amounts],
        **more,
    }


def invoice(*amounts: str, **more: Any) -> dict[str, Any]:
    return {
        "customer": {"id": "C1"},
        "invoiceDate": "2026-05-01",
        "dueDate": "2026-05-31",
        "lines": [line(amount) for amount in amounts],
        **more,
    }


def entry(*sides: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {
        "glJournal": {"id": "GJ"},
        "postingDate": "2026-05-01",
        "lines": [line(amount, txnType=side) for side, amount in sides],
        **more,
    }
