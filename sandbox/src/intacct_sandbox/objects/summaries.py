"""Summaries: what Sage gathers a day's payments under, with a name, a posting date, a state and a total.

A payment without a summary gets the open one of its day, or a new one. How Sage names them is not known.
"""

from datetime import date
from decimal import Decimal
from typing import Final

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.behaviour import Ledger, money
from intacct_sandbox.objects.errors import Breach, RuleBroken

_TITLES: Final = {"apPayment": "Payments", "rp": "Receipts"}


def of(ledger: Ledger, name: str, *, given: int | None, on: date, record_type: str, pointer: str) -> int:
    """The summary of a payment: the given one, the open one of the day, or a new one.

    Raises:
        RuleBroken: The given one is closed.
    """
    if given is not None:
        if ledger.row(name, given, ("state",)).get("state") == "closed":
            raise RuleBroken(Breach("The summary is closed", "operationFailed", pointer=pointer))
        return given
    found = ledger.store.one(
        f"SELECT key FROM {registry.ALL[name].table} WHERE company_key = ? AND recordType = ?"  # noqa: S608 - own names
        " AND glPostingDate = ? AND state = 'open' AND summaryCreationType = 'automatic' ORDER BY key",
        (ledger.author.company_key, record_type, on.isoformat()),
    )
    if found is not None:
        return int(found[0])
    return ledger.add(
        name,
        {
            "name": f"{_TITLES.get(record_type, record_type)} {on.isoformat()}",
            "glPostingDate": on,
            "status": "active",
            "state": "open",
            "recordType": record_type,
            "summaryCreationType": "automatic",
            "preventGLPosting": False,
            "isQuickPaymentSummary": False,
        },
        entity_key=ledger.author.scope.entity_key,
    )


def add_up(ledger: Ledger, name: str, key: int, *, payments: str) -> None:
    """Set a summary's total: what its payments come to, drafts and reversals included."""
    found = ledger.rows(payments, "paymentSummary", key, ("baseCurrency.totalAmount",))
    total = sum((money(row["baseCurrency.totalAmount"]) for row in found), Decimal(0))
    ledger.put(name, key, {"totalAmount": total})
