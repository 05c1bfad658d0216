"""Creating, changing and deleting by REST: references, shapes, permissions, entities."""

import json
from typing import Any

import pytest
from sandbox.tests.rest.calling import Response
from sandbox.tests.rest.conftest import Api

VENDOR = "/objects/accounts-payable/vendor"
BILL = "/objects/accounts-payable/bill"


async def post(api: Api, path: str, payload: Any, **more: Any) -> Response:
    return await api.call("POST", path, body=json.dumps(payload).encode(), **more)


async def patch(api: Api, path: str, payload: Any, **more: Any) -> Response:
    return await api.call("PATCH", path, body=json.dumps(payload).encode(), **more)


async def shown(api: Api, path: str) -> dict[str, Any]:
    answer = await api.get(path)
    assert answer.status == 200
    record: dict[str, Any] = answer.json()["ia::result"]
    return record


async def test_a_created_vendor_has_its_defaults_its_audit_block_and_no_nulls_for_links(api: Api) -> None:
    made = await post(api, VENDOR, {"id": "V-900", "name": "Nine Hundred", "creditLimit": 1500.5})
    assert made.status == 201
    key = made.json()["ia::result"]["key"]
    assert made.json() == {
        "ia::result": {"key": key, "id": "V-900", "href": f"{VENDOR}/{key}"},
        "ia::meta": {"totalCount": 1, "totalSuccess": 1, "totalError": 0},
    }
    vendor = await shown(api, f"{VENDOR}/{key}")
    assert (vendor["status"], vendor["creditLimit"], vendor["totalDue"]) == ("active", 1500.5, None)
    assert vendor["audit"]["createdDateTime"] == vendor["audit"]["modifiedDateTime"] == "2026-11-25T12:00:00Z"
    assert vendor["audit"]["createdByUser"]["id"] == "Admin"
    assert vendor["parent"] == {"key": None, "id": None, "name": None}
    assert vendor["entity"] == {"key": None, "id": None, "name": None}


async def test_a_change_touches_what_it_mentions_and_the_modified_time(api: Api) -> None:
    before = await shown(api, f"{VENDOR}/1")
    api.clock.stop_at(api.clock.now().replace(hour=13))
    changed = await patch(api, f"{VENDOR}/1", {"key": "1", "notes": "Called", "isOnHold": True})
    assert changed.status == 200
    assert changed.json()["ia::result"] == {"key": "1", "id": before["id"], "href": f"{VENDOR}/1"}
    after = await shown(api, f"{VENDOR}/1")
    assert (after["notes"], after["isOnHold"], after["name"]) == ("Called", True, before["name"])
    assert after["audit"]["modifiedDateTime"] == "2026-11-25T13:00:00Z"
    assert after["audit"]["createdDateTime"] == before["audit"]["createdDateTime"]


async def test_references_are_taken_by_key_or_by_id_and_emptied_by_null(api: Api) -> None:
    term = (await api.get("/objects/accounts-payable/term")).rows[0]
    for link in ({"id": term["id"]}, {"key": term["key"]}, {"key": term["key"], "id": term["id"]}):
        assert (await patch(api, f"{VENDOR}/1", {"term": link})).status == 200
        assert (await shown(api, f"{VENDOR}/1"))["term"]["id"] == term["id"]
    for nothing in (None, {"id": None}):
        assert (await patch(api, f"{VENDOR}/1", {"term": nothing})).status == 200
        assert (await shown(api, f"{VENDOR}/1"))["term"]["key"] is None


@pytest.mark.parametrize(
    "link", [{"id": "no such term"}, {"key": "99999"}, {"key": "x"}, {"key": "1", "id": "no such term"}]
)
async def test_a_reference_to_nothing_is_refused(api: Api, link: dict[str, str]) -> None:
    answer = await patch(api, f"{VENDOR}/1", {"term": link})
    assert answer.status == 400
    assert answer.error["errorId"] == "REST-7001"
    assert (
        answer.error["message"] == "PATCH request on objects/accounts-payable/vendor object was unsuccessful"
    )
    assert answer.error["details"][0]["code"] == "invalidKey"
    assert answer.error["details"][0]["target"] == "/term"


@pytest.mark.parametrize(
    ("payload", "target"),
    [
        ({"term": {"id": ""}}, "/term/id"),
        ({"term": "Net 30"}, "/term"),
        ({"term": {"id": "Net 30", "color": 1}}, "/term/color"),
        ({"status": "asleep"}, "/status"),
        ({"isOnHold": "maybe"}, "/isOnHold"),
        ({"creditLimit": "much"}, "/creditLimit"),
        ({"name": ["x"]}, "/name"),
        ({"contactList": {}}, "/contactList"),
        ({"contactList": ["x"]}, "/contactList"),
        ({"form1099": 4}, "/form1099"),
        ({"form1099": {"unknown": 4}}, "/form1099/unknown"),
        ({"audit": {"createdDateTime": "2026-01-01T00:00:00Z"}}, "/audit/createdDateTime"),
        ({"entity": {"id": "East Region"}}, "/entity"),
        ({"totalDue": "1.00"}, "/totalDue"),
        ({"a/b~c": 1}, "/a~1b~0c"),
        ([], "/"),
        ("x", "/"),
    ],
)
async def test_what_does_not_fit_is_told_with_its_place(api: Api, payload: Any, target: str) -> None:
    for answer in (await post(api, VENDOR, payload), await patch(api, f"{VENDOR}/1", payload)):
        assert answer.status == 400
        assert answer.error["errorId"] == "REST-1064"
        assert [detail["target"] for detail in answer.error["details"]] == [target]


async def test_a_body_that_is_no_json_or_xml_or_missing_is_refused(api: Api) -> None:
    assert (await api.call("POST", VENDOR, body=b"{")).error["errorId"] == "REST-1030"
    assert (await api.call("PATCH", f"{VENDOR}/1")).error["message"] == "A PATCH request requires a payload"
    xml = await api.call("POST", VENDOR, body=b"<a/>", headers={"Content-Type": "text/xml"})
    assert xml.json()["ia::error"]["code"] == "GW-0014"


async def test_an_id_is_taken_once(api: Api) -> None:
    assert (await post(api, VENDOR, {"id": "V-900", "name": "A"})).status == 201
    again = await post(api, VENDOR, {"id": "V-900", "name": "B"})
    assert again.status == 400
    assert again.details == "Another record with the value V-900 already exists"
    api.quirks.set("duplicate-id-status", "409")
    assert (await post(api, VENDOR, {"id": "V-900"})).status == 409
    assert (await patch(api, f"{VENDOR}/1", {"id": "V-900"})).status == 409


async def test_a_vendor_s_id_has_twenty_characters_at_most(api: Api) -> None:
    assert (await post(api, VENDOR, {"id": "v" * 20})).status == 201
    refused = await post(api, VENDOR, {"id": "v" * 21})
    assert refused.error["details"][0]["target"] == "/id"


async def test_a_customer_s_id_stays(api: Api) -> None:
    answer = await patch(api, "/objects/accounts-receivable/customer/1", {"id": "another"})
    assert answer.details == "/id cannot be changed"


async def test_a_contact_can_be_described_in_place_of_being_named(api: Api) -> None:
    contact = {"lastName": "Doe", "printAs": "J. Doe", "mailingAddress": {"city": "Boston"}}
    made = await post(api, VENDOR, {"id": "V-901", "contacts": {"default": contact}})
    assert made.status == 201, made.body
    vendor = await shown(api, made.json()["ia::result"]["href"])
    assert vendor["contacts"]["default"]["mailingAddress"]["city"] == "Boston"


async def test_what_is_used_is_not_deleted(api: Api) -> None:
    bill = await shown(api, f"{BILL}/1")
    vendor = f"{VENDOR}/{bill['vendor']['key']}"
    answer = await api.call("DELETE", vendor)
    assert answer.status == 400
    assert "is used by accounts-payable/" in answer.details
    assert (await api.get(vendor)).status == 200
    api.quirks.set("business-rule-status", "422")
    assert (await api.call("DELETE", vendor)).status == 422


async def test_where_it_may_be_deleted_no_reference_dangles(api: Api) -> None:
    api.quirks.set("deletion-of-used-records", "allowed")
    department = (await api.get("/objects/company-config/department")).rows[0]
    assert (await api.call("DELETE", department["href"])).status == 204
    left = await api.query(
        {
            "object": "accounts-payable/bill-line",
            "fields": ["key"],
            "filters": [{"$eq": {"dimensions.department.key": department["key"]}}],
        }
    )
    assert left.rows == []


async def test_deletes_are_seen_in_the_audit_history(api: Api) -> None:
    made = (await post(api, VENDOR, {"id": "V-902"})).json()["ia::result"]
    assert (await api.call("DELETE", made["href"])).status == 204
    trail = await api.query(
        {
            "object": "company-config/audit-history",
            "fields": [
                "changeDetails.objectName",
                "changeDetails.objectId",
                "changeSource.completedBy",
                "changeSource.actionPerformed",
            ],
            "orderBy": [{"key": "asc"}],
        }
    )
    assert [tuple(row.values()) for row in trail.rows] == [
        ("accounts-payable/vendor", "V-902", "Admin", action) for action in ("create", "delete")
    ]


async def test_writing_takes_the_permission_to_write(api: Api) -> None:
    clerk = api.token("Clerk")
    for method, path in (("POST", VENDOR), ("PATCH", f"{VENDOR}/1"), ("DELETE", f"{VENDOR}/1")):
        answer = await api.call(method, path, token=clerk, body=b"{}")
        assert answer.status == 403
        assert f"API operation {method}" in answer.details


async def test_what_is_made_in_an_entity_belongs_to_it(api: Api) -> None:
    east = {"X-IA-API-Param-Entity": "East Region"}
    made = (await post(api, VENDOR, {"id": "V-903"}, headers=east)).json()["ia::result"]
    assert (await shown(api, made["href"]))["entity"]["id"] == "East Region"
    west = await api.call("PATCH", made["href"], body=b"{}", headers={"X-IA-API-Param-Entity": "West Region"})
    assert west.status == 404
    assert (await patch(api, made["href"], {"notes": "x"}, headers=east)).status == 200


async def test_records_of_the_top_level_are_not_changed_in_an_entity(api: Api) -> None:
    top = (await post(api, VENDOR, {"id": "V-904"})).json()["ia::result"]
    east = {"X-IA-API-Param-Entity": "East Region"}
    assert (await patch(api, top["href"], {"notes": "x"}, headers=east)).status == 400
    api.quirks.set("top-level-records-in-entities", "writable")
    assert (await patch(api, top["href"], {"notes": "x"}, headers=east)).status == 200


async def test_records_that_the_company_s_pages_keep_are_not_written_by_api(api: Api) -> None:
    answer = await post(api, "/objects/company-config/user", {"id": "X"})
    assert answer.status == 405
    assert "on the company's pages" in answer.details


async def test_quirks_make_payloads_stricter(api: Api) -> None:
    assert (await post(api, VENDOR, {"id": "V-905", "creditLimit": "5"})).status == 201
    api.quirks.set("payload-types", "strict")
    assert (await post(api, VENDOR, {"id": "V-906", "creditLimit": "5"})).status == 400
    api.quirks.set("required-fields", "examples")
    assert "is required" in (await post(api, VENDOR, {"id": "V-906"})).details


async def test_a_new_record_s_modified_time_can_be_null_until_it_is_edited(api: Api) -> None:
    api.quirks.set("modified-time-of-new-records", "null")
    made = (await post(api, VENDOR, {"id": "V-907"})).json()["ia::result"]
    assert (await shown(api, made["href"]))["audit"]["modifiedDateTime"] is None
    await patch(api, made["href"], {"notes": "x"})
    assert (await shown(api, made["href"]))["audit"]["modifiedDateTime"] == "2026-11-25T12:00:00Z"


async def test_documents_of_one_type_are_found_under_its_name(api: Api) -> None:
    for document in ("Sales Invoice", "Sales Order"):
        made = await post(api, f"/objects/order-entry/document::{document}", {"txnDate": "2026-11-25"})
        assert made.status == 201, made.body
    sold = await api.get("/objects/order-entry/document::Sales Invoice")
    assert len(sold.rows) == 1
    assert len((await api.get("/objects/order-entry/document")).rows) == 2
    assert (await post(api, "/objects/order-entry/document", {})).status == 405


async def test_files_of_an_attachment_are_kept(api: Api) -> None:
    folder = (await post(api, "/objects/company-config/folder", {"id": "Bills"})).json()["ia::result"]
    files = [{"name": "a.txt", "data": "YQ=="}]
    made = await post(
        api,
        "/objects/company-config/attachment",
        {"id": "A-1", "name": "A", "folder": {"key": folder["key"]}, "files": files},
    )
    assert made.status == 201, made.body
    attachment = await shown(api, made.json()["ia::result"]["href"])
    assert [{"name": one["name"], "data": one["data"]} for one in attachment["files"]] == files
    assert attachment["audit"]["createdDate"] == "2026-11-25T12:00:00Z"


async def test_lists_of_references_are_kept_as_links(api: Api) -> None:
    department = (await api.get("/objects/company-config/department")).rows[0]
    body = {"restrictedDepartments": [{"id": department["id"]}]}
    assert (await patch(api, f"{VENDOR}/1", body)).status == 200
    assert (await shown(api, f"{VENDOR}/1"))["restrictedDepartments"] == [department]
