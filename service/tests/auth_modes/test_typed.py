"""What was typed is cleaned at its edges, and refused whole with every reason at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.auth_modes import Field
from counterfoil.auth_modes.typed import (
    MAX_VALUE_CHARACTERS,
    control_character_error,
    read_fields,
    refuse,
)
from counterfoil.errors import InvalidBody

USER = Field(name="user", label="User", description="A user.")
NOTE = Field(name="note", label="Note", description="A note.", required=False)


def test_edges_go_and_empty_values_are_left_out() -> None:
    assert read_fields((USER, NOTE), {"user": "\u200b ada\n", "note": "  "}) == {"user": "ada"}


def test_a_verbatim_value_keeps_its_edges() -> None:
    assert read_fields((USER,), {"user": " ada "}, verbatim=("user",)) == {"user": " ada "}


def test_every_reason_is_told_at_once() -> None:
    with pytest.raises(InvalidBody) as refused:
        read_fields((USER, NOTE), {"note": 7})
    assert [(error.path, error.code) for error in refused.value.errors] == [
        (("user",), "required"),
        (("note",), "invalid_type"),
    ]


@pytest.mark.parametrize("most", [3, MAX_VALUE_CHARACTERS])
def test_a_value_has_a_longest(most: int) -> None:
    assert read_fields((USER,), {"user": "x" * most}, most_characters=most)
    with pytest.raises(InvalidBody, match="longer"):
        read_fields((USER,), {"user": "x" * (most + 1)}, most_characters=most)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(InvalidBody, match="broken"):
        read_fields((USER,), {"user": "\ud800"})


@pytest.mark.parametrize(("value", "is_refused"), [("a\r\nb", True), ("a\x7f", True), ("café ✓", False)])
def test_control_characters_are_found(value: str, is_refused: bool) -> None:
    assert (control_character_error(USER, value) is not None) is is_refused


def test_nothing_wrong_is_no_refusal() -> None:
    refuse([])


@given(st.text(max_size=50))
def test_reading_twice_changes_nothing(text: str) -> None:
    try:
        once = read_fields((NOTE,), {"note": text})
    except InvalidBody:
        return
    assert read_fields((NOTE,), once) == once
