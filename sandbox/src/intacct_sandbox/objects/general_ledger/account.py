"""GL accounts: one that anything is posted to stays."""

from typing import Final

from intacct_sandbox.objects import postings
from intacct_sandbox.objects.behaviour import Behaviour, Ledger
from intacct_sandbox.objects.errors import Breach, RuleBroken


def _release(ledger: Ledger, key: int) -> None:
    if postings.is_used(ledger, key):
        raise RuleBroken(
            Breach("The general-ledger/account is posted to and cannot be deleted", "operationFailed")
        )


ACCOUNTS: Final = Behaviour(release=_release)
