"""Workflows: doing an object's action to a record.

What actions there are and from which states they are legal is in `actions`. What follows from the new state
is the record's behaviour's affair; documents and payments are reversed by a second record (`reversals`).
"""

from collections.abc import Mapping
from typing import Any, Final

from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.objects import behaviours, documents, happenings, payloads, payments, registry, reversals
from intacct_sandbox.objects.actions import ALL, Action, Member
from intacct_sandbox.objects.behaviour import Author, Ledger, check_period, day, kind_of
from intacct_sandbox.objects.definitions import TYPE_MARK, Definition
from intacct_sandbox.objects.errors import BadPayload, Breach, NoSuchRecord, Problem, RuleBroken
from intacct_sandbox.objects.kinds import Native, stored
from intacct_sandbox.objects.lagging import written
from intacct_sandbox.objects.paths import href
from intacct_sandbox.objects.visibility import condition
from intacct_sandbox.store import Store

__all__ = ["ALL", "Action", "find", "missing", "run"]

_REVERSED_BY_ANOTHER: Final = frozenset({*documents.ALL, *payments.ALL})
# States that stand in Sage's example of an answer while the record keeps the one it has.
_KEPT: Final = {"reclassify"}
# Days on which something is posted; others only say from when on something holds.
_POSTING_DAYS: Final = frozenset(
    {"reverseDate", "reversedDate", "paymentDate", "glPostingDate", "actualPostingDate"}
)
_WRONG: Final[Mapping[Member, str]] = {
    "text": "must be a string",
    "texts": "must be an array of strings",
    "date": "must be a date such as 2026-01-31",
    "boolean": "must be true or false",
    "number": "must be a number",
}


def find(object_name: str, action: str) -> Action | None:
    """The action of an object; typed documents have those of the untyped one."""
    return ALL.get(f"{object_name.partition(TYPE_MARK)[0]}/{action}")


def run(
    store: Store, quirks: Quirks, author: Author, definition: Definition, action: str, body: object
) -> dict[str, Any]:
    """Do an action to the record that the payload names.

    Returns:
        What the answer shows: most often the reference and the state.

    Raises:
        ObjectsError: BadPayload, NoSuchRecord or RuleBroken; nothing is changed then.
        KeyError: There is no such action.
    """
    known = ALL[f"{definition.untyped_name}/{action}"]
    given = _request(definition, known, body)
    ledger = Ledger(store, quirks, author)
    number = _key(ledger, definition, known, given)
    name = definition.untyped_name
    with written(store, quirks, author.now):
        before = ledger.row(name, number, (known.state_field,))[known.state_field]
        if before not in known.legal:
            raise RuleBroken(Breach(f"A record in state {before} cannot {action}", "operationFailed"))
        _check_dates(ledger, known, given)
        state, answer = _states(known, action, name, quirks, before)
        if action == "reverse" and name in _REVERSED_BY_ANOTHER:
            _reverse(ledger, name, number, known, given)
            changes: dict[str, Native] = {}
        else:
            changes = {**_copied(known, given), **known.sets}
            if state is not None:
                changes[
                    known.state_field if known.state_field != "isReopened" else "reconciliationStatus"
                ] = state
        if known.changes:
            ledger.put(name, number, {**changes, **_stamp(definition, author)})
        behaviour = behaviours.of(name)
        if behaviour.settle is not None and changes:
            behaviour.settle(ledger, number)
        more = known.follows(ledger, number, given) if known.follows is not None else {}
        if known.changes:
            happened = happenings.seen(store, author, definition, number)
            happenings.remember(store, author, definition, "update", happened)
        shown = _shown(ledger, definition, number, answer)
    return {member: shown[member] for member in known.shows} | more


def _states(
    known: Action, action: str, name: str, quirks: Quirks, before: object
) -> tuple[str | None, str | None]:
    """The state to keep and the one to answer."""
    if name == "accounts-payable/bill" and action == "submit" and quirks.value("bill-approval") == "on":
        return "submitted", "submitted"
    if action in _KEPT:
        return str(before), known.answer
    return known.state, known.answer


def _shown(ledger: Ledger, definition: Definition, number: int, answer: str | None) -> dict[str, Any]:
    id_: object = number
    if definition.fields["id"].computed is None:
        id_ = ledger.row(definition.untyped_name, number, ("id",))["id"]
    return {"key": str(number), "id": str(id_), "href": href(definition.name, number), "state": answer}


def _reverse(ledger: Ledger, name: str, key: int, action: Action, given: Mapping[str, Any]) -> None:
    """Undo a record by a second one, dated as the request says or today."""
    said: dict[Member, Any] = {action.takes[member]: given.get(member) for member in action.takes}
    on = day(said.get("date")) or ledger.author.now.date()
    words = said.get("text")
    if name in payments.ALL:
        payments.reverse(payments.ALL[name], ledger, key, on=on, words=words)
    else:
        reversals.reverse_document(ledger, name, key, on=on, words=words)


def _request(definition: Definition, action: Action, body: object) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadPayload(Problem("type", "/", "/ must be an object"))
    problems = [
        Problem("unknown", f"/{name}", f"/{name} is not a valid field")
        for name in body
        if name != "key" and name not in action.takes
    ]
    key = body.get("key")
    if (not isinstance(key, str) or not key) and (action.find is None or key is not None):
        problems.append(Problem("required", "/key", "/key is required"))
    for name, kind in action.takes.items():
        value = body.get(name)
        if value is None and name in action.needs:
            problems.append(Problem("required", f"/{name}", f"/{name} is required"))
        elif value is not None and not _is(kind, value):
            problems.append(Problem("value", f"/{name}", f"/{name} {_WRONG[kind]}"))
    problems += _misfits(definition, action, body) if not problems else []
    if problems:
        raise BadPayload(*problems)
    return dict(body)


def _is(kind: Member, value: object) -> bool:
    if kind == "date":
        return payloads.is_date(value)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "texts":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if kind == "number":
        return isinstance(value, (str, int, float)) and not isinstance(value, bool)
    return isinstance(value, str)


def _misfits(definition: Definition, action: Action, body: Mapping[str, Any]) -> list[Problem]:
    """Members that their field does not keep."""
    problems = []
    for path, name in action.copies.items():
        try:
            stored(kind_of(definition, path), body.get(name))
        except (ArithmeticError, ValueError):
            problems.append(Problem("value", f"/{name}", f"/{name} {_WRONG[action.takes[name]]}"))
    return problems


def _key(ledger: Ledger, definition: Definition, action: Action, given: Mapping[str, Any]) -> int:
    key = given.get("key")
    if key is None and action.find is not None:
        number = action.find(ledger, given)
        key = str(number) if number is not None else ""
    key = str(key)
    if key.isascii() and key.isdigit() and len(key) <= 18:
        found = ledger.store.one(
            f"SELECT t.key FROM {definition.table} AS t"  # noqa: S608 - own names
            f" WHERE {condition(definition, ledger.author.scope)} AND t.key = ?",
            (int(key),),
        )
        if found is not None:
            return int(found[0])
    raise NoSuchRecord(definition.name, key)


def _check_dates(ledger: Ledger, action: Action, given: Mapping[str, Any]) -> None:
    for name, kind in action.takes.items():
        if kind == "date" and name in _POSTING_DAYS:
            check_period(ledger, day(given.get(name)), f"/{name}")


def _copied(action: Action, given: Mapping[str, Any]) -> dict[str, Native]:
    return {path: given[name] for path, name in action.copies.items() if given.get(name) is not None}


def _stamp(definition: Definition, author: Author) -> dict[str, Native]:
    if "audit.modifiedDateTime" not in definition.fields:
        return {}
    return {"audit.modifiedDateTime": author.now, "audit.modifiedByUser": author.user_key}


def missing() -> list[str]:
    """The actions of the catalogue that are not emulated."""
    every = [f"{one.name}/{action}" for one in registry.ALL.values() for action in one.workflows]
    return sorted(set(every) - set(ALL))
