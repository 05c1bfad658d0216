import pytest

from intacct_sandbox.identity import companies, entity_access, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.users import NewUser
from intacct_sandbox.store import Store


@pytest.mark.parametrize(
    ("entity_ids", "allow_top_level", "open_to"),
    [
        ((), True, [None, "East", "West"]),
        ((), False, [None, "East", "West"]),
        (("East",), True, [None, "East"]),
        (("East",), False, ["East"]),
        (("Gone",), False, []),
    ],
)
def test_a_user_enters_what_it_is_restricted_to(
    entity_ids: tuple[str, ...],
    allow_top_level: bool,
    open_to: list[str | None],
    store: Store,
    company: Company,
) -> None:
    for entity_id in ("East", "West"):
        companies.add_entity(store, company.key, entity_id=entity_id, name=entity_id)
    new = NewUser(
        id="User",
        user_name="User",
        account_email="user@example.com",
        entity_ids=entity_ids,
        allow_top_level=allow_top_level,
        password="x",
    )
    user = users.add(store, company.key, new)
    everywhere = [None, "East", "West", "east", "Gone", ""]
    assert [where for where in everywhere if entity_access.may_enter(store, user, where)] == open_to


def test_an_inactive_entity_is_open_to_nobody(store: Store, company: Company) -> None:
    companies.add_entity(store, company.key, entity_id="East", name="East")
    store.execute("UPDATE entity SET status = 'inactive'")
    new = NewUser(id="User", user_name="User", account_email="user@example.com", password="x")
    assert not entity_access.may_enter(store, users.add(store, company.key, new), "East")
