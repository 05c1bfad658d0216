"""Objects of which a company has one record: its preferences. It is found under `setup` in place of a key.

Sage documents two of them so; a third, `multi-entity-preference`, is documented with a key and read under
`setup` by a client in production. Here both lead to the record. A record that cannot be created is there from
the start (`fixtures`); one that can is there once it is created.
"""

from typing import Final

from intacct_sandbox.objects.definitions import Definition
from intacct_sandbox.objects.visibility import Scope
from intacct_sandbox.store import Store

SETUP: Final = "setup"


def key_of(store: Store, definition: Definition, scope: Scope) -> int | None:
    """The key of the company's one record; None while there is none."""
    row = store.one(
        f"SELECT min(key) FROM {definition.table} WHERE company_key = ?",  # noqa: S608 - own names
        (scope.company_key,),
    )
    return int(row[0]) if row is not None and row[0] is not None else None


def resolved(store: Store, definition: Definition, key: str, scope: Scope) -> str:
    """The record's key where `setup` stands in its place; any other key as it is."""
    if key != SETUP or not definition.singleton:
        return key
    found = key_of(store, definition, scope)
    return str(found) if found is not None else key
