from urllib.parse import quote

import pytest
from sandbox.tests.conftest import BASE_URL
from sandbox.tests.pages.visiting import Visitor, sign_in
from starlette.testclient import TestClient

from intacct_sandbox.admin.data import PAGE_SIZE, PATH, record_address, records_address
from intacct_sandbox.app import Sandbox, create_app
from intacct_sandbox.identity import companies
from intacct_sandbox.objects import ALL, custom
from intacct_sandbox.settings import Settings

VENDOR, BILL = "accounts-payable/vendor", "accounts-payable/bill"


@pytest.fixture
def owner(sandbox: Sandbox) -> Visitor:
    """The administrator of MyCompany in the fixture `guide`."""
    client = TestClient(create_app(Settings(), sandbox), base_url=BASE_URL)
    return sign_in(Visitor(client), "MyCompany", "owner")


def test_the_menu_leads_to_objects_records_and_a_record(owner: Visitor) -> None:
    owner.open("/company").click("Company").click("Data").click("vendor")
    assert "40 records" in owner.text
    owner.click("20001")
    assert "Alder Creek Office Supply" in owner.text
    assert "/ia/api/v1/objects/accounts-payable/vendor/1" in owner.text


def test_what_the_company_added_is_shown_like_everything_else(owner: Visitor, sandbox: Sandbox) -> None:
    company = companies.find(sandbox.store, "MyCompany")
    assert company is not None
    field = custom.CustomField(object_name=VENDOR, name="REGION", type="text", label="Region")
    custom.add_field(sandbox.store, company.key, field)
    custom.add_object(sandbox.store, company.key, custom.CustomObject(name="Crop", label="Crop"))
    sandbox.store.execute(
        'UPDATE accounts_payable__vendor SET "nsp::REGION" = ? WHERE key = 1', ("Northern",)
    )
    sandbox.store.execute(
        "INSERT INTO platform_apps__nsp_Crop (company_key, key, name) VALUES (?, 1, ?)",
        (company.key, "Wheat"),
    )
    owner.open("/company").click("Company").click("Data").click("nsp::Crop")
    assert "Wheat" in owner.text
    owner.open(records_address(VENDOR))
    assert "Northern" in owner.text
    owner.open(record_address(VENDOR, 1))
    assert "nsp::REGION" in owner.text


def test_only_objects_with_records_are_listed_until_all_are_asked_for(owner: Visitor) -> None:
    owner.open(PATH)
    assert "vendor" in owner.links()
    assert "ap-payment-provider" not in owner.links()
    assert f"of {len(ALL)} that are served" in owner.text
    some = len(owner.links())
    owner.click("Empty objects too")
    assert len(owner.links()) > some
    owner.click("Only with records")
    assert len(owner.links()) == some


def test_records_are_paged(owner: Visitor) -> None:
    owner.open(records_address("accounts-receivable/invoice"))
    assert f"1–{PAGE_SIZE} of 508" in owner.text
    assert "Previous" not in owner.links()
    owner.click("Next")
    assert f"{PAGE_SIZE + 1}–{2 * PAGE_SIZE} of 508" in owner.text
    owner.open(records_address("accounts-receivable/invoice", 11))
    assert "501–508 of 508" in owner.text
    assert "Next" not in owner.links()
    owner.click("Previous")


def test_what_changed_last_comes_first(owner: Visitor, sandbox: Sandbox) -> None:
    sandbox.store.execute(
        "UPDATE accounts_payable__vendor SET name = 'Changed just now',"
        " \"audit.modifiedDateTime\" = '2030-01-01T00:00:00Z' WHERE key = 33"
    )
    owner.open(records_address(VENDOR))
    assert owner.text.index("Changed just now") < owner.text.index("Alder Creek")


def test_references_and_lines_lead_to_their_records(owner: Visitor) -> None:
    owner.open(record_address(BILL, 1))
    lines, vendor = (
        owner.source.count("object=accounts-payable/bill-line&"),
        "object=accounts-payable/vendor&",
    )
    assert lines >= 1
    assert vendor in owner.source
    assert "totalTxnAmount" in owner.text
    owner.open(record_address("accounts-payable/bill-line", 1))
    assert "object=general-ledger/account&" in owner.source


def test_what_is_empty_is_named_and_not_shown(owner: Visitor) -> None:
    owner.open(record_address(VENDOR, 1))
    assert "Empty: " in owner.text
    assert "Empty fields of other groups" in owner.text


def test_a_record_is_titled_by_its_id_and_what_tells_more(owner: Visitor) -> None:
    assert "3 · INV-00003" in owner.open(record_address("accounts-receivable/invoice", 3)).text
    assert "20001 · Alder Creek Office Supply" in owner.open(record_address(VENDOR, 1)).text


@pytest.mark.parametrize("application", sorted({one.application for one in ALL.values()}))
def test_every_object_has_its_page_of_records(application: str, owner: Visitor) -> None:
    for name, definition in ALL.items():
        if definition.application == application:
            assert f"{name} · Intacct Sandbox" in owner.open(records_address(name)).source


@pytest.mark.parametrize(
    "path",
    [
        f"{PATH}/records",
        f"{PATH}/records?object=nothing/here",
        f"{PATH}/record?object={VENDOR}",
        f"{PATH}/record?object={VENDOR}&key=99999",
        f"{PATH}/record?object={VENDOR}&key=" + quote("1 OR 1=1"),
    ],
)
def test_what_is_not_there_is_not_found(path: str, owner: Visitor) -> None:
    assert "Page not found" in owner.open(path).text


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "9" * 30])
def test_a_page_that_is_no_number_is_the_first(page: str, owner: Visitor) -> None:
    assert "40 records" in owner.open(f"{records_address(VENDOR)}&page={quote(page)}").text


def test_another_companys_records_are_not_shown(sandbox: Sandbox) -> None:
    client = TestClient(create_app(Settings(), sandbox), base_url=BASE_URL)
    other = sign_in(Visitor(client), "SoloCo", "owner")
    assert "0 records" in other.open(records_address(VENDOR)).text
    assert "Page not found" in other.open(record_address(VENDOR, 1)).text


def test_only_administrators_see_the_data(sandbox: Sandbox) -> None:
    sandbox.store.execute("UPDATE company_user SET admin_privileges = 'off' WHERE id = 'owner'")
    client = TestClient(create_app(Settings(), sandbox), base_url=BASE_URL)
    visitor = sign_in(Visitor(client), "MyCompany", "owner")
    assert "Alder Creek" not in visitor.open(records_address(VENDOR)).text
