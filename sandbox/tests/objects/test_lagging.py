from datetime import timedelta

import pytest
from sandbox.tests.objects.books import BILL, NOW, bill, opened
from sandbox.tests.objects.conftest import TODAY, Company

from intacct_sandbox.objects import Query, RuleBroken, run, seen
from intacct_sandbox.objects.workflows import run as act


def states(company: Company, minutes: int) -> list[object]:
    store = seen(company.store, NOW + timedelta(minutes=minutes))
    return [row["state"] for row in run(store, BILL, Query(fields=("state",)), company.top, today=TODAY).rows]


def test_without_a_delay_everything_is_seen_at_once(company: Company) -> None:
    opened(company).make(BILL.name, bill("1.00"))
    assert states(company, 0) == ["draft"]


def test_what_a_workflow_changes_is_seen_once_the_delay_is_over(company: Company) -> None:
    books = opened(company)
    key = books.make(BILL.name, bill("1.00"))
    books.quirks.set("read-delay-seconds", "300")
    act(company.store, books.quirks, books.author(), BILL, "submit", {"key": key})
    assert [states(company, minutes) for minutes in (0, 4, 5)] == [["draft"], ["draft"], ["posted"]]


def test_what_was_refused_changes_nothing_later_either(company: Company) -> None:
    books = opened(company)
    books.quirks.set("read-delay-seconds", "300")
    with pytest.raises(RuleBroken):
        books.make(BILL.name, bill("1.00", vendor={"id": "nobody"}))
    assert [states(company, minutes) for minutes in (0, 10)] == [[], []]
