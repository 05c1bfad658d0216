import re
from datetime import UTC, datetime
from typing import Any

import pytest

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.identity import developers
from intacct_sandbox.identity.developers import (
    MOST_PRODUCTION_KEYS,
    ApiKeys,
    Application,
    Developer,
    Workspace,
)
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> SandboxClock:
    clock = SandboxClock()
    clock.stop_at(NOW)
    return clock


@pytest.fixture
def ids() -> SeededIds:
    return SeededIds(1)


@pytest.fixture
def developer(store: Store, ids: SeededIds) -> Developer:
    return developers.sign_up(store, ids, email="dev@example.com", name="Dev", password="sandbox")


@pytest.fixture
def workspace(store: Store, developer: Developer) -> Workspace:
    return developers.add_workspace(store, developer.key, name="Acme", contact_email="a@example.com")


@pytest.fixture
def application(store: Store, workspace: Workspace) -> Application:
    return developers.add_application(store, workspace.key, **APPLICATION)


APPLICATION = {
    "name": "Connector",
    "home_page_url": "https://www.example.com",
    "contact_email": "a@example.com",
}


def create(
    store: Store, ids: SeededIds, application: Application, scope: str = "production", **changes: Any
) -> ApiKeys:
    clock = SandboxClock()
    clock.stop_at(NOW)
    given = {"product": "sage-intacct", "scope": scope, **changes}
    return developers.create_api_keys(store, ids, clock, application.key, **given)


def test_signing_up_gives_a_sender(store: Store, developer: Developer) -> None:
    assert re.fullmatch(r"sender-[0-9a-f]{8}", developer.sender_id)
    assert len(developer.sender_password) == 20
    assert developers.find_sender(store, developer.sender_id) == developer
    assert developers.find_sender(store, developer.sender_id.upper()) is None
    assert developers.every(store) == [developer]


def test_an_address_signs_in_in_any_letter_case_a_password_in_one(store: Store, developer: Developer) -> None:
    assert developers.sign_in(store, " Dev@Example.com", "sandbox") == developer
    assert developers.sign_in(store, "dev@example.com", "Sandbox") is None
    assert developers.sign_in(store, "other@example.com", "sandbox") is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "DEV@example.com"}, "email"),
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"password": ""}, "password"),
    ],
)
def test_a_sign_up_is_refused_at_its_field(
    wrong: dict[str, str], field: str, store: Store, ids: SeededIds, developer: Developer
) -> None:
    given = {"email": "new@example.com", "name": "New", "password": "x", **wrong}
    with pytest.raises(InvalidInput) as refused:
        developers.sign_up(store, ids, **given)
    assert refused.value.field == field


def test_a_sender_id_is_given_once(store: Store, ids: SeededIds, developer: Developer) -> None:
    with pytest.raises(InvalidInput) as refused:
        developers.sign_up(
            store, ids, email="b@example.com", name="B", password="x", sender_id=developer.sender_id
        )
    assert refused.value.field == "sender_id"


def test_workspaces_are_added_and_changed(store: Store, developer: Developer, workspace: Workspace) -> None:
    other = developers.add_workspace(store, developer.key, name="Other", contact_email="a@example.com")
    assert developers.workspaces(store, developer.key) == [workspace, other]
    with pytest.raises(InvalidInput, match="have a workspace Acme already"):
        developers.update_workspace(store, other.key, name="Acme", contact_email="a@example.com")
    same = developers.update_workspace(store, workspace.key, name="Acme", contact_email="b@example.com")
    assert same.contact_email == "b@example.com"
    with pytest.raises(UnknownThing):
        developers.update_workspace(store, 99, name="x", contact_email="b@example.com")


@pytest.mark.parametrize(
    ("name", "contact_email", "field"), [("", "a@example.com", "name"), ("A", "nobody", "contact_email")]
)
def test_a_workspace_is_refused_at_its_field(
    name: str, contact_email: str, field: str, store: Store, developer: Developer
) -> None:
    with pytest.raises(InvalidInput) as refused:
        developers.add_workspace(store, developer.key, name=name, contact_email=contact_email)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Umläut"}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "Connector"}, "name"),
        ({"home_page_url": "www.example.com"}, "home_page_url"),
        ({"home_page_url": "ftp://example.com"}, "home_page_url"),
        ({"home_page_url": "https://"}, "home_page_url"),
        ({"home_page_url": "https://[x"}, "home_page_url"),
        ({"contact_email": ""}, "contact_email"),
    ],
)
def test_an_application_is_refused_at_its_field(
    wrong: dict[str, str], field: str, store: Store, workspace: Workspace, application: Application
) -> None:
    with pytest.raises(InvalidInput) as refused:
        developers.add_application(store, workspace.key, **{**APPLICATION, "name": "New (1)", **wrong})
    assert refused.value.field == field


def test_an_application_is_changed(store: Store, application: Application) -> None:
    changed = developers.update_application(store, application.key, **{**APPLICATION, "name": "A.()@!?&_-"})
    assert developers.application_by_key(store, application.key) == changed
    assert changed.name == "A.()@!?&_-"


def test_api_keys_are_made_and_whose_they_are_is_known(
    store: Store, ids: SeededIds, developer: Developer, workspace: Workspace, application: Application
) -> None:
    keys = create(store, ids, application)
    assert re.fullmatch(r"[0-9a-f]{20}\.app\.sage\.com", keys.client_id)
    assert re.fullmatch(r"[0-9a-f]{40}", keys.client_secret)
    assert (keys.license_key, keys.status, keys.created_at) == (developer.sender_id, "active", NOW)
    assert developers.find_client(store, keys.client_id) == keys
    assert developers.api_keys(store, application.key) == [keys]
    owner = developers.owner_of(store, keys.client_id)
    assert owner is not None
    assert (owner.developer, owner.workspace, owner.application) == (developer, workspace, application)
    assert developers.owner_of(store, "unknown") is None


def test_a_secret_is_shown_once_and_rotated(
    store: Store, ids: SeededIds, clock: SandboxClock, application: Application
) -> None:
    keys = create(store, ids, application)
    assert keys.secret_shown_at is None
    assert developers.show_secret(store, clock, keys.key).secret_shown_at == NOW
    rotated = developers.rotate_secret(store, ids, keys.key)
    assert rotated.client_secret != keys.client_secret
    assert (rotated.client_id, rotated.secret_shown_at) == (keys.client_id, None)


def test_a_sender_has_five_production_keys_at_most(
    store: Store, ids: SeededIds, application: Application
) -> None:
    made = [create(store, ids, application) for _ in range(MOST_PRODUCTION_KEYS)]
    with pytest.raises(InvalidInput, match="5 production keys already") as refused:
        create(store, ids, application)
    assert refused.value.field == "scope"
    create(store, ids, application, "non-production")
    developers.delete_api_keys(store, made[0].key)
    create(store, ids, application)
    assert len(developers.api_keys(store, application.key)) == MOST_PRODUCTION_KEYS + 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"product": "another"}, "product"),
        ({"scope": "both"}, "scope"),
        ({"redirect_uris": ["http://example.com"]}, "redirect_uris"),
        ({"redirect_uris": ["https://localhost/x"]}, "redirect_uris"),
        ({"redirect_uris": ["nonsense"]}, "redirect_uris"),
        ({"redirect_uris": [""]}, "redirect_uris"),
        ({"redirect_uris": ["https://"]}, "redirect_uris"),
        ({"origin_domains": ["example.com"]}, "origin_domains"),
        ({"license_key": "unknown"}, "license_key"),
        ({"license_password": "wrong"}, "license_password"),
    ],
)
def test_api_keys_are_refused_at_their_field(
    wrong: dict[str, Any], field: str, store: Store, ids: SeededIds, application: Application
) -> None:
    with pytest.raises(InvalidInput) as refused:
        create(store, ids, application, **wrong)
    assert refused.value.field == field


def test_addresses_are_kept(store: Store, ids: SeededIds, application: Application) -> None:
    uris = ("https://127.0.0.1:8443/callback", "acme.app:/callback")
    keys = create(store, ids, application, redirect_uris=uris, origin_domains=["https://www.example.com"])
    assert keys.redirect_uris == uris
    assert keys.origin_domains == ("https://www.example.com",)


def test_another_sender_needs_its_password(store: Store, ids: SeededIds, application: Application) -> None:
    other = developers.sign_up(store, ids, email="b@example.com", name="B", password="x")
    with pytest.raises(InvalidInput) as refused:
        create(store, ids, application, license_key=other.sender_id, license_password="wrong")
    assert refused.value.field == "license_password"
    keys = create(
        store, ids, application, license_key=other.sender_id, license_password=other.sender_password
    )
    assert keys.license_key == other.sender_id
    assert developers.production_keys(store, other.sender_id) == 1


def test_api_keys_are_switched_and_go_with_their_application(
    store: Store, ids: SeededIds, application: Application
) -> None:
    keys = create(store, ids, application)
    assert developers.set_api_keys_status(store, keys.key, "inactive").status == "inactive"
    with pytest.raises(InvalidInput):
        developers.set_api_keys_status(store, keys.key, "gone")
    developers.delete_application(store, application.key)
    assert developers.find_client(store, keys.client_id) is None
    with pytest.raises(UnknownThing):
        create(store, ids, application)
