from dataclasses import fields

import pytest

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.documents import ALL, Amount, Currency, Document


@pytest.mark.parametrize("one", ALL.values(), ids=ALL)
def test_every_path_is_one_of_the_object(one: Document) -> None:
    document, line = registry.ALL[one.name], registry.ALL[one.lines.name]
    for part in (one.total, one.due, one.paid, one.selected, one.currency):
        assert set(_paths(part)) <= set(document.fields)
    for part in (one.lines.amount, one.lines.paid, one.lines.selected, one.lines.currency):
        assert set(_paths(part)) <= set(line.fields)
    known = {*document.fields, *document.references}
    assert {one.day, one.number, one.partner, *one.defaults} <= known
    assert {one.bank, one.fully_paid} - {None} <= known
    assert line.owner == one.lines.owner
    assert document.references[one.partner].target == one.partner_object


def _paths(part: Amount | Currency | None) -> list[str]:
    return [] if part is None else [getattr(part, one.name) for one in fields(part)]
