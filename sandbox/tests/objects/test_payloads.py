from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.objects import BadPayload, payloads, registry
from intacct_sandbox.objects.errors import Problem
from intacct_sandbox.objects.payloads import Link, Payload

VENDOR = registry.ALL["accounts-payable/vendor"]
BILL = registry.ALL["accounts-payable/bill"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["key", "id", "name", "lines", "vendor", "dueDate", "audit", "ia::operation", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def read(body: Any, *, creating: bool = False, **more: bool) -> Payload:
    return payloads.read(VENDOR, body, creating=creating, **more)


def problems(body: Any, definition: Any = VENDOR, *, creating: bool = False, **more: bool) -> list[str]:
    with pytest.raises(BadPayload) as refused:
        payloads.read(definition, body, creating=creating, **more)
    return [problem.message for problem in refused.value.problems]


def test_values_come_as_python_has_them() -> None:
    bill = payloads.read(
        BILL,
        {
            "dueDate": "2026-01-31",
            "isOnHold": True,
            "currency": {"exchangeRate": {"rate": 1.5}},
            "retainage": {"defaultPercentage": "12.5"},
        },
        creating=False,
    )
    assert bill.values == {
        "dueDate": date(2026, 1, 31),
        "isOnHold": True,
        "currency.exchangeRate.rate": 1.5,
        "retainage.defaultPercentage": Decimal("12.5"),
    }


def test_links_keep_what_they_say() -> None:
    payload = read({"term": {"id": "Net 30"}, "parent": {"key": "4"}, "priceList": None})
    assert payload.links == {
        "term": Link(None, "Net 30", "/term"),
        "parent": Link("4", None, "/parent"),
        "priceList": Link(None, None, "/priceList"),
    }


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert problems({"x": 1, "totalDue": "1", "status": "asleep", "isOnHold": 4}) == [
        "/x is not a valid field",
        "/totalDue is a read-only field",
        "/status must be one of active, activeNonPosting, inactive",
        "/isOnHold must be true or false",
    ]


def test_words_that_were_only_seen_refuse_nothing() -> None:
    assert VENDOR.fields["preferredPaymentMethod"].words
    assert read({"preferredPaymentMethod": "by pigeon"}).values == {"preferredPaymentMethod": "by pigeon"}


def test_a_weakly_read_only_field_is_written() -> None:
    line = registry.ALL["accounts-payable/bill-line"]
    assert line.fields["createdDate"].weak_read_only
    payload = payloads.read(line, {"createdDate": "2026-01-01"}, creating=False)
    assert payload.values == {"createdDate": date(2026, 1, 1)}


def test_a_create_tells_what_is_missing_with_its_place() -> None:
    assert problems({"lines": [{}]}, BILL, creating=True) == [
        "/lines/0/txnAmount is required",
        "/lines/0/glAccount is required",
        "/lines/0/dimensions/location is required",
        "/createdDate is required",
        "/dueDate is required",
        "/vendor is required",
        "/currency/txnCurrency is required",
    ]
    assert payloads.read(BILL, {}, creating=False) == Payload()


def test_one_of_two_is_enough() -> None:
    labelled = {"txnAmount": "1", "accountLabel": {"id": "x"}, "dimensions": {"location": {"id": "y"}}}
    assert payloads.read(registry.ALL["accounts-payable/bill-line"], labelled, creating=True).links


def test_numbers_and_their_digits_stand_for_each_other_unless_types_are_strict() -> None:
    assert read({"creditLimit": "5", "name": 5, "isOnHold": "true"}).values == {
        "creditLimit": 5.0,
        "name": "5",
        "isOnHold": True,
    }
    for body in ({"creditLimit": "5"}, {"name": 5}, {"isOnHold": "true"}):
        assert problems(body, strict_types=True)
    assert read({"creditLimit": 5}, strict_types=True).values == {"creditLimit": 5.0}


@pytest.mark.parametrize("amount", ["1.234", "1e5", "", " 1", "NaN", True, [], "١", 1e300, "9" * 18])
def test_what_is_no_amount_is_refused(amount: Any) -> None:
    line = registry.ALL["accounts-payable/bill-line"]
    assert problems({"txnAmount": amount}, line)


def test_moments_are_turned_to_utc() -> None:
    definition, path = next(
        (one, path)
        for one in registry.ALL.values()
        for path, field in one.fields.items()
        if field.format == "date-time" and not field.read_only and "." not in path
    )
    payload = payloads.read(definition, {path: "2026-01-01T01:00:00+02:00"}, creating=False)
    assert payload.values[path] == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert problems({path: "yesterday"}, definition)


def test_elements_say_what_is_done_to_them() -> None:
    payload = payloads.read(
        BILL,
        {
            "lines": [
                {"key": "1", "memo": "x"},
                {"key": "2", "ia::operation": "delete"},
            ]
        },
        creating=False,
    )
    assert [(one.operation, one.key, one.payload.values) for one in payload.elements["lines"]] == [
        ("update", "1", {"memo": "x"}),
        ("delete", "2", {}),
    ]
    assert problems({"lines": [{"ia::operation": "delete"}]}, BILL) == [
        "/lines/0/key must be the key of an element"
    ]
    assert "/lines must have 2000 elements at most" in problems({"lines": [{}] * 2001}, BILL)


@given(body=JSON, creating=st.booleans(), strict=st.booleans())
def test_any_json_is_read_or_refused_in_words(body: Any, creating: bool, strict: bool) -> None:
    found: tuple[Problem, ...] = ()
    try:
        payloads.read(BILL, body, creating=creating, strict_types=strict)
    except BadPayload as refused:
        found = refused.problems
    assert all(problem.pointer.startswith("/") and problem.message for problem in found)


@given(value=JSON, path=st.sampled_from(sorted(BILL.fields)))
def test_any_value_of_any_field_is_read_or_refused(value: Any, path: str) -> None:
    body: Any = value
    for name in reversed(path.split(".")):
        body = {name: body}
    try:
        payload = payloads.read(BILL, body, creating=False)
    except BadPayload:
        return
    assert set(payload.values) == {path}


def test_a_change_of_an_element_is_called_by_either_word() -> None:
    for word in ("update", "patch"):
        body = {"lines": [{"key": "1", "ia::operation": word, "memo": "x"}]}
        (element,) = payloads.read(BILL, body, creating=False).elements["lines"]
        assert (element.operation, element.key) == ("update", "1")
