from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.identity import sessions, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.users import NewUser
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.store import Store

ADMIN = NewUser(
    id="Admin",
    user_name="Admin for integrations",
    account_email="admin@example.com",
    first_name="Ada",
    last_name="Admin",
    roles=("Everything",),
    permissions=("*:*",),
    entity_ids=("East",),
    allow_top_level=False,
    password="sandbox",
)


def test_a_user_is_kept_as_it_was_given(store: Store, company: Company) -> None:
    user = users.add(store, company.key, ADMIN)
    assert (user.contact_name, user.is_web_services, user.status) == ("Ada Admin", True, "active")
    assert (user.roles, user.permissions) == (("Everything",), ("*:*",))
    assert (user.entity_ids, user.allow_top_level) == (("East",), False)
    assert users.by_key(store, user.key) == user


def test_letter_case_of_a_user_id_matters(store: Store, company: Company) -> None:
    admin = users.add(store, company.key, ADMIN)
    other = users.add(store, company.key, replace(ADMIN, id="admin"))
    assert users.find(store, company.key, "Admin") == admin
    assert users.find(store, company.key, "admin") == other
    assert users.find(store, company.key, "ADMIN") is None
    assert users.find(store, company.key + 1, "Admin") is None


def test_a_user_id_is_given_once(store: Store, company: Company) -> None:
    users.add(store, company.key, ADMIN)
    with pytest.raises(InvalidInput, match="already a user Admin") as refused:
        users.add(store, company.key, ADMIN)
    assert refused.value.field == "id"


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "a b"},
        {"id": "a@b"},
        {"id": "-a"},
        {"id": "x" * 41},
        {"user_name": "  "},
        {"account_email": "nobody"},
        {"account_email": "a b@example.com"},
        {"user_type": "wizard"},
        {"admin_privileges": "some"},
        {"status": "asleep"},
        {"password": ""},
    ],
)
def test_a_field_that_cannot_be_used_is_named(wrong: dict[str, Any], store: Store, company: Company) -> None:
    with pytest.raises(InvalidInput) as refused:
        users.add(store, company.key, replace(ADMIN, **wrong))
    assert [refused.value.field] == list(wrong)
    assert users.every(store, company.key) == []


def test_people_are_told_from_web_services_users(store: Store, company: Company) -> None:
    admin = users.add(store, company.key, ADMIN)
    owner = users.add(store, company.key, replace(ADMIN, id="owner", is_web_services=False))
    assert users.every(store, company.key) == [admin, owner]
    assert users.web_services(store, company.key) == [admin]


def test_a_change_keeps_the_id_and_an_empty_password_keeps_the_old_one(
    store: Store, company: Company
) -> None:
    user = users.add(store, company.key, ADMIN)
    changed = users.update(store, user.key, replace(ADMIN, user_name="New", password=""))
    assert changed.user_name == "New"
    assert users.check_password(store, company.key, "Admin", "sandbox") == changed
    users.update(store, user.key, replace(ADMIN, password="another"))
    assert users.check_password(store, company.key, "Admin", "sandbox") is None
    with pytest.raises(InvalidInput, match="can't be changed"):
        users.update(store, user.key, replace(ADMIN, id="admin"))


def test_a_password_is_checked_to_the_letter(store: Store, company: Company) -> None:
    user = users.add(store, company.key, ADMIN)
    assert users.check_password(store, company.key, "Admin", "sandbox") == user
    for user_id, password in (("Admin", "Sandbox"), ("Admin", ""), ("admin", "sandbox"), ("", "")):
        assert users.check_password(store, company.key, user_id, password) is None
    users.set_password(store, user.key, "new")
    assert users.check_password(store, company.key, "Admin", "new") == user
    with pytest.raises(InvalidInput):
        users.set_password(store, user.key, "")


def test_a_status_is_one_of_two_words(store: Store, company: Company) -> None:
    user = users.add(store, company.key, ADMIN)
    assert users.set_status(store, user.key, "inactive").status == "inactive"
    with pytest.raises(InvalidInput):
        users.set_status(store, user.key, "gone")
    with pytest.raises(UnknownThing):
        users.set_status(store, 99, "active")


def test_the_sessions_of_a_deleted_user_end(store: Store, company: Company) -> None:
    clock = SandboxClock(lambda: datetime(2026, 1, 1, tzinfo=UTC))
    user = users.add(store, company.key, ADMIN)
    session = sessions.start(store, clock, SeededIds(), user, None, "ui")
    users.delete(store, user.key)
    assert users.by_key(store, user.key) is None
    assert sessions.find(store, clock, session.id) is None


@pytest.mark.parametrize("text", ["a@example.com", "a.b+c@mail.example.co.uk"])
def test_an_address_is_recognized(text: str) -> None:
    assert users.looks_like_email(text)


@pytest.mark.parametrize("text", ["", "a", "a@b", "@example.com", "a@", "a b@example.com", "a@b@example.com"])
def test_what_is_no_address_is_not(text: str) -> None:
    assert not users.looks_like_email(text)
