"""Roles as the API writes them: name, description, type and use. `identity.permissions` keeps them.

What a role grants stays on the company's pages: Sage's permissions have keys and names of their own, and
which of them is which permission here is not known.
"""

from collections.abc import Mapping
from typing import Final

from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.identity import permissions
from intacct_sandbox.objects.errors import BadPayload, Problem
from intacct_sandbox.objects.keepers import Keeper
from intacct_sandbox.objects.kinds import Native
from intacct_sandbox.store import Store

# A path of the API -> what `permissions` calls it.
_ABOUT: Final = {"description": "description", "roleType": "role_type", "applyTo": "apply_to"}


def _add(store: Store, company_key: int, values: Mapping[str, Native]) -> int:
    try:
        role = permissions.add_role(
            store,
            company_key,
            role_id=str(values.get("id") or ""),
            description=str(values.get("description") or ""),
            permissions=(),
        )
    except InvalidInput as refused:
        raise BadPayload(Problem("value", f"/{refused.field}", refused.message)) from refused
    permissions.describe_role(store, role.key, **_about(values))
    return role.key


def _change(store: Store, key: int, values: Mapping[str, Native]) -> None:
    role = permissions.role_by_key(store, key)
    if role is not None and values.get("id", role.id) != role.id:
        raise BadPayload(Problem("readOnly", "/id", "/id cannot be changed"))
    permissions.describe_role(store, key, **_about(values))


def _about(values: Mapping[str, Native]) -> dict[str, str]:
    return {name: str(values[path] or "") for path, name in _ABOUT.items() if path in values}


ROLES: Final = Keeper(add=_add, change=_change, remove=permissions.remove_role)
