import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.objects import Filter, Order, Query
from intacct_sandbox.rest.answers import Detail
from intacct_sandbox.rest.query_payload import Leniency, Malformed, QueryPayload, read

BASE: dict[str, Any] = {"object": "accounts-payable/bill", "fields": ["id"]}


def target(payload: Any) -> str | None:
    answer = read(json.dumps(payload).encode())
    assert isinstance(answer, Detail), answer
    return answer.target


def test_the_smallest_query_has_the_documented_defaults() -> None:
    expected = QueryPayload("accounts-payable/bill", Query(fields=("id",)))
    assert read(json.dumps(BASE).encode()) == expected
    assert expected.query.size == 100
    assert expected.query.start == 1
    assert expected.query.case_sensitive


def test_everything_is_read() -> None:
    payload = {
        "object": "accounts-payable/bill",
        "fields": ["id", "vendor.name", "id"],
        "filters": [{"$in": {"state": ["paid", "posted"]}}, {"$eq": {"vendor.id": None}}],
        "filterExpression": "1 or 2",
        "filterParameters": {
            "asOfDate": "2026-01-31",
            "includeHierarchyFields": True,
            "caseSensitiveComparison": False,
            "includePrivate": True,
        },
        "orderBy": [{"dueDate": "desc"}, {"id": "asc"}],
        "start": 11,
        "size": 4000,
    }
    assert read(json.dumps(payload).encode()) == QueryPayload(
        "accounts-payable/bill",
        Query(
            fields=("id", "vendor.name"),
            filters=(Filter("$in", "state", ["paid", "posted"]), Filter("$eq", "vendor.id", None)),
            expression="1 or 2",
            order_by=(Order("dueDate", descending=True), Order("id")),
            start=11,
            size=4000,
            as_of=date(2026, 1, 31),
            case_sensitive=False,
            include_private=True,
        ),
    )


def test_a_stray_key_gets_the_text_seen_live() -> None:
    answer = read(json.dumps({**BASE, "includePrivate": True}).encode())
    assert isinstance(answer, Detail)
    assert answer.message == "Unrecognized key includePrivate in query payload"
    assert answer.target == "/includePrivate"


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        ([], "/"),
        ([BASE] * 11, "/"),
        ("text", "/"),
        ({"fields": ["id"]}, "/object"),
        ({"object": 7, "fields": ["id"]}, "/object"),
        ({"object": "a/b"}, "/fields"),
        ({**BASE, "fields": []}, "/fields"),
        ({**BASE, "fields": "id"}, "/fields"),
        ({**BASE, "fields": [1]}, "/fields"),
        ({**BASE, "filters": {"$eq": {"id": 1}}}, "/filters"),
        ({**BASE, "filters": [{"$eq": {"id": 1}, "$ne": {"id": 2}}]}, "/filters/0"),
        ({**BASE, "filters": [{"$like": {"id": 1}}]}, "/filters/0"),
        ({**BASE, "filters": [{"$eq": {"a": 1, "b": 2}}]}, "/filters/0/$eq"),
        ({**BASE, "filters": [{"field": "id", "operator": "eq", "value": 1}]}, "/filters/0"),
        ({**BASE, "filterExpression": 1}, "/filterExpression"),
        ({**BASE, "filterParameters": []}, "/filterParameters"),
        ({**BASE, "filterParameters": {"private": True}}, "/filterParameters/private"),
        ({**BASE, "filterParameters": {"asOfDate": "2026-02-30"}}, "/filterParameters/asOfDate"),
        ({**BASE, "filterParameters": {"asOfDate": "20260131"}}, "/filterParameters/asOfDate"),
        ({**BASE, "filterParameters": {"includePrivate": "yes"}}, "/filterParameters/includePrivate"),
        (
            {**BASE, "filterParameters": {"includeHierarchyFields": 1}},
            "/filterParameters/includeHierarchyFields",
        ),
        ({**BASE, "orderBy": {"id": "asc"}}, "/orderBy"),
        ({**BASE, "orderBy": [{"id": "up"}]}, "/orderBy/0/id"),
        ({**BASE, "orderBy": [{"id": {}}]}, "/orderBy/0/id"),
        ({**BASE, "orderBy": [{"id": ["asc"]}]}, "/orderBy/0/id"),
        ({**BASE, "orderBy": ["id"]}, "/orderBy/0"),
        ({**BASE, "start": -1}, "/start"),
        ({**BASE, "start": False}, "/start"),
        ({**BASE, "start": True}, "/start"),
        ({**BASE, "size": 4001}, "/size"),
        ({**BASE, "size": "100"}, "/size"),
        ({**BASE, "size": 1.5}, "/size"),
    ],
)
def test_what_is_no_query_says_where(payload: Any, where: str) -> None:
    assert target(payload) == where


def test_a_list_of_queries_is_read_one_by_one() -> None:
    answer = read(json.dumps([BASE, {**BASE, "size": 0}, 7]).encode())
    assert isinstance(answer, list)
    assert [isinstance(one, QueryPayload) for one in answer] == [True, False, False]


def test_a_start_of_zero_is_the_first_row_unless_it_is_refused() -> None:
    body = json.dumps({**BASE, "start": 0}).encode()
    lenient = read(body)
    assert isinstance(lenient, QueryPayload)
    assert lenient.query.start == 1
    assert isinstance(read(body, Leniency(starts_at_zero=False)), Detail)


def test_a_size_above_the_largest_is_refused_unless_it_is_clamped() -> None:
    body = json.dumps({**BASE, "size": 4001}).encode()
    assert isinstance(read(body), Detail)
    clamped = read(body, Leniency(clamps_size=True))
    assert isinstance(clamped, QueryPayload)
    assert clamped.query.size == 4000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys([*BASE, "filters", "orderBy", "filterParameters"], JSON))
)
def test_no_json_breaks_the_reader(payload: dict[str, Any]) -> None:
    assert isinstance(read(json.dumps(payload).encode()), QueryPayload | Detail)


@given(st.binary(max_size=40))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    try:
        assert isinstance(read(body), Detail)
    except Malformed:
        pass
