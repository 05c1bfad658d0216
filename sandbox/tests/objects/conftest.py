"""An empty company with three entities, over the real tables."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

import pytest

from intacct_sandbox import identity, objects
from intacct_sandbox.identity import companies, users
from intacct_sandbox.objects import RowWriter, Scope, Stamp
from intacct_sandbox.store import Store

TODAY = date(2026, 5, 20)
STAMP = Stamp(
    created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    modified_at=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
    user_key=1,
)


@dataclass(frozen=True, slots=True)
class Company:
    """What tests of objects need of a company."""

    store: Store
    key: int
    entities: tuple[int, ...]

    @property
    def top(self) -> Scope:
        return Scope(company_key=self.key)

    def inside(self, place: int) -> Scope:
        return Scope(company_key=self.key, entity_key=self.entities[place])

    def writer(self) -> RowWriter:
        return RowWriter(self.store, self.key)


@pytest.fixture
def company() -> Company:
    return build_company()


def build_company() -> Company:
    """A company as every test finds it."""
    store = Store()
    store.restore(_state())
    made = companies.find(store, "MyCompany")
    assert made is not None
    entities = tuple(entity.key for entity in companies.entities(store, made.key))
    return Company(store, made.key, entities)


@cache
def _state() -> bytes:
    """Made once: the tables of all objects take longer to make than a test runs."""
    store = Store()
    store.create(identity.SCHEMA)
    store.create(objects.SCHEMA)
    made = companies.create(store, company_id="MyCompany", title="My Company", is_multi_entity=True)
    for entity_id in ("Central Region", "East Region", "West Region"):
        companies.add_entity(store, made.key, entity_id=entity_id, name=entity_id)
    users.add(
        store,
        made.key,
        users.NewUser(id="Admin", user_name="Admin", account_email="a@example.com", password="x"),
    )
    return store.snapshot()
