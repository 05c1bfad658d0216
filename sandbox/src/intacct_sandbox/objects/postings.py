"""Postings: the lines that a subledger's record has in the general ledger, and which accounts they go to.

A record's postings always balance, in every entity; what is left by different rates of exchange is a realized
gain or loss. They are replaced as a whole when the record changes and mirrored when it is reversed. Journal
entries are lines of the ledger themselves and not posted here. Tables: `general_ledger.detail`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from decimal import Decimal
from typing import Final

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.behaviour import Ledger
from intacct_sandbox.objects.errors import Breach, RuleBroken
from intacct_sandbox.objects.general_ledger.detail import DIMENSIONS, FIRST_KEY

_ACCOUNT: Final = "general-ledger/account"
_CONTROL: Final[Mapping[str, str]] = {"payable": "payablesAccount", "receivable": "receivablesAccount"}
# Where bank accounts are kept; each names the GL account it posts to.
BANKS: Final = (
    "cash-management/checking-account",
    "cash-management/savings-account",
    "cash-management/credit-card-account",
)
# What names a bank account by its id.
_THROUGH_BANKS: Final = (
    "accounts-payable/advance",
    "accounts-payable/payment",
    "accounts-receivable/payment",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The record that is posted.

    Attributes:
        name: Its object.
        day: The day it is posted on.
        document: The number that people know it by.
    """

    name: str
    key: int
    module: str
    day: date
    document: str | None
    base_currency: str
    txn_currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One line: debits are above zero, credits below.

    Attributes:
        line: The record's own line it stands for.
        dimensions: Dimension -> key.
    """

    account: int
    base: Decimal
    txn: Decimal
    entity: int | None
    line: int | None = None
    dimensions: Mapping[str, int | None] = field(default_factory=dict)
    memo: str | None = None


def replace(ledger: Ledger, source: Source, postings: Iterable[Posting]) -> None:
    """Make these the postings of a record.

    Raises:
        RuleBroken: Rates leave a gain or loss, and the company has no account for it.
    """
    clear(ledger, source.name, source.key)
    wanted = [one for one in postings if one.base != 0 or one.txn != 0]
    for one in [*wanted, *_gains(ledger, wanted)]:
        _write(ledger, source, one)


def clear(ledger: Ledger, name: str, key: int) -> None:
    """Take a record's postings out of the ledger."""
    ledger.store.execute(
        "DELETE FROM gl_posting WHERE company_key = ? AND source = ? AND source_key = ?",
        (ledger.author.company_key, name, key),
    )


def mirror(ledger: Ledger, name: str, key: int, *, into: int, on: date) -> None:
    """Post a record's lines once more, the other way round and on another day, as another record's."""
    columns = ", ".join(f'"dimensions.{dimension}"' for dimension in DIMENSIONS)
    ledger.store.execute(
        "INSERT INTO gl_posting (company_key, key, entity_key, source, source_key, source_line, module,"  # noqa: S608 - own names
        " document, posted_on, account, side, base, txn, base_currency, txn_currency, memo, created_at,"
        f" {columns}) SELECT company_key, key + ? - ?, entity_key, source, ?, NULL, module, document, ?,"
        " account, CASE side WHEN 'debit' THEN 'credit' ELSE 'debit' END, base, txn, base_currency,"
        f" txn_currency, memo, ?, {columns} FROM gl_posting"
        " WHERE company_key = ? AND source = ? AND source_key = ?",
        (
            _next_key(ledger),
            _first_key(ledger, name, key),
            into,
            on.isoformat(),
            _now(ledger),
            ledger.author.company_key,
            name,
            key,
        ),
    )


def is_used(ledger: Ledger, account: int) -> bool:
    """Whether anything is posted to an account."""
    found = ledger.store.one(
        "SELECT 1 FROM gl_posting WHERE company_key = ? AND account = ? LIMIT 1",
        (ledger.author.company_key, account),
    )
    return found is not None


def is_bank_used(ledger: Ledger, id_: str) -> bool:
    """Whether a payment or an advance names a bank account."""
    path = '"financialEntity.entityId"'
    return any(
        ledger.store.one(
            f"SELECT 1 FROM {registry.ALL[name].table} WHERE company_key = ? AND {path} = ? LIMIT 1",  # noqa: S608 - own names
            (ledger.author.company_key, id_),
        )
        is not None
        for name in _THROUGH_BANKS
    )


def control_account(ledger: Ledger, side: str) -> int:
    """The account that holds what is owed to vendors or by customers.

    Raises:
        RuleBroken: The chart of accounts has none.
    """
    found = ledger.store.one(
        f"SELECT key FROM {registry.ALL[_ACCOUNT].table}"  # noqa: S608 - own names
        " WHERE company_key = ? AND alternativeGLAccount = ? ORDER BY id",
        (ledger.author.company_key, _CONTROL[side]),
    )
    if found is None:
        raise RuleBroken(
            Breach(f"No GL account has the alternativeGLAccount {_CONTROL[side]}", "invalidConfiguration")
        )
    return int(found[0])


def bank_account(ledger: Ledger, id_: str, pointer: str) -> int:
    """The GL account of a bank account.

    Raises:
        RuleBroken: There is no such bank account, or it names no GL account.
    """
    for name in BANKS:
        key = ledger.key_of(name, id_)
        if key is None:
            continue
        path = "accounting.glAccount"
        account = ledger.row(name, key, (path,)).get(path) if path in registry.ALL[name].references else None
        if account is None:
            raise RuleBroken(
                Breach(f"The bank account {id_} has no GL account", "invalidConfiguration", pointer=pointer)
            )
        return int(account)
    raise RuleBroken(Breach(f"There is no bank account with id {id_}", "invalidKey", pointer=pointer))


def _gains(ledger: Ledger, postings: Iterable[Posting]) -> list[Posting]:
    """What base amounts lack for balance, entity by entity."""
    sums: dict[int | None, Decimal] = defaultdict(Decimal)
    for one in postings:
        sums[one.entity] += one.base
    if not any(sums.values()):
        return []
    account = _gain_account(ledger)
    return [
        Posting(
            account=account, base=-left, txn=Decimal(0), entity=entity, memo="Realized exchange gain or loss"
        )
        for entity, left in sums.items()
        if left != 0
    ]


def _gain_account(ledger: Ledger) -> int:
    id_ = ledger.quirks.value("exchange-gain-loss-account")
    key = ledger.key_of(_ACCOUNT, id_)
    if key is None:
        raise RuleBroken(
            Breach(
                f"There is no GL account {id_} for realized exchange gains and losses", "invalidConfiguration"
            )
        )
    return key


def _write(ledger: Ledger, source: Source, one: Posting) -> None:
    # The side is that of the base amount; a gain or loss has no amount in another currency.
    is_debit = one.base > 0 or (one.base == 0 and one.txn > 0)
    columns = ", ".join(f'"dimensions.{dimension}"' for dimension in DIMENSIONS)
    marks = ", ".join("?" * (17 + len(DIMENSIONS)))
    ledger.store.execute(
        "INSERT INTO gl_posting (company_key, key, entity_key, source, source_key, source_line, module,"  # noqa: S608 - own names
        " document, posted_on, account, side, base, txn, base_currency, txn_currency, memo, created_at,"
        f" {columns}) VALUES ({marks})",
        (
            ledger.author.company_key,
            _next_key(ledger),
            one.entity,
            source.name,
            source.key,
            one.line,
            source.module,
            source.document,
            source.day.isoformat(),
            one.account,
            "debit" if is_debit else "credit",
            int(abs(one.base) * 100),
            int(abs(one.txn) * 100),
            source.base_currency,
            source.txn_currency,
            one.memo,
            _now(ledger),
            *(one.dimensions.get(dimension) for dimension in DIMENSIONS),
        ),
    )


def _next_key(ledger: Ledger) -> int:
    found = ledger.store.one(
        "SELECT max(key) FROM gl_posting WHERE company_key = ?", (ledger.author.company_key,)
    )
    return int(found[0]) + 1 if found is not None and found[0] is not None else FIRST_KEY


def _first_key(ledger: Ledger, name: str, key: int) -> int:
    found = ledger.store.one(
        "SELECT min(key) FROM gl_posting WHERE company_key = ? AND source = ? AND source_key = ?",
        (ledger.author.company_key, name, key),
    )
    return int(found[0]) if found is not None and found[0] is not None else 0


def _now(ledger: Ledger) -> str:
    moment = ledger.author.now.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return f"{moment.isoformat()}Z"
