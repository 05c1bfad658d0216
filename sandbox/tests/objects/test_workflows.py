from typing import Any

import pytest
from sandbox.tests.objects.books import Books, bill, opened
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.objects import BadPayload, NoSuchRecord, RuleBroken, registry, workflows


def run(books: Books, name: str, action: str, body: Any) -> dict[str, str]:
    definition = registry.find(name)
    assert definition is not None
    return workflows.run(books.company.store, books.quirks, books.author(), definition, action, body)


@pytest.mark.parametrize("name", workflows.ALL)
def test_every_action_is_the_catalogue_s_and_its_object_has_a_state(name: str) -> None:
    object_name, _, action = name.rpartition("/")
    definition = registry.ALL[object_name]
    assert action in definition.workflows
    known = workflows.ALL[name]
    assert {known.state_field, *known.copies, *known.sets} <= set(definition.fields)
    assert set(known.copies.values()) | set(known.needs) <= set(known.takes)


def test_what_is_not_emulated_is_known() -> None:
    assert workflows.missing() == []


def test_typed_documents_have_the_actions_of_untyped_ones(company: Company) -> None:
    books = opened(company)
    name = "purchasing/document::Purchase Order"
    key = books.make(name, {})
    assert workflows.find(name, "submit") is not None
    assert run(books, name, "submit", {"key": key})["state"] == "submitted"
    assert run(books, name, "approve", {"key": key, "notes": "fine"})["state"] == "approved"


def test_an_action_is_legal_from_its_states_only(company: Company) -> None:
    books = opened(company)
    key = books.make("accounts-payable/bill", bill("1.00"))
    for action in ("approve", "decline", "recall", "reverse"):
        with pytest.raises(RuleBroken, match="A record in state draft cannot"):
            run(books, "accounts-payable/bill", action, {"key": key})
    assert run(books, "accounts-payable/bill", "submit", {"key": key})["state"] == "posted"


def test_a_vendor_is_approved_with_a_word_and_kept_with_a_letter(company: Company) -> None:
    books = opened(company)
    assert run(books, "accounts-payable/vendor", "approve", {"key": "1"}) == {
        "key": "1",
        "id": "V1",
        "href": "/objects/accounts-payable/vendor/1",
        "state": "approved",
    }
    assert books.shown("accounts-payable/vendor", "1")["state"] == "a"


@pytest.mark.parametrize(
    "body", [None, [], {}, {"key": 1}, {"key": ""}, {"key": "1", "x": 1}, {"key": "1", "reverseDate": "x"}]
)
def test_a_request_that_does_not_do_is_refused(company: Company, body: Any) -> None:
    with pytest.raises(BadPayload):
        run(opened(company), "accounts-payable/bill", "reverse", body)


@pytest.mark.parametrize("key", ["1", "x", "-1", "9" * 30])
def test_a_record_that_is_not_there_is_not_found(company: Company, key: str) -> None:
    with pytest.raises(NoSuchRecord):
        run(opened(company), "accounts-payable/bill", "submit", {"key": key})


def test_nothing_is_reversed_into_closed_books(company: Company) -> None:
    books = opened(company)
    key = books.make("accounts-payable/bill", bill("1.00"))
    run(books, "accounts-payable/bill", "submit", {"key": key})
    books.quirks.set("closed-periods", "2026-05-15")
    with pytest.raises(RuleBroken, match="closed"):
        run(books, "accounts-payable/bill", "reverse", {"key": key, "reverseDate": "2026-05-10"})
    assert books.shown("accounts-payable/bill", key)["state"] == "posted"
