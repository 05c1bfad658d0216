import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.gateway.conditions import OPERATORS, Comparison, Group
from intacct_sandbox.gateway.querytext import DEEPEST, LONGEST, parse
from intacct_sandbox.gateway.refusals import Refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NAME = 'A'", Comparison("NAME", "=", ("A",))),
        ("NAME='A'", Comparison("NAME", "=", ("A",))),
        ("RECORDNO >= 10", Comparison("RECORDNO", ">=", ("10",))),
        ("RECORDNO <> 10", Comparison("RECORDNO", "<>", ("10",))),
        ("RECORDNO != 10", Comparison("RECORDNO", "<>", ("10",))),
        ("NAME LIKE 'A%'", Comparison("NAME", "like", ("A%",))),
        ("NAME not like 'A%'", Comparison("NAME", "not like", ("A%",))),
        ("RECORDNO IN (1, '2')", Comparison("RECORDNO", "in", ("1", "2"))),
        ("RECORDNO not in (1)", Comparison("RECORDNO", "not in", ("1",))),
        ("TERMNAME IS NULL", Comparison("TERMNAME", "is null")),
        ("TERMNAME is not null", Comparison("TERMNAME", "is not null")),
        (r"NAME = 'Jane\'s Deli'", Comparison("NAME", "=", ("Jane's Deli",))),
        ("NAME = 'Jane''s Deli'", Comparison("NAME", "=", ("Jane's Deli",))),
        ("NAME = 'AND'", Comparison("NAME", "=", ("AND",))),
        ("PAYTO.CONTACTNAME = ''", Comparison("PAYTO.CONTACTNAME", "=", ("",))),
    ],
)
def test_a_condition_is_read(text: str, expected: Comparison) -> None:
    assert parse(text) == expected


def test_and_binds_stronger_than_or_unless_parentheses_say_otherwise() -> None:
    a, b, c = (Comparison(name, "=", ("1",)) for name in "ABC")
    assert parse("A=1 OR B=1 and C=1") == Group("or", (a, Group("and", (b, c))))
    assert parse("(A=1 OR B=1) AND C=1") == Group("and", (Group("or", (a, b)), c))


def test_not_turns_what_it_stands_before() -> None:
    a, b = Comparison("A", "<>", ("1",)), Comparison("B", "is not null")
    assert parse("NOT A = 1") == a
    assert parse("not (A=1 and B is null) or NOT NOT A != 1") == Group("or", (Group("or", (a, b)), a))
    assert parse("NOT A=1 AND B IS NOT NULL") == Group("and", (a, b))


@pytest.mark.parametrize("text", ["", "  \n "])
def test_nothing_is_no_condition(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "NAME",
        "NAME =",
        "= 'A'",
        "NAME = 'A",
        "NAME = = 1",
        "NAME = (1)",
        "NAME IN ()",
        "NAME IN (1",
        "NAME IN 1",
        "NAME IS 1",
        "NAME NOT = 1",
        "'NAME' = 1",
        "NAME = 1 AND",
        "NAME = 1 RECORDNO = 2",
        "(NAME = 1",
        "NAME = 1)",
        "(" * (DEEPEST + 1) + "A=1" + ")" * (DEEPEST + 1),
        "NOT",
        "NOT AND",
        "NOT " * (DEEPEST + 1) + "A=1",
        "x" * (LONGEST + 1),
    ],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse(text)


@given(st.text(max_size=80).map(lambda text: text.replace("\x00", "")))
def test_any_quoted_text_is_read_as_it_was(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    assert parse(f"NAME = '{escaped}'") == Comparison("NAME", "=", (text,))


@given(
    st.lists(
        st.sampled_from(["A", "=", "'x'", "(", ")", ",", "and", "or", "not", "in", "like", "is", "null"])
    )
)
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    try:
        tree = parse(" ".join(words))
    except Refused:
        return
    assert tree is None or isinstance(tree, Group) or tree.operator in OPERATORS
