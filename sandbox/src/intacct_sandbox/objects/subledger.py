"""Bills, AR invoices, adjustments and advances: amounts from lines, states, postings, the partner's balance.

All of them are one behaviour with other names (`documents`). What is paid of one is the sum of what payments
and memos applied to it (`applications`); what it has in the general ledger is written by `postings`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from intacct_sandbox.objects import applications, postings, registry
from intacct_sandbox.objects.applications import Used
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
from intacct_sandbox.objects.documents import ALL as DOCUMENTS
from intacct_sandbox.objects.documents import BILL, INVOICE, REVERSED, UNPOSTED, Amount, Document
from intacct_sandbox.objects.errors import Breach, RuleBroken
from intacct_sandbox.objects.general_ledger.detail import DIMENSIONS
from intacct_sandbox.objects.kinds import Native
from intacct_sandbox.objects.postings import Posting, Source

PAYABLE: Final = BILL
RECEIVABLE: Final = INVOICE

_ACCOUNT: Final = "general-ledger/account"
# States that follow from what is paid; from any of them a document may come to any other.
_SETTLED: Final = frozenset({"posted", "selected", "partiallyPaid", "paid"})
_NO_ACCOUNTING: Final = frozenset({"attachment"})
_FIXED: Final = frozenset({"paid", "partiallyPaid", "selected"}) | REVERSED
_ZERO: Final = Decimal(0)


def document(one: Document) -> Behaviour:
    """The behaviour of a kind of document."""
    return Behaviour(
        prepare=lambda ledger, draft: _prepare(one, ledger, draft),
        settle=lambda ledger, key: settle(one, ledger, key),
        release=lambda ledger, key: _release(one, ledger, key),
    )


def line(one: Document) -> Behaviour:
    """The behaviour of a kind of document's lines."""
    return Behaviour(prepare=lambda ledger, draft: _prepare_line(one, ledger, draft))


def settle(one: Document, ledger: Ledger, key: int) -> None:
    """Work a document's amounts and state out, post it, and work out its partner's balance.

    Raises:
        RuleBroken: It has no lines, or it cannot be posted.
    """
    lines = _figures(one, ledger, key)
    if not lines:
        raise RuleBroken(Breach(f"A {one.word} needs at least one line", pointer="/lines"))
    row = ledger.row(one.name, key, ("state", one.partner, one.day, *_optional(one, "postingDate")))
    state = _state(str(row["state"]), lines)
    total, paid, selected = (
        sum((getattr(figures, name) for figures in lines.values()), Used())
        for name in ("amount", "paid", "selected")
    )
    is_open = state not in REVERSED
    due = Used(total.txn - paid.txn, total.base - paid.base) if is_open else Used()
    ledger.put(
        one.name,
        key,
        {
            "state": state,
            **_shown(one.total, total),
            **_shown(one.due, due),
            **_shown(one.paid, paid),
            **_shown(one.selected, selected),
        },
    )
    _note_payment(one, ledger, key, state)
    _post(one, ledger, key, state, day(row.get("postingDate")) or day(row[one.day]))
    if row[one.partner] is not None:
        balance(one, ledger, int(row[one.partner]))


def balance(one: Document, ledger: Ledger, partner: int) -> None:
    """Set a partner's balance: what its posted documents have open, memos taken off.

    Advances are no part of it: they stand in an account of their own until they are applied.
    """
    due = _ZERO
    for other in DOCUMENTS.values():
        if other.partner_object != one.partner_object or not other.in_balance:
            continue
        found = ledger.rows(other.name, other.partner, partner, ("state", other.due.base, other.total.txn))
        for row in found:
            if row["state"] not in UNPOSTED | REVERSED:
                due += effect(ledger, other, money(row[other.total.txn])) * money(row[other.due.base])
    ledger.put(one.partner_object, partner, {"totalDue": due})


def effect(ledger: Ledger, one: Document, total: Decimal) -> int:
    """Whether amounts raise what is owed as they stand, 1, or lower it, -1 (quirk `adjustment-sign`)."""
    is_adjustment = one.name.endswith("/adjustment")
    return -1 if is_adjustment and total > 0 and ledger.quirks.value("adjustment-sign") == "lowers" else 1


@dataclass(frozen=True, slots=True)
class Offset:
    """Where the other side of a line is posted, and what it carries along."""

    account: int
    line_account: int
    dimensions: Mapping[str, int | None]
    memo: str | None


def offsets(one: Document, ledger: Ledger, key: int) -> dict[int, Offset]:
    """By line: its accounts and dimensions.

    Raises:
        RuleBroken: There is no account to post to.
    """
    definition = registry.ALL[one.lines.name]
    references = tuple(
        path
        for path in (
            "glAccount",
            "accountLabel",
            "overrideOffsetGLAccount",
            *(f"dimensions.{dimension}" for dimension in DIMENSIONS),
        )
        if path in definition.references
    )
    found = ledger.rows(one.lines.name, one.lines.owner, key, ("key", "memo", *references))
    default = _default_offset(one, ledger, key)
    return {
        int(row["key"]): Offset(
            account=int(row.get("overrideOffsetGLAccount") or default()),
            line_account=_line_account(one, ledger, row),
            dimensions={name: row.get(f"dimensions.{name}") for name in DIMENSIONS},
            memo=row["memo"],
        )
        for row in found
    }


def _default_offset(one: Document, ledger: Ledger, key: int) -> Callable[[], int]:
    def find() -> int:
        if one.bank is not None:
            return _bank(one, ledger, key)
        partner = ledger.row(one.name, key, (one.partner,))[one.partner]
        own = ledger.row(one.partner_object, int(partner or 0), ("overrideOffsetGLAccount",))
        return int(own.get("overrideOffsetGLAccount") or postings.control_account(ledger, one.side))

    return find


def _bank(one: Document, ledger: Ledger, key: int) -> int:
    path = one.bank or ""
    at = f"/{path.replace('.', '/')}"
    undeposited = "glAccount.undepositedGLAccountNumber"
    row = ledger.row(one.name, key, (path, *_optional(one, undeposited)))
    if row[path] is None and row.get(undeposited) is not None:
        account = ledger.key_of(_ACCOUNT, str(row[undeposited]))
        if account is not None:
            return account
    if path in registry.ALL[one.name].references and row[path] is not None:
        target = registry.ALL[one.name].references[path].target or ""
        return postings.bank_account(ledger, str(ledger.row(target, int(row[path]), ("id",)).get("id")), at)
    return postings.bank_account(ledger, str(row[path]), at)


def _line_account(one: Document, ledger: Ledger, row: Mapping[str, Any]) -> int:
    if row.get("glAccount") is not None:
        return int(row["glAccount"])
    label = row.get("accountLabel")
    if label is not None:
        name = registry.ALL[one.lines.name].references["accountLabel"].target or ""
        account = ledger.row(name, int(label), ("glAccount",)).get("glAccount")
        if account is not None:
            return int(account)
    raise RuleBroken(Breach(f"A line of the {one.word} has no GL account", pointer="/lines"))


def _post(one: Document, ledger: Ledger, key: int, state: str, on: date | None) -> None:
    if state in REVERSED:
        return
    if state in UNPOSTED or on is None:
        postings.clear(ledger, one.name, key)
        return
    row = ledger.row(one.name, key, (one.number, one.currency.base, one.currency.txn, one.total.txn))
    source = Source(
        name=one.name,
        key=key,
        module=one.module,
        day=on,
        document=row[one.number],
        base_currency=str(row[one.currency.base]),
        txn_currency=str(row[one.currency.txn]),
    )
    sign = effect(ledger, one, money(row[one.total.txn])) * (1 if one.side == "payable" else -1)
    postings.replace(ledger, source, _lines_of(one, ledger, key, sign))


def _lines_of(one: Document, ledger: Ledger, key: int, sign: int) -> Iterator[Posting]:
    """Each line on its own account, and the other way round on its offset."""
    entity = ledger.entity_of(one.name, key)
    amounts = one.lines.amount
    found = {
        int(row["key"]): row
        for row in ledger.rows(one.lines.name, one.lines.owner, key, ("key", amounts.txn, amounts.base))
    }
    for number, offset in offsets(one, ledger, key).items():
        base, txn = money(found[number][amounts.base]), money(found[number][amounts.txn])
        for account, side in ((offset.line_account, sign), (offset.account, -sign)):
            yield Posting(
                account=account,
                base=side * base,
                txn=side * txn,
                entity=entity,
                line=number,
                dimensions=offset.dimensions,
                memo=offset.memo,
            )


@dataclass(frozen=True, slots=True)
class _Figures:
    """A line's amounts."""

    amount: Used
    paid: Used
    selected: Used


def _figures(one: Document, ledger: Ledger, key: int) -> dict[int, _Figures]:
    """Work the lines' amounts out and write them."""
    row = ledger.row(one.name, key, (one.currency.rate, one.currency.base))
    rate, currency = Decimal(str(row[one.currency.rate] or 1)), str(row[one.currency.base])
    used = applications.of_document(ledger, one.name, key)
    lines: dict[int, _Figures] = {}
    for found in ledger.rows(one.lines.name, one.lines.owner, key, ("key", one.lines.amount.txn)):
        number, txn = int(found["key"]), money(found[one.lines.amount.txn])
        paid, selected = used.get(number, (Used(), Used()))
        lines[number] = _Figures(Used(txn, rounded(txn * rate, currency)), paid, selected)
        ledger.put(
            one.lines.name,
            number,
            {
                one.lines.amount.base: lines[number].amount.base,
                **_shown(one.lines.paid, paid),
                **_shown(one.lines.selected, selected),
            },
        )
    return lines


def _shown(where: Amount | None, used: Used) -> dict[str, Native]:
    return {} if where is None else {where.txn: used.txn, where.base: used.base}


def _optional(one: Document, *paths: str) -> tuple[str, ...]:
    return tuple(path for path in paths if path in registry.ALL[one.name].fields)


def _state(state: str, lines: Mapping[int, _Figures]) -> str:
    """The state that follows from what is paid, where the document is posted."""
    if state not in _SETTLED:
        return state
    total = sum((one.amount.txn for one in lines.values()), _ZERO)
    paid = sum((one.paid.txn for one in lines.values()), _ZERO)
    if total != 0 and paid == total:
        return "paid"
    if paid != 0:
        return "partiallyPaid"
    return "selected" if any(one.selected.txn for one in lines.values()) else "posted"


def _note_payment(one: Document, ledger: Ledger, key: int, state: str) -> None:
    """The day on which nothing was open any more."""
    if one.fully_paid is None:
        return
    noted = ledger.row(one.name, key, (one.fully_paid,))[one.fully_paid]
    if state != "paid":
        ledger.put(one.name, key, {one.fully_paid: None})
    elif noted is None:
        ledger.put(one.name, key, {one.fully_paid: ledger.author.now.date()})


# What is checked before a write


def _prepare(one: Document, ledger: Ledger, draft: Draft) -> None:
    refuse_state(draft, default=one.first_state)
    _check_partner(one, ledger, draft)
    if draft.is_new:
        for path, value in one.defaults.items():
            draft.default(path, value)
        draft.default(one.day, ledger.author.now.date())
        _prepare_currency(one, ledger, draft)
    else:
        _check_is_open(one, ledger, draft)
    posting = draft.values.get("postingDate") or draft.values.get(one.day)
    if draft.values.get("state") != "draft":
        check_period(ledger, posting, f"{draft.pointer}/{one.day.replace('.', '/')}")
    if draft.is_new and "postingDate" in draft.definition.fields:
        draft.default("postingDate", draft.values.get(one.day))


def _prepare_currency(one: Document, ledger: Ledger, draft: Draft) -> None:
    base = base_currency(ledger, ledger.author.scope.entity_key)
    settle_currency(ledger, draft, one.currency, on=draft.values.get(one.day), base=base)


def _check_partner(one: Document, ledger: Ledger, draft: Draft) -> None:
    """A document's partner is given at its create and active then."""
    partner = draft.links.get(one.partner)
    if partner is None:
        if one.partner in draft.links:
            raise RuleBroken(
                Breach(f"A {one.word} needs a {one.partner}", pointer=f"{draft.pointer}/{one.partner}")
            )
        return
    if draft.key is not None:
        before = ledger.row(one.name, draft.key, (one.partner,))[one.partner]
        if before is not None and int(before) != partner:
            raise RuleBroken(
                Breach(
                    f"The {one.partner} of a {one.word} cannot be changed",
                    pointer=f"{draft.pointer}/{one.partner}",
                )
            )
    check_active(ledger, one.partner_object, partner, f"{draft.pointer}/{one.partner}")


def check_active(ledger: Ledger, name: str, key: int, pointer: str) -> None:
    """Refuse a record that takes part in nothing new.

    Raises:
        RuleBroken: It is inactive; the message calls it by the end of its object's name.
    """
    if ledger.row(name, key, ("status",)).get("status") == "inactive":
        word = name.rpartition("/")[2]
        raise RuleBroken(Breach(f"The {word} is inactive", "invalidRequest", pointer=pointer))


def _check_is_open(one: Document, ledger: Ledger, draft: Draft) -> None:
    """What was paid or reversed stays as it is, but for what is attached to it."""
    if not draft.values and not draft.kept and set(draft.links) <= _NO_ACCOUNTING:
        return
    state = ledger.row(one.name, draft.key or 0, ("state",))["state"]
    if state in _FIXED:
        raise RuleBroken(Breach(f"A {one.word} in state {state} cannot be changed", "operationFailed"))


def _prepare_line(one: Document, ledger: Ledger, draft: Draft) -> None:
    lines = one.lines
    owner = draft.links.get(lines.owner)
    if owner is None and draft.key is not None:
        owner = ledger.row(lines.name, draft.key, (lines.owner,))[lines.owner]
    paths = one.currency
    row = ledger.row(
        one.name,
        int(owner or 0),
        (one.day, one.partner, paths.txn, paths.base, paths.rate, paths.rate_date, paths.rate_type, "state"),
    )
    if row and row["state"] in _FIXED:
        raise RuleBroken(Breach(f"A {one.word} in state {row['state']} cannot be changed", "operationFailed"))
    if draft.is_new and row:
        if "createdDate" in draft.definition.fields:
            draft.default("createdDate", row[one.day])
        for name in ("txn", "base", "rate", "rate_date", "rate_type"):
            draft.values[getattr(lines.currency, name)] = row[getattr(paths, name)]
        draft.default("lineNumber", len(ledger.rows(lines.name, lines.owner, int(owner or 0), ("key",))) + 1)
        if draft.links.get(f"dimensions.{one.partner}") is None:
            draft.links[f"dimensions.{one.partner}"] = row[one.partner]
    check_dimensions(ledger, draft)


def check_dimensions(ledger: Ledger, draft: Draft, account_path: str = "glAccount") -> None:
    """The dimensions that a line's GL account requires (§8.3, `requireDimensions`), and that all are active.

    Raises:
        RuleBroken: One is missing or inactive, or the account takes no postings.
    """
    _check_dimensions_are_active(ledger, draft)
    account = draft.links.get(account_path)
    if account is None:
        return
    target = draft.definition.references[account_path].target or _ACCOUNT
    names = [
        path.removeprefix("dimensions.")
        for path in draft.definition.references
        if path.startswith("dimensions.")
        and f"requireDimensions.{path.removeprefix('dimensions.')}" in registry.ALL[target].fields
    ]
    row = ledger.row(target, account, ("status", *(f"requireDimensions.{name}" for name in names)))
    if row.get("status") == "inactive":
        raise RuleBroken(Breach("The GL account is inactive", pointer=f"{draft.pointer}/{account_path}"))
    for name in names:
        if (
            row.get(f"requireDimensions.{name}")
            and draft.links.get(f"dimensions.{name}") is None
            and draft.is_new
        ):
            raise RuleBroken(
                Breach(
                    f"The GL account requires the dimension {name}",
                    pointer=f"{draft.pointer}/dimensions/{name}",
                )
            )


def _check_dimensions_are_active(ledger: Ledger, draft: Draft) -> None:
    for path, key in draft.links.items():
        if not path.startswith("dimensions.") or key is None:
            continue
        target = registry.find(draft.definition.references[path].target or "")
        if target is not None and "status" in target.fields:
            at = f"{draft.pointer}/{path.replace('.', '/')}"
            check_active(ledger, target.untyped_name, key, at)


def _release(one: Document, ledger: Ledger, key: int) -> Callable[[], None] | None:
    row = ledger.row(one.name, key, ("state", one.partner, one.day))
    if row["state"] in _FIXED:
        raise RuleBroken(Breach(f"A {one.word} in state {row['state']} cannot be deleted", "operationFailed"))
    if row["state"] not in UNPOSTED:
        check_period(ledger, row[one.day], f"/{one.day.replace('.', '/')}")
    postings.clear(ledger, one.name, key)
    partner = row[one.partner]
    return (lambda: balance(one, ledger, int(partner))) if partner is not None else None
