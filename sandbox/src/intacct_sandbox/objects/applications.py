"""Applications: which payment or memo took how much of the open amount of which line of which document.

What is paid of a document, or about to be, is the sum of its applications and nothing else, so undoing a
payment is forgetting them. An application takes whole lines one after the other, and of the base amount what
the line was posted with, so that nothing remains of a document whose amount is used up. Tables: `schema`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from intacct_sandbox.objects.behaviour import Ledger, money
from intacct_sandbox.objects.currencies import rounded
from intacct_sandbox.objects.documents import Document
from intacct_sandbox.objects.errors import Breach, RuleBroken

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Payment:
    """What applies: the object and key of a payment, and whether it is posted or still under way."""

    name: str
    key: int
    is_posted: bool


@dataclass(frozen=True, slots=True)
class Used:
    """What is used of a line, in the currency of the transaction and in base currency."""

    txn: Decimal = _NOTHING
    base: Decimal = _NOTHING

    def __add__(self, other: "Used") -> "Used":
        return Used(self.txn + other.txn, self.base + other.base)


@dataclass(frozen=True, slots=True)
class Applied:
    """One application to one line."""

    document: Document
    document_key: int
    line_key: int
    used: Used


def of_document(ledger: Ledger, document: str, key: int) -> Mapping[int, tuple[Used, Used]]:
    """By line: what posted payments used, and what those under way will."""
    found = ledger.store.query(
        "SELECT line_key, is_posted, sum(txn), sum(base) FROM subledger_application"
        " WHERE company_key = ? AND document = ? AND document_key = ? GROUP BY 1, 2",
        (ledger.author.company_key, document, key),
    )
    used: dict[int, tuple[Used, Used]] = {}
    for line, is_posted, txn, base in found:
        posted, waiting = used.get(line, (Used(), Used()))
        one = Used(money(txn), money(base))
        used[line] = (posted + one, waiting) if is_posted else (posted, waiting + one)
    return used


def documents_of(ledger: Ledger, payment: str, key: int) -> list[tuple[str, int]]:
    """The documents that a payment is applied to."""
    found = ledger.store.query(
        "SELECT DISTINCT document, document_key FROM subledger_application"
        " WHERE company_key = ? AND payment = ? AND payment_key = ? ORDER BY 1, 2",
        (ledger.author.company_key, payment, key),
    )
    return [(str(row[0]), int(row[1])) for row in found]


def payments_of(ledger: Ledger, document: str, key: int) -> int:
    """How many payments are applied to a document, posted or not."""
    found = ledger.store.one(
        "SELECT count(DISTINCT payment || payment_key) FROM subledger_application"
        " WHERE company_key = ? AND document = ? AND document_key = ?",
        (ledger.author.company_key, document, key),
    )
    return int(found[0]) if found is not None else 0


def forget(ledger: Ledger, payment: str, key: int) -> None:
    """Take everything back that a payment was applied to."""
    ledger.store.execute(
        "DELETE FROM subledger_application WHERE company_key = ? AND payment = ? AND payment_key = ?",
        (ledger.author.company_key, payment, key),
    )


def apply(
    ledger: Ledger,
    payment: Payment,
    detail: int,
    document: Document,
    key: int,
    *,
    amount: Decimal,
    line: int | None,
    pointer: str,
) -> list[Applied]:
    """Use some of a document's open amount.

    Args:
        ledger: The company's rows.
        payment: What pays.
        detail: The key of its detail.
        document: The kind of the document.
        key: The document.
        amount: Above zero; a document below zero is used towards zero.
        line: The one line to use; None takes them in turn.
        pointer: Where the payload asks for it.

    Raises:
        RuleBroken: That much is not open.
    """
    open_lines = _open_lines(ledger, document, key, line)
    left = sum((one.txn for one in open_lines.values()), _NOTHING)
    sign = -1 if left < 0 else 1
    if amount > abs(left):
        raise RuleBroken(
            Breach(
                f"The amount {amount} is more than the {abs(left)} that {document.word} {key} has open",
                "operationFailed",
                pointer=pointer,
            )
        )
    currency, rate = _currency(ledger, document, key)
    is_all = amount == abs(left)
    taken = _take(open_lines, sign * amount, rate, currency)
    if is_all and line is None:
        taken = {number: open_lines[number] for number in open_lines if open_lines[number] != Used()}
    applied = [Applied(document, key, number, used) for number, used in taken.items()]
    for one in applied:
        _write(ledger, payment, detail, one)
    return applied


def _open_lines(ledger: Ledger, document: Document, key: int, line: int | None) -> dict[int, Used]:
    lines = document.lines
    used = of_document(ledger, document.name, key)
    found = ledger.rows(lines.name, lines.owner, key, ("key", lines.amount.txn, lines.amount.base))
    still_open: dict[int, Used] = {}
    for row in found:
        number = int(row["key"])
        if line is not None and number != line:
            continue
        posted, waiting = used.get(number, (Used(), Used()))
        taken = posted + waiting
        still_open[number] = Used(
            money(row[lines.amount.txn]) - taken.txn, money(row[lines.amount.base]) - taken.base
        )
    return still_open


def _take(open_lines: Mapping[int, Used], amount: Decimal, rate: Decimal, currency: str) -> dict[int, Used]:
    """Signed amounts of the lines that have the sign of the whole, in their order."""
    taken: dict[int, Used] = {}
    left = amount
    for number, one in open_lines.items():
        if left == 0 or one.txn == 0 or (one.txn < 0) != (left < 0):
            continue
        if abs(one.txn) <= abs(left):
            taken[number] = one
        else:
            taken[number] = Used(left, rounded(left * rate, currency))
        left -= taken[number].txn
    return taken


def _currency(ledger: Ledger, document: Document, key: int) -> tuple[str, Decimal]:
    paths = document.currency
    row = ledger.row(document.name, key, (paths.base, paths.rate))
    return str(row[paths.base]), Decimal(str(row[paths.rate] or 1))


def _write(ledger: Ledger, payment: Payment, detail: int, applied: Applied) -> None:
    ledger.store.execute(
        "INSERT INTO subledger_application SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?"
        " FROM subledger_application WHERE company_key = ?",
        (
            ledger.author.company_key,
            payment.name,
            payment.key,
            detail,
            applied.document.name,
            applied.document_key,
            applied.line_key,
            int(applied.used.txn * 100),
            int(applied.used.base * 100),
            int(payment.is_posted),
            ledger.author.company_key,
        ),
    )
