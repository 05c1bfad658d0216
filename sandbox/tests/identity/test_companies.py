import pytest

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.identity import companies
from intacct_sandbox.identity.companies import SUBSCRIPTIONS, Company
from intacct_sandbox.store import Store


def test_a_company_is_found_by_exactly_its_id(store: Store, company: Company) -> None:
    assert companies.find(store, "Acme") == company
    assert companies.by_key(store, company.key) == company
    for other in ("acme", "ACME", " Acme", "Acme ", ""):
        assert companies.find(store, other) is None


def test_a_new_company_is_in_production_and_has_every_subscription(company: Company) -> None:
    assert company.is_production
    assert company.subscriptions == frozenset(SUBSCRIPTIONS)
    assert company.session_timeout_seconds == 21600


@pytest.mark.parametrize("company_id", ["", " ", "-x", "a@b", "a|b", "x" * 41, "Acmé", "a\nb"])
def test_an_id_that_could_not_stand_in_a_username_is_refused(company_id: str, store: Store) -> None:
    with pytest.raises(InvalidInput) as refused:
        companies.create(store, company_id=company_id, title="x")
    assert refused.value.field == "company_id"


def test_an_id_is_given_once(store: Store, company: Company) -> None:
    with pytest.raises(InvalidInput, match="already a company Acme"):
        companies.create(store, company_id=company.id, title="x")
    other = companies.create(store, company_id="acme", title="x")
    assert companies.every(store) == [company, other]


def test_a_title_is_changed_and_never_empty(store: Store, company: Company) -> None:
    assert companies.rename(store, company.key, "  New name ").title == "New name"
    for title in ("", "  ", "x" * 101):
        with pytest.raises(InvalidInput):
            companies.rename(store, company.key, title)
    with pytest.raises(UnknownThing):
        companies.rename(store, 99, "x")


def test_subscriptions_are_replaced_as_a_whole(store: Store, company: Company) -> None:
    assert companies.subscribe(store, company.key, ["Projects"]).subscriptions == {"Projects"}
    assert companies.subscribe(store, company.key, []).subscriptions == frozenset()
    with pytest.raises(InvalidInput, match="no subscription Magic"):
        companies.subscribe(store, company.key, ["Projects", "Magic"])


def test_entities_are_added_to_a_multi_entity_company(store: Store, company: Company) -> None:
    east = companies.add_entity(store, company.key, entity_id="East Region", name="East")
    west = companies.add_entity(store, company.key, entity_id="West", name="West")
    assert companies.entities(store, company.key) == [east, west]
    assert companies.find_entity(store, company.key, "East Region") == east
    assert companies.find_entity(store, company.key, "east region") is None
    assert east.status == "active"


def test_an_entity_is_refused(store: Store, company: Company) -> None:
    companies.add_entity(store, company.key, entity_id="East", name="East")
    for entity_id in ("East", "", "a|b", "x" * 41):
        with pytest.raises(InvalidInput) as refused:
            companies.add_entity(store, company.key, entity_id=entity_id, name="x")
        assert refused.value.field == "entity_id"
    single = companies.create(store, company_id="Solo", title="Solo")
    with pytest.raises(InvalidInput, match="single-entity"):
        companies.add_entity(store, single.key, entity_id="East", name="East")
    with pytest.raises(UnknownThing):
        companies.add_entity(store, 99, entity_id="East", name="East")
