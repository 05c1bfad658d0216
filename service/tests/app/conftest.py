"""The ground of an application: a migrated database, a key."""

import pytest
from service.tests.app.serving import settings_of

from counterfoil.app import Foundation
from counterfoil.settings import Settings
from counterfoil.vault import MasterKey


@pytest.fixture
def ground(postgres_url: str, master_key: MasterKey) -> Foundation:
    return Foundation(postgres_url, master_key)


@pytest.fixture
def settings(postgres_url: str) -> Settings:
    return settings_of(postgres_url)
