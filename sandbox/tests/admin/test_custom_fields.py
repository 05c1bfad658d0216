"""Custom fields on the company's pages, in the fixture `guide`."""

from collections.abc import Iterator

import pytest
from sandbox.tests.conftest import BASE_URL
from sandbox.tests.pages.visiting import Visitor, sign_in
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox, create_app
from intacct_sandbox.identity import companies
from intacct_sandbox.objects import custom
from intacct_sandbox.objects.custom import CustomField
from intacct_sandbox.settings import Settings

LIST = "/company/setup/custom-fields"
VENDOR = "accounts-payable/vendor"
FORM = {"object": VENDOR, "name": "REGION", "label": "Region"}


@pytest.fixture
def owner(sandbox: Sandbox) -> Iterator[Visitor]:
    with TestClient(create_app(Settings(), sandbox), base_url=BASE_URL) as client:
        yield sign_in(Visitor(client), "MyCompany", "owner")


def fields(sandbox: Sandbox, company_id: str = "MyCompany") -> tuple[CustomField, ...]:
    company = companies.find(sandbox.store, company_id)
    assert company is not None
    return custom.of(sandbox.store, company.key).fields


def test_a_field_is_added_listed_and_deleted(owner: Visitor, sandbox: Sandbox) -> None:
    owner.open("/company/setup").click("Custom Fields").click("Add")
    owner.press("Save", **FORM, type="picklist", values="North\n South \n\nNorth", required="yes")
    assert fields(sandbox) == (
        CustomField(
            object_name=VENDOR,
            name="REGION",
            type="picklist",
            label="Region",
            values=("North", "South"),
            is_required=True,
        ),
    )
    for part in ("Region Required", VENDOR, "Picklist North, South", "nsp::REGION"):
        assert part in owner.text
    sandbox.store.execute('UPDATE accounts_payable__vendor SET "nsp::REGION" = ? WHERE key = 1', ("North",))
    owner.click("Delete REGION")
    assert f"Delete the field REGION of {VENDOR}?" in owner.text
    owner.press("Delete field")
    assert fields(sandbox) == ()
    assert "There is no custom field yet" in owner.text
    # A field of that name starts empty again.
    owner.open(f"{LIST}/new").press("Save", **FORM)
    row = sandbox.store.one('SELECT "nsp::REGION" FROM accounts_payable__vendor WHERE key = 1')
    assert row is not None
    assert row[0] is None


@pytest.mark.parametrize(
    ("entered", "wrong"),
    [
        ({"object": "", "name": ""}, {"object", "name"}),
        ({"name": "1st"}, {"name"}),
        ({"name": "x" * 81}, {"name"}),
        ({"label": "x" * 81}, {"label"}),
        ({"type": "picklist"}, {"values"}),
        ({"type": "picklist", "values": "x" * 81}, {"values"}),
        ({"type": "text", "values": "a"}, {"values"}),
    ],
)
def test_what_cannot_be_a_field_is_refused_beside_its_field(
    owner: Visitor, sandbox: Sandbox, entered: dict[str, str], wrong: set[str]
) -> None:
    owner.open(f"{LIST}/new").press("Save", **{**FORM, **entered})
    assert set(owner.errors()) == wrong
    assert fields(sandbox) == ()


def test_a_name_is_taken_once_for_an_object(owner: Visitor, sandbox: Sandbox) -> None:
    owner.open(f"{LIST}/new").press("Save", **FORM)
    owner.open(f"{LIST}/new").press("Save", **{**FORM, "name": "nsp::region"})
    assert set(owner.errors()) == {"name"}
    owner.open(f"{LIST}/new").press("Save", **{**FORM, "object": "accounts-receivable/customer"})
    assert [one.object_name for one in fields(sandbox)] == [VENDOR, "accounts-receivable/customer"]


def test_nothing_is_changed_without_the_token_of_the_page(owner: Visitor, sandbox: Sandbox) -> None:
    owner.open(f"{LIST}/new")
    owner.post(f"{LIST}/new", {name: [value] for name, value in {**FORM, "type": "text"}.items()})
    assert fields(sandbox) == ()


def test_the_fields_of_another_company_are_not_there(owner: Visitor, sandbox: Sandbox) -> None:
    solo = companies.find(sandbox.store, "SoloCo")
    assert solo is not None
    other = CustomField(object_name=VENDOR, name="REGION", type="text", label="Region")
    custom.add_field(sandbox.store, solo.key, other)
    ((number, _),) = custom.numbered_fields(sandbox.store, solo.key)
    assert "There is no custom field yet" in owner.open(LIST).text
    assert "Page not found" in owner.open(f"{LIST}/{number}/deletion").text
    token = owner.open(f"{LIST}/new").csrf()
    owner.post(f"{LIST}/{number}/deletion", {"csrf": [token]})
    assert fields(sandbox, "SoloCo") == (other,)
