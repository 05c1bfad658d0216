"""Journal entries: debits equal credits, states, sides of lines.

An entry that does not balance is refused as recorded (GL-0951 with GL-1009), drafts included or not as the
entry is posted: a draft may stand unbalanced.
"""

from decimal import Decimal
from typing import Final

from intacct_sandbox.objects.behaviour import Behaviour, Draft, Ledger, check_period, money, refuse_state
from intacct_sandbox.objects.errors import Breach, RuleBroken
from intacct_sandbox.objects.subledger import check_dimensions

ENTRY: Final = "general-ledger/journal-entry"
LINE: Final = "general-ledger/journal-entry-line"
_CURRENCY: Final = "USD"


def _prepare(ledger: Ledger, draft: Draft) -> None:
    refuse_state(draft, default="posted")
    if draft.is_new:
        draft.default("moduleName", "2.GL")
        draft.default("tax.taxImplication", "none")
        draft.default("txnNumber", _next_number(ledger))
    if draft.key is not None:
        before = ledger.row(ENTRY, draft.key, ("state", "postingDate"))
        if before["state"] in {"reversed", "reversalPending"}:
            raise RuleBroken(
                Breach(f"A journal entry in state {before['state']} cannot be changed", "operationFailed")
            )
        check_period(ledger, before["postingDate"], f"{draft.pointer}/postingDate")
    check_period(ledger, draft.values.get("postingDate"), f"{draft.pointer}/postingDate")


def _prepare_line(ledger: Ledger, draft: Draft) -> None:
    entry = draft.links.get("journalEntry")
    if entry is None and draft.key is not None:
        entry = ledger.row(LINE, draft.key, ("journalEntry",))["journalEntry"]
    row = ledger.row(ENTRY, int(entry or 0), ("postingDate", "state"))
    amount = draft.values.get("txnAmount")
    if isinstance(amount, Decimal) and amount < 0:
        raise RuleBroken(
            Breach(
                "The amount of a line is not negative; its side is txnType",
                pointer=f"{draft.pointer}/txnAmount",
            )
        )
    if draft.is_new and row:
        draft.default("entryDate", row["postingDate"])
        draft.default("state", row["state"])
        draft.default("lineNumber", len(ledger.rows(LINE, "journalEntry", int(entry or 0), ("key",))) + 1)
        draft.default("currency.baseCurrency", _CURRENCY)
        draft.default("currency.txnCurrency", _CURRENCY)
        draft.default("currency.exchangeRate", 1)
        draft.default("currency.exchangeRateDate", row["postingDate"])
    check_dimensions(ledger, draft)


def settle(ledger: Ledger, key: int) -> None:
    """Work out base amounts and refuse an entry that does not balance.

    Raises:
        RuleBroken: Debits and credits differ, or there are no two sides.
    """
    row = ledger.row(ENTRY, key, ("state",))
    lines = ledger.rows(LINE, "journalEntry", key, ("key", "txnType", "txnAmount", "currency.exchangeRate"))
    balance = Decimal(0)
    for one in lines:
        rate = Decimal(str(one["currency.exchangeRate"] or 1))
        base = (money(one["txnAmount"]) * rate).quantize(Decimal("0.01"))
        ledger.put(LINE, int(one["key"]), {"baseAmount": base, "state": row["state"]})
        balance += base if one["txnType"] == "debit" else -base
    if row["state"] != "draft" and (balance != 0 or len(lines) < 2):
        raise RuleBroken(*_OUT_OF_BALANCE)


def _release(ledger: Ledger, key: int) -> None:
    row = ledger.row(ENTRY, key, ("postingDate", "state"))
    if row.get("state") in {"reversed", "reversalPending"}:
        raise RuleBroken(
            Breach(f"A journal entry in state {row['state']} cannot be deleted", "operationFailed")
        )
    check_period(ledger, row.get("postingDate"), "/postingDate")


def _next_number(ledger: Ledger) -> int:
    found = ledger.store.one(
        "SELECT max(txnNumber) FROM general_ledger__journal_entry WHERE company_key = ?",
        (ledger.author.company_key,),
    )
    return int(found[0] or 0) + 1 if found is not None else 1


# As recorded (§6.2); the place between "Place" and the comma was empty there.
_OUT_OF_BALANCE: Final = (
    Breach(
        "Could not create GLBatch record.",
        "unableToCreateRecordError",
        "GL-0951",
        "IA.COULD_NOT_CREATE_GLBATCH_RECORD",
    ),
    Breach("Transactions do not balance for Place ,", "invalidConfiguration", "GL-1009"),
)

ENTRIES: Final = Behaviour(prepare=_prepare, settle=settle, release=_release)
LINES: Final = Behaviour(prepare=_prepare_line)
