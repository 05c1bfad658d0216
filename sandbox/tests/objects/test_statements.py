from datetime import date

import pytest

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.definitions import Kind
from intacct_sandbox.objects.errors import TooComplex
from intacct_sandbox.objects.paths import Column, Step, resolve
from intacct_sandbox.objects.statements import MOST_RELATIONS, Relations

INVOICE = registry.ALL["accounts-receivable/invoice"]
TODAY = date(2026, 5, 20)


def test_a_related_table_is_joined_once() -> None:
    relations = Relations(INVOICE, TODAY)
    relations.expression(resolve(INVOICE, "customer.name"))
    relations.expression(resolve(INVOICE, "customer.id"))
    relations.expression(resolve(INVOICE, "customer.term.id"))
    assert relations.joins.count("LEFT JOIN") == 2


def test_an_own_field_joins_nothing() -> None:
    relations = Relations(INVOICE, TODAY)
    assert relations.expression(resolve(INVOICE, "state")) == 't."state"'
    assert relations.joins == ""
    assert relations.source.strip() == "accounts_receivable__invoice AS t"


def test_what_is_never_there_is_null() -> None:
    assert Relations(INVOICE, TODAY).expression(resolve(INVOICE, "providerPayment.id")) == "NULL"


def test_more_relations_than_sqlite_joins_are_refused() -> None:
    relations = Relations(INVOICE, TODAY)
    columns = [
        Column(
            path="x", steps=(Step(f"reference{number}", INVOICE),), name="state", kind=Kind.TEXT, show=None
        )
        for number in range(MOST_RELATIONS + 1)
    ]
    for column in columns[:-1]:
        relations.expression(column)
    with pytest.raises(TooComplex):
        relations.expression(columns[-1])
