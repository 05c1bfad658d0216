"""Views that users keep: a query under a name, which belongs to who made it.

Whether the query can be run is found out when it is.
"""

from typing import Final

from intacct_sandbox.objects.behaviour import Behaviour, Draft, Ledger


def _prepare(ledger: Ledger, draft: Draft) -> None:
    queried = draft.values.get("query.object")
    if queried is not None:
        draft.values["object"] = queried
    if not draft.is_new:
        return
    draft.default("status", "active")
    draft.default("viewVersion", "0")
    if draft.links.get("owner") is None:
        draft.links["owner"] = ledger.author.user_key


USER_VIEWS: Final = Behaviour(prepare=_prepare)
