"""The one register of objects: every definition the sandbox serves, by name.

An application joins by its data file and one line here.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from intacct_sandbox.objects.definitions import TYPE_MARK, Definition, ListOf, read, typed

APPLICATIONS: Final = (
    "accounts_payable",
    "accounts_receivable",
    "cash_management",
    "company_config",
    "consolidation",
    "construction",
    "construction_forecasting",
    "contracts",
    "core",
    "expenses",
    "fixed_assets",
    "general_ledger",
    "inventory_control",
    "order_entry",
    "projects",
    "purchasing",
    "reports",
    "tax",
    "time",
)

_HERE = Path(__file__).parent

ALL: Final[Mapping[str, Definition]] = {
    name: definition
    for application in APPLICATIONS
    for name, definition in read(_HERE / application / "definitions.json").items()
}


# Longer document types are not known to exist, and every one of them would be remembered.
_LONGEST_DOCUMENT: Final = 80


def find(name: str) -> Definition | None:
    """The object of that name, `accounts-payable/vendor`; None if the sandbox does not serve it.

    Objects of typed documents are also found as `order-entry/document::Sales Invoice`, whatever the type.
    """
    plain, mark, document = name.partition(TYPE_MARK)
    found = ALL.get(plain)
    if not mark or found is None:
        return found
    if not found.typed_methods or not document.strip() or len(document) > _LONGEST_DOCUMENT:
        return None
    return _typed(plain, document)


def find_short(name: str) -> Definition | None:
    """The one object that is called so without its application, `vendor`; an owned one if it alone is."""
    return _BY_SHORT_NAME.get(name)


def beside(definition: Definition, name: str | None) -> Definition | None:
    """The object of that name that a definition refers to; None if there is none."""
    if name is None:
        return None
    return definition.beside(name) if definition.beside is not None else find(name)


def way_back(owner: Definition, one: ListOf, target: Definition) -> str | None:
    """The reference of a list's elements that leads to the list's own record; None if there is none.

    Most owned objects have one owner. An object with two is listed by each under its own reference.
    """
    names = (owner.untyped_name,)
    if not one.owned or target.owner is None:
        return None
    if target.references[target.owner].target in names:
        return target.owner
    return next((path for path, other in target.references.items() if other.target in names), None)


def _short_names() -> dict[str, Definition]:
    found: dict[str, list[Definition]] = {}
    for definition in ALL.values():
        found.setdefault(definition.name.partition("/")[2], []).append(definition)
    return {name: alike[0] for name, alike in found.items() if len(alike) == 1}


_BY_SHORT_NAME: Final = _short_names()


@lru_cache(maxsize=256)
def _typed(plain: str, document: str) -> Definition:
    return typed(ALL[plain], document)
