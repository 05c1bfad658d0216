"""Which objects have behaviour beside their definition, and who keeps what `identity` has.

One line each.
"""

from collections.abc import Mapping
from typing import Final

from intacct_sandbox.objects import documents, master_data, payments, subledger
from intacct_sandbox.objects.behaviour import Behaviour
from intacct_sandbox.objects.company_config import attachment, role
from intacct_sandbox.objects.core import user_view
from intacct_sandbox.objects.general_ledger import account, journal_entry, statistical_entry
from intacct_sandbox.objects.keepers import Keeper

NONE: Final = Behaviour()

ALL: Final[Mapping[str, Behaviour]] = {
    **master_data.behaviours(),
    **{one.name: subledger.document(one) for one in documents.ALL.values()},
    **{one.lines.name: subledger.line(one) for one in documents.ALL.values()},
    **{side.name: payments.payment(side) for side in payments.ALL.values()},
    "general-ledger/account": account.ACCOUNTS,
    "company-config/attachment": attachment.ATTACHMENTS,
    "company-config/folder": attachment.FOLDERS,
    "core/user-view": user_view.USER_VIEWS,
    "general-ledger/journal-entry": journal_entry.ENTRIES,
    "general-ledger/journal-entry-line": journal_entry.LINES,
    "general-ledger/statistical-journal-entry": statistical_entry.ENTRIES,
    "general-ledger/statistical-journal-entry-line": statistical_entry.LINES,
}
KEEPERS: Final[Mapping[str, Keeper]] = {"company-config/role": role.ROLES}


def of(name: str) -> Behaviour:
    """The behaviour of an object; none for most."""
    return ALL.get(name, NONE)


def keeper(name: str) -> Keeper | None:
    """Who keeps the records of an object in its place; None for most, and for those that no API writes."""
    return KEEPERS.get(name)
