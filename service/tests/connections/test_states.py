"""The laws of the state machine, and of the pauses between tries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from counterfoil.connections.states import (
    COOLDOWN_SECONDS,
    LONGEST_BACKOFF_SECONDS,
    TRANSITIONS,
    Happening,
    ImpossibleTransition,
    Status,
    after,
    renewal_due_in_seconds,
    retry_in_seconds,
    spread,
)
from counterfoil.events import EventType


class ConnectionLife(RuleBasedStateMachine):
    """Any life of a connection, with the announcements that a listener would hear."""

    def __init__(self) -> None:
        super().__init__()
        self.status = Status.PENDING
        self.heard: list[EventType] = []

    def _happens(self, happening: Happening) -> None:
        transition = after(self.status, happening)
        self.status = transition.status
        if transition.announce is not None:
            self.heard.append(transition.announce)

    @precondition(lambda self: self.status is not Status.DELETED)
    @rule()
    def authorized(self) -> None:
        self._happens(Happening.AUTHORIZED)
        assert self.status is Status.ACTIVE

    @precondition(lambda self: self.status not in (Status.PENDING, Status.DELETED))
    @rule()
    def renewed(self) -> None:
        self._happens(Happening.RENEWED)
        assert self.status is Status.ACTIVE

    @precondition(lambda self: self.status not in (Status.PENDING, Status.DELETED))
    @rule(recoverable=st.booleans())
    def not_renewed(self, recoverable: bool) -> None:
        needed_a_person = self.status is Status.NEEDS_RECONNECT
        self._happens(Happening.FAILED if recoverable else Happening.REFUSED)
        # Only success or a person gets a connection out of it.
        if needed_a_person or not recoverable:
            assert self.status is Status.NEEDS_RECONNECT
        else:
            assert self.status is Status.FAILING

    @precondition(lambda self: self.status is not Status.DELETED)
    @rule()
    def deleted(self) -> None:
        self._happens(Happening.DELETED)

    @rule()
    def read(self) -> None:
        """Always possible, and never changes anything."""

    @invariant()
    def nothing_follows_deletion(self) -> None:
        if self.status is Status.DELETED:
            for happening in Happening:
                with pytest.raises(ImpossibleTransition):
                    after(self.status, happening)

    @invariant()
    def trouble_is_announced_once_until_it_is_over(self) -> None:
        trouble = {EventType.CONNECTION_REFRESH_FAILED, EventType.CONNECTION_NEEDS_RECONNECT}
        assert not any(
            one is other and one in trouble for one, other in zip(self.heard, self.heard[1:], strict=False)
        )

    @invariant()
    def a_listener_knows_the_state(self) -> None:
        known = {
            EventType.CONNECTION_CREATED: Status.ACTIVE,
            EventType.CONNECTION_REPLACED: Status.ACTIVE,
            EventType.CONNECTION_REFRESHED: Status.ACTIVE,
            EventType.CONNECTION_RECOVERED: Status.ACTIVE,
            EventType.CONNECTION_REFRESH_FAILED: Status.FAILING,
            EventType.CONNECTION_NEEDS_RECONNECT: Status.NEEDS_RECONNECT,
            EventType.CONNECTION_DELETED: Status.DELETED,
        }
        if self.heard:
            assert known[self.heard[-1]] is self.status


TestConnectionLife = ConnectionLife.TestCase


def test_every_living_state_can_end() -> None:
    for status in Status:
        if status is not Status.DELETED:
            assert TRANSITIONS[status, Happening.DELETED].status is Status.DELETED


@given(failures=st.integers(1, 10_000), share=st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_shorter_than_the_cooldown_nor_longer_than_the_bound(
    failures: int, share: float
) -> None:
    assert COOLDOWN_SECONDS <= retry_in_seconds(failures, share) <= LONGEST_BACKOFF_SECONDS


@given(failures=st.integers(1, 50), share=st.floats(0, 1, exclude_max=True), asked=st.floats(0, 86_400))
def test_a_provider_that_asks_for_a_pause_gets_it(failures: int, share: float, asked: float) -> None:
    assert retry_in_seconds(failures, share, asked_seconds=asked) >= asked


def test_a_provider_can_not_ask_for_ever() -> None:
    assert retry_in_seconds(1, 0.0, asked_seconds=1e9) == 86_400


@given(
    lifetime=st.floats(0, 1e6),
    margin=st.floats(0, 1e4),
    share=st.floats(0, 1, exclude_max=True),
)
def test_a_token_is_used_for_half_its_life_and_renewed_before_its_end(
    lifetime: float, margin: float, share: float
) -> None:
    due_in = renewal_due_in_seconds(lifetime, margin, share)
    assert lifetime / 2 - 1e-6 <= due_in <= lifetime


def test_tokens_issued_together_are_renewed_apart() -> None:
    minutes = {renewal_due_in_seconds(43_200, 900, spread(pk, 1)) // 60 for pk in range(1, 2000)}
    assert len(minutes) == 60


@given(pk=st.integers(1, 2**60), turn=st.integers(0, 2**30))
def test_the_spread_is_a_share_and_always_the_same(pk: int, turn: int) -> None:
    assert 0 <= spread(pk, turn) < 1
    assert spread(pk, turn) == spread(pk, turn)
