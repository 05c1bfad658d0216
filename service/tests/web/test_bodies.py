"""JSON bodies: what is let through means the same to every parser."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.web import InvalidJson, parse_json
from counterfoil.web.bodies import MAX_DEPTH

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=5),
            children,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_every_ordinary_value_comes_through(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1} x',
        b'{"a": 1, "a": 2}',
        b'[{"b": {"a": 1, "a": 1}}]',
        b"NaN",
        b"[Infinity]",
        b'{"a": -Infinity}',
        b"1e999",
        b"9" * 5000,
        b'"\\u0000"',
        b'{"a\\u0000": 1}',
        b'"\\ud800"',
        b'"\xff"',
        b'\xef\xbb\xbf{"a": 1}',
        b"[" * 100_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a":' * 70 + b"1" + b"}" * 70,
    ],
)
def test_what_parsers_disagree_about_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(InvalidJson) as refused:
        parse_json(body)
    assert refused.value.message.endswith(".")


def test_nesting_up_to_the_limit_is_let_through() -> None:
    parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


@given(st.binary(max_size=80))
def test_no_bytes_do_anything_but_parse_or_be_refused(body: bytes) -> None:
    try:
        parse_json(body)
    except InvalidJson:
        return
    json.loads(body)
