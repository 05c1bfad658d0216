import uuid

from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.ids import SeededIds


def some(ids: SeededIds) -> list[str]:
    return [ids.hex(20), ids.uuid(), ids.token(), ids.token(5)]


@given(st.integers())
def test_equal_seeds_give_equal_identifiers(seed: int) -> None:
    assert some(SeededIds(seed)) == some(SeededIds(seed))


def test_other_seeds_give_others() -> None:
    assert set(some(SeededIds(1))).isdisjoint(some(SeededIds(2)))


def test_a_reset_starts_again() -> None:
    ids = SeededIds(3)
    first = some(ids)
    assert some(ids) != first
    ids.reset()
    assert some(ids) == first


def test_a_state_taken_up_again_gets_identifiers_nobody_had() -> None:
    ids = SeededIds(3)
    seen: set[str] = set()
    for opening in (1, 2, 3):
        ids.continue_as(opening)
        fresh = set(some(ids))
        assert seen.isdisjoint(fresh)
        seen |= fresh


def test_the_first_opening_is_the_seed_itself_and_a_reset_returns_to_it() -> None:
    ids = SeededIds(3)
    ids.continue_as(1)
    assert some(ids) == some(SeededIds(3))
    ids.continue_as(2)
    ids.reset()
    assert some(ids) == some(SeededIds(3))


@given(st.integers(min_value=1, max_value=64), st.integers())
def test_identifiers_have_their_form(length: int, seed: int) -> None:
    ids = SeededIds(seed)
    assert len(ids.hex(length)) == length
    assert int(ids.hex(length), 16) >= 0
    assert len(ids.token(length)) == length
    assert uuid.UUID(ids.uuid()).version == 4


def test_a_sequence_goes_on_from_a_place() -> None:
    ids = SeededIds(3)
    place = ids.place()
    first = some(ids)
    ids.go_to(place)
    assert some(ids) == first


def test_tokens_of_pages_follow_the_seed_and_never_start_again() -> None:
    ids, alike = SeededIds(4), SeededIds(4)
    tokens = [ids.page_token() for _ in range(3)]
    assert tokens == [alike.page_token() for _ in range(3)]
    place = ids.place()
    ids.reset()
    ids.go_to(place)
    tokens += [ids.page_token() for _ in range(3)]
    assert len(set(tokens)) == 6
    ids.continue_as(2)
    assert ids.page_token() not in tokens
