"""Journal entries: debits equal credits, states, sides of lines, rates of exchange, reversal on a later day.

An entry that does not balance is refused as recorded (GL-0951 with GL-1009), drafts included or not as the
entry is posted: a draft may stand unbalanced. Between entities an entry balances in each of them, unless it
names the location that is the base of the whole (§8.4).
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Final

from intacct_sandbox.objects.behaviour import (
    Behaviour,
    Draft,
    Ledger,
    check_period,
    day,
    money,
    refuse_state,
)
from intacct_sandbox.objects.currencies import base_currency, rounded, settle_currency
from intacct_sandbox.objects.documents import Currency
from intacct_sandbox.objects.errors import Breach, RuleBroken
from intacct_sandbox.objects.subledger import check_dimensions

ENTRY: Final = "general-ledger/journal-entry"
LINE: Final = "general-ledger/journal-entry-line"
_ACCOUNT: Final = "general-ledger/account"
_JOURNAL: Final = "general-ledger/journal"
_LOCATION: Final = "company-config/location"
_CURRENCY: Final = Currency(
    txn="currency.txnCurrency",
    base="currency.baseCurrency",
    rate="currency.exchangeRate",
    rate_date="currency.exchangeRateDate",
    rate_type="currency.exchangeRateTypeId",
)
_OTHER_SIDE: Final = {"debit": "credit", "credit": "debit"}


def _prepare(ledger: Ledger, draft: Draft) -> None:
    refuse_state(draft, default="posted")
    if draft.is_new:
        draft.default("moduleName", "2.GL")
        draft.default("tax.taxImplication", "none")
        draft.default("txnNumber", _next_number(ledger))
    if draft.key is not None:
        before = ledger.row(ENTRY, draft.key, ("state", "postingDate", "reversedBy"))
        if before["state"] in {"reversed", "reversalPending"} or before["reversedBy"] is not None:
            raise RuleBroken(Breach("A journal entry that is reversed cannot be changed", "operationFailed"))
        check_period(ledger, before["postingDate"], f"{draft.pointer}/postingDate")
    check_period(ledger, draft.values.get("postingDate"), f"{draft.pointer}/postingDate")
    _check_reversal_day(ledger, draft)
    _check_journal(ledger, draft)


def _check_reversal_day(ledger: Ledger, draft: Draft) -> None:
    """An entry is reversed after the day it is posted on, in an open period."""
    at = f"{draft.pointer}/automaticReversalDate"
    reversed_on = day(draft.values.get("automaticReversalDate"))
    if reversed_on is None:
        return
    before = ledger.row(ENTRY, draft.key, ("postingDate",)) if draft.key is not None else {}
    posted_on = day(draft.values.get("postingDate")) or day(before.get("postingDate"))
    if posted_on is not None and reversed_on <= posted_on:
        raise RuleBroken(Breach("An entry is reversed after the day it is posted on", pointer=at))
    check_period(ledger, reversed_on, at)


def _check_journal(ledger: Ledger, draft: Draft) -> None:
    journal = draft.links.get("glJournal")
    if journal is None:
        return
    row = ledger.row(_JOURNAL, journal, ("status", "disallowDirectPosting"))
    at = f"{draft.pointer}/glJournal"
    if row["status"] == "inactive":
        raise RuleBroken(Breach("The journal is inactive", pointer=at))
    if row["disallowDirectPosting"]:
        raise RuleBroken(Breach("The journal takes no direct postings", pointer=at))


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
        base = base_currency(ledger, ledger.entity_of(ENTRY, int(entry or 0)))
        settle_currency(ledger, draft, _CURRENCY, on=row["postingDate"], base=base)
    _check_account(ledger, draft)
    check_dimensions(ledger, draft)


def _check_account(ledger: Ledger, draft: Draft) -> None:
    account = draft.links.get("glAccount")
    if account is None:
        return
    if ledger.row(_ACCOUNT, account, ("disallowDirectPosting",))["disallowDirectPosting"]:
        at = f"{draft.pointer}/glAccount"
        raise RuleBroken(Breach("The GL account takes no direct postings", pointer=at))


def settle(ledger: Ledger, key: int) -> None:
    """Work out base amounts, refuse an entry that does not balance, and reverse one that asks for it.

    Raises:
        RuleBroken: Debits and credits differ, or there are no two sides.
    """
    row = ledger.row(ENTRY, key, ("state", "baseLocation", "automaticReversalDate", "reversedBy"))
    lines = ledger.rows(
        LINE,
        "journalEntry",
        key,
        ("key", "txnType", "txnAmount", _CURRENCY.rate, _CURRENCY.base, "dimensions.location"),
    )
    balances: dict[int | None, Decimal] = defaultdict(Decimal)
    for one in lines:
        rate = Decimal(str(one[_CURRENCY.rate] or 1))
        base = rounded(money(one["txnAmount"]) * rate, str(one[_CURRENCY.base]))
        ledger.put(LINE, int(one["key"]), {"baseAmount": base, "state": row["state"]})
        location = one["dimensions.location"]
        entity = ledger.entity_of(_LOCATION, int(location)) if location is not None else None
        balances[entity] += base if one["txnType"] == "debit" else -base
    if row["state"] == "draft":
        return
    if sum(balances.values()) != 0 or len(lines) < 2:
        raise RuleBroken(*_out_of_balance(""))
    if row["baseLocation"] is None and ledger.quirks.value("entries-between-entities") == "base-location":
        _check_entities(ledger, balances)
    reversed_on = day(row["automaticReversalDate"])
    if reversed_on is not None and row["reversedBy"] is None:
        ledger.put(ENTRY, key, {"reversedBy": _reverse(ledger, key, reversed_on)})


def _check_entities(ledger: Ledger, balances: dict[int | None, Decimal]) -> None:
    for entity, balance in balances.items():
        if balance != 0:
            name = ledger.row("company-config/entity", entity, ("name",))["name"] if entity else ""
            raise RuleBroken(*_out_of_balance(str(name)))


def _reverse(ledger: Ledger, key: int, on: date) -> int:
    """The entry of another day with every line on the other side."""
    posted_on = ledger.row(ENTRY, key, ("postingDate",))["postingDate"]
    made = ledger.copy(
        ENTRY,
        key,
        {
            "postingDate": on,
            "reversedFromDate": posted_on,
            "automaticReversalDate": None,
            "reversedBy": None,
            "txnNumber": _next_number(ledger),
        },
    )
    for one in ledger.rows(LINE, "journalEntry", key, ("key", "txnType")):
        side = _OTHER_SIDE[str(one["txnType"])]
        ledger.copy(LINE, int(one["key"]), {"journalEntry": made, "txnType": side, "entryDate": on})
    return made


def _release(ledger: Ledger, key: int) -> None:
    row = ledger.row(ENTRY, key, ("postingDate", "state", "reversedBy"))
    if row.get("state") in {"reversed", "reversalPending"} or row.get("reversedBy") is not None:
        raise RuleBroken(Breach("A journal entry that is reversed cannot be deleted", "operationFailed"))
    check_period(ledger, row.get("postingDate"), "/postingDate")


def _next_number(ledger: Ledger) -> int:
    found = ledger.store.one(
        "SELECT max(txnNumber) FROM general_ledger__journal_entry WHERE company_key = ?",
        (ledger.author.company_key,),
    )
    return int(found[0] or 0) + 1 if found is not None else 1


def _out_of_balance(place: str) -> tuple[Breach, Breach]:
    """As recorded (§6.2); the place between "Place" and the comma was empty there."""
    return (
        Breach(
            "Could not create GLBatch record.",
            "unableToCreateRecordError",
            "GL-0951",
            "IA.COULD_NOT_CREATE_GLBATCH_RECORD",
        ),
        Breach(f"Transactions do not balance for Place {place},", "invalidConfiguration", "GL-1009"),
    )


ENTRIES: Final = Behaviour(prepare=_prepare, settle=settle, release=_release)
LINES: Final = Behaviour(prepare=_prepare_line)
