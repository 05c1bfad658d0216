import pytest
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.identity import users
from intacct_sandbox.identity.users import User
from intacct_sandbox.objects import may, registry


def clerk(company: Company, *permissions: str) -> User:
    new = users.NewUser(
        id="Clerk", user_name="Clerk", account_email="c@example.com", password="x", permissions=permissions
    )
    return users.add(company.store, company.key, new)


def test_a_permission_on_a_document_covers_its_lines_and_not_the_other_way_round(company: Company) -> None:
    quirks = Quirks()
    user = clerk(company, "accounts-payable/bill:list", "accounts-receivable/invoice-line:list")

    def lists(name: str) -> bool:
        definition = registry.find(name)
        assert definition is not None
        return may(company.store, quirks, user, definition, "list", "readonly")

    assert lists("accounts-payable/bill")
    assert lists("accounts-payable/bill-line")
    assert lists("accounts-receivable/invoice-line")
    assert not lists("accounts-receivable/invoice")
    assert not lists("accounts-payable/vendor")
    quirks.set("permission-of-owned-records", "own")
    assert not lists("accounts-payable/bill-line")


@pytest.mark.parametrize(("right", "allowed"), [("edit", True), ("delete", False)])
def test_the_right_counts_and_the_type_of_a_document_does_not(
    company: Company, right: str, allowed: bool
) -> None:
    user = clerk(company, "order-entry/document:edit")
    definition = registry.find("order-entry/document::Sales Invoice")
    assert definition is not None
    assert may(company.store, Quirks(), user, definition, right) is allowed
