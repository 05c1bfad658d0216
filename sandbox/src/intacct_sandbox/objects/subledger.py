"""Bills and AR invoices: totals and due amounts from lines, states, and the partner's balance.

Both sides are one behaviour with other names (`Side`). Payments are not posted here: what was paid is read
from the lines as it stands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.behaviour import Behaviour, Draft, Ledger, check_period, money, refuse_state
from intacct_sandbox.objects.errors import Breach, RuleBroken

# States in which nothing has been posted.
UNPOSTED: Final = frozenset({"draft", "analyzing", "submitted", "partiallyApproved", "declined", "noValue"})
_REVERSED: Final = frozenset({"reversed", "reversal"})
_CURRENCY: Final = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side's names.

    Attributes:
        document: The object of the document.
        line: The object of its lines; `owner` is their reference to it.
        partner: The reference to whom it is with; `partner_object` is that object.
        day: The field of the document's date.
        record_type: Sage's word for the document.
        module: Field and word of the application that made the document.
        first_state: The state of a new document that is no draft.
    """

    document: str
    line: str
    owner: str
    partner: str
    partner_object: str
    day: str
    record_type: str
    module: tuple[str, str]
    first_state: str


PAYABLE: Final = Side(
    document="accounts-payable/bill",
    line="accounts-payable/bill-line",
    owner="bill",
    partner="vendor",
    partner_object="accounts-payable/vendor",
    day="createdDate",
    record_type="pi",
    module=("moduleName", "accountsPayable"),
    # §8.4 says that a bill's default state is draft.
    first_state="draft",
)
RECEIVABLE: Final = Side(
    document="accounts-receivable/invoice",
    line="accounts-receivable/invoice-line",
    owner="invoice",
    partner="customer",
    partner_object="accounts-receivable/customer",
    day="invoiceDate",
    record_type="ri",
    module=("moduleKey", "accountsReceivable"),
    # §8.3: absent means posted.
    first_state="posted",
)


def document(side: Side) -> Behaviour:
    """The behaviour of a side's documents."""
    return Behaviour(
        prepare=lambda ledger, draft: _prepare(side, ledger, draft),
        settle=lambda ledger, key: settle(side, ledger, key),
        release=lambda ledger, key: _release(side, ledger, key),
    )


def line(side: Side) -> Behaviour:
    """The behaviour of a side's lines."""
    return Behaviour(prepare=lambda ledger, draft: _prepare_line(side, ledger, draft))


def settle(side: Side, ledger: Ledger, key: int) -> None:
    """Work a document's amounts out from its lines, and its partner's balance from its documents."""
    row = ledger.row(side.document, key, ("state", side.partner, "currency.exchangeRate.rate"))
    lines = ledger.rows(side.line, side.owner, key, ("key", "txnAmount", *_PAID))
    if not lines:
        raise RuleBroken(Breach(f"A {side.owner} needs at least one line", pointer="/lines"))
    rate = Decimal(str(row["currency.exchangeRate.rate"] or 1))
    for one in lines:
        base = (money(one["txnAmount"]) * rate).quantize(Decimal("0.01"))
        ledger.put(side.line, int(one["key"]), {"baseAmount": base})
    total = sum((money(one["txnAmount"]) for one in lines), Decimal(0))
    base_total = sum(
        ((money(one["txnAmount"]) * rate).quantize(Decimal("0.01")) for one in lines), Decimal(0)
    )
    paid = sum((money(one[_PAID_TXN]) for one in lines), Decimal(0))
    base_paid = sum((money(one[_PAID_BASE]) for one in lines), Decimal(0))
    is_reversed = row["state"] in _REVERSED
    ledger.put(
        side.document,
        key,
        {
            "totalTxnAmount": total,
            "totalBaseAmount": base_total,
            "totalTxnAmountDue": Decimal(0) if is_reversed else total - paid,
            "totalBaseAmountDue": Decimal(0) if is_reversed else base_total - base_paid,
            _PAID_TXN: paid,
            _PAID_BASE: base_paid,
        },
    )
    if row[side.partner] is not None:
        balance(side, ledger, int(row[side.partner]))


def balance(side: Side, ledger: Ledger, partner: int) -> None:
    """Set a partner's balance: what its posted documents have open."""
    found = ledger.rows(side.document, side.partner, partner, ("state", "totalBaseAmountDue"))
    due = sum(
        (money(one["totalBaseAmountDue"]) for one in found if one["state"] not in UNPOSTED | _REVERSED),
        Decimal(0),
    )
    ledger.put(side.partner_object, partner, {"totalDue": due})


_PAID_TXN: Final = "paymentInformation.totalTxnAmountPaid"
_PAID_BASE: Final = "paymentInformation.totalBaseAmountPaid"
_PAID: Final = (_PAID_TXN, _PAID_BASE)


def _prepare(side: Side, ledger: Ledger, draft: Draft) -> None:
    refuse_state(draft, default=side.first_state)
    _check_partner(side, ledger, draft)
    if draft.is_new:
        draft.default("recordType", side.record_type)
        draft.default(*side.module)
        draft.default("currency.txnCurrency", _CURRENCY)
        draft.default("currency.baseCurrency", _CURRENCY)
        draft.default("currency.exchangeRate.rate", 1)
        draft.default("currency.exchangeRate.date", draft.values.get(side.day))
    else:
        _check_is_open(side, ledger, draft)
    posting = draft.values.get("postingDate") or draft.values.get(side.day)
    if draft.values.get("state") != "draft":
        check_period(ledger, posting, f"{draft.pointer}/{side.day}")
    if draft.is_new and "postingDate" in draft.definition.fields:
        draft.default("postingDate", draft.values.get(side.day))


def _check_partner(side: Side, ledger: Ledger, draft: Draft) -> None:
    """A document's partner is given at its create and active then."""
    partner = draft.links.get(side.partner)
    if partner is None:
        if side.partner in draft.links:
            raise RuleBroken(
                Breach(f"A {side.owner} needs a {side.partner}", pointer=f"{draft.pointer}/{side.partner}")
            )
        return
    if draft.key is not None:
        before = ledger.row(side.document, draft.key, (side.partner,))[side.partner]
        if before is not None and int(before) != partner:
            raise RuleBroken(
                Breach(
                    f"The {side.partner} of a {side.owner} cannot be changed",
                    pointer=f"{draft.pointer}/{side.partner}",
                )
            )
    if ledger.row(side.partner_object, partner, ("status",)).get("status") == "inactive":
        raise RuleBroken(
            Breach(
                f"The {side.partner} is inactive", "invalidRequest", pointer=f"{draft.pointer}/{side.partner}"
            )
        )


def _check_is_open(side: Side, ledger: Ledger, draft: Draft) -> None:
    """What was paid or reversed stays as it is."""
    state = ledger.row(side.document, draft.key or 0, ("state",))["state"]
    if state in {"paid", "partiallyPaid", "selected", "reversed", "reversal"}:
        raise RuleBroken(Breach(f"A {side.owner} in state {state} cannot be changed", "operationFailed"))


def _prepare_line(side: Side, ledger: Ledger, draft: Draft) -> None:
    owner = draft.links.get(side.owner)
    if owner is None and draft.key is not None:
        owner = ledger.row(side.line, draft.key, (side.owner,))[side.owner]
    row = ledger.row(side.document, int(owner or 0), (side.day, "currency.txnCurrency", side.partner))
    if draft.is_new and row:
        draft.default("createdDate", row[side.day])
        draft.default("currency.txnCurrency", row["currency.txnCurrency"])
        draft.default("currency.baseCurrency", _CURRENCY)
        draft.default("lineNumber", len(ledger.rows(side.line, side.owner, int(owner or 0), ("key",))) + 1)
        if draft.links.get(f"dimensions.{side.partner}") is None:
            draft.links[f"dimensions.{side.partner}"] = row[side.partner]
    check_dimensions(ledger, draft)


def check_dimensions(ledger: Ledger, draft: Draft) -> None:
    """The dimensions that a line's GL account requires (§8.3, `requireDimensions`).

    Raises:
        RuleBroken: One is missing, or the account takes no postings.
    """
    account = draft.links.get("glAccount")
    if account is None:
        return
    names = [
        path.removeprefix("dimensions.")
        for path in draft.definition.references
        if path.startswith("dimensions.")
        and f"requireDimensions.{path.removeprefix('dimensions.')}" in registry.ALL[_ACCOUNT].fields
    ]
    row = ledger.row(_ACCOUNT, account, ("status", *(f"requireDimensions.{name}" for name in names)))
    if row.get("status") == "inactive":
        raise RuleBroken(Breach("The GL account is inactive", pointer=f"{draft.pointer}/glAccount"))
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


def _release(side: Side, ledger: Ledger, key: int) -> Callable[[], None] | None:
    row = ledger.row(side.document, key, ("state", side.partner))
    if row["state"] in {"paid", "partiallyPaid", "selected", "reversed", "reversal"}:
        raise RuleBroken(
            Breach(f"A {side.owner} in state {row['state']} cannot be deleted", "operationFailed")
        )
    partner = row[side.partner]
    return (lambda: balance(side, ledger, int(partner))) if partner is not None else None


_ACCOUNT: Final = "general-ledger/account"
