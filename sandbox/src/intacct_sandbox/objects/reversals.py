"""Reversals: a posted record is undone on another day by a record of state `reversal` that mirrors it.

Both stay in the books: the original as `reversed` with nothing open, the reversal with negative amounts, and
in the ledger each line of the one against a line of the other. That there are two records is told by the two
words among the states of Sage's documents (§8.3, §8.4); no source shows a pair.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from intacct_sandbox.objects import postings, registry, subledger
from intacct_sandbox.objects.behaviour import Ledger, money
from intacct_sandbox.objects.documents import ALL as DOCUMENTS
from intacct_sandbox.objects.documents import Amount, Document
from intacct_sandbox.objects.kinds import Native

# Where an object keeps words about a record.
_WORDS: Final = ("description", "memo")


def reverse_document(ledger: Ledger, name: str, key: int, *, on: date, words: str | None) -> int:
    """Reverse a bill, an invoice, an adjustment or an advance.

    Returns:
        The key of the reversal.
    """
    one = DOCUMENTS[name]
    amounts = [one.total.txn, one.total.base]
    changes: dict[str, Native] = {
        **_negated(ledger, name, key, amounts),
        **_nothing(one.due),
        one.day: on,
        **_described(name, words),
        **({"postingDate": on} if "postingDate" in registry.ALL[name].fields else {}),
        "state": "reversal",
    }
    made = ledger.copy(name, key, changes)
    _copy_lines(ledger, one, key, made)
    postings.mirror(ledger, name, key, into=made, on=on)
    ledger.put(name, key, {"state": "reversed"})
    subledger.settle(one, ledger, key)
    return made


def _copy_lines(ledger: Ledger, one: Document, key: int, into: int) -> None:
    lines = one.lines
    for row in ledger.rows(lines.name, lines.owner, key, ("key",)):
        number = int(row["key"])
        amounts = [lines.amount.txn, lines.amount.base]
        ledger.copy(lines.name, number, {**_negated(ledger, lines.name, number, amounts), lines.owner: into})


def _negated(ledger: Ledger, name: str, key: int, paths: list[str]) -> Mapping[str, Native]:
    row = ledger.row(name, key, tuple(paths))
    return {path: -money(row[path]) for path in paths}


def _nothing(where: Amount) -> dict[str, Native]:
    return {where.txn: 0, where.base: 0}


def _described(name: str, words: str | None) -> dict[str, Native]:
    fields = registry.ALL[name].fields
    return {} if words is None else {path: words for path in _WORDS if path in fields}
