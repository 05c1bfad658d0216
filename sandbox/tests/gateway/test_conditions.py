import pytest

from intacct_sandbox.gateway.conditions import Comparison, Filters, Group, compile_tree, negated
from intacct_sandbox.gateway.legacy import find
from intacct_sandbox.gateway.notation import ENGLISH
from intacct_sandbox.objects import Filter

VENDOR = find("VENDOR")
NOT_EMPTY = Filter("$ne", "name", None)


def compiled(operator: str, *values: str, field: str = "NAME") -> Filters:
    return compile_tree(VENDOR, Comparison(field, operator, values), ENGLISH)


def test_no_condition_is_no_filter() -> None:
    assert compile_tree(VENDOR, None, ENGLISH) == Filters()


def test_groups_become_a_numbered_expression() -> None:
    a, b, c = (Comparison("NAME", "=", (text,)) for text in "abc")
    found = compile_tree(VENDOR, Group("or", (a, Group("and", (b, Group("and", (c,)))))), ENGLISH)
    assert found.expression == "(1 or (2 and 3))"
    assert [one.value for one in found.filters] == ["a", "b", "c"]


def test_a_negated_condition_asks_for_a_value_too() -> None:
    assert compiled("<>", "a") == Filters((Filter("$ne", "name", "a"), NOT_EMPTY), "(1 and 2)")


@pytest.mark.parametrize(
    ("operator", "pattern", "expected"),
    [
        ("like", "a", Filter("$eq", "name", "a")),
        ("like", "a%", Filter("$startsWith", "name", "a")),
        ("like", "%a", Filter("$endsWith", "name", "a")),
        ("like", "%a%", Filter("$contains", "name", "a")),
        ("not like", "a%", Filter("$notStartsWith", "name", "a")),
        ("not like", "a", Filter("$ne", "name", "a")),
        ("like", "a%b", Filter("like", "name", "a%b")),
        ("not like", "_b%", Filter("not like", "name", "_b%")),
    ],
)
def test_a_pattern_becomes_its_filter(operator: str, pattern: str, expected: Filter) -> None:
    assert compiled(operator, pattern).filters[0] == expected


def test_what_is_negated_twice_is_itself() -> None:
    a, b = Comparison("NAME", "like", ("a%",)), Comparison("STATUS", "is null")
    tree = Group("and", (a, Group("or", (a, b))))
    opposite = Comparison("NAME", "not like", ("a%",))
    assert negated(tree) == Group(
        "or", (opposite, Group("and", (opposite, Comparison("STATUS", "is not null"))))
    )
    assert negated(negated(tree)) == tree


def test_null_is_asked_for_by_its_own_operators() -> None:
    assert compiled("is null").filters == (Filter("$eq", "name", None),)
    assert compiled("is not null").filters == (NOT_EMPTY,)


def test_lists_and_words_are_turned() -> None:
    assert compiled("in", "T", "inactive", field="STATUS").filters == (
        Filter("$in", "status", ["active", "inactive"]),
    )
    assert compiled("between", "1", "2", field="TOTALDUE").filters == (
        Filter("$between", "totalDue", ["1", "2"]),
    )
