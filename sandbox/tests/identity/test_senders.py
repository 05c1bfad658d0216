import pytest

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.identity import senders
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.store import Store


def test_a_sender_is_let_in_to_the_letter(store: Store, company: Company) -> None:
    entry = senders.add(store, company.key, " acme-sender ", "Acme")
    assert (entry.sender_id, entry.status) == ("acme-sender", "active")
    assert senders.find(store, company.key, "acme-sender") == entry
    assert senders.find(store, company.key, "Acme-Sender") is None
    assert senders.find(store, company.key + 1, "acme-sender") is None
    assert senders.every(store, company.key) == [entry]


@pytest.mark.parametrize("sender_id", ["", " ", "-x", "a b", "x" * 51, "ä"])
def test_what_is_no_sender_id_is_refused(sender_id: str, store: Store, company: Company) -> None:
    with pytest.raises(InvalidInput) as refused:
        senders.add(store, company.key, sender_id, "")
    assert refused.value.field == "sender_id"


def test_a_sender_is_on_the_list_once(store: Store, company: Company) -> None:
    senders.add(store, company.key, "s", "")
    with pytest.raises(InvalidInput, match="already on the list"):
        senders.add(store, company.key, "s", "")


def test_an_entry_is_changed_switched_and_removed(store: Store, company: Company) -> None:
    entry = senders.add(store, company.key, "s", "")
    changed = senders.update(store, entry.key, description="New", status="inactive")
    assert (changed.sender_id, changed.description, changed.status) == ("s", "New", "inactive")
    assert senders.set_status(store, entry.key, "active") == senders.by_key(store, entry.key)
    with pytest.raises(InvalidInput):
        senders.set_status(store, entry.key, "gone")
    senders.remove(store, entry.key)
    assert senders.by_key(store, entry.key) is None
    with pytest.raises(UnknownThing):
        senders.set_status(store, entry.key, "active")
