"""Writes below HTTP; and a law: whatever is asked, in whatever order, the books stay right."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox.tests.objects.books import Books, bill, entry, invoice, line, opened
from sandbox.tests.objects.conftest import Company, build_company

from intacct_sandbox.objects import (
    BadPayload,
    KeptElsewhere,
    NoSuchRecord,
    ObjectsError,
    RuleBroken,
    Taken,
    registry,
    workflows,
)
from intacct_sandbox.objects.definitions import Definition
from intacct_sandbox.objects.schema import column_of_reference, quoted
from intacct_sandbox.objects.views import VIEWS

AMOUNTS = st.sampled_from(["0.00", "0.01", "1.10", "33.33", "1000.00", "99999999.99"])
KEYS = st.integers(1, 4).map(str)
DOCUMENTS = ("accounts-payable/bill", "accounts-receivable/invoice", "general-ledger/journal-entry")
NAMES = st.sampled_from(DOCUMENTS)
STEPS = st.one_of(
    st.tuples(st.just("make"), NAMES, st.lists(AMOUNTS, max_size=3), st.booleans()),
    st.tuples(st.just("line"), NAMES, KEYS, AMOUNTS),
    st.tuples(st.just("relay"), NAMES, KEYS, KEYS, AMOUNTS, st.sampled_from(["add", "update", "delete"])),
    st.tuples(st.just("drop"), st.sampled_from([*DOCUMENTS, *(f"{one}-line" for one in DOCUMENTS)]), KEYS),
    st.tuples(
        st.just("drop"),
        st.sampled_from(["accounts-payable/vendor", "general-ledger/account", "company-config/location"]),
        KEYS,
    ),
    st.tuples(st.just("act"), st.sampled_from(sorted(workflows.ALL)), KEYS),
)


def do(books: Books, step: tuple[Any, ...]) -> None:
    kind, name, *rest = step
    if kind == "make":
        amounts, is_draft = rest
        state = {"state": "draft"} if is_draft else {}
        bodies = {
            DOCUMENTS[0]: bill(*amounts, **state),
            DOCUMENTS[1]: invoice(*amounts, **state),
            DOCUMENTS[2]: entry(*((side, one) for one in amounts for side in ("debit", "credit")), **state),
        }
        books.make(name, bodies[name])
    elif kind == "line":
        owner = registry.ALL[f"{name}-line"].owner
        books.make(f"{name}-line", line(rest[1], **{str(owner): {"key": rest[0]}}))
    elif kind == "relay":
        key, at, amount, operation = rest
        sides = {"txnType": "debit"} if name == DOCUMENTS[2] else {}
        element = {
            "add": line(amount, **sides),
            "update": {"key": at, "txnAmount": amount},
            "delete": {"key": at, "ia::operation": "delete"},
        }[operation]
        books.change(name, key, {"lines": [element]})
    elif kind == "drop":
        books.drop(name, rest[0])
    else:
        object_name, _, action = name.rpartition("/")
        definition = registry.ALL[object_name]
        workflows.run(books.company.store, books.quirks, books.author(), definition, action, {"key": rest[0]})


# Each example is a company of its own, and a busy machine takes its time over one.
@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEPS, max_size=14))
def test_whatever_is_asked_the_books_stay_right(steps: list[tuple[Any, ...]]) -> None:
    company = build_company()
    books = opened(company)
    for step in steps:
        try:
            do(books, step)
        except ObjectsError:
            continue
    for name in DOCUMENTS[:2]:
        assert_totals(books, name)
    assert_balanced(company)
    for definition in registry.ALL.values():
        assert_nothing_dangles(company, definition)
    company.store.close()


def assert_totals(books: Books, name: str) -> None:
    rows = books.company.store.query(f"SELECT key FROM {registry.ALL[name].table}")
    due = Decimal(0)
    for (key,) in rows:
        shown = books.shown(name, str(key))
        total = sum((Decimal(one["txnAmount"]) for one in shown["lines"]), Decimal(0))
        assert shown["lines"]
        assert Decimal(shown["totalTxnAmount"]) == total
        is_open = shown["state"] not in {"draft", "reversed"}
        assert Decimal(shown["totalTxnAmountDue"]) == (0 if shown["state"] == "reversed" else total)
        due += total if is_open else 0
    partner = "accounts-payable/vendor" if name == DOCUMENTS[0] else "accounts-receivable/customer"
    kept = books.company.store.one(f"SELECT totalDue FROM {registry.ALL[partner].table}")
    assert kept is None or Decimal(kept[0] or 0) / 100 == due


def assert_balanced(company: Company) -> None:
    unbalanced = company.store.query(
        "SELECT e.key FROM general_ledger__journal_entry AS e"
        " LEFT JOIN general_ledger__journal_entry_line AS l ON l.journalEntry = e.key"
        " WHERE e.state <> 'draft' GROUP BY e.key"
        " HAVING sum(CASE l.txnType WHEN 'debit' THEN l.baseAmount ELSE -l.baseAmount END) <> 0"
    )
    assert [row[0] for row in unbalanced] == []


def assert_nothing_dangles(company: Company, definition: Definition) -> None:
    if definition.name in VIEWS or company.store.is_empty(definition.table):
        return
    for path, reference in definition.references.items():
        target = registry.find(reference.target or "")
        if target is None:
            continue
        column = quoted(column_of_reference(definition, path))
        lost = company.store.query(
            f"SELECT key FROM {definition.table} WHERE {column} IS NOT NULL"
            f" AND {column} NOT IN (SELECT key FROM {target.table})"
        )
        assert [row[0] for row in lost] == [], (definition.name, path)


def test_a_record_without_an_id_gets_its_key(company: Company) -> None:
    books = opened(company)
    key = books.make("company-config/contact", {"lastName": "Doe"})
    assert books.shown("company-config/contact", key)["id"] == key


def test_an_id_is_one_record_s(company: Company) -> None:
    books = opened(company)
    with pytest.raises(Taken, match="Another record with the value V1"):
        books.make("accounts-payable/vendor", {"id": "V1"})
    books.change("accounts-payable/vendor", "1", {"id": "V1", "name": "Same id"})


@pytest.mark.parametrize("key", ["", "0", "77", "V1", "1.0", "9" * 40])
def test_what_is_not_there_cannot_be_changed(company: Company, key: str) -> None:
    books = opened(company)
    with pytest.raises(NoSuchRecord):
        books.change("accounts-payable/vendor", key, {})
    with pytest.raises(NoSuchRecord):
        books.drop("accounts-payable/vendor", key)


def test_what_identity_keeps_is_not_written(company: Company) -> None:
    books = opened(company)
    with pytest.raises(KeptElsewhere):
        books.make("company-config/user", {})
    with pytest.raises(KeptElsewhere):
        books.drop("company-config/user", "1")


def test_a_refused_write_leaves_nothing(company: Company) -> None:
    books = opened(company)
    with pytest.raises(RuleBroken):
        books.make(
            "accounts-payable/bill", bill("1.00", lines=[line("1.00"), line("1", glAccount={"id": "no"})])
        )
    assert company.store.is_empty("accounts_payable__bill")
    assert company.store.is_empty("accounts_payable__bill_line")
    key = books.make("accounts-payable/bill", bill("1.00"))
    assert key == "1"


def test_lines_belong_to_the_entity_of_their_document(company: Company) -> None:
    books = opened(company)
    key = books.make("accounts-payable/bill", bill("1.00"), scope=company.inside(1))
    row = company.store.one("SELECT entity_key FROM accounts_payable__bill_line")
    assert row is not None
    assert row[0] == company.entities[1]
    assert books.shown("accounts-payable/bill", key)["entity"]["id"] == "East Region"


def test_a_line_of_another_document_is_none_of_its(company: Company) -> None:
    books = opened(company)
    books.make("accounts-payable/bill", bill("1.00"))
    second = books.make("accounts-payable/bill", bill("2.00"))
    with pytest.raises(RuleBroken, match="There is no accounts-payable/bill-line with key 1"):
        books.change("accounts-payable/bill", second, {"lines": [{"key": "1", "txnAmount": "5"}]})


def test_an_owned_record_needs_an_owner(company: Company) -> None:
    books = opened(company)
    with pytest.raises(BadPayload, match="/bill is required"):
        books.make("accounts-payable/bill-line", line("1.00"))


def test_what_the_sandbox_does_not_serve_is_kept_by_key(company: Company) -> None:
    books = opened(company)
    key = books.make("accounts-receivable/invoice", invoice("1.00", providerPayment={"key": "7"}))
    assert books.shown("accounts-receivable/invoice", key)["providerPayment"]["key"] is None
    row = company.store.one("SELECT providerPayment FROM accounts_receivable__invoice")
    assert row is not None
    assert row[0] == 7
