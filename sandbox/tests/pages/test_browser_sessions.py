from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest

from intacct_sandbox import pages
from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.pages.browser_sessions import SIGNED_IN_TTL, VISITOR_TTL, BrowserSessions, Notice
from intacct_sandbox.store import Store


@pytest.fixture
def clock() -> SandboxClock:
    clock = SandboxClock()
    clock.stop_at(clock.now())
    return clock


@pytest.fixture
def sessions(clock: SandboxClock) -> Iterator[BrowserSessions]:
    store, numbers = Store(), count()
    store.create(pages.SCHEMA)
    yield BrowserSessions(store, clock, lambda: f"token-{next(numbers)}")
    store.close()


def test_a_session_is_found_by_its_token_at_its_own_door(sessions: BrowserSessions) -> None:
    session = sessions.begin("developer", "7")
    assert sessions.find("developer", session.token) == session
    assert sessions.find("company", session.token) is None
    assert sessions.find("developer", session.csrf) is None


@pytest.mark.parametrize(("subject", "ttl"), [(None, VISITOR_TTL), ("7", SIGNED_IN_TTL)])
def test_a_session_ends_with_its_time(
    subject: str | None, ttl: timedelta, sessions: BrowserSessions, clock: SandboxClock
) -> None:
    session = sessions.begin("developer", subject)
    clock.advance(ttl - timedelta(seconds=1))
    assert sessions.find("developer", session.token) is not None
    clock.advance(timedelta(seconds=1))
    assert sessions.find("developer", session.token) is None


def test_an_ended_session_is_unknown(sessions: BrowserSessions) -> None:
    session = sessions.begin("developer", "7")
    sessions.end(session)
    assert sessions.find("developer", session.token) is None


def test_a_notice_is_given_once_and_to_its_own_browser(sessions: BrowserSessions) -> None:
    mine, other = sessions.begin("developer"), sessions.begin("developer")
    notice = Notice("Saved.", "warning", {"client_id": "abc"})
    sessions.leave(mine, notice)
    assert sessions.take(other) is None
    assert sessions.take(mine) == notice
    assert sessions.take(mine) is None
