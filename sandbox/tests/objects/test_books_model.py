"""The books against a model of them that a dictionary holds: what is refused, what is kept, what queries say.

Every step of a random sequence is foretold by the model. A refused write leaves every row as it was; a done
one leaves what the model says; the query service adds up the same lines; what was deleted can't be referred
to, and its key never comes again. The laws that hold whatever was asked are in `test_writing`.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sandbox.tests.objects.books import Books, bill, entry, line, opened
from sandbox.tests.objects.conftest import TODAY, build_company
from sandbox.tests.objects.test_writing import assert_nothing_dangles

from intacct_sandbox.objects import ObjectsError, Query, registry, run

VENDOR: Final = "accounts-payable/vendor"
BILL: Final = "accounts-payable/bill"
BILL_LINE: Final = "accounts-payable/bill-line"
ENTRY: Final = "general-ledger/journal-entry"
ENTRY_LINE: Final = "general-ledger/journal-entry-line"
KEPT: Final = (VENDOR, BILL, BILL_LINE, ENTRY, ENTRY_LINE, "company-config/audit-history")
CENTS: Final = st.integers(1, 10**8)
PLACE: Final = st.integers(0, 9)


def money(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


class BooksModel(RuleBasedStateMachine):
    """A company, and what it should hold."""

    @initialize()
    def open_the_books(self) -> None:
        self.books: Books = opened(build_company())
        self.store = self.books.company.store
        self.vendors: list[str] = ["1"]
        self.gone: list[str] = []
        # Bill -> its vendor; line -> cents.
        self.bill_vendors: dict[str, str] = {}
        self.bills: dict[str, dict[str, int]] = {}
        # Entry -> line -> side and cents.
        self.entries: dict[str, dict[str, tuple[str, int]]] = {}
        self.keys_of_deleted: dict[str, set[str]] = {name: set() for name in KEPT}

    # Vendors

    @rule()
    def make_a_vendor(self) -> None:
        number = len(self.vendors) + len(self.gone)
        key = self.books.make(VENDOR, {"id": f"M{number}", "name": "Made"})
        self.is_new(VENDOR, key)
        self.vendors.append(key)

    @precondition(lambda self: self.vendors)
    @rule(place=PLACE)
    def drop_a_vendor(self, place: int) -> None:
        key = self.vendors[place % len(self.vendors)]
        is_used = key in self.bill_vendors.values()
        if self.attempt(lambda: self.books.drop(VENDOR, key), refused=is_used):
            self.vendors.remove(key)
            self.gone.append(key)
            self.keys_of_deleted[VENDOR].add(key)

    # Bills

    @precondition(lambda self: self.vendors or self.gone)
    @rule(place=PLACE, amounts=st.lists(CENTS, max_size=3))
    def make_a_bill(self, place: int, amounts: list[int]) -> None:
        known = [*self.vendors, *self.gone]
        vendor = known[place % len(known)]
        body = bill(*map(money, amounts), vendor={"key": vendor})
        made: list[str] = []
        is_refused = vendor in self.gone or not amounts
        if self.attempt(lambda: made.append(self.books.make(BILL, body)), refused=is_refused):
            self.is_new(BILL, made[0])
            self.bill_vendors[made[0]] = vendor
            self.bills[made[0]] = dict(zip(self.lines_of(BILL, made[0]), amounts, strict=True))

    @precondition(lambda self: self.bills)
    @rule(place=PLACE, at=PLACE, cents=CENTS, operation=st.sampled_from(("add", "change", "delete")))
    def change_a_bill(self, place: int, at: int, cents: int, operation: str) -> None:
        key, lines = self.pick(self.bills, place)
        chosen = list(lines)[at % len(lines)]
        element = {
            "add": line(money(cents)),
            "change": {"key": chosen, "txnAmount": money(cents)},
            "delete": {"key": chosen, "ia::operation": "delete"},
        }[operation]
        is_refused = operation == "delete" and len(lines) == 1
        if not self.attempt(lambda: self.books.change(BILL, key, {"lines": [element]}), refused=is_refused):
            return
        if operation == "delete":
            del lines[chosen]
            self.keys_of_deleted[BILL_LINE].add(chosen)
        elif operation == "change":
            lines[chosen] = cents
        else:
            (added,) = set(self.lines_of(BILL, key)) - set(lines)
            self.is_new(BILL_LINE, added)
            lines[added] = cents

    @precondition(lambda self: len(self.bills) > 1)
    @rule(place=PLACE, at=PLACE)
    def reach_for_a_line_of_another_bill(self, place: int, at: int) -> None:
        key, _ = self.pick(self.bills, place)
        _, others = self.pick({other: lines for other, lines in self.bills.items() if other != key}, at)
        element = {"key": next(iter(others)), "txnAmount": "1.00"}
        self.attempt(lambda: self.books.change(BILL, key, {"lines": [element]}), refused=True)

    @precondition(lambda self: self.bills)
    @rule(place=PLACE)
    def drop_a_bill(self, place: int) -> None:
        key, lines = self.pick(self.bills, place)
        self.books.drop(BILL, key)
        self.keys_of_deleted[BILL].add(key)
        self.keys_of_deleted[BILL_LINE] |= set(lines)
        del self.bills[key], self.bill_vendors[key]

    # Journal entries

    @rule(debits=st.lists(CENTS, max_size=3), error=st.sampled_from((0, 0, 0, 1)))
    def make_an_entry(self, debits: list[int], error: int) -> None:
        sides = [("debit", cents) for cents in debits]
        if debits:
            sides.append(("credit", sum(debits) + error))
        body = entry(*((side, money(cents)) for side, cents in sides))
        made: list[str] = []
        is_refused = not debits or bool(error)
        if self.attempt(lambda: made.append(self.books.make(ENTRY, body)), refused=is_refused):
            self.is_new(ENTRY, made[0])
            self.entries[made[0]] = dict(zip(self.lines_of(ENTRY, made[0]), sides, strict=True))

    @precondition(lambda self: self.entries)
    @rule(place=PLACE, at=PLACE, by=st.integers(0, 1000), on_both_sides=st.booleans())
    def change_an_entry(self, place: int, at: int, by: int, on_both_sides: bool) -> None:
        key, lines = self.pick(self.entries, place)
        debits = [one for one, (side, _) in lines.items() if side == "debit"]
        (credit,) = set(lines) - set(debits)
        changed = [debits[at % len(debits)], *([credit] if on_both_sides else [])]
        after = {one: (lines[one][0], lines[one][1] + by) for one in changed}
        elements = [{"key": one, "txnAmount": money(cents)} for one, (_, cents) in after.items()]
        is_refused = by > 0 and not on_both_sides
        if self.attempt(lambda: self.books.change(ENTRY, key, {"lines": elements}), refused=is_refused):
            lines.update(after)

    @precondition(lambda self: self.entries)
    @rule(place=PLACE)
    def drop_an_entry(self, place: int) -> None:
        key, lines = self.pick(self.entries, place)
        self.books.drop(ENTRY, key)
        self.keys_of_deleted[ENTRY].add(key)
        self.keys_of_deleted[ENTRY_LINE] |= set(lines)
        del self.entries[key]

    # What holds after every step

    @invariant()
    def totals_are_those_of_the_model(self) -> None:
        shown = self.ask(BILL, "key", "totalTxnAmount")
        assert {row["key"]: row["totalTxnAmount"] for row in shown} == {
            key: money_shown(sum(lines.values())) for key, lines in self.bills.items()
        }

    @invariant()
    def the_query_service_adds_up_the_same_lines(self) -> None:
        rows = self.ask(BILL_LINE, "bill.key", "sum:txnAmount", "count:key")
        assert {row["bill.key"]: (row["sum:txnAmount"], row["count:key"]) for row in rows} == {
            key: (money_shown(sum(lines.values())), len(lines)) for key, lines in self.bills.items()
        }

    @invariant()
    def every_entry_balances_on_the_model_s_sum(self) -> None:
        rows = self.ask(ENTRY_LINE, "journalEntry.key", "txnType", "sum:baseAmount")
        sums = {(row["journalEntry.key"], row["txnType"]): row["sum:baseAmount"] for row in rows}
        assert sums == {
            (key, side): money_shown(sum(cents for one, cents in lines.values() if one == "debit"))
            for key, lines in self.entries.items()
            for side in ("debit", "credit")
        }

    @invariant()
    def vendors_are_those_of_the_model(self) -> None:
        assert sorted(row["key"] for row in self.ask(VENDOR, "key")) == sorted(self.vendors)

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        for definition in registry.ALL.values():
            assert_nothing_dangles(self.books.company, definition)
        self.store.close()

    # Means

    def attempt(self, act: Callable[[], Any], *, refused: bool) -> bool:
        """Whether it was done, which must be as the model foretold; a refusal must leave every row."""
        before = self.rows()
        try:
            act()
        except ObjectsError:
            assert refused, "the model has no reason for a refusal"
            assert self.rows() == before
            return False
        assert not refused, "the model foretold a refusal"
        return True

    def rows(self) -> list[tuple[Any, ...]]:
        tables = [registry.ALL[name].table for name in KEPT]
        return [tuple(row) for table in tables for row in self.store.query(f"SELECT * FROM {table}")]

    def ask(self, name: str, *fields: str) -> list[dict[str, Any]]:
        query = Query(fields=fields, size=4000)
        page = run(self.store, registry.ALL[name], query, self.books.company.top, today=TODAY)
        return [dict(row) for row in page.rows]

    def lines_of(self, name: str, key: str) -> list[str]:
        return [one["key"] for one in self.books.shown(name, key)["lines"]]

    def pick(self, known: dict[str, Any], place: int) -> tuple[str, Any]:
        return list(known.items())[place % len(known)]

    def is_new(self, name: str, key: str) -> None:
        assert key not in self.keys_of_deleted[name], "a key that was deleted came again"


def money_shown(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


TestBooksModel = BooksModel.TestCase
TestBooksModel.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
