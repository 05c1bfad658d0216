"""Master data: trees without circles, spans that end after they begin, names that follow from contacts.

Objects whose records have a `parent` of their own kind are trees, all of them alike; the others are named
here. What else holds of master data is in its definitions.
"""

from collections.abc import Callable, Mapping
from typing import Final

from intacct_sandbox.objects import postings, registry
from intacct_sandbox.objects.behaviour import Behaviour, Draft, Ledger, day
from intacct_sandbox.objects.definitions import Reference
from intacct_sandbox.objects.errors import Breach, RuleBroken

_PARENT: Final = "parent"
_CONTACT: Final = "company-config/contact"
_EMPLOYEE: Final = "company-config/employee"
# Object -> its first and last day.
_SPANS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    _EMPLOYEE: (("startDate", "endDate"),),
    "company-config/location": (("startDate", "endDate"),),
    "contracts/contract": (("startDate", "endDate"),),
    "contracts/contract-line": (("startDate", "endDate"),),
    "general-ledger/reporting-period": (("startDate", "endDate"),),
    "projects/project": (("startDate", "endDate"),),
    "projects/task": (("planned.startDate", "planned.endDate"), ("actual.startDate", "actual.endDate")),
}


def behaviours() -> dict[str, Behaviour]:
    """The behaviour of every object that has some of this, by name."""
    trees = {name for name, one in registry.ALL.items() if _is_tree(name, one.references)}
    names = sorted(trees | set(_SPANS) | {_CONTACT} | set(postings.BANKS))
    return {name: Behaviour(prepare=_prepare, release=_release_of(name)) for name in names}


def _is_tree(name: str, references: Mapping[str, Reference]) -> bool:
    return _PARENT in references and references[_PARENT].target == name


def _prepare(ledger: Ledger, draft: Draft) -> None:
    name = draft.definition.untyped_name
    if draft.links.get(_PARENT) is not None and _is_tree(name, draft.definition.references):
        _check_parent(ledger, draft, name)
    for first, last in _SPANS.get(name, ()):
        _check_span(ledger, draft, name, first, last)
    if name == _CONTACT and draft.is_new:
        _name_contact(draft)
    if name == _EMPLOYEE:
        _name_employee(ledger, draft)


def _check_parent(ledger: Ledger, draft: Draft, name: str) -> None:
    """A record is not below itself.

    Raises:
        RuleBroken: It would be.
    """
    above = draft.links[_PARENT]
    seen: set[int] = set()
    while above is not None and above not in seen:
        if above == draft.key:
            message = "A record cannot be below itself"
            raise RuleBroken(Breach(message, pointer=f"{draft.pointer}/{_PARENT}"))
        seen.add(above)
        above = ledger.row(name, above, (_PARENT,)).get(_PARENT)


def _check_span(ledger: Ledger, draft: Draft, name: str, first: str, last: str) -> None:
    kept = ledger.row(name, draft.key, (first, last)) if draft.key is not None else {}
    begins = day(draft.values[first] if first in draft.values else kept.get(first))
    ends = day(draft.values[last] if last in draft.values else kept.get(last))
    if begins is not None and ends is not None and ends < begins:
        at = f"{draft.pointer}/{(last if last in draft.values else first).replace('.', '/')}"
        raise RuleBroken(Breach(f"It ends on {ends.isoformat()}, before it begins", pointer=at))


def _name_contact(draft: Draft) -> None:
    """What is printed for a contact is its name, or that of its company."""
    parts = [draft.values.get(part) for part in ("firstName", "lastName")]
    name = " ".join(str(part) for part in parts if part)
    draft.default("printAs", name or draft.values.get("companyName"))


def _name_employee(ledger: Ledger, draft: Draft) -> None:
    """An employee is called like the contact, unless the payload says a name."""
    contact = draft.links.get("primaryContact")
    if contact is None or draft.values.get("name") is not None:
        return
    row = ledger.row(_CONTACT, contact, ("firstName", "lastName", "printAs"))
    name = " ".join(str(row[part]) for part in ("firstName", "lastName") if row.get(part))
    draft.values["name"] = name or row.get("printAs")


def _release_of(name: str) -> Callable[[Ledger, int], None] | None:
    """A bank account that money went through stays."""
    if name not in postings.BANKS:
        return None

    def release(ledger: Ledger, key: int) -> None:
        id_ = str(ledger.row(name, key, ("id",))["id"])
        if postings.is_bank_used(ledger, id_):
            raise RuleBroken(
                Breach(f"The {name} is used by payments and cannot be deleted", "operationFailed")
            )

    return release
