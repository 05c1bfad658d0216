"""Whether a user may do something to an object's records; what roles grant is `identity.permissions`'.

Lines are in their documents' permission: Sage's list of permissions names bills and not their lines. Which of
the records a permitted user sees is `visibility`'s affair.
"""

from functools import cache

from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.identity import permissions
from intacct_sandbox.identity.users import User
from intacct_sandbox.objects import registry
from intacct_sandbox.objects.definitions import Definition
from intacct_sandbox.store import Store


def may(store: Store, quirks: Quirks, user: User, definition: Definition, *rights: str) -> bool:
    """Whether a user has one of some rights.

    Args:
        store: Holds the roles.
        quirks: `permission-of-owned-records` decides whether an owner's permission counts.
        user: Who.
        definition: The object; a document's type does not matter.
        rights: Words of `permissions.ACCESSES`; any of them is enough.
    """
    names = [definition.untyped_name]
    # What a company added itself has no owner.
    if definition.owner is not None and quirks.value("permission-of-owned-records") == "owner":
        names += _owners(definition.untyped_name)
    return any(permissions.allows(store, user, name, right) for name in names for right in rights)


@cache
def _owners(name: str) -> tuple[str, ...]:
    """The objects that own another, and their owners."""
    found: list[str] = []
    definition = registry.ALL[name]
    while definition.owner is not None:
        target = definition.references[definition.owner].target
        if target is None or target not in registry.ALL or target in found:
            break
        found.append(target)
        definition = registry.ALL[target]
    return tuple(found)
