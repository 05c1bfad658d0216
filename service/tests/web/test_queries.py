"""Query strings: nested maps, repeated names, nothing that the model does not name."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from counterfoil.errors import FieldError
from counterfoil.web import InvalidQuery, QueryBool, Strict, parse_query
from counterfoil.web.queries import MAX_PARAMETERS


@pytest.mark.parametrize(
    ("query", "parsed"),
    [
        (b"", {}),
        (b"a=1", {"a": "1"}),
        (b"a=", {"a": ""}),
        (b"a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        (b"params[sub]=a%20b", {"params": {"sub": "a b"}}),
        (b"params%5Bsub%5D=a+b", {"params": {"sub": "a b"}}),
        (b"tags%5Bend_user_id%5D=1&tags[x]=2", {"tags": {"end_user_id": "1", "x": "2"}}),
        (b"tags[x]=1&tags[x]=2", {"tags": {"x": ["1", "2"]}}),
        (b"a[b][c]=1", {"a[b][c]": "1"}),
        (b"a[]=1", {"a[]": "1"}),
        (b"a=%E2%82%AC", {"a": "€"}),
    ],
)
def test_names_with_brackets_are_maps(query: bytes, parsed: dict[str, object]) -> None:
    assert parse_query(query) == parsed


@pytest.mark.parametrize(
    "query",
    [
        b"a=1&a[b]=2",
        b"a[b]=2&a=1",
        b"a=%00",
        b"%00=1",
        b"a=%FF",
        b"a=\xff",
        b"a=%ED%A0%80",
        b"&".join(b"a=1" for _ in range(MAX_PARAMETERS + 1)),
    ],
)
def test_what_can_not_be_read_one_way_is_refused(query: bytes) -> None:
    with pytest.raises(InvalidQuery):
        parse_query(query)


@given(st.binary(max_size=60))
def test_no_bytes_do_anything_but_parse_or_be_refused(query: bytes) -> None:
    try:
        parse_query(query)
    except InvalidQuery as refused:
        errors = refused.errors
    else:
        return
    assert all(isinstance(error, FieldError) for error in errors)


class _Flags(Strict):
    flag: QueryBool = False
    limit: Annotated[int, Field(ge=1)] = 10


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *((word, True) for word in ("true", "1", "YES", "on", "y", "Enabled")),
        *((word, False) for word in ("false", "0", "no", "OFF", "n", "disabled")),
    ],
)
def test_a_flag_takes_the_words_of_the_wire_protocol(word: str, value: bool) -> None:
    assert _Flags.model_validate({"flag": word}).flag is value
