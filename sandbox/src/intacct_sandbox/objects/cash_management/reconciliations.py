"""Reconciliations and bank transactions: reopening, and whose a transaction is."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.behaviour import Ledger
from intacct_sandbox.objects.errors import Breach, RuleBroken

_OBJECTS: Final = {
    "bankAccount": "cash-management/bank-reconciliation",
    "creditCardAccount": "cash-management/credit-card-reconciliation",
}
_CUSTOMER: Final = "accounts-receivable/customer"


def find(account: str, reference: str) -> Callable[[Ledger, Mapping[str, Any]], int | None]:
    """How a reconciliation is found by its account and day where a request has no key.

    Args:
        account: The member of the request with the account's id.
        reference: The reconciliation's reference to it.
    """
    name = _OBJECTS[reference]

    def found(ledger: Ledger, given: Mapping[str, Any]) -> int | None:
        target = registry.ALL[name].references[reference].target or ""
        key = ledger.key_of(target, str(given.get(account)))
        rows = ledger.rows(name, reference, key, ("key", "reconciliationDate")) if key is not None else []
        matching = [row for row in rows if row["reconciliationDate"] == given.get("reconciliationDate")]
        return int(matching[-1]["key"]) if matching else None

    return found


def reopened(account: str, reference: str) -> Callable[[Ledger, int, Mapping[str, Any]], dict[str, Any]]:
    """What a reopening answers beside the key."""
    name = _OBJECTS[reference]

    def follow(ledger: Ledger, key: int, _given: Mapping[str, Any]) -> dict[str, Any]:
        target = registry.ALL[name].references[reference].target or ""
        row = ledger.row(name, key, (reference,))
        id_ = ledger.row(target, int(row[reference] or 0), ("id",)).get("id")
        shown: dict[str, Any] = {account: id_, "message": "The reconciliation was reopened"}
        return shown if reference == "bankAccount" else {**shown, "isReopened": True}

    return follow


def assign_customer(ledger: Ledger, key: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """Say whose a bank transaction is.

    Raises:
        RuleBroken: There is no such customer.
    """
    customer = ledger.key_of(_CUSTOMER, given["customerId"])
    if customer is None:
        message = f"There is no {_CUSTOMER} with id {given['customerId']}"
        raise RuleBroken(Breach(message, "invalidKey", pointer="/customerId"))
    ledger.put("cash-management/bank-transaction", key, {"customer": customer})
    return {"customerId": given["customerId"]}
