"""Objects whose records stand in other tables: which ones, and how they are read from them.

Users, roles and entities are administered on the company's pages, GL detail follows from the ledger, and bank
accounts are checking and savings accounts seen together, so their tables here are views: nothing is kept
twice. A column that is not named has no value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from intacct_sandbox.identity.permissions import APPLY_TO, ROLE_TYPE
from intacct_sandbox.objects.general_ledger import detail

# Keys of savings accounts among bank accounts begin where those of checking accounts will not get to.
_SAVINGS_FROM: Final = 10**9
_BANK_COLUMNS: Final = (
    'entity_key, private, id, "bankAccountDetails.bankName" AS bank,'
    ' "bankAccountDetails.currency" AS currency'
)
_BANK_ACCOUNTS: Final = (
    f"(SELECT company_key, key, 'checking' AS kind, {_BANK_COLUMNS} FROM cash_management__checking_account"  # noqa: S608 - own names
    f" UNION ALL SELECT company_key, key + {_SAVINGS_FROM}, 'savings', {_BANK_COLUMNS}"
    " FROM cash_management__savings_account)"
)


def _used(column: str, default: str) -> str:
    """What a role is for, which is written down for those that the API wrote."""
    return f"coalesce((SELECT u.{column} FROM role_use AS u WHERE u.role_key = role.key), '{default}')"  # noqa: S608 - own names


# Object name -> (what its rows are read from, column -> its SQL).
VIEWS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "cash-management/bank-account": (
        _BANK_ACCOUNTS,
        {
            "entity_key": "entity_key",
            "private": "private",
            "id": "id",
            "name": "coalesce(bank, id)",
            "currency": "currency",
            "accountType": "kind",
            "referenceKey": "CAST(key AS TEXT)",
        },
    ),
    "company-config/entity": (
        "entity",
        {"id": "id", "name": "name", "status": "status", "isRoot": "0"},
    ),
    "general-ledger/gl-detail": (detail.SOURCE, detail.COLUMNS),
    "company-config/role": (
        "role",
        {
            "id": "id",
            "description": "description",
            "roleType": _used("role_type", ROLE_TYPE),
            "applyTo": _used("apply_to", APPLY_TO),
        },
    ),
    "company-config/role-user-map": (
        # The largest number of roles a user may have is far below the factor.
        (
            "(SELECT u.company_key, u.key * 10000 + j.key + 1 AS key, r.key AS role_key, u.key AS user_key"
            " FROM company_user AS u, json_each(u.roles) AS j"
            " JOIN role AS r ON r.company_key = u.company_key AND r.id = j.value)"
        ),
        {"role": "role_key", "user": "user_key"},
    ),
    "company-config/user": (
        "company_user",
        {
            "id": "id",
            "userName": "user_name",
            "accountEmail": "account_email",
            "userType": "user_type",
            "adminPrivileges": "admin_privileges",
            "status": "status",
            "isChatterDisabled": "0",
            "hideOtherDepartmentTransactions": "0",
            "webServices.isEnabled": "is_web_services",
            "webServices.isRestricted": "is_web_services",
            "entityAccess.allowUnrestrictedAccess": "entity_ids = '[]'",
            "entityAccess.allowTopLevelAccess": "allow_top_level",
            # Passwords of Web Services users do not expire on their own (§5).
            "password.neverExpires": "is_web_services",
            "password.requiresReset": "0",
            "password.disablePassword": "0",
            "sso.isSSOEnabled": "0",
        },
    ),
}


@dataclass(frozen=True, slots=True)
class KeyList:
    """A list of references of a view's record: the SQL of their keys, for its `company_key` and `key`."""

    keys: str


# Object name and list -> the keys it holds.
LISTS: Final[Mapping[tuple[str, str], KeyList]] = {
    ("company-config/user", "roles"): KeyList(
        "SELECT r.key FROM company_user AS u, json_each(u.roles) AS j"
        " JOIN role AS r ON r.company_key = u.company_key AND r.id = j.value"
        " WHERE u.company_key = ? AND u.key = ? ORDER BY j.key"
    ),
    ("company-config/user", "entities"): KeyList(
        "SELECT e.key FROM company_user AS u, json_each(u.entity_ids) AS j"
        " JOIN entity AS e ON e.company_key = u.company_key AND e.id = j.value"
        " WHERE u.company_key = ? AND u.key = ? ORDER BY j.key"
    ),
}
