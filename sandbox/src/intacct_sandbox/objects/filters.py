"""The query service's filters: `{"$op": {"path": value}}`, turned into SQL (`sage-intacct-rest.md` §6.6).

Operands are bound, never written into the statement. A negated operator holds exactly where its positive one
does not, so records without a value are among its results. How filters are joined is read in `expressions`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeAlias

from intacct_sandbox.objects.definitions import Definition, Kind
from intacct_sandbox.objects.errors import BadOperand, TooComplex
from intacct_sandbox.objects.expressions import Expression
from intacct_sandbox.objects.kinds import Stored, operand
from intacct_sandbox.objects.macros import MACROS, FirstWeekday, Span, span
from intacct_sandbox.objects.paths import Column, resolve_for_filter
from intacct_sandbox.objects.schema import quoted
from intacct_sandbox.objects.statements import Relations

# A list of this many operands and more travels as one JSON parameter: SQLite binds 32,766 at most.
_MANY_OPERANDS: Final = 100
MOST_OPERANDS: Final = 10_000
_INFINITE: Final = (float("inf"), float("-inf"))

# Operators of patterns, which no query of the REST API may name.
MATCHES: Final = "like"
NOT_MATCHES: Final = "not like"
LONGEST_PATTERN: Final = 500
MOST_GAPS: Final = 10
_GLOB: Final[Mapping[str, str]] = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}

# The SQL function that text passes through when letter case does not count; `query` registers it.
FOLD: Final = "intacct_fold"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition as the query says it.

    Attributes:
        operator: With its dollar sign, one of `OPERATORS`; or `MATCHES` or `NOT_MATCHES`.
        path: The filtered path.
        value: The JSON value it is compared with.
    """

    operator: str
    path: str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a filter's words stand for.

    Attributes:
        anchor: The day that date macros count from: `asOfDate`, or today.
        week_starts_on: For `currentWeek` and `lastWeek`.
        case_sensitive: Whether text must agree in letter case.
    """

    anchor: date
    week_starts_on: FirstWeekday = "sunday"
    case_sensitive: bool = True


# As many related records are worth a lookup beforehand.
FEW_KEYS: Final = 50


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL over the statement's relations, and what is bound to its marks.

    Attributes:
        fixed: Columns of the queried object's own table that have one value wherever it holds.
    """

    sql: str
    operands: tuple[Stored, ...] = ()
    fixed: tuple[str, ...] = ()

    def negated(self, subject: str) -> "Condition":
        """Where it does not hold, a missing subject included."""
        return Condition(f"({subject} IS NULL OR NOT ({self.sql}))", self.operands)


# From tables and a condition to the keys that pass, one more than `FEW_KEYS` at most.
FindKeys: TypeAlias = Callable[[str, Condition], Sequence[int]]


def compile_filter(
    definition: Definition,
    relations: Relations,
    one: Filter,
    meaning: Meaning,
    find_keys: FindKeys | None = None,
) -> Condition:
    """The condition of one filter.

    Args:
        definition: The queried object.
        relations: The statement's tables, which grow by what the filter needs.
        one: The filter.
        meaning: What its words stand for.
        find_keys: Finds related records beforehand, so that an index on the reference serves the filter; a
            filter that many of them pass is joined nevertheless.

    Raises:
        UnknownField: No such path.
        UnqueryableField: The path may not be filtered.
        BadOperand: The operator is none, or its value does not fit the field.
        TooComplex: More relations or operands than one statement takes.
    """
    column = resolve_for_filter(definition, one.path)
    build = _BUILDERS.get(one.operator) or _OF_PATTERNS.get(one.operator)
    if build is None:
        raise BadOperand(one.operator, one.path, "cannot be used: there is no such operator")
    if find_keys is not None and column.steps and one.operator in _POSITIVE and one.value is not None:
        keys = find_keys(*_related(relations, column, one, meaning))
        if len(keys) <= FEW_KEYS:
            return _refers_to(relations, column.steps[0].column, keys)
    return build(_Subject(relations, column, one, meaning))


def _refers_to(relations: Relations, name: str, keys: Sequence[int]) -> Condition:
    if not keys:
        return Condition("0")
    relations.look_at(name)
    listed = ", ".join(f"{key:d}" for key in keys)
    return Condition(f"t.{quoted(name)} IN ({listed})", fixed=(name,) if len(keys) == 1 else ())


def _related(relations: Relations, column: Column, one: Filter, meaning: Meaning) -> tuple[str, Condition]:
    """The tables and the condition under which a related record passes a filter; its alias is `t`."""
    inner = Relations(column.steps[0].target, relations.today)
    subject = _Subject(inner, replace(column, steps=column.steps[1:]), one, meaning)
    condition = _BUILDERS[one.operator](subject)
    return inner.source, condition


def joined(expression: Expression | None, conditions: tuple[Condition, ...]) -> Condition:
    """The conditions put together as an expression says; without one, everything holds."""
    if expression is None:
        return Condition("1")
    if isinstance(expression, int):
        return conditions[expression - 1]
    parts = [joined(part, conditions) for part in expression.parts]
    sql = f" {expression.word.upper()} ".join(part.sql for part in parts)
    every_holds = expression.word == "and"
    return Condition(
        f"({sql})",
        tuple(value for part in parts for value in part.operands),
        tuple(name for part in parts for name in part.fixed) if every_holds else (),
    )


class _Subject:
    """The left side of a filter: its SQL, and how values turn into operands for it."""

    def __init__(self, relations: Relations, column: Column, one: Filter, meaning: Meaning) -> None:
        self._column = column
        self._filter = one
        self._meaning = meaning
        self._folds = column.kind is Kind.TEXT and not meaning.case_sensitive
        expression = relations.expression(column)
        self.plain = expression
        self.sql = f"{FOLD}({expression})" if self._folds else expression

    @property
    def kind(self) -> Kind:
        return self._column.kind

    @property
    def value(self) -> object:
        return self._filter.value

    @property
    def fixed(self) -> tuple[str, ...]:
        """The column that one value fixes, where it is compared as it is kept."""
        column = self._column
        is_own = not column.steps and column.name is not None
        return (str(column.name),) if is_own and not self._folds and not column.days_past_due else ()

    def refuse(self, reason: str) -> BadOperand:
        return BadOperand(self._filter.operator, self._filter.path, reason)

    def operand(self, value: object) -> Stored:
        """The bound form of a value that is no macro."""
        if value is None:
            raise self.refuse("must not be null; only $eq and $ne take it")
        try:
            bound = operand(self.kind, value)
        except ValueError as error:
            raise self.refuse(str(error)) from None
        return bound.casefold() if self._folds and isinstance(bound, str) else bound

    def bounds(self, value: object) -> tuple[Stored, Stored]:
        """The first and the last stored value that a value stands for; only a macro's differ."""
        if self.kind in {Kind.DATE, Kind.DATETIME} and isinstance(value, str) and value in MACROS:
            return self._of_span(self._span(value))
        bound = self.operand(value)
        return bound, bound

    def _span(self, macro: str) -> Span:
        try:
            return span(macro, self._meaning.anchor, self._meaning.week_starts_on)
        except (ValueError, OverflowError):
            raise self.refuse("reaches beyond the calendar, which has the years 1 to 9999") from None

    def _of_span(self, days: Span) -> tuple[Stored, Stored]:
        if self.kind is Kind.DATE:
            return days.first.isoformat(), days.last.isoformat()
        return f"{days.first.isoformat()}T00:00:00Z", f"{days.last.isoformat()}T23:59:59Z"

    def values(self) -> list[object]:
        value = self.value
        if not isinstance(value, list):
            raise self.refuse("must be a list")
        if len(value) > MOST_OPERANDS:
            raise TooComplex(f"A filter compares with {MOST_OPERANDS} values at most")
        return value


def _equal(subject: _Subject) -> Condition:
    if subject.value is None:
        return Condition(f"{subject.plain} IS NULL")
    first, last = subject.bounds(subject.value)
    if first == last:
        return Condition(f"{subject.sql} = ?", (first,), subject.fixed)
    return Condition(f"{subject.sql} BETWEEN ? AND ?", (first, last))


def _not_equal(subject: _Subject) -> Condition:
    if subject.value is None:
        return Condition(f"{subject.plain} IS NOT NULL")
    return _equal(subject).negated(subject.plain)


def _comparison(sign: str, side: int) -> Callable[[_Subject], Condition]:
    def compare(subject: _Subject) -> Condition:
        return Condition(f"{subject.sql} {sign} ?", (subject.bounds(subject.value)[side],))

    return compare


def _within(subject: _Subject) -> Condition:
    bounds = [subject.bounds(value) for value in subject.values()]
    spans = [(first, last) for first, last in bounds if first != last]
    # Nothing stored is infinite, and JSON cannot say it.
    single = tuple(first for first, last in bounds if first == last and first not in _INFINITE)
    parts = [f"{subject.sql} BETWEEN ? AND ?" for _ in spans]
    operands: tuple[Stored, ...] = tuple(value for pair in spans for value in pair)
    if len(single) >= _MANY_OPERANDS:
        parts.append(f"{subject.sql} IN (SELECT value FROM json_each(?))")  # noqa: S608 - a column's own SQL
        operands += (json.dumps(single),)
    else:
        parts.append(f"{subject.sql} IN ({', '.join('?' * len(single))})")
        operands += single
    return Condition(f"({' OR '.join(parts)})", operands)


def _between(subject: _Subject) -> Condition:
    values = subject.values()
    if len(values) != 2:
        raise subject.refuse("must be a list of two values")
    return Condition(
        f"{subject.sql} BETWEEN ? AND ?", (subject.bounds(values[0])[0], subject.bounds(values[1])[1])
    )


def _contains(subject: _Subject) -> Condition:
    text, part = _texts(subject)
    return Condition(f"instr({text}, ?) > 0", (part,))


def _starts(subject: _Subject) -> Condition:
    text, part = _texts(subject)
    return Condition(f"substr({text}, 1, length(?)) = ?", (part, part))


def _ends(subject: _Subject) -> Condition:
    text, part = _texts(subject)
    # Counted from the front: a negative start of zero would mean the whole text.
    enough = f"length({text}) >= length(?)"
    return Condition(f"({enough} AND substr({text}, length({text}) - length(?) + 1) = ?)", (part, part, part))


def _matches(subject: _Subject) -> Condition:
    """A pattern of SQL: `%` is any text, `_` one character; letter case counts where it counts at all."""
    text, pattern = _texts(subject)
    if len(str(pattern)) > LONGEST_PATTERN or str(pattern).count("%") > MOST_GAPS:
        raise TooComplex(f"A pattern has {LONGEST_PATTERN} characters and {MOST_GAPS} % at most")
    # GLOB in place of LIKE, which takes all ASCII letters in either case.
    return Condition(f"{text} GLOB ?", ("".join(_GLOB.get(sign, sign) for sign in str(pattern)),))


def _has(subject: _Subject) -> Condition:
    if subject.kind is not Kind.TEXTS:
        raise subject.refuse("cannot be used: $has is for fields that hold a list of strings")
    if not isinstance(subject.value, str):
        raise subject.refuse("must be a string")
    return Condition(
        f"EXISTS (SELECT 1 FROM json_each({subject.plain}) WHERE value = ?)",  # noqa: S608 - a column's own SQL
        (subject.value,),
    )


def _texts(subject: _Subject) -> tuple[str, Stored]:
    """The SQL of a text, and the text it is searched for."""
    if subject.kind not in {Kind.TEXT, Kind.KEY}:
        raise subject.refuse("cannot be used: the operator is for text")
    if not isinstance(subject.value, str):
        raise subject.refuse("must be a string")
    if subject.kind is Kind.KEY:
        return f"CAST({subject.sql} AS TEXT)", subject.value
    return subject.sql, subject.operand(subject.value)


def _negation(build: Callable[[_Subject], Condition]) -> Callable[[_Subject], Condition]:
    return lambda subject: build(subject).negated(subject.plain)


_BUILDERS: Final[Mapping[str, Callable[[_Subject], Condition]]] = {
    "$eq": _equal,
    "$ne": _not_equal,
    # Before a span is before its first day; up to a span includes its last.
    "$lt": _comparison("<", 0),
    "$lte": _comparison("<=", 1),
    "$gt": _comparison(">", 1),
    "$gte": _comparison(">=", 0),
    "$in": _within,
    "$notIn": _negation(_within),
    "$between": _between,
    "$notBetween": _negation(_between),
    "$contains": _contains,
    "$notContains": _negation(_contains),
    "$startsWith": _starts,
    "$notStartsWith": _negation(_starts),
    "$endsWith": _ends,
    "$notEndsWith": _negation(_ends),
    "$has": _has,
}

# What the XML API compares with and the query service has no word for.
_OF_PATTERNS: Final[Mapping[str, Callable[[_Subject], Condition]]] = {
    MATCHES: _matches,
    NOT_MATCHES: _negation(_matches),
}

# A record without the related one passes none of these.
_POSITIVE: Final = frozenset(name for name in _BUILDERS if name != "$ne" and not name.startswith("$not"))

OPERATORS: Final = tuple(_BUILDERS)
