"""Indexes that queries ask for change how much is read and never what is answered."""

from typing import Any

import pytest
from sandbox.tests.objects.conftest import TODAY, Company

from intacct_sandbox.objects import Filter, Order, Page, Query, asked_indexes, registry, run
from intacct_sandbox.objects.asked_indexes import MOST_INDEXES, Asked

LINE = registry.ALL["general-ledger/journal-entry-line"]
ROWS = 300


@pytest.fixture
def ledger(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """Lines enough for a limit that is small."""
    monkeypatch.setattr(asked_indexes, "MOST_STEPS", 200)
    monkeypatch.setattr(asked_indexes, "_STEPS_BETWEEN_LOOKS", 100)
    writer = company.writer()
    for number in range(ROWS):
        writer.add(
            LINE.name,
            {
                "txnType": "debit" if number % 3 else "credit",
                "txnAmount": number % 7,
                "description": f"text {number % 5}",
                "lineNumber": number,
            },
            entity_key=company.entities[number % 3],
        )
    writer.flush()
    return company


def made(company: Company) -> list[str]:
    return [
        row["sql"]
        for row in company.store.query(
            "SELECT sql FROM sqlite_master WHERE name GLOB 'asked__*' ORDER BY rowid"
        )
    ]


def ask(company: Company, **more: Any) -> Page:
    return run(company.store, LINE, Query(**{"fields": ("key",), **more}), company.top, today=TODAY)


DEBITS: dict[str, Any] = {
    "filters": (Filter("$eq", "txnType", "debit"), Filter("$gt", "txnAmount", "2")),
    "order_by": (Order("description", descending=True),),
    "size": 50,
}


def test_a_query_that_looks_at_much_gets_an_index_of_what_it_looks_at(ledger: Company) -> None:
    ask(ledger, **DEBITS)
    (sql,) = made(ledger)
    assert '(company_key, "txnType", "description", "txnAmount")' in sql


def test_the_same_query_again_makes_none(ledger: Company) -> None:
    first = ask(ledger, **DEBITS)
    assert ask(ledger, **DEBITS) == first
    ask(
        ledger,
        **{**DEBITS, "start": 51, "filters": (*DEBITS["filters"][:1], Filter("$gt", "txnAmount", "4"))},
    )
    assert len(made(ledger)) == 1


@pytest.mark.parametrize(
    "more",
    [
        DEBITS,
        {"filters": DEBITS["filters"], "expression": "1 or 2", "order_by": (Order("txnAmount"),)},
        {"filters": (Filter("$ne", "txnType", "debit"),)},
        {"filters": (Filter("$contains", "description", "3"),), "case_sensitive": False},
        {"fields": ("txnType", "sum:txnAmount", "count:key")},
        {"fields": ("description", "max:txnAmount"), "order_by": (Order("max:txnAmount"),)},
    ],
)
def test_an_index_changes_no_answer(ledger: Company, more: dict[str, Any]) -> None:
    with_index = ask(ledger, **more)
    assert made(ledger)
    again = ask(ledger, **more)
    for sql in made(ledger):
        ledger.store.execute(f"DROP INDEX {sql.split()[2]}")
    without = run(ledger.store, LINE, Query(**{"fields": ("key",), **more}), ledger.top, today=TODAY)
    assert with_index == again == without


def test_a_write_is_seen_through_an_index(ledger: Company) -> None:
    before = ask(ledger, **DEBITS).total
    writer = ledger.writer()
    writer.add(LINE.name, {"txnType": "debit", "txnAmount": 6, "description": "zzz"})
    writer.flush()
    after = ask(ledger, **DEBITS)
    assert (after.total, after.rows[0]["key"]) == (before + 1, str(ROWS + 1))


def test_a_quick_query_makes_none(company: Company) -> None:
    ask(company, **DEBITS)
    assert made(company) == []


def test_the_oldest_make_room(ledger: Company) -> None:
    texts = [path for path, field in LINE.fields.items() if field.type == "string" and not field.computed]
    for path in texts[: MOST_INDEXES + 3]:
        ask(ledger, filters=(Filter("$ne", path, "1" if "Date" not in path else "2026-01-01"),))
    assert len(made(ledger)) <= MOST_INDEXES


def test_objects_that_are_views_are_left_alone(ledger: Company) -> None:
    user = registry.ALL["company-config/user"]
    page = run(ledger.store, user, Query(fields=("id",), order_by=(Order("id"),)), ledger.top, today=TODAY)
    assert [row["id"] for row in page.rows] == ["Admin"]
    assert made(ledger) == []


def test_a_reset_takes_them_away(ledger: Company) -> None:
    ask(ledger, **DEBITS)
    ledger.store.reset()
    assert made(ledger) == []


def test_columns_are_named_once_and_the_key_not_at_all() -> None:
    asked = Asked(equal=("txnType",), order=("key", "txnType"), others=("txnAmount", "txnType"))
    assert asked.columns(LINE) == ("txnType", "txnAmount")


def test_in_an_entity_the_index_holds_whose_a_record_is(ledger: Company) -> None:
    run(ledger.store, LINE, Query(fields=("key",), **DEBITS), ledger.inside(1), today=TODAY)
    assert '"txnAmount", "entity_key")' in made(ledger)[0]


def test_what_an_index_of_the_definition_holds_needs_none(ledger: Company) -> None:
    ask(ledger, filters=(Filter("$ne", "entryDate", None),), order_by=(Order("entryDate"), Order("key")))
    assert made(ledger) == []
