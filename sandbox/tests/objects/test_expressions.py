import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.objects.errors import BadExpression
from intacct_sandbox.objects.expressions import DEEPEST, LONGEST, Expression, Joined, parse


@pytest.mark.parametrize(
    ("text", "filters", "expected"),
    [
        ("and", 2, Joined("and", (1, 2))),
        (" OR ", 3, Joined("or", (1, 2, 3))),
        ("1", 1, 1),
        ("1 and 2 or 3", 3, Joined("or", (Joined("and", (1, 2)), 3))),
        ("1 and (2 or 3)", 3, Joined("and", (1, Joined("or", (2, 3))))),
        ("(1 and 2) or 3", 3, Joined("or", (Joined("and", (1, 2)), 3))),
        ("((1))", 1, 1),
        ("1AND2", 2, Joined("and", (1, 2))),
        ("and", 0, None),
        ("", 0, None),
    ],
)
def test_expressions_are_read(text: str, filters: int, expected: Expression | None) -> None:
    assert parse(text, filters) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 and",
        "and 1",
        "(1",
        "1)",
        "1 2",
        "0",
        "4",
        "not 1",
        "1 xor 2",
        "1 & 2",
        "()",
        "1 and and 2",
        "-1",
    ],
)
def test_what_is_no_expression_over_three_filters_is_refused(text: str) -> None:
    with pytest.raises(BadExpression):
        parse(text, 3)


def test_an_expression_may_not_be_longer_or_deeper_than_its_limits() -> None:
    with pytest.raises(BadExpression, match="longer"):
        parse("1 or " * LONGEST + "1", 1)
    with pytest.raises(BadExpression, match="deeper"):
        parse("(" * (DEEPEST + 1) + "1" + ")" * (DEEPEST + 1), 1)


@given(st.text(max_size=60), st.integers(0, 5))
def test_no_text_breaks_the_reader(text: str, filters: int) -> None:
    try:
        parse(text, filters)
    except BadExpression:
        pass
