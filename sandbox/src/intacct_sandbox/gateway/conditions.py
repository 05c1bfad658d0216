"""Conditions of either query function, as a tree, and the tree as filters of `objects`.

As in SQL, a record without a value passes no comparison, a negated one neither (a guess for `query`).
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from intacct_sandbox.gateway.legacy import LegacyField, LegacyObject
from intacct_sandbox.gateway.notation import Notation
from intacct_sandbox.gateway.values import operand
from intacct_sandbox.objects import Filter

_SIMPLE: Final = {"=": "$eq", "<>": "$ne", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_LISTED: Final = {"in": "$in", "not in": "$notIn", "between": "$between"}
_PAIRS: Final = (("=", "<>"), ("<", ">="), (">", "<="), ("like", "not like"), ("in", "not in"))
_OPPOSITE: Final = {
    one: other for pair in (*_PAIRS, ("is null", "is not null")) for one, other in (pair, pair[::-1])
}
OPERATORS: Final = (*_SIMPLE, *_LISTED, "like", "not like", "is null", "is not null")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition: a field by its name here, one of `OPERATORS`, and texts as given."""

    field: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by a word."""

    word: Literal["and", "or"]
    parts: tuple["Tree", ...]


Tree: TypeAlias = Comparison | Group


@dataclass(frozen=True, slots=True)
class Filters:
    """What `objects.Query` takes: filters, and the expression that numbers them."""

    filters: tuple[Filter, ...] = ()
    expression: str = "and"


def negated(tree: Tree) -> Tree:
    """The condition that holds where another does not; for a record without a value neither does."""
    if isinstance(tree, Comparison):
        return Comparison(tree.field, _OPPOSITE[tree.operator], tree.values)
    return Group("or" if tree.word == "and" else "and", tuple(negated(part) for part in tree.parts))


def compile_tree(legacy: LegacyObject, tree: Tree | None, notation: Notation) -> Filters:
    """The filters of a tree; none for no tree.

    Raises:
        Refused: A field that is not there, or a value that does not fit it.
    """
    if tree is None:
        return Filters()
    filters: list[Filter] = []
    expression = _add(legacy, tree, filters, notation)
    return Filters(tuple(filters), expression)


def _add(legacy: LegacyObject, tree: Tree, filters: list[Filter], notation: Notation) -> str:
    if isinstance(tree, Group):
        parts = [_add(legacy, part, filters, notation) for part in tree.parts]
        return f"({f' {tree.word} '.join(parts)})" if len(parts) > 1 else parts[0]
    numbers = []
    for one in _filters(legacy.comparable(tree.field), tree, notation):
        filters.append(one)
        numbers.append(str(len(filters)))
    return f"({' and '.join(numbers)})" if len(numbers) > 1 else numbers[0]


def _filters(field: LegacyField, one: Comparison, notation: Notation) -> tuple[Filter, ...]:
    present = Filter("$ne", field.path, None)
    if one.operator == "is null":
        return (Filter("$eq", field.path, None),)
    if one.operator == "is not null":
        return (present,)
    if one.operator in _LISTED:
        condition = Filter(
            _LISTED[one.operator], field.path, [operand(field, text, notation) for text in one.values]
        )
    elif one.operator in {"like", "not like"}:
        condition = _like(field, one, notation)
    else:
        condition = Filter(_SIMPLE[one.operator], field.path, operand(field, one.values[0], notation))
    is_negated = one.operator in {"<>", "not in", "not like"}
    return (condition, present) if is_negated else (condition,)


def _like(field: LegacyField, one: Comparison, notation: Notation) -> Filter:
    """A pattern: `%` is any text, `_` one character. With `%` at its ends alone it is a plainer condition."""
    pattern = one.values[0]
    inner = pattern.strip("%")
    if "%" in inner or "_" in inner:
        return Filter(one.operator, field.path, pattern)
    starts_open, ends_open = pattern.startswith("%"), pattern.endswith("%")
    is_negated = one.operator == "not like"
    if not starts_open and not ends_open:
        return Filter("$ne" if is_negated else "$eq", field.path, operand(field, inner, notation))
    positive, negative = {
        (True, True): ("$contains", "$notContains"),
        (False, True): ("$startsWith", "$notStartsWith"),
        (True, False): ("$endsWith", "$notEndsWith"),
    }[starts_open, ends_open]
    return Filter(negative if is_negated else positive, field.path, inner)
