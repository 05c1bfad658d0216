from sandbox.tests.objects.conftest import TODAY, Company

from intacct_sandbox.identity import companies, permissions, users
from intacct_sandbox.objects import get, references, registry


def add_reader(company: Company) -> users.User:
    permissions.add_role(
        company.store,
        company.key,
        role_id="Read only",
        description="Sees everything",
        permissions=["*:list", "*:readonly"],
    )
    return users.add(
        company.store,
        company.key,
        users.NewUser(
            id="Reader",
            user_name="Reader",
            account_email="reader@example.com",
            roles=("Read only",),
            entity_ids=("East Region",),
            password="x",
        ),
    )


def test_an_entity_of_the_company_is_an_object(company: Company) -> None:
    found = references(company.store, registry.ALL["company-config/entity"], company.top)
    assert [row["id"] for row in found.rows] == ["Central Region", "East Region", "West Region"]


def test_a_user_is_an_object_with_roles_and_entities(company: Company) -> None:
    reader = add_reader(company)
    user = get(company.store, registry.ALL["company-config/user"], str(reader.key), company.top, today=TODAY)
    assert user is not None
    assert (user["id"], user["userName"], user["status"]) == ("Reader", "Reader", "active")
    assert user["webServices"] == {"isEnabled": True, "isRestricted": True}
    assert user["entityAccess"] == {"allowUnrestrictedAccess": False, "allowTopLevelAccess": True}
    assert [role["id"] for role in user["roles"]] == ["Read only"]
    assert user["entities"] == [
        {
            "key": str(company.entities[1]),
            "id": "East Region",
            "href": f"/objects/company-config/entity/{company.entities[1]}",
        }
    ]


def test_a_role_lists_its_users(company: Company) -> None:
    reader = add_reader(company)
    role = permissions.find_role(company.store, company.key, "Read only")
    assert role is not None
    shown = get(company.store, registry.ALL["company-config/role"], str(role.key), company.top, today=TODAY)
    assert shown is not None
    assert [one["user"]["id"] for one in shown["roleUsers"]] == [reader.id]


def test_users_of_another_company_are_not_seen(company: Company) -> None:
    other = companies.create(company.store, company_id="Other", title="Other")
    users.add(
        company.store,
        other.key,
        users.NewUser(id="Stranger", user_name="Stranger", account_email="s@example.com", password="x"),
    )
    found = references(company.store, registry.ALL["company-config/user"], company.top)
    assert [row["id"] for row in found.rows] == ["Admin"]
