"""Statistical journal entries: counts beside the money, without balance and outside the ledger."""

from typing import Final

from intacct_sandbox.objects.behaviour import Behaviour, Draft, Ledger, check_period
from intacct_sandbox.objects.errors import Breach, RuleBroken
from intacct_sandbox.objects.subledger import check_active, check_dimensions

ENTRY: Final = "general-ledger/statistical-journal-entry"
LINE: Final = "general-ledger/statistical-journal-entry-line"
_ACCOUNT: Final = "statisticalAccount"


def _prepare(ledger: Ledger, draft: Draft) -> None:
    if draft.is_new:
        draft.default("state", "posted")
        draft.default("moduleName", "2.GL")
        draft.default("txnNumber", _next_number(ledger))
    else:
        before = ledger.row(ENTRY, draft.key or 0, ("postingDate",))
        check_period(ledger, before["postingDate"], f"{draft.pointer}/postingDate")
    check_period(ledger, draft.values.get("postingDate"), f"{draft.pointer}/postingDate")


def _prepare_line(ledger: Ledger, draft: Draft) -> None:
    account = draft.links.get(_ACCOUNT)
    if account is not None:
        at = f"{draft.pointer}/{_ACCOUNT}"
        check_active(ledger, "general-ledger/statistical-account", account, at)
    elif draft.is_new:
        raise RuleBroken(Breach("A line needs a statistical account", pointer=f"{draft.pointer}/{_ACCOUNT}"))
    check_dimensions(ledger, draft, account_path=_ACCOUNT)


def _release(ledger: Ledger, key: int) -> None:
    check_period(ledger, ledger.row(ENTRY, key, ("postingDate",)).get("postingDate"), "/postingDate")


def _next_number(ledger: Ledger) -> int:
    found = ledger.store.one(
        "SELECT max(txnNumber) FROM general_ledger__statistical_journal_entry WHERE company_key = ?",
        (ledger.author.company_key,),
    )
    return int(found[0] or 0) + 1 if found is not None else 1


ENTRIES: Final = Behaviour(prepare=_prepare, release=_release)
LINES: Final = Behaviour(prepare=_prepare_line)
