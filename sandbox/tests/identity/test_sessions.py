from datetime import UTC, datetime, timedelta

import pytest

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.errors import UnknownThing
from intacct_sandbox.identity import sessions, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.users import NewUser, User
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.store import Store


@pytest.fixture
def clock() -> SandboxClock:
    clock = SandboxClock()
    clock.stop_at(datetime(2026, 1, 1, tzinfo=UTC))
    return clock


@pytest.fixture
def ids() -> SeededIds:
    return SeededIds(1)


@pytest.fixture
def user(store: Store, company: Company) -> User:
    new = NewUser(id="User", user_name="User", account_email="user@example.com", password="x")
    return users.add(store, company.key, new)


def test_a_session_knows_user_company_and_entity(
    store: Store, clock: SandboxClock, ids: SeededIds, user: User
) -> None:
    session = sessions.start(store, clock, ids, user, "East", "api")
    assert (session.user_key, session.company_key, session.entity_id) == (user.key, user.company_key, "East")
    assert session.expires_at == clock.now() + timedelta(hours=6)
    assert sessions.find(store, clock, session.id) == session


def test_an_id_is_found_to_the_letter(store: Store, clock: SandboxClock, ids: SeededIds, user: User) -> None:
    session = sessions.start(store, clock, ids, user, None, "ui")
    for other in (session.id.lower(), session.id[:-1], "", f"{session.id} "):
        assert sessions.find(store, clock, other) is None


def test_a_session_ends_unless_it_is_used(
    store: Store, clock: SandboxClock, ids: SeededIds, user: User
) -> None:
    session = sessions.start(store, clock, ids, user, None, "ui")
    clock.advance(timedelta(hours=6) - timedelta(microseconds=1))
    session = sessions.touch(store, clock, session)
    clock.advance(timedelta(hours=6) - timedelta(microseconds=1))
    assert sessions.find(store, clock, session.id) == session
    clock.advance(timedelta(microseconds=1))
    assert sessions.find(store, clock, session.id) is None


def test_dead_sessions_are_forgotten_when_another_begins(
    store: Store, clock: SandboxClock, ids: SeededIds, user: User
) -> None:
    for _ in range(3):
        sessions.start(store, clock, ids, user, None, "ui")
    clock.advance(timedelta(hours=6))
    sessions.start(store, clock, ids, user, None, "ui")
    assert len(store.query("SELECT id FROM session")) == 1


def test_a_session_is_ended_once_or_twice(
    store: Store, clock: SandboxClock, ids: SeededIds, user: User
) -> None:
    session = sessions.start(store, clock, ids, user, None, "ui")
    for _ in range(2):
        sessions.end(store, session.id)
        assert sessions.find(store, clock, session.id) is None


def test_nobody_works_in_a_company_that_is_gone(
    store: Store, clock: SandboxClock, ids: SeededIds, user: User
) -> None:
    store.execute("DELETE FROM company")
    with pytest.raises(UnknownThing):
        sessions.start(store, clock, ids, user, None, "ui")
