"""Users of a company: administrators and other people, and the Web Services users that only programs use.

User IDs are case-sensitive. What a user may do is judged in `permissions`; who is signed in, in `sessions`.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Row
from typing import Final

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.store import Store

USER_TYPES: Final = ("business", "employee", "viewOnly", "dashboard", "projectManager", "paymentApprover")
ADMIN_PRIVILEGES: Final = ("off", "limited", "full")
STATUSES: Final = ("active", "inactive")

SCHEMA: Final = """
CREATE TABLE company_user (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    company_key INTEGER NOT NULL REFERENCES company (key),
    id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    account_email TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    contact_name TEXT NOT NULL,
    user_type TEXT NOT NULL,
    admin_privileges TEXT NOT NULL,
    status TEXT NOT NULL,
    is_web_services INTEGER NOT NULL,
    roles TEXT NOT NULL,
    permissions TEXT NOT NULL,
    entity_ids TEXT NOT NULL,
    allow_top_level INTEGER NOT NULL,
    password_digest TEXT NOT NULL,
    UNIQUE (company_key, id)
);
"""

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_COLUMNS: Final = (
    "id",
    "user_name",
    "account_email",
    "first_name",
    "last_name",
    "contact_name",
    "user_type",
    "admin_privileges",
    "status",
    "is_web_services",
    "roles",
    "permissions",
    "entity_ids",
    "allow_top_level",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user of a company.

    Attributes:
        id: What a username starts with; case-sensitive, never changed.
        roles: Names of roles, in a company whose permissions are by role.
        permissions: Own permissions, `<application>/<object or *>:<access>`.
        entity_ids: The only entities the user may enter; empty for no restriction.
        allow_top_level: Whether a restricted user may also work at the top level.
    """

    key: int
    company_key: int
    id: str
    user_name: str
    account_email: str
    first_name: str
    last_name: str
    contact_name: str
    user_type: str
    admin_privileges: str
    status: str
    is_web_services: bool
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    entity_ids: tuple[str, ...]
    allow_top_level: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """What the form of a new or changed user says. An empty password keeps the one there is."""

    id: str
    user_name: str
    account_email: str
    first_name: str = ""
    last_name: str = ""
    contact_name: str = ""
    user_type: str = "business"
    admin_privileges: str = "off"
    status: str = "active"
    is_web_services: bool = True
    roles: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    entity_ids: tuple[str, ...] = ()
    allow_top_level: bool = True
    password: str = ""


def find(store: Store, company_key: int, user_id: str) -> User | None:
    """The user of exactly that id; `admin` is not `Admin`."""
    row = store.one("SELECT * FROM company_user WHERE company_key = ? AND id = ?", (company_key, user_id))
    return _user(row) if row is not None else None


def by_key(store: Store, key: int) -> User | None:
    """The user of that key."""
    row = store.one("SELECT * FROM company_user WHERE key = ?", (key,))
    return _user(row) if row is not None else None


def every(store: Store, company_key: int) -> list[User]:
    """All users of a company, in the order they were made."""
    rows = store.query("SELECT * FROM company_user WHERE company_key = ? ORDER BY key", (company_key,))
    return [_user(row) for row in rows]


def web_services(store: Store, company_key: int) -> list[User]:
    """The Web Services users of a company, in the order they were made."""
    return [user for user in every(store, company_key) if user.is_web_services]


def add(store: Store, company_key: int, new: NewUser) -> User:
    """Add a user.

    Raises:
        InvalidInput: A field can't be used, or the User ID is taken.
    """
    _check(new)
    if not new.password:
        raise InvalidInput("password", "Enter a password.")
    taken = store.one("SELECT id FROM company_user WHERE company_key = ? AND id = ?", (company_key, new.id))
    if taken is not None:
        raise InvalidInput("id", f"There is already a user {new.id} in this company.")
    names = ", ".join((*_COLUMNS, "company_key", "password_digest"))
    marks = ", ".join("?" * (len(_COLUMNS) + 2))
    values = (*_values(new), company_key, _digest(new.password))
    cursor = store.execute(f"INSERT INTO company_user ({names}) VALUES ({marks})", values)  # noqa: S608 - constants
    return _existing(store, cursor.lastrowid)


def update(store: Store, key: int, changed: NewUser) -> User:
    """Change a user; the User ID stays what it is, and an empty password keeps the old one.

    Raises:
        InvalidInput: A field can't be used, or the User ID differs.
    """
    user = _existing(store, key)
    if changed.id != user.id:
        raise InvalidInput("id", "A User ID can't be changed.")
    _check(changed)
    assignments = ", ".join(f"{name} = ?" for name in _COLUMNS)
    store.execute(
        f"UPDATE company_user SET {assignments} WHERE key = ?",  # noqa: S608 - constants
        (*_values(changed), key),
    )
    if changed.password:
        set_password(store, key, changed.password)
    return _existing(store, key)


def set_password(store: Store, key: int, password: str) -> None:
    """Give a user another password.

    Raises:
        InvalidInput: It is empty.
    """
    if not password:
        raise InvalidInput("password", "Enter a password.")
    store.execute("UPDATE company_user SET password_digest = ? WHERE key = ?", (_digest(password), key))


def set_status(store: Store, key: int, status: str) -> User:
    """Make a user active or inactive.

    Raises:
        InvalidInput: Another word.
    """
    if status not in STATUSES:
        raise InvalidInput("status", "A user is active or inactive.")
    store.execute("UPDATE company_user SET status = ? WHERE key = ?", (status, key))
    return _existing(store, key)


def delete(store: Store, key: int) -> None:
    """Delete a user and end the sessions of that user."""
    store.execute("DELETE FROM session WHERE user_key = ?", (key,))
    store.execute("DELETE FROM company_user WHERE key = ?", (key,))


def check_password(store: Store, company_key: int, user_id: str, password: str) -> User | None:
    """The user, if the password is theirs. Whether they are active is for the caller to look at."""
    row = store.one("SELECT * FROM company_user WHERE company_key = ? AND id = ?", (company_key, user_id))
    if row is None or row["password_digest"] != _digest(password):
        return None
    return _user(row)


def looks_like_email(text: str) -> bool:
    """Whether a text has the shape of an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def _check(new: NewUser) -> None:
    if not _ID.fullmatch(new.id):
        raise InvalidInput(
            "id", "Enter a User ID of up to 40 letters, digits and . _ - that starts with a letter or digit."
        )
    if not new.user_name.strip():
        raise InvalidInput("user_name", "Enter a user name.")
    if not looks_like_email(new.account_email):
        raise InvalidInput("account_email", "Enter an e-mail address such as integrations@example.com.")
    _check_choice("user_type", new.user_type, USER_TYPES)
    _check_choice("admin_privileges", new.admin_privileges, ADMIN_PRIVILEGES)
    _check_choice("status", new.status, STATUSES)


def _check_choice(field: str, value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise InvalidInput(field, f"Choose one of {', '.join(choices)}.")


def _values(new: NewUser) -> tuple[object, ...]:
    contact_name = new.contact_name or f"{new.first_name} {new.last_name}".strip() or new.user_name
    return (
        new.id,
        new.user_name.strip(),
        new.account_email,
        new.first_name,
        new.last_name,
        contact_name,
        new.user_type,
        new.admin_privileges,
        new.status,
        new.is_web_services,
        json.dumps(new.roles),
        json.dumps(new.permissions),
        json.dumps(new.entity_ids),
        new.allow_top_level,
    )


def _digest(password: str) -> str:
    # Play money: a real service salts and stretches. Here equal seeds must give equal files.
    return hashlib.sha256(b"intacct-sandbox" + password.encode()).hexdigest()


def _existing(store: Store, key: int | None) -> User:
    user = by_key(store, key) if key is not None else None
    if user is None:
        raise UnknownThing("There is no such user.")
    return user


def _user(row: Row) -> User:
    return User(
        key=row["key"],
        company_key=row["company_key"],
        id=row["id"],
        user_name=row["user_name"],
        account_email=row["account_email"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        contact_name=row["contact_name"],
        user_type=row["user_type"],
        admin_privileges=row["admin_privileges"],
        status=row["status"],
        is_web_services=bool(row["is_web_services"]),
        roles=tuple(json.loads(row["roles"])),
        permissions=tuple(json.loads(row["permissions"])),
        entity_ids=tuple(json.loads(row["entity_ids"])),
        allow_top_level=bool(row["allow_top_level"]),
    )
