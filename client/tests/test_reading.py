from datetime import UTC, datetime
from typing import Any

import pytest

from counterfoil_client._reading import (
    Unreadable,
    as_mapping,
    flag,
    mapping,
    mapping_or_none,
    mappings,
    moment,
    moment_or_none,
    number,
    text,
    text_or_none,
    texts,
    words,
)


def test_members_are_read_as_what_they_are() -> None:
    source = {"t": "x", "n": 3, "f": True, "m": {"a": 1}, "l": [{"a": 1}], "w": ["a", "b"]}

    assert (text(source, "t"), number(source, "n"), flag(source, "f")) == ("x", 3, True)
    assert mapping(source, "m") == {"a": 1}
    assert mappings(source, "l") == [{"a": 1}]
    assert words(source, "w") == ("a", "b")


@pytest.mark.parametrize("source", [{}, {"a": None}])
def test_null_is_the_same_as_absent(source: dict[str, Any]) -> None:
    assert text_or_none(source, "a") is None
    assert mapping_or_none(source, "a") is None
    assert moment_or_none(source, "a") is None
    assert texts(source, "a") == {}
    assert words(source, "a") == ()
    assert flag(source, "a") is False


@pytest.mark.parametrize("read", [text, number, moment, mapping, mappings])
@pytest.mark.parametrize("value", [None, True, 1.5, object()])
def test_a_member_of_another_type_is_unreadable(read: Any, value: object) -> None:
    with pytest.raises(Unreadable, match=r"^a "):
        read({"a": value}, "a")


@pytest.mark.parametrize(
    "written", ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000+00:00", "2026-01-01T01:00:00+01:00"]
)
def test_a_time_is_read_in_every_form_of_the_wire(written: str) -> None:
    assert moment({"a": written}, "a") == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_time_without_an_offset_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="offset"):
        moment({"a": "2026-01-01T00:00:00"}, "a")


def test_what_is_not_a_text_is_left_out_of_texts() -> None:
    assert texts({"a": {"x": "1", "y": 2}}, "a") == {"x": "1"}
    assert words({"a": ["x", 2]}, "a") == ("x",)


def test_a_value_must_be_an_object() -> None:
    with pytest.raises(Unreadable, match="answer is not an object"):
        as_mapping([], "answer")
