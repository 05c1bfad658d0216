"""Holding and resuming the schedules of contracts, their lines and their expenses.

What is held is noted where Sage's objects have a place for it: flags at the contract, days at its lines, the
status of an expense's schedules. The schedules' own lines are not recalculated.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from intacct_sandbox.objects.behaviour import Ledger
from intacct_sandbox.objects.errors import Breach, RuleBroken

_CONTRACT: Final = "contracts/contract"
_LINE: Final = "contracts/contract-line"
_EXPENSE: Final = "contracts/expense"
_SCHEDULE: Final = "contracts/expense-schedule"
_KINDS: Final = ("Billing", "Revenue", "Expense")
_JOURNALS: Final = ("expenseJournal1", "expenseJournal2")

Given = Mapping[str, Any]


def hold_line(ledger: Ledger, key: int, given: Given) -> dict[str, Any]:
    """Hold schedules of a contract's line from a day on."""
    for kind in _asked("hold", given):
        group = kind.lower()
        ledger.put(_LINE, key, {f"{group}.holdDate": given["asOfDate"], f"{group}.resumeDate": None})
        _note(ledger, key, group, given)
    return {}


def resume_line(ledger: Ledger, key: int, given: Given) -> dict[str, Any]:
    """Resume what is held of a contract's line.

    Raises:
        RuleBroken: It is not held.
    """
    for kind in _asked("resume", given):
        group = kind.lower()
        if ledger.row(_LINE, key, (f"{group}.holdDate",))[f"{group}.holdDate"] is None:
            raise RuleBroken(
                Breach(f"The {group} schedule is not on hold", "operationFailed", pointer=f"/resume{kind}")
            )
        ledger.put(_LINE, key, {f"{group}.holdDate": None, f"{group}.resumeDate": given["asOfDate"]})
        _note(ledger, key, group, given)
    return {}


def hold_contract(ledger: Ledger, key: int, given: Given) -> dict[str, Any]:
    """Hold schedules of a contract and of its lines, or of those lines that are named."""
    for line in _lines(ledger, key, given):
        hold_line(ledger, line, given)
    ledger.put(_CONTRACT, key, {f"hold{kind}": True for kind in _asked("hold", given)})
    return {}


def resume_contract(ledger: Ledger, key: int, given: Given) -> dict[str, Any]:
    """Resume what is held of a contract and of its lines, or of those lines that are named."""
    for line in _lines(ledger, key, given):
        resume_line(ledger, line, given)
    ledger.put(_CONTRACT, key, {f"hold{kind}": False for kind in _asked("resume", given)})
    return {}


def hold_expense(ledger: Ledger, key: int, _given: Given) -> dict[str, Any]:
    """Put the schedules of an expense on hold."""
    return _set_schedules(ledger, key, "onHold")


def resume_expense(ledger: Ledger, key: int, _given: Given) -> dict[str, Any]:
    """Resume the schedules of an expense."""
    return _set_schedules(ledger, key, "inProgress")


def _asked(verb: str, given: Given) -> tuple[str, ...]:
    return tuple(kind for kind in _KINDS if given.get(f"{verb}{kind}"))


def _note(ledger: Ledger, key: int, group: str, given: Given) -> None:
    if given.get("memo") is not None:
        ledger.put(_LINE, key, {f"{group}.memo": given["memo"]})


def _lines(ledger: Ledger, contract: int, given: Given) -> Iterator[int]:
    """A contract's lines; the keys of some stand in one text, between commas."""
    own = [int(row["key"]) for row in ledger.rows(_LINE, "contract", contract, ("key",))]
    named = given.get("contractLineKeys")
    if named is None:
        yield from own
        return
    for part in named.split(","):
        text = part.strip()
        if not (text.isascii() and text.isdigit()) or int(text) not in own:
            message = f"There is no {_LINE} with key {text} in the contract"
            raise RuleBroken(Breach(message, "invalidKey", pointer="/contractLineKeys"))
        yield int(text)


def _set_schedules(ledger: Ledger, key: int, status: str) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for journal in _JOURNALS:
        path = f"templates.{journal}.schedule"
        schedule = _schedule(ledger, key, path)
        if schedule is not None:
            ledger.put(_SCHEDULE, schedule, {"status": status})
        number = str(schedule) if schedule is not None else None
        shown[journal] = {
            "schedule": {"key": number, "id": number, "status": status if schedule is not None else None}
        }
    return {"templates": shown}


def _schedule(ledger: Ledger, key: int, path: str) -> int | None:
    """The schedule of a journal; the second one's is a plain key in Sage's examples."""
    column = path if path.endswith("Journal1.schedule") else f"{path}.key"
    found = ledger.row(_EXPENSE, key, (column,))[column]
    known = (
        ledger.row(_SCHEDULE, int(found), ("status",)) if found is not None and str(found).isdigit() else {}
    )
    return int(found) if found is not None and known else None
