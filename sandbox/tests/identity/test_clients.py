import pytest

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.identity import clients
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.store import Store

CLIENT_ID = "0123456789abcdef0123.app.sage.com"


def test_a_client_is_let_in(store: Store, company: Company) -> None:
    entry = clients.authorize(store, company.key, f" {CLIENT_ID} ", "Acme", "Admin")
    assert (entry.client_id, entry.web_services_user_id, entry.status) == (CLIENT_ID, "Admin", "active")
    assert clients.every(store, company.key) == [entry]
    assert clients.find_authorized(store, company.key, CLIENT_ID) == entry
    assert clients.find_authorized(store, company.key + 1, CLIENT_ID) is None
    assert clients.by_key(store, entry.key) == entry


def test_a_user_id_is_kept_as_it_was_typed(store: Store, company: Company) -> None:
    assert clients.authorize(store, company.key, CLIENT_ID, "", "aDMIN").web_services_user_id == "aDMIN"


def test_an_empty_user_id_is_none(store: Store, company: Company) -> None:
    assert clients.authorize(store, company.key, CLIENT_ID, "", "").web_services_user_id is None


@pytest.mark.parametrize(
    "client_id",
    [
        "",
        "abc",
        "0123456789abcdef0123",
        "0123456789abcdef012.app.sage.com",
        "0123456789ABCDEF0123.app.sage.com",
        "0123456789abcdef0123.app.sage.com.evil",
    ],
)
def test_what_is_no_client_id_is_refused(client_id: str, store: Store, company: Company) -> None:
    with pytest.raises(InvalidInput) as refused:
        clients.authorize(store, company.key, client_id, "", None)
    assert refused.value.field == "client_id"


def test_an_id_with_a_name_in_it_is_one(store: Store, company: Company) -> None:
    client_id = "0123456789abcdef0123.Sage_UI.app.sage.com"
    assert clients.authorize(store, company.key, client_id, "", None).client_id == client_id


def test_a_client_is_on_the_list_once(store: Store, company: Company) -> None:
    clients.authorize(store, company.key, CLIENT_ID, "", None)
    with pytest.raises(InvalidInput, match="already on the list"):
        clients.authorize(store, company.key, CLIENT_ID, "", None)


def test_an_entry_is_changed_switched_and_removed(store: Store, company: Company) -> None:
    entry = clients.authorize(store, company.key, CLIENT_ID, "", None)
    changed = clients.update(
        store, entry.key, description="New", web_services_user_id="Admin", status="inactive"
    )
    assert (changed.description, changed.web_services_user_id, changed.status) == ("New", "Admin", "inactive")
    assert clients.set_status(store, entry.key, "active").status == "active"
    with pytest.raises(InvalidInput):
        clients.set_status(store, entry.key, "gone")
    clients.remove(store, entry.key)
    assert clients.every(store, company.key) == []
    with pytest.raises(UnknownThing):
        clients.set_status(store, entry.key, "active")
