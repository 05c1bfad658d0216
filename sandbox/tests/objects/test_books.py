"""Laws of the books: whatever is asked of documents, payments and entries, in whatever order, they hold."""

from decimal import Decimal
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox.tests.objects.books import Books, bill, entry, invoice, line, opened
from sandbox.tests.objects.conftest import Company, build_company
from sandbox.tests.objects.test_writing import assert_balanced, assert_nothing_dangles

from intacct_sandbox.objects import ObjectsError, documents, payments, registry, workflows
from intacct_sandbox.objects.documents import Document
from intacct_sandbox.objects.payments import Side, Use

ENTRY: Final = "general-ledger/journal-entry"
ADVANCES: Final = "1500"
AMOUNTS = st.sampled_from(["0.01", "1.10", "10.00", "33.33", "-10.00", "-0.50"])
PAID = st.sampled_from(["0.00", "0.01", "1.10", "5.00", "10.00", "33.33", "43.33"])
KEYS = st.integers(1, 4).map(str)
RATES = st.sampled_from([None, None, 1.333, 1.5])
NAMES = st.sampled_from(sorted(documents.ALL))
PAYMENTS = st.sampled_from(sorted(payments.ALL))
OF_BOOKS = st.sampled_from(
    sorted(name for name in workflows.ALL if name.rpartition("/")[0] in {*documents.ALL, *payments.ALL})
)
STEPS = st.one_of(
    st.tuples(st.just("make"), NAMES, st.lists(AMOUNTS, min_size=1, max_size=3), RATES, st.booleans()),
    st.tuples(
        st.just("pay"),
        PAYMENTS,
        st.lists(st.tuples(st.integers(0, 1), KEYS, PAID, st.integers(-1, 3), KEYS, PAID), max_size=2),
        RATES,
        st.booleans(),
    ),
    st.tuples(
        st.just("settle"),
        PAYMENTS,
        st.integers(0, 7),
        st.sampled_from([1, 1, 3, 7]),
        st.integers(0, 7),
        RATES,
    ),
    st.tuples(st.just("undo"), PAYMENTS, st.integers(0, 7)),
    st.tuples(st.just("act"), OF_BOOKS, KEYS),
    st.tuples(st.just("change"), NAMES, KEYS, KEYS, AMOUNTS),
    st.tuples(st.just("drop"), st.sampled_from([*documents.ALL, *payments.ALL, ENTRY]), KEYS),
    st.tuples(st.just("enter"), st.lists(AMOUNTS, max_size=2), st.booleans()),
    st.tuples(st.just("quirk"), st.sampled_from(["confirmed", "submitted"])),
)

# What every company has open before anything is drawn: of each kind two, one in another currency.
STOCK: Final = tuple(
    ("make", name, amounts, rate, False)
    for name in documents.ALL
    for rate in (None, 1.333)
    for amounts in ([["-33.33"]] if name.endswith("adjustment") else [["33.33", "10.00"]])
)


def currency(one: Document, rate: float | None) -> dict[str, Any]:
    """The members that put a document into a currency of its own."""
    if rate is None:
        return {}
    body: dict[str, Any] = {}
    for path, value in ((one.currency.txn, "EUR"), (one.currency.rate, rate)):
        _set(body, path, value)
    return body


def _set(body: dict[str, Any], path: str, value: Any) -> None:
    *groups, last = path.split(".")
    for group in groups:
        body = body.setdefault(group, {})
    body[last] = value


def document(one: Document, amounts: list[str], rate: float | None, state: dict[str, str]) -> dict[str, Any]:
    if one is documents.BILL:
        return bill(*amounts, **state) | currency(one, rate)
    if one is documents.INVOICE:
        return invoice(*amounts, **state) | currency(one, rate)
    body: dict[str, Any] = {one.partner: {"key": "1"}, **state, **currency(one, rate)}
    _set(body, one.day, "2026-05-01")
    if one.bank is not None:
        is_reference = one.bank in registry.ALL[one.name].references
        _set(body, one.bank, {"id": "BANK"} if is_reference else "BANK")
    lines = []
    for amount in amounts:
        element = line("0", glAccount={"id": ADVANCES if one.bank is not None else "4000"})
        del element["txnAmount"]
        _set(element, one.lines.amount.txn, amount)
        lines.append(element)
    body["items" if one is documents.AR_ADVANCE else "lines"] = lines
    return body


def payment(side: Side, details: list[Any], rate: float | None, state: dict[str, str]) -> dict[str, Any]:
    elements = []
    for pays, target, cash, takes, source, amount in details:
        element: dict[str, Any] = {side.pays[pays].reference: {"key": target}}
        _set(element, "txnCurrency.paymentAmount", cash)
        if 0 <= takes < len(side.takes):
            use = side.takes[takes]
            element[use.reference] = {"key": source}
            _set(element, f"txnCurrency.{use.amount}", amount)
        elements.append(element)
    body = {
        side.partner: {"key": "1"},
        "financialEntity": {"entityId": "BANK"},
        "details" if side is payments.PAYABLE else "paymentDetails": elements,
        **state,
    }
    if rate is not None:
        body |= {"txnCurrency": {"currency": "EUR"}, "exchangeRate": {"rate": rate}}
    return body


def do(books: Books, step: tuple[Any, ...]) -> None:
    kind, *rest = step
    if kind == "make":
        name, amounts, rate, is_draft = rest
        key = books.make(name, document(documents.ALL[name], amounts, rate, _state(is_draft)))
        if documents.ALL[name] is documents.BILL and not is_draft:
            do(books, ("act", f"{name}/submit", key))
    elif kind == "pay":
        name, details, rate, is_draft = rest
        books.make(name, payment(payments.ALL[name], details, rate, _state(is_draft)))
    elif kind == "settle":
        name, which, parts, source, rate = rest
        settle(books, payments.ALL[name], which, parts, source, rate)
    elif kind == "undo":
        name, which = rest
        undo(books, name, which)
    elif kind == "act":
        name, key = rest
        object_name, _, action = name.rpartition("/")
        definition = registry.ALL[object_name]
        workflows.run(books.company.store, books.quirks, books.author(), definition, action, {"key": key})
    else:
        do_plainly(books, kind, *rest)


def do_plainly(books: Books, kind: str, *rest: Any) -> None:
    if kind == "change":
        name, key, at, amount = rest
        element: dict[str, Any] = {"key": at}
        _set(element, documents.ALL[name].lines.amount.txn, amount)
        books.change(name, key, {"items" if name.endswith("receivable/advance") else "lines": [element]})
    elif kind == "drop":
        books.drop(*rest)
    elif kind == "enter":
        amounts, is_reversed = rest
        more = {"automaticReversalDate": "2026-06-01"} if is_reversed else {}
        books.make(ENTRY, entry(*((side, one) for one in amounts for side in ("debit", "credit")), **more))
    else:
        books.quirks.set("new-ap-payments", rest[0])


def undo(books: Books, name: str, which: int) -> None:
    """Reverse one of the payments that are posted."""
    table, posted = registry.ALL[name].table, "('confirmed', 'complete')"
    found = books.company.store.query(f"SELECT key FROM {table} WHERE state IN {posted} ORDER BY key")
    if found:
        do(books, ("act", f"{name}/reverse", str(found[which % len(found)][0])))


def settle(books: Books, side: Side, which: int, parts: int, source: int, rate: float | None) -> None:
    """Pay a part of something that is open, by what may be taken for it first, and the rest by cash."""
    targets = [one for use in enumerate(side.pays) for one in _open(books, *use, sign=1)]
    if not targets:
        return
    pays, target, due, currency_ = targets[which % len(targets)]
    amount = max(due // parts, 1)
    takes = [
        one
        for use in enumerate(side.takes)
        for one in _open(books, *use, sign=1 if not use[1].document.in_balance else -1)
        if one[3] == currency_
    ]
    # Every other time only cash.
    taken = takes[source % len(takes)] if takes and source % 2 else None
    cash, by = amount, 0
    if taken is not None:
        by = min(abs(taken[2]), amount)
        cash = amount - by
    detail = (
        pays,
        str(target),
        str(Decimal(cash) / 100),
        taken[0] if taken is not None else -1,
        str(taken[1]) if taken is not None else "0",
        str(Decimal(by) / 100),
    )
    is_foreign = currency_ == "EUR"
    body = payment(side, [detail], (rate or 1.25) if is_foreign else None, {})
    books.make(side.name, body)


def _open(books: Books, place: int, use: Use, *, sign: int) -> list[tuple[int, int, int, str]]:
    one = use.document
    found = books.company.store.query(
        f'SELECT key, "{one.due.txn}", "{one.currency.txn}" FROM {registry.ALL[one.name].table}'
        f" WHERE state IN ('posted', 'selected', 'partiallyPaid') AND \"{one.due.txn}\" * {sign} > 0"
    )
    return [(place, int(row[0]), int(row[1]), str(row[2])) for row in found]


def _state(is_draft: bool) -> dict[str, str]:
    return {"state": "draft"} if is_draft else {}


# Each example is a company of its own, and a busy machine takes its time over one.
@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEPS, min_size=4, max_size=16))
def test_whatever_is_asked_the_laws_hold(steps: list[tuple[Any, ...]]) -> None:
    company = build_company()
    books = opened(company)
    for step in (*STOCK, *steps):
        try:
            do(books, step)
        except ObjectsError:
            continue
        assert_the_ledger_balances(company)
    assert_control_accounts_are_what_is_owed(company)
    for one in documents.ALL.values():
        assert_open_amounts_are_what_was_not_applied(books, one)
    assert_balanced(company)
    for definition in registry.ALL.values():
        assert_nothing_dangles(company, definition)
    assert_applications_lead_somewhere(company)
    company.store.close()


def _number(company: Company, sql: str, *parameters: object) -> int:
    row = company.store.one(sql, parameters)
    return int(row[0] or 0) if row is not None else 0


def assert_the_ledger_balances(company: Company) -> None:
    """Over all, in every entity, and in every record that is posted."""
    off = company.store.query(
        "SELECT source, source_key, entity_key, sum(CASE side WHEN 'debit' THEN base ELSE -base END) AS off"
        " FROM gl_posting GROUP BY 1, 2, 3 HAVING off <> 0"
    )
    assert [tuple(row) for row in off] == []
    assert _number(company, 'SELECT sum("amount") FROM general_ledger__gl_detail') == 0


def _balance(company: Company, account: str) -> int:
    return _number(
        company,
        'SELECT sum(d."amount") FROM general_ledger__gl_detail AS d JOIN general_ledger__account AS a'
        ' ON a.key = d."glAccount" WHERE a.id = ?',
        account,
    )


def assert_control_accounts_are_what_is_owed(company: Company) -> None:
    owed = _number(company, "SELECT sum(totalDue) FROM accounts_payable__vendor")
    assert _balance(company, "2000") == -owed
    owed = _number(company, "SELECT sum(totalDue) FROM accounts_receivable__customer")
    assert _balance(company, "1200") == owed
    posted = "state NOT IN ('draft', 'declined', 'reversed', 'reversal')"
    paid = _number(company, f"SELECT sum(totalDue) FROM accounts_payable__advance WHERE {posted}")
    got = _number(
        company,
        f'SELECT sum("paymentInformation.totalDue") FROM accounts_receivable__advance WHERE {posted}',
    )
    assert _balance(company, ADVANCES) == paid - got


def assert_open_amounts_are_what_was_not_applied(books: Books, one: Document) -> None:
    store, table = books.company.store, registry.ALL[one.name].table
    paths = ", ".join(f'"{path}"' for path in (one.total.txn, one.total.base, one.due.txn, one.due.base))
    for key, state, total, base, due, base_due in store.query(f"SELECT key, state, {paths} FROM {table}"):
        used = store.one(
            "SELECT coalesce(sum(txn * is_posted), 0), coalesce(sum(base * is_posted), 0),"
            " coalesce(sum(txn), 0) FROM subledger_application WHERE document = ? AND document_key = ?",
            (one.name, key),
        )
        assert used is not None
        paid, base_paid, taken = used
        if state in documents.REVERSED:
            assert (due, base_due, taken) == (0, 0, 0)
            continue
        assert (due, base_due) == (total - paid, base - base_paid)
        assert abs(taken) <= abs(total)
        assert paid == 0 or base_due == 0 or due != 0
        assert (state == "paid") == (paid == total != 0)
        assert (state == "partiallyPaid") == (paid not in {0, total})
        lines = store.one(
            f'SELECT sum("{one.lines.amount.txn}"), sum("{one.lines.amount.base}")'
            f" FROM {registry.ALL[one.lines.name].table} WHERE {one.lines.owner} = ?",
            (key,),
        )
        assert lines is not None
        assert tuple(lines) == (total, base)


def assert_applications_lead_somewhere(company: Company) -> None:
    for document_name, key, payment_name, payer in company.store.query(
        "SELECT document, document_key, payment, payment_key FROM subledger_application"
    ):
        for name, number in ((document_name, key), (payment_name, payer)):
            assert _number(company, f"SELECT 1 FROM {registry.ALL[name].table} WHERE key = ?", number) == 1
    for name, number in company.store.query("SELECT DISTINCT source, source_key FROM gl_posting"):
        assert _number(company, f"SELECT 1 FROM {registry.ALL[name].table} WHERE key = ?", number) == 1


def test_the_steps_reach_what_the_laws_are_about() -> None:
    company = build_company()
    books = opened(company)
    for step in (
        ("make", "accounts-payable/bill", ["33.33", "10.00"], 1.333, False),
        ("make", "accounts-payable/adjustment", ["-10.00"], 1.5, False),
        ("make", "accounts-payable/advance", ["10.00"], 1.5, False),
        ("pay", "accounts-payable/payment", [(0, "1", "10.00", 0, "1", "1.10")], 1.5, False),
        ("pay", "accounts-payable/payment", [(0, "1", "1.10", 1, "1", "5.00")], 1.333, False),
        ("act", "accounts-payable/payment/reverse", "1"),
        ("enter", ["10.00"], True),
    ):
        do(books, step)
        assert_the_ledger_balances(company)
    assert_control_accounts_are_what_is_owed(company)
    for one in documents.ALL.values():
        assert_open_amounts_are_what_was_not_applied(books, one)
    assert books.shown("accounts-payable/bill", "1")["totalTxnAmountDue"] == str(Decimal("37.23"))
    assert _number(company, "SELECT count(*) FROM subledger_application") == 2
    assert _number(company, "SELECT count(*) FROM general_ledger__journal_entry") == 2
    company.store.close()
