"""The documents of the subledgers: bills, invoices, adjustments and advances, and where Sage keeps what.

All of them are one thing with lines, a total, an amount that is open and a partner; their fields are called
differently from one to the next (§10, no. 18). What happens to them is in `subledger` and `payments`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from intacct_sandbox.objects.kinds import Native

# States in which nothing has been posted.
UNPOSTED: Final = frozenset({"draft", "analyzing", "submitted", "partiallyApproved", "declined", "noValue"})
# States in which nothing is open any more, whatever the total.
REVERSED: Final = frozenset({"reversed", "reversal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Where an amount stands: in the currency of the transaction, and in the base currency."""

    txn: str
    base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """Where currencies and the rate between them stand; `rate_date` and `rate_type` belong to the rate."""

    txn: str
    base: str
    rate: str
    rate_date: str
    rate_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A document's lines.

    Attributes:
        name: Their object; `owner` is their reference to the document.
        amount: Their amounts.
        paid: What was paid of them; None where they do not say.
        selected: What payments under way will pay of them.
    """

    name: str
    owner: str
    amount: Amount
    currency: Currency
    paid: Amount | None = None
    selected: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One kind of document.

    Attributes:
        name: The object.
        word: What messages call it.
        side: Whether it is owed to vendors or by customers.
        partner: The reference to whom it is with; `partner_object` is that object.
        day: The field of its date.
        number: The field of the number that people know it by.
        first_state: The state of a new one that is no draft.
        defaults: What every new one says of itself.
        total: What its lines come to; `due` is what is open of that, `paid` and `selected` what is not.
        memo: Where a reversal's reason is written.
        bank: Where the bank account stands that money goes to or comes from; None where no money moves.
        in_balance: Whether its open amount is part of what the partner owes or is owed.
    """

    name: str
    word: str
    side: Literal["payable", "receivable"]
    partner: str
    partner_object: str
    day: str
    number: str
    first_state: str
    lines: Lines
    total: Amount
    due: Amount
    currency: Currency
    paid: Amount | None = None
    selected: Amount | None = None
    fully_paid: str | None = None
    bank: str | None = None
    in_balance: bool = True
    defaults: Mapping[str, Native] = field(default_factory=dict)

    @property
    def module(self) -> str:
        """Sage's word for the application that posts it."""
        return MODULES[self.side]


MODULES: Final[Mapping[str, str]] = {"payable": "3.AP", "receivable": "4.AR"}

_NESTED: Final = Currency(
    txn="currency.txnCurrency",
    base="currency.baseCurrency",
    rate="currency.exchangeRate.rate",
    rate_date="currency.exchangeRate.date",
    rate_type="currency.exchangeRate.typeId",
)
_PAID: Final = Amount(
    txn="paymentInformation.totalTxnAmountPaid", base="paymentInformation.totalBaseAmountPaid"
)
_SELECTED: Final = Amount(
    txn="paymentInformation.totalTxnAmountSelectedForPayment",
    base="paymentInformation.totalBaseAmountSelectedForPayment",
)
_PLAIN: Final = Amount(txn="txnAmount", base="baseAmount")
_ADVANCE_PAID: Final = Amount(txn="paymentInformation.txnTotalPaid", base="paymentInformation.totalPaid")
_ADVANCE_SELECTED: Final = Amount(
    txn="paymentInformation.txnTotalSelected", base="paymentInformation.totalSelected"
)
_ENTERED: Final = Amount(txn="txnTotalEntered", base="totalEntered")
_AR_ADJUSTMENT_CURRENCY: Final = Currency(
    txn="txnCurrency.currency",
    base="baseCurrency.currency",
    rate="exchangeRate.rate",
    rate_date="exchangeRate.date",
    rate_type="exchangeRate.typeId",
)


def _flat(prefix: str) -> Currency:
    return Currency(
        txn=f"{prefix}.txnCurrency",
        base=f"{prefix}.baseCurrency",
        rate=f"{prefix}.exchangeRate",
        rate_date=f"{prefix}.exchangeRateDate",
        rate_type=f"{prefix}.exchangeRateTypeId",
    )


BILL: Final = Document(
    name="accounts-payable/bill",
    word="bill",
    side="payable",
    partner="vendor",
    partner_object="accounts-payable/vendor",
    day="createdDate",
    number="billNumber",
    # §8.4 says that a bill's default state is draft.
    first_state="draft",
    lines=Lines(
        name="accounts-payable/bill-line",
        owner="bill",
        amount=_PLAIN,
        currency=_NESTED,
        paid=_PAID,
        selected=_SELECTED,
    ),
    total=Amount(txn="totalTxnAmount", base="totalBaseAmount"),
    due=Amount(txn="totalTxnAmountDue", base="totalBaseAmountDue"),
    paid=_PAID,
    selected=_SELECTED,
    currency=_NESTED,
    fully_paid="paymentInformation.fullyPaidDate",
    defaults={"recordType": "pi", "moduleName": "accountsPayable"},
)
INVOICE: Final = Document(
    name="accounts-receivable/invoice",
    word="invoice",
    side="receivable",
    partner="customer",
    partner_object="accounts-receivable/customer",
    day="invoiceDate",
    number="invoiceNumber",
    # §8.3: absent means posted.
    first_state="posted",
    lines=Lines(
        name="accounts-receivable/invoice-line",
        owner="invoice",
        amount=_PLAIN,
        currency=_NESTED,
        paid=_PAID,
        selected=_SELECTED,
    ),
    total=Amount(txn="totalTxnAmount", base="totalBaseAmount"),
    due=Amount(txn="totalTxnAmountDue", base="totalBaseAmountDue"),
    paid=_PAID,
    selected=_SELECTED,
    currency=_NESTED,
    fully_paid="paymentInformation.fullyPaidDate",
    defaults={"recordType": "ri", "moduleKey": "accountsReceivable"},
)
AP_ADJUSTMENT: Final = Document(
    name="accounts-payable/adjustment",
    word="adjustment",
    side="payable",
    partner="vendor",
    partner_object="accounts-payable/vendor",
    day="createdDate",
    number="adjustmentNumber",
    first_state="posted",
    lines=Lines(
        name="accounts-payable/adjustment-line",
        owner="apAdjustment",
        amount=_PLAIN,
        currency=_NESTED,
        paid=Amount(txn="paymentInformation.txnTotalPaid", base="paymentInformation.totalBaseAmountPaid"),
        selected=Amount(
            txn="paymentInformation.txnTotalSelected", base="paymentInformation.totalBaseAmountSelected"
        ),
    ),
    total=_ENTERED,
    due=Amount(txn="txnTotalDue", base="totalBaseAmountDue"),
    currency=_flat("currency"),
    defaults={"recordType": "pa", "moduleKey": "3.AP"},
)
AR_ADJUSTMENT: Final = Document(
    name="accounts-receivable/adjustment",
    word="adjustment",
    side="receivable",
    partner="customer",
    partner_object="accounts-receivable/customer",
    day="createdDate",
    number="adjustmentNumber",
    first_state="posted",
    lines=Lines(
        name="accounts-receivable/adjustment-line",
        owner="arAdjustment",
        amount=Amount(txn="txnCurrency.amount", base="baseCurrency.amount"),
        currency=_AR_ADJUSTMENT_CURRENCY,
    ),
    total=Amount(txn="txnCurrency.totalEntered", base="baseCurrency.totalAmountEntered"),
    due=Amount(txn="txnCurrency.totalDue", base="baseCurrency.totalDue"),
    paid=Amount(txn="txnCurrency.totalPaid", base="baseCurrency.totalPaid"),
    selected=Amount(txn="txnCurrency.totalSelected", base="baseCurrency.totalSelected"),
    currency=_AR_ADJUSTMENT_CURRENCY,
    defaults={"txnType": "ra", "moduleKey": "4.AR"},
)
AP_ADVANCE: Final = Document(
    name="accounts-payable/advance",
    word="advance",
    side="payable",
    partner="vendor",
    partner_object="accounts-payable/vendor",
    day="advanceDate",
    number="advanceNumber",
    first_state="posted",
    lines=Lines(
        name="accounts-payable/advance-line",
        owner="apAdvance",
        amount=_PLAIN,
        currency=_NESTED,
        paid=_ADVANCE_PAID,
        selected=_ADVANCE_SELECTED,
    ),
    total=_ENTERED,
    due=Amount(txn="txnTotalDue", base="totalDue"),
    paid=_ADVANCE_PAID,
    selected=_ADVANCE_SELECTED,
    currency=_NESTED,
    bank="financialEntity.entityId",
    in_balance=False,
    defaults={"recordType": "pr"},
)
AR_ADVANCE: Final = Document(
    name="accounts-receivable/advance",
    word="advance",
    side="receivable",
    partner="customer",
    partner_object="accounts-receivable/customer",
    day="paymentInformation.receiptDate",
    number="advanceNumber",
    first_state="posted",
    lines=Lines(
        name="accounts-receivable/advance-line",
        owner="arAdvance",
        amount=_PLAIN,
        currency=_NESTED,
        paid=_ADVANCE_PAID,
        selected=_ADVANCE_SELECTED,
    ),
    total=_ENTERED,
    due=Amount(txn="paymentInformation.totalTxnAmountDue", base="paymentInformation.totalDue"),
    paid=_ADVANCE_PAID,
    selected=_ADVANCE_SELECTED,
    currency=_flat("paymentInformation.currency"),
    bank="paymentInformation.financialEntity",
    in_balance=False,
    defaults={"recordType": "rr"},
)

ALL: Final[Mapping[str, Document]] = {
    one.name: one for one in (BILL, INVOICE, AP_ADJUSTMENT, AR_ADJUSTMENT, AP_ADVANCE, AR_ADVANCE)
}
