"""Every operator against plain Python over the same rows, and what operators refuse."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox.tests.objects.conftest import STAMP, TODAY, Company

from intacct_sandbox.objects import OPERATORS, BadOperand, Filter, Query, TooComplex, registry, run
from intacct_sandbox.objects.errors import ObjectsError
from intacct_sandbox.objects.expressions import Expression, Joined, parse
from intacct_sandbox.objects.filters import LONGEST_PATTERN, MATCHES, MOST_GAPS, MOST_OPERANDS, NOT_MATCHES
from intacct_sandbox.objects.macros import MACROS

VENDOR = registry.ALL["accounts-payable/vendor"]
ENTITY = registry.ALL["company-config/entity"]

NAMES = (
    None,
    "",
    "Alder",
    "alder",
    "ALDER creek",
    "50%",
    "a_b",
    "Über",
    "über",
    "Creek",
    "Ärger",
    "ß",
    "日本",
)
CENTS = (None, "0.00", "-1.50", "10.00", "10.01", "999999999.99")
DATES = (None, date(2026, 4, 30), date(2026, 5, 1), TODAY, date(2026, 6, 30), date(2025, 12, 31))
FLAGS = (None, True, False)

# A row for each combination that matters, as the wire shows it.
ROWS: tuple[dict[str, Any], ...] = tuple(
    {
        "id": f"V{number:03}",
        "name": NAMES[number % len(NAMES)],
        "totalDue": CENTS[number % len(CENTS)],
        "lastBillCreatedDate": day.isoformat() if (day := DATES[number % len(DATES)]) else None,
        "isOnHold": FLAGS[number % len(FLAGS)],
    }
    for number in range(len(NAMES) * 6)
)


@pytest.fixture
def vendors(company: Company) -> Company:
    writer = company.writer()
    for row in ROWS:
        writer.add(VENDOR.name, row, stamp=STAMP)
    writer.flush()
    return company


def found(company: Company, *filters: Filter, expression: str = "and", **more: Any) -> set[object]:
    query = Query(fields=("id",), filters=filters, expression=expression, size=4000, **more)
    page = run(company.store, VENDOR, query, company.top, today=TODAY)
    assert page.total == len(page.rows)
    return {row["id"] for row in page.rows}


TEXT = st.sampled_from([name for name in NAMES if name is not None] + ["lder", "%", "_", "x"])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": TEXT,
    "totalDue": st.sampled_from([cents for cents in CENTS if cents is not None] + ["5", "10.005"]),
    "lastBillCreatedDate": st.sampled_from([day.isoformat() for day in DATES if day] + ["2026-05-10"]),
    "isOnHold": st.booleans(),
}
COMPARING = ("$eq", "$ne", "$lt", "$lte", "$gt", "$gte")
LISTING = ("$in", "$notIn")
RANGING = ("$between", "$notBetween")
SEARCHING = ("$contains", "$notContains", "$startsWith", "$notStartsWith", "$endsWith", "$notEndsWith")


@st.composite
def one_filter(draw: st.DrawFn) -> Filter:
    path = draw(st.sampled_from(sorted(VALUES)))
    operators = COMPARING + LISTING + RANGING + (SEARCHING if path == "name" else ())
    operator = draw(st.sampled_from(operators))
    if operator in LISTING:
        return Filter(operator, path, draw(st.lists(VALUES[path], max_size=4)))
    if operator in RANGING:
        return Filter(operator, path, draw(st.lists(VALUES[path], min_size=2, max_size=2)))
    if operator in {"$eq", "$ne"}:
        return Filter(operator, path, draw(VALUES[path] | st.none()))
    return Filter(operator, path, draw(VALUES[path]))


@st.composite
def filters_and_expression(draw: st.DrawFn) -> tuple[tuple[Filter, ...], str]:
    filters = tuple(draw(st.lists(one_filter(), min_size=1, max_size=4)))
    numbered = st.integers(1, len(filters)).map(str)
    nested = st.recursive(
        numbered,
        lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        max_leaves=5,
    )
    return filters, draw(st.sampled_from(["and", "or"]) | nested)


def comparable(path: str, value: Any) -> Any:
    return float(value) if path == "totalDue" and value is not None else value


def holds(one: Filter, row: dict[str, Any]) -> bool:
    """The meaning of a filter in plain Python."""
    operator = one.operator
    if operator.startswith("$not") or operator == "$ne":
        positive = "$eq" if operator == "$ne" else "$" + operator[4].lower() + operator[5:]
        return not holds(Filter(positive, one.path, one.value), row)
    value = comparable(one.path, row[one.path])
    if operator == "$eq" and one.value is None:
        return value is None
    if value is None:
        return False
    if operator in {"$in", "$between"}:
        assert isinstance(one.value, list)
        values = [comparable(one.path, each) for each in one.value]
        return value in values if operator == "$in" else bool(values[0] <= value <= values[1])
    wanted = comparable(one.path, one.value)
    judged: dict[str, Any] = {
        "$eq": lambda: value == wanted,
        "$lt": lambda: value < wanted,
        "$lte": lambda: value <= wanted,
        "$gt": lambda: value > wanted,
        "$gte": lambda: value >= wanted,
        "$contains": lambda: wanted in value,
        "$startsWith": lambda: value.startswith(wanted),
        "$endsWith": lambda: value.endswith(wanted),
    }
    return bool(judged[operator]())


def meets(expression: Expression | None, results: list[bool]) -> bool:
    if expression is None:
        return True
    if isinstance(expression, Joined):
        judged = [meets(part, results) for part in expression.parts]
        return all(judged) if expression.word == "and" else any(judged)
    return results[expression - 1]


@given(filters_and_expression())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_filters_and_expressions_mean_what_plain_python_says(
    vendors: Company, drawn: tuple[tuple[Filter, ...], str]
) -> None:
    filters, text = drawn
    expression = parse(text, len(filters))
    expected = {row["id"] for row in ROWS if meets(expression, [holds(one, row) for one in filters])}
    assert found(vendors, *filters, expression=text) == expected


def test_all_operators_of_the_reference_are_there() -> None:
    assert set(OPERATORS) == {*COMPARING, *LISTING, *RANGING, *SEARCHING, "$has"}


@given(TEXT, st.sampled_from(["$eq", "$contains", "$startsWith", "$endsWith"]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_letter_case_can_be_ignored(vendors: Company, text: str, operator: str) -> None:
    folded = Filter(operator, "name", text.casefold())
    rows = [{**row, "name": row["name"].casefold() if row["name"] is not None else None} for row in ROWS]
    expected = {row["id"] for row in rows if holds(folded, row)}
    assert found(vendors, Filter(operator, "name", text), case_sensitive=False) == expected


@given(st.text(st.sampled_from([*"%_*?[]^-aAdlr50Ü", "日"]), max_size=8))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_pattern_means_what_plain_python_says(vendors: Company, pattern: str) -> None:
    signs = {"%": ".*", "_": "."}
    wanted = re.compile("".join(signs.get(sign, re.escape(sign)) for sign in pattern), re.DOTALL)
    expected = {row["id"] for row in ROWS if row["name"] is not None and wanted.fullmatch(row["name"])}
    assert found(vendors, Filter(MATCHES, "name", pattern)) == expected
    assert found(vendors, Filter(NOT_MATCHES, "name", pattern)) == {row["id"] for row in ROWS} - expected


@pytest.mark.parametrize("pattern", ["a%" * (MOST_GAPS + 1), "a" * (LONGEST_PATTERN + 1)])
def test_a_pattern_that_would_take_long_is_refused(vendors: Company, pattern: str) -> None:
    with pytest.raises(TooComplex):
        found(vendors, Filter(MATCHES, "name", pattern))


def test_nulls_are_found_and_left_out(vendors: Company) -> None:
    assert found(vendors, Filter("$eq", "name", None)) == {row["id"] for row in ROWS if row["name"] is None}
    assert found(vendors, Filter("$ne", "name", None)) == {
        row["id"] for row in ROWS if row["name"] is not None
    }


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("$eq", "currentMonth", {"2026-05-01", "2026-05-20"}),
        ("$eq", "today", {"2026-05-20"}),
        ("$lt", "currentMonth", {"2026-04-30", "2025-12-31"}),
        ("$lte", "currentMonth", {"2026-04-30", "2025-12-31", "2026-05-01", "2026-05-20"}),
        ("$gt", "currentMonth", {"2026-06-30"}),
        ("$gte", "currentMonth", {"2026-05-01", "2026-05-20", "2026-06-30"}),
        ("$between", ["priorMonth", "today"], {"2026-04-30", "2026-05-01", "2026-05-20"}),
        ("$in", ["priorYear", "2026-06-30"], {"2025-12-31", "2026-06-30"}),
        ("$ne", "currentYear", {None, "2025-12-31"}),
    ],
)
def test_date_macros_stand_for_spans(
    vendors: Company, operator: str, value: object, expected: set[str | None]
) -> None:
    ids = {row["id"] for row in ROWS if row["lastBillCreatedDate"] in expected}
    assert found(vendors, Filter(operator, "lastBillCreatedDate", value)) == ids


def test_macros_count_from_the_day_asked_for(vendors: Company) -> None:
    ids = {row["id"] for row in ROWS if row["lastBillCreatedDate"] == "2025-12-31"}
    one = Filter("$eq", "lastBillCreatedDate", "today")
    assert found(vendors, one, as_of=date(2025, 12, 31)) == ids


def test_macros_cover_whole_days_of_times(vendors: Company) -> None:
    modified = "audit.modifiedDateTime"
    day = STAMP.modified_at.date()
    everything = {row["id"] for row in ROWS}
    assert found(vendors, Filter("$eq", modified, "today"), as_of=day) == everything
    assert found(vendors, Filter("$eq", modified, "yesterday"), as_of=day + timedelta(days=1)) == everything
    assert found(vendors, Filter("$gt", modified, "today"), as_of=day) == set()
    assert found(vendors, Filter("$gte", modified, "2026-02-03T04:05:06Z")) == everything
    assert found(vendors, Filter("$gt", modified, "2026-02-03T04:05:06Z")) == set()


@pytest.mark.parametrize("count", [99, 100, 5000])
def test_long_lists_mean_the_same_as_short_ones(vendors: Company, count: int) -> None:
    wanted = ["V001", "V002", *(f"none{number}" for number in range(count))]
    assert found(vendors, Filter("$in", "id", wanted)) == {"V001", "V002"}
    amounts = ["10.00", "1e999999", *(str(number) for number in range(20, 20 + count))]
    expected = {row["id"] for row in ROWS if row["totalDue"] == "10.00"}
    assert found(vendors, Filter("$in", "totalDue", amounts)) == expected


def test_a_list_longer_than_the_limit_is_refused(vendors: Company) -> None:
    with pytest.raises(TooComplex):
        found(vendors, Filter("$in", "id", ["x"] * (MOST_OPERANDS + 1)))


def test_keys_are_compared_as_numbers_and_searched_as_text(vendors: Company) -> None:
    assert found(vendors, Filter("$in", "key", ["1", 2, "V"])) == {"V000", "V001"}
    assert found(vendors, Filter("$startsWith", "key", "70")) == {"V069"}
    assert len(found(vendors, Filter("$gt", "key", 9))) == len(ROWS) - 9


def test_has_looks_into_lists_of_strings(company: Company) -> None:
    query = Query(fields=("id",), filters=(Filter("$has", "businessDays", "monday"),))
    assert run(company.store, ENTITY, query, company.top, today=TODAY).total == 0


@pytest.mark.parametrize(
    ("operator", "path", "value"),
    [
        ("$like", "name", "A%"),
        ("$contains", "lastBillCreatedDate", "2026"),
        ("$contains", "totalDue", "10"),
        ("$contains", "name", 7),
        ("$contains", "name", None),
        ("$in", "name", "Alder"),
        ("$in", "name", [None]),
        ("$between", "totalDue", ["1"]),
        ("$between", "totalDue", ["1", "2", "3"]),
        ("$lt", "name", None),
        ("$eq", "lastBillCreatedDate", "soon"),
        ("$eq", "isOnHold", "perhaps"),
        ("$eq", "name", {"a": 1}),
        ("$has", "name", "Alder"),
        ("$eq", "totalDue", "today"),
    ],
)
def test_what_does_not_fit_is_refused(vendors: Company, operator: str, path: str, value: object) -> None:
    with pytest.raises(BadOperand):
        found(vendors, Filter(operator, path, value))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(OPERATORS), st.sampled_from([*VALUES, "key", "audit.modifiedDateTime"]), JSON)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_operand_breaks_a_query(vendors: Company, operator: str, path: str, value: object) -> None:
    try:
        found(vendors, Filter(operator, path, value))
    except ObjectsError:
        pass


# A field of each kind, and a value that fits it.
OF_EACH_KIND: dict[str, tuple[str, object]] = {
    "text": ("name", "Alpha"),
    "texts": ("texts", "one"),
    "boolean": ("isOnHold", True),
    "integer": ("defaultLeadTime", 3),
    "number": ("creditLimit", 2.5),
    "money": ("totalDue", "10.00"),
    "date": ("lastBillCreatedDate", "2026-01-02"),
    "datetime": ("audit.modifiedDateTime", "2026-01-02T03:04:05Z"),
    "key": ("key", "1"),
}
_TEXT = {"$contains", "$notContains", "$startsWith", "$notStartsWith", "$endsWith", "$notEndsWith"}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("kind", [kind for kind in OF_EACH_KIND if kind != "texts"])
def test_every_operator_takes_the_kinds_it_is_for_and_refuses_the_others(
    vendors: Company, kind: str, operator: str
) -> None:
    path, value = OF_EACH_KIND[kind]
    operand = {"$in": [value], "$notIn": [value], "$between": [value] * 2, "$notBetween": [value] * 2}
    query = Query(fields=("key",), filters=(Filter(operator, path, operand.get(operator, value)),))
    refused = (operator in _TEXT and kind not in {"text", "key"}) or operator == "$has"
    if refused:
        with pytest.raises(BadOperand):
            run(vendors.store, VENDOR, query, vendors.top, today=TODAY)
        return
    assert run(vendors.store, VENDOR, query, vendors.top, today=TODAY).total >= 0


@pytest.mark.parametrize("operator", [name for name in OPERATORS if "not" not in name.lower()])
@pytest.mark.parametrize("kind", [kind for kind in OF_EACH_KIND if kind != "texts"])
def test_a_negated_operator_holds_exactly_where_the_positive_one_does_not(
    vendors: Company, kind: str, operator: str
) -> None:
    negations = {"$eq": "$ne"} | {
        name: f"$not{name[1].upper()}{name[2:]}"
        for name in ("$in", "$between", "$contains", "$startsWith", "$endsWith")
    }
    path, value = OF_EACH_KIND[kind]
    if operator not in negations or (operator in _TEXT and kind not in {"text", "key"}):
        return
    operand = [value] * 2 if operator in {"$in", "$between"} else value

    def found(name: str) -> int:
        query = Query(fields=("key",), filters=(Filter(name, path, operand),))
        return run(vendors.store, VENDOR, query, vendors.top, today=TODAY).total

    everything = run(vendors.store, VENDOR, Query(fields=("key",)), vendors.top, today=TODAY).total
    assert found(operator) + found(negations[operator]) == everything


@pytest.mark.parametrize("day", [date.min, date.max])
@pytest.mark.parametrize("macro", MACROS)
def test_a_macro_beyond_the_calendar_is_refused_and_no_fault(vendors: Company, macro: str, day: date) -> None:
    query = Query(fields=("id",), filters=(Filter("$eq", "lastBillCreatedDate", macro),), as_of=day)
    try:
        assert run(vendors.store, VENDOR, query, vendors.top, today=TODAY).total == 0
    except BadOperand as refusal:
        assert "calendar" in str(refusal)  # noqa: PT017 - some macros stay within it
