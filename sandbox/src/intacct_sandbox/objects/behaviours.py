"""Which objects have behaviour beside their definition: one line each."""

from collections.abc import Mapping
from typing import Final

from intacct_sandbox.objects import subledger
from intacct_sandbox.objects.behaviour import Behaviour
from intacct_sandbox.objects.company_config import attachment
from intacct_sandbox.objects.core import user_view
from intacct_sandbox.objects.general_ledger import journal_entry
from intacct_sandbox.objects.subledger import PAYABLE, RECEIVABLE

NONE: Final = Behaviour()

ALL: Final[Mapping[str, Behaviour]] = {
    "accounts-payable/bill": subledger.document(PAYABLE),
    "accounts-payable/bill-line": subledger.line(PAYABLE),
    "accounts-receivable/invoice": subledger.document(RECEIVABLE),
    "accounts-receivable/invoice-line": subledger.line(RECEIVABLE),
    "company-config/attachment": attachment.ATTACHMENTS,
    "company-config/folder": attachment.FOLDERS,
    "core/user-view": user_view.USER_VIEWS,
    "general-ledger/journal-entry": journal_entry.ENTRIES,
    "general-ledger/journal-entry-line": journal_entry.LINES,
}


def of(name: str) -> Behaviour:
    """The behaviour of an object; none for most."""
    return ALL.get(name, NONE)
