import pytest

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.identity import permissions, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.users import NewUser, User
from intacct_sandbox.store import Store

VENDOR = "accounts-payable/vendor"


def user_with(
    store: Store, company: Company, *granted: str, roles: tuple[str, ...] = (), privileges: str = "off"
) -> User:
    new = NewUser(
        id="User",
        user_name="User",
        account_email="user@example.com",
        permissions=granted,
        roles=roles,
        admin_privileges=privileges,
        password="x",
    )
    return users.add(store, company.key, new)


@pytest.mark.parametrize(
    ("permission", "may_list", "may_edit", "may_list_others"),
    [
        ("*:*", True, True, True),
        ("*:list", True, False, True),
        ("accounts-payable/*:*", True, True, False),
        ("accounts-payable/*:list", True, False, False),
        ("accounts-payable/vendor:*", True, True, False),
        ("accounts-payable/vendor:edit", False, True, False),
        ("accounts-payable/bill:list", False, False, False),
    ],
)
def test_a_permission_reaches_as_far_as_it_says(
    permission: str, may_list: bool, may_edit: bool, may_list_others: bool, store: Store, company: Company
) -> None:
    user = user_with(store, company, permission)
    assert permissions.allows(store, user, VENDOR, "list") == may_list
    assert permissions.allows(store, user, VENDOR, "edit") == may_edit
    assert permissions.allows(store, user, "projects/project", "list") == may_list_others


def test_without_permissions_nothing_is_allowed(store: Store, company: Company) -> None:
    user = user_with(store, company)
    assert not any(permissions.allows(store, user, VENDOR, access) for access in permissions.ACCESSES)


def test_a_full_administrator_may_do_everything(store: Store, company: Company) -> None:
    assert permissions.allows(store, user_with(store, company, privileges="full"), VENDOR, "delete")


def test_a_limited_administrator_needs_permissions(store: Store, company: Company) -> None:
    assert not permissions.allows(store, user_with(store, company, privileges="limited"), VENDOR, "list")


def test_roles_add_up(store: Store, company: Company) -> None:
    for name, access in (("Reads", "readonly"), ("Writes", "edit")):
        permissions.add_role(
            store, company.key, role_id=name, description="", permissions=[f"{VENDOR}:{access}"]
        )
    user = user_with(store, company, f"{VENDOR}:list", roles=("Reads", "Writes", "Gone"))
    allowed = [access for access in permissions.ACCESSES if permissions.allows(store, user, VENDOR, access)]
    assert allowed == ["list", "readonly", "edit"]


def test_a_changed_role_changes_what_its_users_may(store: Store, company: Company) -> None:
    role = permissions.add_role(store, company.key, role_id="R", description="", permissions=["*:*"])
    user = user_with(store, company, roles=("R",))
    permissions.update_role(store, role.key, description="less", permissions=["*:list"])
    assert not permissions.allows(store, user, VENDOR, "edit")
    permissions.remove_role(store, role.key)
    assert not permissions.allows(store, user, VENDOR, "list")
    assert permissions.roles(store, company.key) == []


def test_a_role_is_found_by_name_and_key(store: Store, company: Company) -> None:
    role = permissions.add_role(
        store, company.key, role_id=" R ", description="d", permissions=["*:list", "*:list"]
    )
    assert (role.id, role.permissions) == ("R", ("*:list",))
    assert permissions.find_role(store, company.key, "R") == role
    assert permissions.find_role(store, company.key, "r") is None
    assert permissions.role_by_key(store, role.key) == role
    with pytest.raises(UnknownThing):
        permissions.update_role(store, 99, description="", permissions=[])


@pytest.mark.parametrize("role_id", ["", "  ", "x" * 81, "Taken"])
def test_a_role_needs_a_name_of_its_own(role_id: str, store: Store, company: Company) -> None:
    permissions.add_role(store, company.key, role_id="Taken", description="", permissions=[])
    with pytest.raises(InvalidInput) as refused:
        permissions.add_role(store, company.key, role_id=role_id, description="", permissions=[])
    assert refused.value.field == "id"


@pytest.mark.parametrize("permission", ["", "vendor:list", "*", "*:see", "a/b:c:d", "A/b:list", "a/b"])
def test_what_is_no_permission_is_refused(permission: str, store: Store, company: Company) -> None:
    with pytest.raises(InvalidInput) as refused:
        permissions.add_role(store, company.key, role_id="R", description="", permissions=[permission])
    assert refused.value.field == "permissions"
