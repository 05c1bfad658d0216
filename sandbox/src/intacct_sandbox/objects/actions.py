"""The actions of objects: from which states they are legal, what they take, do and answer.

Actions, their request members and the states they answer with are Sage's own examples (catalogue,
`workflowStates`). From which states an action is legal is told by the words themselves, for no source lists
it: only what is a draft is submitted, only what was submitted is approved, only what was posted is reversed.
An action that is not here is not emulated.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from intacct_sandbox.objects.behaviour import Ledger
from intacct_sandbox.objects.cash_management import reconciliations
from intacct_sandbox.objects.contracts import schedules
from intacct_sandbox.objects.kinds import Native

Member = Literal["text", "texts", "date", "boolean", "number"]
Given = Mapping[str, Any]
# What follows from an action beside the state, and further members of its answer.
Follow = Callable[[Ledger, int, Given], dict[str, Any]]

_UNSAVED: Final = (None, "draft", "declined")
_WAITING: Final = ("submitted", "partiallyApproved")
_POSTED: Final = (None, "posted", "complete", "completed", "confirmed")
_RUNNING: Final = ("inProgress", "revalued")
_CANCELLED: Final = ("canceled", "cancelled")
_MATCHING: Final = "reconciliationInformation.status"
_ALL: Final = ("key", "id", "href", "state")
_NO_ID: Final = ("key", "state", "href")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of an object.

    Attributes:
        state_field: The field that the legal states are of.
        legal: The states it is legal from; None is a record that never had one.
        answer: The state it answers with; None where the state is left alone.
        stored: The state the record has afterwards, where that is another.
        takes: Members of the request beside `key`.
        needs: Those that must be there.
        copies: Fields of the record that are written -> the member they are taken from.
        sets: Fields of the record that are written whatever the request says.
        shows: What the answer shows of key, id, href and state.
        follows: What else is done and shown.
        find: Finds the record where the request has no key.
        changes: Whether the record counts as modified.
    """

    legal: tuple[str | int | None, ...]
    answer: str | None
    takes: Mapping[str, Member]
    state_field: str = "state"
    stored: str | None = None
    needs: tuple[str, ...] = ()
    copies: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, Native] = field(default_factory=dict)
    shows: tuple[str, ...] = _ALL
    follows: Follow | None = None
    find: Callable[[Ledger, Given], int | None] | None = None
    changes: bool = True

    @property
    def state(self) -> str | None:
        """The state the record has afterwards; None where it is left alone."""
        return self.stored or self.answer


def _submit(answer: str = "posted") -> Action:
    return Action(legal=_UNSAVED, answer=answer, takes={})


def _judge(answer: str, stored: str | None = None) -> Action:
    return Action(legal=_WAITING, answer=answer, stored=stored, takes={"notes": "text"})


def _reversal(when: str, text: str, answer: str = "reversed") -> Action:
    return Action(legal=_POSTED, answer=answer, takes={when: "date", text: "text"})


def _reclassify(*fields: str) -> Action:
    takes: dict[str, Member] = {"id": "text"}
    takes |= {name: "date" if name.endswith("Date") else "text" for name in fields}
    return Action(
        # What is paid keeps its state; the answer says posted all the same.
        legal=("posted", "partiallyPaid", "paid"),
        answer="posted",
        takes=takes,
        copies={name: name for name in fields},
    )


def _reopen(account: str, reference: str, state: str | None) -> Action:
    return Action(
        state_field="isReopened",
        legal=(None, 0),
        answer=state,
        takes={account: "text", "reconciliationDate": "date"},
        sets={"isReopened": True, "reconciliationStatus": "reopened"},
        shows=("key",) if state is None else ("key", "state"),
        follows=reconciliations.reopened(account, reference),
        find=reconciliations.find(account, reference),
    )


def _start(**copies: str) -> Action:
    return Action(
        legal=(None, "draft", "inProgress"),
        answer="inProgress",
        takes={"glPostingDate": "date", "postMemo": "text"},
        copies=copies,
        shows=_NO_ID,
    )


def _stay() -> Action:
    return Action(legal=_RUNNING, answer="inProgress", takes={}, shows=_NO_ID)


def _uncancel(date_field: str) -> Action:
    return Action(legal=_CANCELLED, answer="inProgress", takes={}, sets={date_field: None}, shows=_NO_ID)


def _revalue(copies: Mapping[str, str]) -> Action:
    takes: dict[str, Member] = {"revaluedDate": "date"}
    takes |= {name: "text" if name == "rate" else "number" for name in copies.values()}
    return Action(
        legal=_RUNNING,
        answer="revalued",
        takes=takes,
        needs=("revaluedDate",),
        copies=copies,
        shows=_NO_ID,
    )


def _hold(follows: Follow, **more: Member) -> Action:
    return Action(
        legal=_RUNNING,
        answer="inProgress",
        takes={
            "asOfDate": "date",
            "memo": "text",
            "holdBilling": "boolean",
            "holdRevenue": "boolean",
            "holdExpense": "boolean",
            **more,
        },
        needs=("asOfDate",),
        shows=_NO_ID,
        follows=follows,
    )


def _resume(follows: Follow, **more: Member) -> Action:
    return Action(
        legal=_RUNNING,
        answer="inProgress",
        takes={
            "asOfDate": "date",
            "memo": "text",
            "resumeBilling": "boolean",
            "resumeRevenue": "boolean",
            "resumeExpense": "boolean",
            "revenueAdjustmentType": "text",
            **more,
        },
        needs=("asOfDate",),
        shows=_NO_ID,
        follows=follows,
    )


def _of_expense(follows: Follow) -> Action:
    return Action(
        legal=_RUNNING,
        answer="inProgress",
        takes={"asOfDate": "date"},
        needs=("asOfDate",),
        shows=_NO_ID,
        follows=follows,
    )


def _post_scheduled() -> Action:
    return Action(
        legal=(None, "open"),
        answer="posted",
        takes={"actualPostingDate": "date"},
        copies={"actualPostingDate": "actualPostingDate"},
        sets={"posted": True},
        shows=_NO_ID,
    )


def _unpost_scheduled() -> Action:
    return Action(
        legal=("posted",),
        answer="open",
        takes={},
        sets={"posted": False, "actualPostingDate": None},
        shows=_NO_ID,
    )


def released(_ledger: Ledger, _key: int, _given: Given) -> dict[str, Any]:
    """What the release of a bill's line answers beside its reference."""
    return {"releaseToPay": True}


ALL: Final[Mapping[str, Action]] = {
    "accounts-payable/adjustment/reverse": _reversal("reverseDate", "memo"),
    "accounts-payable/adjustment/submit": _submit(),
    "accounts-payable/advance/reverse": _reversal("reversedDate", "memo"),
    "accounts-payable/advance/submit": _submit(),
    # The answer says approved; the states of a bill have no such word (catalogue, known gaps).
    "accounts-payable/bill/approve": _judge("approved", "posted"),
    "accounts-payable/bill/decline": _judge("declined"),
    "accounts-payable/bill/recall": Action(legal=_WAITING, answer="draft", takes={}),
    "accounts-payable/bill/reverse": _reversal("reverseDate", "notes"),
    "accounts-payable/bill/submit": _submit(),
    "accounts-payable/payment/approve": _judge("approved"),
    "accounts-payable/payment/confirm": Action(legal=("approved", "delivered"), answer="confirmed", takes={}),
    "accounts-payable/payment/decline": _judge("declined"),
    "accounts-payable/payment/print": Action(legal=("approved",), answer="delivered", takes={}),
    "accounts-payable/payment/reverse": _reversal("paymentDate", "description"),
    "accounts-payable/payment/submit": _submit("submitted"),
    "accounts-payable/vendor/approve": Action(
        legal=(None, "s"), answer="approved", stored="a", takes={"notes": "text"}
    ),
    "accounts-payable/vendor/decline": Action(
        legal=(None, "s"), answer="declined", stored="r", takes={"notes": "text"}
    ),
    "accounts-receivable/adjustment/reclassify": _reclassify(
        "adjustmentNumber", "documentNumber", "description"
    ),
    "accounts-receivable/adjustment/reverse": _reversal("reversedDate", "memo", "reversal"),
    "accounts-receivable/adjustment/submit": _submit(),
    "accounts-receivable/advance/reverse": _reversal("reversedDate", "memo", "reversal"),
    "accounts-receivable/advance/submit": _submit(),
    "accounts-receivable/customer-refund/reverse": _reversal("reversedDate", "description", "voided"),
    "accounts-receivable/customer-refund/submit": _submit(),
    # The document itself, and its address in the answer, are the API's affair.
    "accounts-receivable/invoice/generate-pdf": Action(
        legal=(*_UNSAVED, *_WAITING, "posted", "selected", "partiallyPaid", "paid", "reversed", "reversal"),
        answer=None,
        takes={},
        shows=("key", "id", "href"),
        changes=False,
    ),
    "accounts-receivable/invoice/reclassify": _reclassify(
        "invoiceNumber", "referenceNumber", "description", "dueDate"
    ),
    "accounts-receivable/invoice/reverse": _reversal("reversedDate", "memo"),
    "accounts-receivable/invoice/submit": _submit(),
    "accounts-receivable/payment/reverse": _reversal("reversedDate", "memo", "reversal"),
    "accounts-receivable/payment/submit": Action(
        legal=_UNSAVED, answer="completed", stored="complete", takes={}
    ),
    "cash-management/bank-fee/reverse": _reversal("reversedDate", "notes"),
    "cash-management/credit-card-fee/reverse": _reversal("reversedDate", "notes"),
    "cash-management/credit-card-txn/reverse": _reversal("reversedDate", "memo"),
    "cash-management/deposit/reverse": _reversal("reversedDate", "notes"),
    "cash-management/funds-transfer/reverse": _reversal("reversedDate", "memo"),
    "cash-management/other-receipt/reverse": _reversal("reversedDate", "notes"),
    "purchasing/document/approve": Action(
        legal=_WAITING, answer="approved", takes={"notes": "text", "lineKeys": "texts"}
    ),
    "purchasing/document/decline": Action(
        legal=_WAITING, answer="declined", takes={"notes": "text", "lineKeys": "texts"}
    ),
    "purchasing/document/submit": _submit("submitted"),
    "accounts-payable/bill-line/release": Action(
        state_field="releaseToPay",
        legal=(None, 0),
        answer=None,
        sets={"releaseToPay": True},
        takes={},
        shows=("key", "id", "href"),
        follows=released,
    ),
    "cash-management/bank-reconciliation/reopen": _reopen("bankAccountId", "bankAccount", "reopened"),
    "cash-management/bank-transaction/assign-customer": Action(
        state_field=_MATCHING,
        legal=(None, "unmatched", "partiallyMatched"),
        answer=None,
        takes={"customerId": "text"},
        needs=("customerId",),
        shows=("key",),
        follows=reconciliations.assign_customer,
    ),
    "cash-management/bank-transaction/ignore": Action(
        state_field=_MATCHING, legal=(None, "unmatched"), answer="ignored", takes={}, shows=("key", "state")
    ),
    "cash-management/bank-transaction/stop-ignoring": Action(
        state_field=_MATCHING, legal=("ignored",), answer="unmatched", takes={}, shows=("key", "state")
    ),
    "cash-management/credit-card-reconciliation/reopen": _reopen(
        "creditCardAccountId", "creditCardAccount", None
    ),
    "contracts/contract-line/deliver": Action(
        legal=_RUNNING,
        answer="delivered",
        stored="inProgress",
        takes={"deliveryDate": "date"},
        needs=("deliveryDate",),
        copies={"deliveryDate": "deliveryDate"},
        sets={"deliveryStatus": "delivered"},
        shows=_NO_ID,
    ),
    "contracts/contract-line/hold-schedules": _hold(schedules.hold_line),
    "contracts/contract-line/post": _start(postingDate="glPostingDate", memo="postMemo"),
    "contracts/contract-line/reestimate": _revalue(
        {
            "billing.quantity": "quantity",
            "billing.rate": "rate",
            "billing.flatFixedAmount": "flatFixedAmount",
        }
    ),
    "contracts/contract-line/resume-schedules": _resume(schedules.resume_line),
    "contracts/contract-line/revalue": _revalue({}),
    "contracts/contract-line/uncancel": _uncancel("cancelationDate"),
    "contracts/contract/clear-all-mea": _stay(),
    "contracts/contract/clear-last-active-mea": _stay(),
    "contracts/contract/expire": Action(legal=_RUNNING, answer="notRenewed", takes={}, shows=_NO_ID),
    "contracts/contract/hold-schedules": _hold(schedules.hold_contract, contractLineKeys="text"),
    "contracts/contract/post": _start(postMemo="postMemo"),
    "contracts/contract/renew": Action(legal=_RUNNING, answer="renewed", takes={}, shows=_NO_ID),
    "contracts/contract/resume-schedules": _resume(schedules.resume_contract, contractLineKeys="text"),
    "contracts/contract/uncancel": _uncancel("cancellationDate"),
    "contracts/expense-schedule-line/post": _post_scheduled(),
    "contracts/expense-schedule-line/unpost": _unpost_scheduled(),
    "contracts/expense/hold-schedules": _of_expense(schedules.hold_expense),
    "contracts/expense/post": _start(postingDate="glPostingDate", memo="postMemo"),
    "contracts/expense/resume-schedules": _of_expense(schedules.resume_expense),
    "contracts/revenue-schedule-line/post": _post_scheduled(),
    "contracts/revenue-schedule-line/unpost": _unpost_scheduled(),
    "general-ledger/account-allocation-run/restart": Action(
        legal=("failed", "partialSuccess"), answer="queued", takes={}
    ),
}
