"""Master data by REST: trees, contacts along with their owner, spans, and what is used and so not deleted."""

from sandbox.tests.rest.accounting import make, send, shown
from sandbox.tests.rest.conftest import Api

DEPARTMENT = "/objects/company-config/department"
PROJECT = "/objects/projects/project"


async def test_departments_are_a_tree(api: Api) -> None:
    above = await make(api, DEPARTMENT, {"id": "900", "name": "Above"})
    below = await make(api, DEPARTMENT, {"id": "910", "name": "Below", "parent": {"id": "900"}})
    assert (await shown(api, below))["parent"]["name"] == "Above"
    answer = await send(api, "PATCH", above, {"parent": {"id": "910"}})
    assert (answer.status, answer.details) == (400, "A record cannot be below itself")
    assert answer.error["details"][0]["target"] == "/parent"
    used = await send(api, "DELETE", above)
    assert "is used by company-config/department" in used.details
    assert (await send(api, "DELETE", below)).status == 204
    assert (await send(api, "DELETE", above)).status == 204


async def test_an_employee_comes_with_its_contact(api: Api) -> None:
    body = {
        "id": "E900",
        "primaryContact": {"firstName": "Ann", "lastName": "Lee", "email1": "ann@example.com"},
    }
    made = await shown(api, await make(api, "/objects/company-config/employee", body))
    assert made["name"] == "Ann Lee"
    contact = await shown(api, made["primaryContact"]["href"])
    assert (contact["printAs"], contact["email1"]) == ("Ann Lee", "ann@example.com")


async def test_an_id_is_taken_once_and_a_missing_record_is_not_referred_to(api: Api) -> None:
    await make(api, PROJECT, {"id": "P-900", "name": "New"})
    again = await send(api, "POST", PROJECT, {"id": "P-900", "name": "Twice"})
    assert again.details == "Another record with the value P-900 already exists"
    lost = await send(api, "POST", PROJECT, {"id": "P-901", "name": "Lost", "customer": {"id": "NOBODY"}})
    assert lost.error["details"][0]["code"] == "invalidKey"
    assert lost.error["details"][0]["target"] == "/customer"
    late = {"id": "P-902", "name": "Late", "startDate": "2026-12-01", "endDate": "2026-11-01"}
    assert "before it begins" in (await send(api, "POST", PROJECT, late)).details


async def test_attachments_stand_in_folders(api: Api) -> None:
    folder = await make(api, "/objects/company-config/folder", {"id": "Bills", "description": "Scans"})
    body = {"id": "ATT-1", "name": "Scan", "folder": {"id": "Bills"}}
    made = await shown(api, await make(api, "/objects/company-config/attachment", body))
    assert made["folder"]["href"] == folder
    assert (await send(api, "DELETE", folder)).status == 400
    lost = {**body, "id": "ATT-2", "folder": {"id": "None such"}}
    answer = await send(api, "POST", "/objects/company-config/attachment", lost)
    assert answer.error["details"][0]["target"] == "/folder"
    bill = await send(api, "PATCH", "/objects/accounts-payable/vendor/1", {"attachment": {"id": "ATT-1"}})
    assert bill.status == 200


async def test_inactive_dimensions_take_no_new_lines(api: Api) -> None:
    await make(api, DEPARTMENT, {"id": "900", "name": "Closed", "status": "inactive"})
    line = {
        "txnAmount": "1.00",
        "glAccount": {"id": "4000"},
        "dimensions": {"location": {"key": "1"}, "department": {"id": "900"}},
    }
    body = {
        "customer": {"key": "1"},
        "invoiceDate": "2026-11-01",
        "dueDate": "2026-11-30",
        "lines": [line],
    }
    answer = await send(api, "POST", "/objects/accounts-receivable/invoice", body)
    assert answer.details == "The department is inactive"
    assert answer.error["details"][0]["target"] == "/lines/0/dimensions/department"
