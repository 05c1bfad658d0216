"""Workflows: the actions that change a record's state, and from which states they are legal.

Actions, their request members and the states they answer with are Sage's own examples (catalogue,
`workflowStates`). From which states an action is legal is told by the words themselves, for no source lists
it: only what is a draft is submitted, only what was submitted is approved, only what was posted is reversed.
A workflow that is not here is not emulated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.objects import behaviours, payloads, registry
from intacct_sandbox.objects.behaviour import Author, Ledger, check_period, day
from intacct_sandbox.objects.definitions import TYPE_MARK, Definition
from intacct_sandbox.objects.errors import BadPayload, Breach, NoSuchRecord, Problem, RuleBroken
from intacct_sandbox.objects.kinds import Native
from intacct_sandbox.objects.lagging import written
from intacct_sandbox.objects.paths import href
from intacct_sandbox.objects.visibility import condition
from intacct_sandbox.store import Store

_UNSAVED: Final = (None, "draft", "declined")
_WAITING: Final = ("submitted", "partiallyApproved")
_POSTED: Final = (None, "posted", "approved", "completed", "confirmed", "delivered", "submitted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of an object.

    Attributes:
        legal: The states it is legal from; None is a record that never had one.
        answer: The state it answers with.
        stored: The state the record has afterwards, where that is another.
        takes: Members of the request beside `key` -> whether they are dates.
        copies: Those members that are fields of the record and are written to it.
    """

    legal: tuple[str | None, ...]
    answer: str
    stored: str | None = None
    takes: Mapping[str, bool]
    copies: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """The state the record has afterwards."""
        return self.stored or self.answer


def _submit(answer: str = "posted") -> Action:
    return Action(legal=_UNSAVED, answer=answer, takes={})


def _judge(answer: str, stored: str | None = None) -> Action:
    return Action(legal=_WAITING, answer=answer, stored=stored, takes={"notes": False})


def _reverse(when: str, text: str, answer: str = "reversed") -> Action:
    return Action(legal=_POSTED, answer=answer, takes={when: True, text: False})


def _reclassify(*fields: str) -> Action:
    takes = {"id": False} | {name: name.endswith("Date") for name in fields}
    return Action(legal=("posted", "partiallyPaid", "paid"), answer="posted", takes=takes, copies=fields)


ALL: Final[Mapping[str, Action]] = {
    "accounts-payable/adjustment/reverse": _reverse("reverseDate", "memo"),
    "accounts-payable/adjustment/submit": _submit(),
    "accounts-payable/advance/reverse": _reverse("reversedDate", "memo"),
    "accounts-payable/advance/submit": _submit(),
    # The answer says approved; the states of a bill have no such word (catalogue, known gaps).
    "accounts-payable/bill/approve": _judge("approved", "posted"),
    "accounts-payable/bill/decline": _judge("declined"),
    "accounts-payable/bill/recall": Action(legal=_WAITING, answer="draft", takes={}),
    "accounts-payable/bill/reverse": _reverse("reverseDate", "notes"),
    "accounts-payable/bill/submit": _submit(),
    "accounts-payable/payment/approve": _judge("approved"),
    "accounts-payable/payment/confirm": Action(legal=("approved", "delivered"), answer="confirmed", takes={}),
    "accounts-payable/payment/decline": _judge("declined"),
    "accounts-payable/payment/print": Action(legal=("approved",), answer="delivered", takes={}),
    "accounts-payable/payment/reverse": _reverse("paymentDate", "description"),
    "accounts-payable/payment/submit": _submit("submitted"),
    "accounts-payable/vendor/approve": Action(
        legal=(None, "s"), answer="approved", stored="a", takes={"notes": False}
    ),
    "accounts-payable/vendor/decline": Action(
        legal=(None, "s"), answer="declined", stored="r", takes={"notes": False}
    ),
    "accounts-receivable/adjustment/reclassify": _reclassify(
        "adjustmentNumber", "documentNumber", "description"
    ),
    "accounts-receivable/adjustment/reverse": _reverse("reversedDate", "memo", "reversal"),
    "accounts-receivable/adjustment/submit": _submit(),
    "accounts-receivable/advance/reverse": _reverse("reversedDate", "memo", "reversal"),
    "accounts-receivable/advance/submit": _submit(),
    "accounts-receivable/customer-refund/reverse": _reverse("reversedDate", "description", "voided"),
    "accounts-receivable/customer-refund/submit": _submit(),
    "accounts-receivable/invoice/reclassify": _reclassify(
        "invoiceNumber", "referenceNumber", "description", "dueDate"
    ),
    "accounts-receivable/invoice/reverse": _reverse("reversedDate", "memo"),
    "accounts-receivable/invoice/submit": _submit(),
    "accounts-receivable/payment/reverse": _reverse("reversedDate", "memo", "reversal"),
    "accounts-receivable/payment/submit": _submit("completed"),
    "cash-management/bank-fee/reverse": _reverse("reversedDate", "notes"),
    "cash-management/credit-card-fee/reverse": _reverse("reversedDate", "notes"),
    "cash-management/credit-card-txn/reverse": _reverse("reversedDate", "memo"),
    "cash-management/deposit/reverse": _reverse("reversedDate", "notes"),
    "cash-management/funds-transfer/reverse": _reverse("reversedDate", "memo"),
    "cash-management/other-receipt/reverse": _reverse("reversedDate", "notes"),
    "purchasing/document/approve": Action(
        legal=_WAITING, answer="approved", takes={"notes": False, "lineKeys": False}
    ),
    "purchasing/document/decline": Action(
        legal=_WAITING, answer="declined", takes={"notes": False, "lineKeys": False}
    ),
    "purchasing/document/submit": _submit("submitted"),
}


def find(object_name: str, action: str) -> Action | None:
    """The action of an object; typed documents have those of the untyped one."""
    return ALL.get(f"{object_name.partition(TYPE_MARK)[0]}/{action}")


def run(
    store: Store, quirks: Quirks, author: Author, definition: Definition, action: str, body: object
) -> dict[str, str]:
    """Do an action to the record that the payload names.

    Returns:
        The reference and the state that the answer shows.

    Raises:
        ObjectsError: BadPayload, NoSuchRecord or RuleBroken; nothing is changed then.
        KeyError: There is no such action.
    """
    known = ALL[f"{definition.untyped_name}/{action}"]
    key, given = _request(known, body)
    number = _key(store, author, definition, key)
    ledger = Ledger(store, quirks, author)
    name = definition.untyped_name
    with written(store, quirks, author.now):
        before = ledger.row(name, number, ("state",))["state"]
        if before not in known.legal:
            raise RuleBroken(Breach(f"A record in state {before} cannot {action}", "operationFailed"))
        state, answer = known.state, known.answer
        if name == "accounts-payable/bill" and action == "submit" and quirks.value("bill-approval") == "on":
            state = answer = "submitted"
        _check_dates(ledger, known, given)
        ledger.put(name, number, {"state": state, **_copied(known, given), **_stamp(definition, author)})
        behaviour = behaviours.of(name)
        if behaviour.settle is not None:
            behaviour.settle(ledger, number)
        id_ = number
        if definition.fields["id"].computed is None:
            id_ = ledger.row(name, number, ("id",))["id"]
    return {"key": str(number), "id": str(id_), "href": href(definition.name, number), "state": answer}


def _request(action: Action, body: object) -> tuple[str, dict[str, Any]]:
    if not isinstance(body, dict):
        raise BadPayload(Problem("type", "/", "/ must be an object"))
    problems = [
        Problem("unknown", f"/{name}", f"/{name} is not a valid field")
        for name in body
        if name != "key" and name not in action.takes
    ]
    key = body.get("key")
    if not isinstance(key, str) or not key:
        problems.append(Problem("required", "/key", "/key is required"))
    for name, is_date in action.takes.items():
        if is_date and body.get(name) is not None and not payloads.is_date(body[name]):
            problems.append(Problem("value", f"/{name}", f"/{name} must be a date such as 2026-01-31"))
    if problems:
        raise BadPayload(*problems)
    return str(key), {name: value for name, value in body.items() if name != "key"}


def _key(store: Store, author: Author, definition: Definition, key: str) -> int:
    if key.isascii() and key.isdigit() and len(key) <= 18:
        found = store.one(
            f"SELECT t.key FROM {definition.table} AS t"  # noqa: S608 - own names
            f" WHERE {condition(definition, author.scope)} AND t.key = ?",
            (int(key),),
        )
        if found is not None:
            return int(found[0])
    raise NoSuchRecord(definition.name, key)


def _check_dates(ledger: Ledger, action: Action, given: Mapping[str, Any]) -> None:
    for name, is_date in action.takes.items():
        if is_date:
            check_period(ledger, day(given.get(name)), f"/{name}")


def _copied(action: Action, given: Mapping[str, Any]) -> dict[str, Native]:
    return {name: given[name] for name in action.copies if isinstance(given.get(name), str)}


def _stamp(definition: Definition, author: Author) -> dict[str, Native]:
    if "audit.modifiedDateTime" not in definition.fields:
        return {}
    return {"audit.modifiedDateTime": author.now, "audit.modifiedByUser": author.user_key}


def missing() -> list[str]:
    """The actions of the catalogue that are not emulated."""
    every = [f"{one.name}/{action}" for one in registry.ALL.values() for action in one.workflows]
    return sorted(set(every) - set(ALL))
