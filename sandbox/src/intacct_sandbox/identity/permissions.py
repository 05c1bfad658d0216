"""Roles, and whether a user may do something to an object. Entities are not judged here."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Row
from typing import Final

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.identity.users import User
from intacct_sandbox.store import Store

ALL: Final = "*:*"
ACCESSES: Final = ("list", "readonly", "add", "edit", "delete")

SCHEMA: Final = """
CREATE TABLE role (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    company_key INTEGER NOT NULL REFERENCES company (key),
    id TEXT NOT NULL,
    description TEXT NOT NULL,
    permissions TEXT NOT NULL,
    UNIQUE (company_key, id)
);
CREATE TABLE role_use (
    role_key INTEGER PRIMARY KEY REFERENCES role (key),
    role_type TEXT NOT NULL,
    apply_to TEXT NOT NULL
);
"""
# What a role is for until somebody says otherwise.
ROLE_TYPE: Final = "enterprise"
APPLY_TO: Final = "loginAndSlideIn"

_PERMISSION: Final = re.compile(r"(\*|[a-z-]+/(\*|[a-z-]+)):(\*|list|readonly|add|edit|delete)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A named set of permissions; `id` is its name."""

    key: int
    company_key: int
    id: str
    description: str
    permissions: tuple[str, ...]


def roles(store: Store, company_key: int) -> list[Role]:
    """The roles of a company, in the order they were made."""
    rows = store.query("SELECT * FROM role WHERE company_key = ? ORDER BY key", (company_key,))
    return [_role(row) for row in rows]


def find_role(store: Store, company_key: int, role_id: str) -> Role | None:
    """The role of exactly that name."""
    row = store.one("SELECT * FROM role WHERE company_key = ? AND id = ?", (company_key, role_id))
    return _role(row) if row is not None else None


def role_by_key(store: Store, key: int) -> Role | None:
    """The role of that key."""
    row = store.one("SELECT * FROM role WHERE key = ?", (key,))
    return _role(row) if row is not None else None


def add_role(
    store: Store, company_key: int, *, role_id: str, description: str, permissions: Iterable[str]
) -> Role:
    """Add a role.

    Raises:
        InvalidInput: The name is empty or taken, or a permission is not one.
    """
    role_id = role_id.strip()
    if not role_id or len(role_id) > 80:
        raise InvalidInput("id", "Enter a role name of 1 to 80 characters.")
    if find_role(store, company_key, role_id) is not None:
        raise InvalidInput("id", f"There is already a role {role_id}.")
    store.execute(
        "INSERT INTO role (company_key, id, description, permissions) VALUES (?, ?, ?, ?)",
        (company_key, role_id, description, json.dumps(_checked(permissions))),
    )
    return _existing(find_role(store, company_key, role_id))


def update_role(store: Store, key: int, *, description: str, permissions: Iterable[str]) -> Role:
    """Change what a role allows; its name stays.

    Raises:
        InvalidInput: A permission is not one.
    """
    store.execute(
        "UPDATE role SET description = ?, permissions = ? WHERE key = ?",
        (description, json.dumps(_checked(permissions)), key),
    )
    return _existing(role_by_key(store, key))


def describe_role(
    store: Store,
    key: int,
    *,
    description: str | None = None,
    role_type: str | None = None,
    apply_to: str | None = None,
) -> None:
    """Change what is said of a role, and nothing of what it allows; None leaves something as it is."""
    if description is not None:
        store.execute("UPDATE role SET description = ? WHERE key = ?", (description, key))
    store.execute(
        "INSERT OR IGNORE INTO role_use (role_key, role_type, apply_to) VALUES (?, ?, ?)",
        (key, ROLE_TYPE, APPLY_TO),
    )
    store.execute(
        "UPDATE role_use SET role_type = coalesce(?, role_type), apply_to = coalesce(?, apply_to)"
        " WHERE role_key = ?",
        (role_type, apply_to, key),
    )


def remove_role(store: Store, key: int) -> None:
    """Delete a role; users keep its name without effect."""
    store.execute("DELETE FROM role_use WHERE role_key = ?", (key,))
    store.execute("DELETE FROM role WHERE key = ?", (key,))


def allows(store: Store, user: User, object_path: str, access: str) -> bool:
    """Whether a user may do something.

    Args:
        store: Holds the roles.
        user: Who; full administrators may do everything.
        object_path: `accounts-payable/vendor`.
        access: One of `ACCESSES`.
    """
    if user.admin_privileges == "full":
        return True
    granted = set(user.permissions)
    for role_id in user.roles:
        role = find_role(store, user.company_key, role_id)
        granted.update(role.permissions if role is not None else ())
    application = object_path.partition("/")[0]
    wanted = {
        f"{subject}:{right}" for subject in (object_path, f"{application}/*", "*") for right in (access, "*")
    }
    return not granted.isdisjoint(wanted)


def _checked(permissions: Iterable[str]) -> list[str]:
    checked = list(dict.fromkeys(permissions))
    for permission in checked:
        if not _PERMISSION.fullmatch(permission):
            raise InvalidInput(
                "permissions", f"{permission} is not a permission such as accounts-payable/vendor:readonly."
            )
    return checked


def _existing(role: Role | None) -> Role:
    if role is None:
        raise UnknownThing("There is no such role.")
    return role


def _role(row: Row) -> Role:
    return Role(
        key=row["key"],
        company_key=row["company_key"],
        id=row["id"],
        description=row["description"],
        permissions=tuple(json.loads(row["permissions"])),
    )
