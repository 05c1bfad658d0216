from datetime import UTC, datetime, timedelta

import pytest

from intacct_sandbox.store import Store, past

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def store() -> Store:
    store = Store()
    store.create("CREATE TABLE thing (name TEXT);")
    return store


def write(store: Store, name: str, minute: int, delay_minutes: int = 10) -> None:
    store.keep_past(at(minute + delay_minutes))
    store.execute("INSERT INTO thing VALUES (?)", (name,))


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


def seen(store: Store, minute: int) -> list[str]:
    return [row["name"] for row in store.as_of(at(minute)).query("SELECT name FROM thing")]


def test_each_write_is_seen_when_its_own_delay_is_over(store: Store) -> None:
    write(store, "a", 0)
    write(store, "b", 3)
    write(store, "c", 4)
    assert [seen(store, minute) for minute in (4, 9, 10, 12, 13, 14)] == [
        [],
        [],
        ["a"],
        ["a"],
        ["a", "b"],
        ["a", "b", "c"],
    ]
    assert store.as_of(at(14)) is store


def test_a_store_without_a_past_is_its_own(store: Store) -> None:
    assert store.as_of(NOW) is store


def test_a_reset_and_a_restore_forget_it(store: Store) -> None:
    empty = store.snapshot()
    write(store, "a", 0)
    store.reset()
    assert store.as_of(NOW) is store
    write(store, "b", 0)
    store.restore(empty)
    assert store.as_of(NOW) is store


def test_too_much_of_it_loses_what_lies_between(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "MOST_BYTES", 0)
    for number in range(5):
        write(store, str(number), number)
    assert seen(store, 5) == []
    # The oldest is gone and the newest is left: four writes are seen, the last is not.
    assert seen(store, 10) == ["0", "1", "2", "3"]
    assert seen(store, 14) == ["0", "1", "2", "3", "4"]
