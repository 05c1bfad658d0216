import json
from string import printable
from urllib.parse import unquote, urlsplit

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil_client._operations import (
    Answer,
    Operation,
    is_not_success,
    json_content,
    json_of,
    nothing,
    path_of,
    query_of,
)
from counterfoil_client._operations import (
    given as given_members,
)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_segments_come_out_of_a_path_as_they_went_in(segments: list[str]) -> None:
    path = urlsplit("http://h" + path_of(*segments)).path

    assert [unquote(part) for part in path.removeprefix("/").split("/")] == segments


@given(st.text(min_size=1))
def test_a_path_survives_its_way_into_an_address(segment: str) -> None:
    path = path_of("connections", segment).encode("ascii")

    assert httpx2.URL("http://h").copy_with(raw_path=path).raw_path == path


def test_an_empty_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        path_of("connections", "")


def test_a_query_says_booleans_as_the_wire_does() -> None:
    assert query_of({"a": True, "b": False, "c": None, "d": 1.5, "e": ["x", None, 2], "f": ""}) == (
        "a=true&b=false&d=1.5&e=x&e=2&f="
    )


def test_a_query_may_be_pairs() -> None:
    assert query_of([("a", 1), ("a", None), ("a", "2 3")]) == "a=1&a=2%203"


@given(st.dictionaries(st.text(printable), st.text()))
def test_a_query_is_plain_ascii_that_needs_no_further_escaping(params: dict[str, str]) -> None:
    assert all("!" <= character <= "~" and character not in "#\\" for character in query_of(params))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_json_goes_out_and_comes_back(value: object) -> None:
    assert json_of(Answer(200, httpx2.Headers(), json_content(value))) == value


def test_json_is_not_padded() -> None:
    assert json_content({"a": [1, "ü"]}) == '{"a":[1,"ü"]}'.encode()


@pytest.mark.parametrize("value", [float("inf"), object()])
def test_what_has_no_json_form_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        json_content(value)


def test_what_was_not_given_is_not_sent() -> None:
    assert given_members(a=None, b=0, c="", d={}) == {"b": 0, "c": "", "d": {}}


@pytest.mark.parametrize(
    ("status", "fails"), [(200, False), (204, False), (199, True), (301, True), (500, True)]
)
def test_only_2xx_is_a_success(status: int, fails: bool) -> None:
    assert is_not_success(Answer(status, httpx2.Headers())) is fails


def test_an_operation_prints_without_what_it_carries() -> None:
    operation = Operation(
        method="POST",
        path="/auth/two-step/k",
        query="connect_session_token=secret",
        headers=(("X", "secret"),),
        content=b"secret",
        read=nothing,
    )

    assert operation.asked == "POST /auth/two-step/k"
    assert "secret" not in repr(operation)
    assert json.dumps(operation.query) not in repr(operation)
