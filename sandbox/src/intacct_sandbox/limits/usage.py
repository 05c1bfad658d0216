"""The transactions of a company, by calendar month on the sandbox's clock.

Every request that the API answers without an error counts as one: each write, each page that is read. That
the client application of a partner would not count is left out, since the sandbox knows no partners.
"""

from datetime import datetime
from typing import Final

from intacct_sandbox.store import Store

SCHEMA: Final = """
CREATE TABLE monthly_transactions (
    company_key INTEGER NOT NULL REFERENCES company (key),
    month TEXT NOT NULL,
    transactions INTEGER NOT NULL,
    PRIMARY KEY (company_key, month)
);
"""


def count(store: Store, company_key: int, now: datetime) -> None:
    """One more transaction."""
    store.execute(
        "INSERT INTO monthly_transactions (company_key, month, transactions) VALUES (?, ?, 1)"
        " ON CONFLICT (company_key, month) DO UPDATE SET transactions = transactions + 1",
        (company_key, month(now)),
    )


def of(store: Store, company_key: int, now: datetime) -> int:
    """How many there were in the month of a moment."""
    row = store.one(
        "SELECT transactions FROM monthly_transactions WHERE company_key = ? AND month = ?",
        (company_key, month(now)),
    )
    return int(row["transactions"]) if row is not None else 0


def month(now: datetime) -> str:
    """The month of a moment, `2026-11`."""
    return f"{now:%Y-%m}"
