"""What a validator found, in the wire's words: stable codes, paths of texts, nothing of what was sent."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from counterfoil.errors import FieldError
from counterfoil.web import Strict
from counterfoil.web.validation import field_errors, without_part


def _not_hunter2(value: str) -> str:
    if value == "hunter2":
        raise ValueError("Choose another one.")
    return value


class _Cat(Strict):
    kind: Literal["cat"]


class _Dog(Strict):
    kind: Literal["dog"]


class _Thing(Strict):
    name: Annotated[str, StringConstraints(min_length=2, max_length=4, pattern=r"^[a-z0-9]*$")] = "abc"
    number: Annotated[int, Field(ge=1, le=9)] = 1
    above: Annotated[int, Field(gt=1, lt=9)] = 2
    parts: Annotated[list[int], Field(min_length=1, max_length=2)] = Field(default_factory=lambda: [1])
    choice: Literal["this", "that"] = "this"
    nothing: None = None
    checked: Annotated[str, AfterValidator(_not_hunter2)] = "x"
    pet: Annotated[_Cat | _Dog, Field(discriminator="kind")] = _Cat(kind="cat")


class _Holder(Strict):
    thing: _Thing = _Thing()
    needed: str


def _found(given: Mapping[str, Any]) -> list[FieldError]:
    with pytest.raises(ValidationError) as refused:
        _Holder.model_validate({"needed": "x", **given})
    return field_errors(refused.value.errors())


@pytest.mark.parametrize(
    ("thing", "code", "path"),
    [
        ({"name": "a"}, "too_small", ("name",)),
        ({"name": "abcde"}, "too_big", ("name",)),
        ({"name": "A-1"}, "invalid_format", ("name",)),
        ({"name": 7}, "invalid_type", ("name",)),
        ({"number": 0}, "too_small", ("number",)),
        ({"number": 10}, "too_big", ("number",)),
        ({"number": "many"}, "invalid_format", ("number",)),
        ({"number": None}, "invalid_type", ("number",)),
        ({"above": 1}, "too_small", ("above",)),
        ({"above": 9}, "too_big", ("above",)),
        ({"parts": []}, "too_small", ("parts",)),
        ({"parts": [1, 2, 3]}, "too_big", ("parts",)),
        ({"parts": [1, "x"]}, "invalid_format", ("parts", "1")),
        ({"parts": {}}, "invalid_type", ("parts",)),
        ({"choice": "other"}, "invalid_value", ("choice",)),
        ({"nothing": 1}, "invalid_type", ("nothing",)),
        ({"checked": "hunter2"}, "custom", ("checked",)),
        ({"pet": {"kind": "fish"}}, "invalid_union", ("pet",)),
        ({"pet": {}}, "invalid_union", ("pet",)),
    ],
)
def test_each_kind_of_finding_has_its_code_and_its_place(
    thing: Mapping[str, Any], code: str, path: tuple[str, ...]
) -> None:
    [error] = _found({"thing": thing})
    assert (error.code, error.path) == (code, ("thing", *path))


def test_what_is_missing_is_said_at_its_place() -> None:
    with pytest.raises(ValidationError) as refused:
        _Holder.model_validate({})
    assert field_errors(refused.value.errors()) == [FieldError(("needed",), "invalid_type", "Required")]


def test_an_unknown_field_is_said_at_the_object_that_holds_it() -> None:
    assert _found({"thing": {"nme": "x"}}) == [FieldError(("thing",), "unrecognized_keys", "Unknown: 'nme'")]


def test_the_sentence_of_a_rule_of_ours_stands_as_it_was_written() -> None:
    [error] = _found({"thing": {"checked": "hunter2"}})
    assert error.message == "Choose another one."


def test_no_finding_repeats_what_was_sent() -> None:
    planted = "hunter2-hunter2"
    things: list[dict[str, Any]] = [
        {"name": planted},
        {"number": planted},
        {"parts": [planted]},
        {"choice": planted},
        {"nothing": planted},
        {"parts": planted},
    ]
    for thing in things:
        assert all(planted not in error.message for error in _found({"thing": thing})), thing


def test_everything_wrong_is_said_at_once() -> None:
    assert {error.path for error in _found({"thing": {"name": "a", "number": 0}, "more": 1})} == {
        ("thing", "name"),
        ("thing", "number"),
        (),
    }


@pytest.mark.parametrize(
    ("location", "path"),
    [
        (("body", "name"), ("name",)),
        (("query", "limit"), ("limit",)),
        (("path", "id"), ("id",)),
        (("header", "x"), ("x",)),
        (("body",), ()),
        (("body", "body"), ("body",)),
        (("name",), ("name",)),
        ((), ()),
    ],
)
def test_a_path_begins_inside_the_part_of_the_request(
    location: tuple[str, ...], path: tuple[str, ...]
) -> None:
    finding = {"type": "missing", "loc": location, "msg": "Field required"}
    assert without_part(finding) == {**finding, "loc": path}
