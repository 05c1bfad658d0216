"""AP and AR payments: what they pay of which documents, from which account, and how they are undone.

A detail pays one document by cash and by what it takes from memos and advances. A posted payment lowers what
is open, one that is under way selects it, a draft does neither. Nothing is written that pays more than is
open. What was paid stays paid until the payment is reversed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from intacct_sandbox.objects import applications, postings, registry, subledger, summaries
from intacct_sandbox.objects.applications import Applied, Payment
from intacct_sandbox.objects.behaviour import Behaviour, Draft, Ledger, check_period, day, money, refuse_state
from intacct_sandbox.objects.currencies import base_currency, rounded, settle_currency
from intacct_sandbox.objects.definitions import Kind
from intacct_sandbox.objects.documents import ALL as DOCUMENTS
from intacct_sandbox.objects.documents import (
    AP_ADJUSTMENT,
    AP_ADVANCE,
    AR_ADJUSTMENT,
    AR_ADVANCE,
    BILL,
    INVOICE,
    MODULES,
    REVERSED,
    UNPOSTED,
    Currency,
    Document,
)
from intacct_sandbox.objects.errors import Breach, RuleBroken
from intacct_sandbox.objects.kinds import Native
from intacct_sandbox.objects.postings import Posting, Source

# States of a payment whose money has moved, and of one that waits for somebody.
POSTED: Final = frozenset({"confirmed", "complete", "completed"})
WAITING: Final = frozenset({"submitted", "partiallyApproved", "approved", "delivered"})

_CURRENCY: Final = Currency(
    txn="txnCurrency.currency",
    base="baseCurrency.currency",
    rate="exchangeRate.rate",
    rate_date="exchangeRate.date",
    rate_type="exchangeRate.typeId",
)
_CASH: Final = "paymentAmount"
_BANK: Final = "financialEntity.entityId"
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A document that a detail names.

    Attributes:
        reference: The detail's reference to it; `line` is the one to its line.
        amount: The member of the amount that is taken from it; None for what is paid.
    """

    document: Document
    reference: str
    line: str
    amount: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side's names.

    Attributes:
        name: The object of the payments; `details` and `lines` are what they own, by `owner`.
        pays: What a detail may pay.
        takes: What a detail may take towards it beside cash.
        paid_on: The field of the day on which it is paid.
        last_paid: Where the partner notes the day of its last payment; None where it does not.
        other_bank: The reference to a GL account that takes the place of a bank account.
    """

    name: str
    details: str
    lines: str
    owner: str
    partner: str
    partner_object: str
    side: str
    pays: tuple[Use, ...]
    takes: tuple[Use, ...]
    paid_on: str
    record_type: str
    summary: str
    summary_day: str
    last_paid: str | None = None
    other_bank: str | None = None


PAYABLE: Final = Side(
    name="accounts-payable/payment",
    details="accounts-payable/payment-detail",
    lines="accounts-payable/payment-line",
    owner="apPayment",
    partner="vendor",
    partner_object="accounts-payable/vendor",
    side="payable",
    pays=(
        Use(document=BILL, reference="bill", line="billLine"),
        Use(document=AP_ADJUSTMENT, reference="apCreditAdjustment", line="apCreditAdjustmentLine"),
    ),
    takes=(
        Use(
            document=AP_ADJUSTMENT,
            reference="apDebitAdjustment",
            line="apDebitAdjustmentLine",
            amount="adjustmentAmount",
        ),
        Use(
            document=AP_ADVANCE,
            reference="apPostedAdvance",
            line="apPostedAdvanceLine",
            amount="postedAdvanceAmount",
        ),
        Use(document=BILL, reference="inlineBill", line="inlineBillLine", amount="inlineAmount"),
    ),
    paid_on="txnPaidDate",
    record_type="apPayment",
    summary="accounts-payable/summary",
    summary_day="postingDate",
    last_paid="lastPaymentMadeDate",
)
RECEIVABLE: Final = Side(
    name="accounts-receivable/payment",
    details="accounts-receivable/payment-detail",
    lines="accounts-receivable/payment-line",
    owner="arPayment",
    partner="customer",
    partner_object="accounts-receivable/customer",
    side="receivable",
    pays=(
        Use(document=INVOICE, reference="arInvoice", line="arInvoiceLine"),
        Use(document=AR_ADJUSTMENT, reference="positiveAdjustment", line="positiveAdjustmentLine"),
    ),
    takes=(
        Use(
            document=AR_ADJUSTMENT,
            reference="arAdjustment",
            line="arAdjustmentLine",
            amount="adjustmentAmount",
        ),
        Use(
            document=AR_ADVANCE,
            reference="postedAdvance",
            line="postedAdvanceLine",
            amount="postedAdvanceAmount",
        ),
        Use(
            document=INVOICE,
            reference="negativeInvoice",
            line="negativeInvoiceLine",
            amount="negativeInvoiceAmount",
        ),
        Use(document=INVOICE, reference="inlineTxn", line="inlineTxnLine", amount="inlineAmount"),
    ),
    paid_on="paidDate",
    record_type="rp",
    summary="accounts-receivable/summary",
    summary_day="receiptDate",
    other_bank="undepositedGLAccount",
)
ALL: Final[Mapping[str, Side]] = {one.name: one for one in (PAYABLE, RECEIVABLE)}


def payment(side: Side) -> Behaviour:
    """The behaviour of a side's payments."""
    return Behaviour(
        prepare=lambda ledger, draft: _prepare(side, ledger, draft),
        settle=lambda ledger, key: settle(side, ledger, key),
        release=lambda ledger, key: _release(side, ledger, key),
    )


def settle(side: Side, ledger: Ledger, key: int) -> None:
    """Apply a payment as its state says, post it, and settle every document that it touches or touched.

    Raises:
        RuleBroken: It pays nothing, more than is open, or what it cannot pay.
    """
    state = str(ledger.row(side.name, key, ("state",))["state"])
    if state == "reversal":
        return
    touched = applications.documents_of(ledger, side.name, key)
    applications.forget(ledger, side.name, key)
    details = list(_details(side, ledger, key))
    if not details and state in POSTED | WAITING:
        raise RuleBroken(Breach("A payment needs at least one detail", pointer=f"/{_list(side)}"))
    paid: list[_Paid] = []
    if state in POSTED | WAITING:
        paid = [_apply(side, ledger, key, one, is_posted=state in POSTED) for one in details]
    _write_totals(side, ledger, key, state, details)
    _write_lines(side, ledger, key, paid)
    if state in POSTED:
        _post(side, ledger, key, paid)
        _note_last_payment(side, ledger, key)
    elif state not in REVERSED:
        postings.clear(ledger, side.name, key)
    touched += [(one.document.name, one.document_key) for part in paid for one in part.applied]
    for name, document in sorted(set(touched)):
        subledger.settle(DOCUMENTS[name], ledger, document)


def reverse(side: Side, ledger: Ledger, key: int, *, on: date, words: str | None) -> int:
    """Undo a posted payment: what it paid is open again.

    Returns:
        The key of the reversal.
    """
    negated = ("baseCurrency.totalAmount", "txnCurrency.totalAmount")
    row = ledger.row(side.name, key, negated)
    changes: dict[str, Native] = {path: -money(row[path]) for path in negated}
    changes |= {"state": "reversal", side.paid_on: on}
    if words is not None:
        changes["description"] = words
    made = ledger.copy(side.name, key, changes)
    postings.mirror(ledger, side.name, key, into=made, on=on)
    ledger.put(side.name, key, {"state": "reversed"})
    settle(side, ledger, key)
    return made


# Details


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A document of a detail, how much of it, and where the payload says so."""

    use: Use
    document: int
    line: int | None
    amount: Decimal
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Detail:
    """A detail, read: what it pays, by how much cash, and what it takes towards that."""

    key: int
    target: _Taken
    cash: Decimal
    sources: tuple[_Taken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paid:
    """A detail that was applied."""

    detail: _Detail
    target: list[Applied]
    sources: list[Applied]

    @property
    def applied(self) -> list[Applied]:
        return [*self.target, *self.sources]


def _details(side: Side, ledger: Ledger, key: int) -> Iterator[_Detail]:
    uses = (*side.pays, *side.takes)
    paths = [path for use in uses for path in (use.reference, use.line)]
    amounts = [f"txnCurrency.{use.amount}" for use in side.takes]
    rows = ledger.rows(
        side.details, side.owner, key, ("key", f"txnCurrency.{_CASH}", *dict.fromkeys([*paths, *amounts]))
    )
    for place, row in enumerate(rows):
        yield _detail(side, row, f"/{_list(side)}/{place}")


def _detail(side: Side, row: Mapping[str, Any], at: str) -> _Detail:
    named = [use for use in side.pays if row[use.reference] is not None]
    if len(named) != 1:
        wanted = " or ".join(use.reference for use in side.pays)
        raise RuleBroken(Breach(f"A detail pays one {wanted}", pointer=f"{at}/{side.pays[0].reference}"))
    cash = money(row[f"txnCurrency.{_CASH}"])
    sources = tuple(_sources(side, row, at))
    total = cash + sum((one.amount for one in sources), _ZERO)
    if cash < 0 or total <= 0:
        raise RuleBroken(Breach("A detail pays an amount above zero", pointer=f"{at}/txnCurrency/{_CASH}"))
    return _Detail(
        key=int(row["key"]),
        target=_taken(named[0], row, total, f"{at}/txnCurrency/{_CASH}"),
        cash=cash,
        sources=sources,
    )


def _sources(side: Side, row: Mapping[str, Any], at: str) -> Iterator[_Taken]:
    for use in side.takes:
        path = f"txnCurrency.{use.amount}"
        amount, pointer = _amount(side, path, row[path], at), f"{at}/txnCurrency/{use.amount}"
        if row[use.reference] is None:
            continue
        if amount <= 0:
            raise RuleBroken(Breach(f"{use.reference} needs an amount above zero", pointer=pointer))
        yield _taken(use, row, amount, pointer)


def _amount(side: Side, path: str, value: object, at: str) -> Decimal:
    """An amount; Sage's examples of some show no number, and so its field is plain text."""
    if registry.ALL[side.details].fields[path].kind is Kind.MONEY:
        return money(value if isinstance(value, int) else None)
    try:
        return Decimal(str(value or 0)).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise RuleBroken(Breach("An amount is a number", pointer=f"{at}/{path.replace('.', '/')}")) from None


def _taken(use: Use, row: Mapping[str, Any], amount: Decimal, pointer: str) -> _Taken:
    line = row[use.line]
    return _Taken(
        use=use,
        document=int(row[use.reference]),
        line=int(line) if line is not None else None,
        amount=amount,
        pointer=pointer,
    )


def _list(side: Side) -> str:
    return "details" if side is PAYABLE else "paymentDetails"


# Applying


def _apply(side: Side, ledger: Ledger, key: int, detail: _Detail, *, is_posted: bool) -> _Paid:
    payer = Payment(side.name, key, is_posted)

    def use(one: _Taken, sign: int) -> list[Applied]:
        _check_document(side, ledger, key, one, sign)
        return applications.apply(
            ledger,
            payer,
            detail.key,
            one.use.document,
            one.document,
            amount=one.amount,
            line=one.line,
            pointer=one.pointer,
        )

    paid = _Paid(
        detail=detail,
        target=use(detail.target, 1),
        sources=[applied for one in detail.sources for applied in use(one, -1)],
    )
    _complete(side, ledger, key, paid)
    return paid


def _check_document(side: Side, ledger: Ledger, key: int, one: _Taken, sign: int) -> None:
    """What is paid raises what is owed and what is taken lowers it; an advance is money to be taken."""
    document = one.use.document
    row = ledger.row(
        document.name, one.document, ("state", side.partner, document.total.txn, document.currency.txn)
    )
    payer = ledger.row(side.name, key, (side.partner, _CURRENCY.txn))
    if row["state"] in UNPOSTED | REVERSED:
        raise _no(one, f"The {document.word} {one.document} is in state {row['state']} and takes no payment")
    if row[side.partner] != payer[side.partner]:
        raise _no(one, f"The {document.word} {one.document} is another {side.partner}'s")
    if row[document.currency.txn] != payer[_CURRENCY.txn]:
        raise _no(
            one,
            f"The {document.word} {one.document} is in {row[document.currency.txn]},"
            f" the payment in {payer[_CURRENCY.txn]}",
        )
    total = money(row[document.total.txn])
    raises = subledger.effect(ledger, document, total) * total > 0
    if document.in_balance and raises != (sign > 0):
        raise _no(one, f"The {document.word} {one.document} {'raises' if raises else 'lowers'} what is owed")


def _no(one: _Taken, message: str) -> RuleBroken:
    at = one.pointer.rpartition("/txnCurrency/")[0]
    return RuleBroken(Breach(message, "operationFailed", pointer=f"{at}/{one.use.reference}"))


def _complete(side: Side, ledger: Ledger, key: int, paid: _Paid) -> None:
    """What a detail says of itself beside what was asked."""
    row = ledger.row(side.name, key, ("state", side.paid_on, _CURRENCY.txn, _CURRENCY.rate, _CURRENCY.base))
    fields = registry.ALL[side.details].fields
    rate = Decimal(str(row[_CURRENCY.rate] or 1))
    base = rounded(paid.detail.cash * rate, str(row[_CURRENCY.base]))
    values: dict[str, Native] = {
        "paymentDate": row[side.paid_on],
        "state": row["state"],
        "moduleKey": MODULES[side.side],
        "txnCurrency.currency": row[_CURRENCY.txn],
        f"baseCurrency.{_CASH}": base,
    }
    for one in paid.detail.sources:
        used = sum((part.used.base for part in paid.sources if part.document_key == one.document), _ZERO)
        values[f"baseCurrency.{one.use.amount}"] = abs(used)
    ledger.put(
        side.details, paid.detail.key, {path: value for path, value in values.items() if path in fields}
    )
    if len(paid.target) == 1 and paid.detail.target.line is None:
        ledger.put(side.details, paid.detail.key, {paid.detail.target.use.line: paid.target[0].line_key})


# What the payment itself says


def _write_totals(side: Side, ledger: Ledger, key: int, state: str, details: Iterable[_Detail]) -> None:
    row = ledger.row(side.name, key, (_CURRENCY.rate, _CURRENCY.base, _CURRENCY.txn, "paymentSummary"))
    currency = str(row[_CURRENCY.base])
    rate = Decimal(str(row[_CURRENCY.rate] or 1))
    cash = [one.cash for one in details]
    txn = sum(cash, _ZERO)
    base = sum((rounded(one * rate, currency) for one in cash), _ZERO)
    values: dict[str, Native] = {
        "financialEntity.txnAmount": txn,
        "financialEntity.baseAmount": base,
        "financialEntity.currency": row[_CURRENCY.txn],
        "financialEntity.baseCurrency": currency,
    }
    for group, amount in (("txnCurrency", txn), ("baseCurrency", base)):
        values[f"{group}.totalAmount"] = amount
        values[f"{group}.totalPaid"] = amount if state in POSTED else _ZERO
        values[f"{group}.totalSelected"] = amount if state in WAITING else _ZERO
        values[f"{group}.totalDue"] = _ZERO
    ledger.put(side.name, key, values)
    if row["paymentSummary"] is not None:
        summaries.add_up(ledger, side.summary, int(row["paymentSummary"]), payments=side.name)


def _write_lines(side: Side, ledger: Ledger, key: int, paid: Iterable[_Paid]) -> None:
    """One line for each detail: the account it clears, and the cash that clears it."""
    ledger.remove(side.lines, side.owner, key)
    row = ledger.row(side.name, key, ("state", _CURRENCY.base, _CURRENCY.txn, _CURRENCY.rate))
    rate = Decimal(str(row[_CURRENCY.rate] or 1))
    fields = registry.ALL[side.lines].fields
    entity = ledger.entity_of(side.name, key)
    for number, one in enumerate(paid, 1):
        target = one.detail.target
        offset = next(iter(subledger.offsets(target.use.document, ledger, target.document).values()))
        cash, base = one.detail.cash, rounded(one.detail.cash * rate, str(row[_CURRENCY.base]))
        values: dict[str, Native] = {side.owner: key, "glAccount": offset.account, "lineNumber": number}
        for group, amount in (("txnCurrency", cash), ("baseCurrency", base)):
            values[f"{group}.currency"] = row[getattr(_CURRENCY, group.removesuffix("Currency"))]
            values[f"{group}.amount"] = amount
            values[f"{group}.totalPaid"] = amount if row["state"] in POSTED else _ZERO
            values[f"{group}.totalSelected"] = amount if row["state"] in WAITING else _ZERO
        if "recordType" in fields:
            values["recordType"] = side.record_type
        for dimension, link in offset.dimensions.items():
            values[f"dimensions.{dimension}"] = link
        ledger.add(side.lines, values, entity_key=entity)


def _post(side: Side, ledger: Ledger, key: int, paid: Iterable[_Paid]) -> None:
    """Clear what was paid and what was taken, and move the cash; in each entity for itself."""
    row = ledger.row(
        side.name,
        key,
        (side.paid_on, "documentNumber", "description", _CURRENCY.base, _CURRENCY.txn, _CURRENCY.rate),
    )
    on = day(row[side.paid_on])
    if on is None:
        return
    source = Source(
        name=side.name,
        key=key,
        module=MODULES[side.side],
        day=on,
        document=row["documentNumber"],
        base_currency=str(row[_CURRENCY.base]),
        txn_currency=str(row[_CURRENCY.txn]),
    )
    rate = Decimal(str(row[_CURRENCY.rate] or 1))
    sign = 1 if side.side == "payable" else -1
    bank = _bank(side, ledger, key)
    lines: list[Posting] = []
    for one in paid:
        cleared = [_cleared(ledger, applied, sign) for applied in one.applied]
        cash = one.detail.cash
        moved = Posting(
            account=bank,
            base=-sign * rounded(cash * rate, source.base_currency),
            txn=-sign * cash,
            entity=cleared[0].entity,
            dimensions=cleared[0].dimensions,
            memo=row["description"],
        )
        lines += [*cleared, moved]
    postings.replace(ledger, source, lines)


def _cleared(ledger: Ledger, applied: Applied, sign: int) -> Posting:
    """The opposite of what a line's posting put on the account that holds what is open."""
    document = applied.document
    offset = subledger.offsets(document, ledger, applied.document_key)[applied.line_key]
    if document.in_balance:
        path = document.total.txn
        total = money(ledger.row(document.name, applied.document_key, (path,))[path])
        account, side = offset.account, sign * subledger.effect(ledger, document, total)
    else:
        account, side = offset.line_account, -sign
    return Posting(
        account=account,
        base=side * applied.used.base,
        txn=side * applied.used.txn,
        entity=ledger.entity_of(document.name, applied.document_key),
        line=None,
        dimensions=offset.dimensions,
        memo=offset.memo,
    )


def _bank(side: Side, ledger: Ledger, key: int) -> int:
    if side.other_bank is not None:
        row = ledger.row(side.name, key, (_BANK, side.other_bank))
        if row[_BANK] is None and row[side.other_bank] is not None:
            return int(row[side.other_bank])
    id_ = ledger.row(side.name, key, (_BANK,))[_BANK]
    return postings.bank_account(ledger, str(id_), f"/{_BANK.replace('.', '/')}")


# What is checked before a write


def _prepare(side: Side, ledger: Ledger, draft: Draft) -> None:
    first = ledger.quirks.value("new-ap-payments") if side is PAYABLE else "complete"
    refuse_state(draft, default=first)
    if not draft.is_new:
        _check_is_draft(side, ledger, draft)
    _check_partner(side, ledger, draft)
    _check_bank(side, ledger, draft)
    paid_on = _paid_on(side, ledger, draft)
    if draft.is_new:
        draft.values[side.paid_on] = paid_on
        draft.default("recordType", side.record_type)
        base = base_currency(ledger, ledger.author.scope.entity_key)
        settle_currency(ledger, draft, _CURRENCY, on=paid_on, base=base)
        if "txnDate" in draft.definition.fields:
            draft.default("txnDate", paid_on)
        draft.links["paymentSummary"] = summaries.of(
            ledger,
            side.summary,
            given=draft.links.get("paymentSummary"),
            on=paid_on,
            record_type=side.record_type,
            pointer=f"{draft.pointer}/paymentSummary",
        )
    if draft.values.get("state") != "draft":
        check_period(ledger, paid_on, f"{draft.pointer}/{side.paid_on}")


def _paid_on(side: Side, ledger: Ledger, draft: Draft) -> date:
    said = draft.members.get("paymentSummary", {}).get(side.summary_day)
    for given in (draft.values.get("paymentDate"), draft.values.get(side.paid_on)):
        found = day(given)
        if found is not None:
            return found
    if said is None:
        return ledger.author.now.date()
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        at = f"{draft.pointer}/paymentSummary/{side.summary_day}"
        raise RuleBroken(Breach("It must be a date such as 2026-01-31", pointer=at)) from None


def _check_partner(side: Side, ledger: Ledger, draft: Draft) -> None:
    partner = draft.links.get(side.partner)
    at = f"{draft.pointer}/{side.partner}"
    if partner is not None:
        subledger.check_active(ledger, side.partner_object, partner, at)
        held = ledger.row(side.partner_object, partner, ("isOnHold",))["isOnHold"]
        if side is PAYABLE and ledger.row(side.partner_object, partner, ("doNotPay",))["doNotPay"]:
            raise RuleBroken(Breach("The vendor is not to be paid (doNotPay)", "operationFailed", pointer=at))
        if side is PAYABLE and held:
            raise RuleBroken(Breach("The vendor is on hold", "operationFailed", pointer=at))
    elif draft.is_new or side.partner in draft.links:
        raise RuleBroken(Breach(f"A payment needs a {side.partner}", pointer=at))


def _check_bank(side: Side, ledger: Ledger, draft: Draft) -> None:
    given = draft.values.get(_BANK)
    at = f"{draft.pointer}/{_BANK.replace('.', '/')}"
    if isinstance(given, str):
        postings.bank_account(ledger, given, at)
    elif draft.is_new and (side.other_bank is None or draft.links.get(side.other_bank) is None):
        raise RuleBroken(Breach("A payment needs a bank account", pointer=at))


def _check_is_draft(side: Side, ledger: Ledger, draft: Draft) -> None:
    state = ledger.row(side.name, draft.key or 0, ("state",))["state"]
    if state not in {"draft", "declined"}:
        raise RuleBroken(Breach(f"A payment in state {state} cannot be changed", "operationFailed"))


def _release(side: Side, ledger: Ledger, key: int) -> Callable[[], None] | None:
    state = ledger.row(side.name, key, ("state",))["state"]
    if state not in {"draft", "declined", None}:
        raise RuleBroken(Breach(f"A payment in state {state} cannot be deleted", "operationFailed"))
    return None


def _note_last_payment(side: Side, ledger: Ledger, key: int) -> None:
    """The day of a partner's last payment, where the partner notes it."""
    if side.last_paid is None:
        return
    row = ledger.row(side.name, key, (side.partner, side.paid_on))
    before = ledger.row(side.partner_object, int(row[side.partner]), (side.last_paid,))[side.last_paid]
    if row[side.paid_on] is not None and (before is None or before < row[side.paid_on]):
        ledger.put(side.partner_object, int(row[side.partner]), {side.last_paid: row[side.paid_on]})
