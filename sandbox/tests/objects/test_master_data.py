import pytest
from sandbox.tests.objects.books import opened
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.objects import RuleBroken, behaviours, registry
from intacct_sandbox.objects.master_data import behaviours as of_master_data

TREES = (
    "accounts-payable/vendor",
    "accounts-receivable/customer",
    "company-config/class",
    "company-config/department",
    "company-config/folder",
    "company-config/location",
    "projects/project",
)


def test_every_object_with_a_parent_of_its_kind_is_a_tree() -> None:
    trees = {
        name
        for name, one in registry.ALL.items()
        if "parent" in one.references and one.references["parent"].target == name
    }
    assert set(TREES) <= trees <= set(of_master_data())


@pytest.mark.parametrize("name", TREES)
def test_a_record_is_not_below_itself(company: Company, name: str) -> None:
    books = opened(company)
    assert behaviours.of(name).prepare is not None
    keys = [
        books.make(
            name,
            {"id": f"T{number}", "name": f"T{number}"}
            if name != "company-config/folder"
            else {"id": f"T{number}"},
        )
        for number in range(3)
    ]
    top, middle, low = keys
    books.change(name, middle, {"parent": {"key": top}})
    books.change(name, low, {"parent": {"key": middle}})
    assert books.shown(name, low)["parent"]["key"] == middle
    for key in keys:
        with pytest.raises(RuleBroken, match="below itself"):
            books.change(name, top, {"parent": {"key": key}})
    with pytest.raises(RuleBroken, match="is used by"):
        books.drop(name, top)


@pytest.mark.parametrize(
    "name", ["general-ledger/reporting-period", "projects/project", "company-config/employee"]
)
def test_what_ends_ends_after_it_begins(company: Company, name: str) -> None:
    books = opened(company)
    body = {"id": "X", "name": "X", "startDate": "2026-05-01", "endDate": "2026-05-31"}
    if name.endswith("period"):
        del body["name"]
    key = books.make(name, body)
    with pytest.raises(RuleBroken, match="ends on 2026-04-30, before it begins"):
        books.change(name, key, {"endDate": "2026-04-30"})
    with pytest.raises(RuleBroken, match="before it begins"):
        books.change(name, key, {"startDate": "2026-06-01"})
    books.change(name, key, {"startDate": "2026-06-01", "endDate": "2026-06-01"})


def test_an_employee_is_called_like_the_contact(company: Company) -> None:
    books = opened(company)
    contact = {"id": "Doe, Jo", "firstName": "Jo", "lastName": "Doe", "email1": "jo@example.com"}
    key = books.make("company-config/employee", {"id": "E1", "primaryContact": contact | {"id": None}})
    shown = books.shown("company-config/employee", key)
    assert shown["name"] == "Jo Doe"
    made = books.shown("company-config/contact", shown["primaryContact"]["key"])
    assert (made["printAs"], made["email1"]) == ("Jo Doe", "jo@example.com")
    named = books.make(
        "company-config/employee", {"id": "E2", "name": "Other", "primaryContact": {"key": made["key"]}}
    )
    assert books.shown("company-config/employee", named)["name"] == "Other"
    firm = books.make("company-config/contact", {"id": "Firm", "companyName": "Firm Ltd"})
    assert books.shown("company-config/contact", firm)["printAs"] == "Firm Ltd"


def test_a_bank_account_that_money_went_through_stays(company: Company) -> None:
    books = opened(company)
    account = "cash-management/checking-account"
    unused = books.make(account, {"id": "NEW"})
    books.make(
        "accounts-payable/payment",
        {"vendor": {"key": "1"}, "financialEntity": {"entityId": "BANK"}, "state": "draft"},
    )
    books.drop(account, unused)
    with pytest.raises(RuleBroken, match="is used by payments"):
        books.drop(account, "1")
