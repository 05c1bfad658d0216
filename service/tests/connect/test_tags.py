"""The tags of a session: derived ones over the end user's own, the asked ones over all."""

import pytest

from counterfoil.connect.errors import InvalidSessionRequest
from counterfoil.connect.tags import MOST_TAGS, session_tags

_USER = {"id": "u1", "email": "ada@example.com", "display_name": "Ada"}
_ORGANIZATION = {"id": "o1", "display_name": "Northwind"}


def _many(count: int, prefix: str = "own") -> dict[str, str]:
    return {f"{prefix}{number}": "x" for number in range(count)}


def test_what_is_known_of_the_end_user_becomes_tags() -> None:
    assert session_tags(_USER, _ORGANIZATION, None) == {
        "end_user_id": "u1",
        "end_user_email": "ada@example.com",
        "end_user_display_name": "Ada",
        "organization_id": "o1",
        "organization_display_name": "Northwind",
    }


def test_what_is_not_known_does_not() -> None:
    assert session_tags({"id": "u1", "email": None, "display_name": ""}, None, None) == {"end_user_id": "u1"}


def test_without_anybody_there_are_the_asked_tags_alone() -> None:
    assert session_tags(None, None, {"plan": "gold"}) == {"plan": "gold"}


def test_the_asked_tags_win_over_derived_ones_and_those_over_the_end_users_own() -> None:
    user = {**_USER, "tags": {"end_user_id": "own", "end_user_email": "own", "plan": "own", "team": "own"}}

    tags = session_tags(user, None, {"end_user_email": "asked", "plan": "asked"})

    assert tags["end_user_id"] == "u1"
    assert (tags["end_user_email"], tags["plan"], tags["team"]) == ("asked", "asked", "own")


def test_empty_own_tags_are_left_out() -> None:
    assert session_tags({"id": "u1", "tags": {"team": ""}}, None, None) == {"end_user_id": "u1"}


def test_ten_tags_are_kept() -> None:
    assert len(session_tags({"id": "u1", "tags": _many(4)}, None, _many(5, "asked"))) == MOST_TAGS


def test_where_there_would_be_more_than_ten_the_end_users_own_give_way() -> None:
    tags = session_tags({"id": "u1", "tags": _many(5)}, None, _many(5, "asked"))

    assert tags == {"end_user_id": "u1", **_many(5, "asked")}


def test_more_than_ten_without_them_are_refused_with_their_number() -> None:
    with pytest.raises(InvalidSessionRequest) as refused:
        session_tags(_USER, _ORGANIZATION, _many(6, "asked"))

    [error] = refused.value.errors
    assert (error.path, error.code) == (("tags",), "too_big")
    assert "11" in error.message
