"""A store with one company in it, and nothing of the other features."""

from collections.abc import Iterator

import pytest

from intacct_sandbox import identity
from intacct_sandbox.identity import companies
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    made.create(identity.SCHEMA)
    yield made
    made.close()


@pytest.fixture
def company(store: Store) -> Company:
    return companies.create(store, company_id="Acme", title="Acme Inc.", is_multi_entity=True)
