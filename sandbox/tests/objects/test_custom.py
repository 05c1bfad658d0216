"""What a company adds, over the API: in model, create, read, query, filter and order of that company."""

import json
from typing import Any

import pytest
from sandbox.tests.rest.conftest import Api, build_api

from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.identity import companies
from intacct_sandbox.objects import custom, registry
from intacct_sandbox.objects.custom import TYPES, CustomField, CustomObject

VENDOR = "accounts-payable/vendor"
VENDORS = f"/objects/{VENDOR}"
CROP = "/objects/platform-apps/nsp::Crop"
SAMPLES: dict[str, Any] = {
    "text": "North",
    "picklist": "gold",
    "checkbox": True,
    "integer": 7,
    "number": "1.25",
    "currency": "12.50",
    "date": "2026-11-25",
    "date-time": "2026-11-25T12:00:00Z",
}


@pytest.fixture
def api() -> Api:
    return build_api()


def field(api: Api, name: str = "REGION", kind: str = "text", on: str = VENDOR, **more: Any) -> None:
    values = ("gold", "silver") if kind == "picklist" else ()
    new = CustomField(object_name=on, name=name, type=kind, label=name, values=values, **more)
    custom.add_field(api.store, api.company.key, new)


def dimension(api: Api, path: str = "dimensions.nsp::Crop") -> None:
    custom.add_object(
        api.store, api.company.key, CustomObject(name="Crop", label="Crop", dimension_path=path)
    )


async def create(api: Api, vendor_id: str, **more: Any) -> str:
    answer = await api.post(VENDORS, {"id": vendor_id, "name": vendor_id, **more})
    assert answer.status == 201, answer.body
    return f"{VENDORS}/{answer.json()['ia::result']['key']}"


async def read(api: Api, path: str) -> Any:
    return (await api.get(path)).json()["ia::result"]


async def patch(api: Api, path: str, payload: Any) -> int:
    return (await api.call("PATCH", path, body=json.dumps(payload).encode())).status


@pytest.mark.parametrize("kind", TYPES)
async def test_a_field_of_each_type_is_written_read_and_filtered(api: Api, kind: str) -> None:
    field(api, kind=kind)
    path = await create(api, "N1", **{"nsp::REGION": SAMPLES[kind]})
    assert (await read(api, path))["nsp::REGION"] == SAMPLES[kind]
    payload = {
        "object": VENDOR,
        "fields": ["id", "nsp::REGION"],
        "filters": [{"$eq": {"nsp::REGION": SAMPLES[kind]}}],
    }
    assert (await api.query(payload)).rows == [{"id": "N1", "nsp::REGION": SAMPLES[kind]}]
    assert await patch(api, path, {"nsp::REGION": None}) == 200
    assert (await read(api, path))["nsp::REGION"] is None


async def test_the_model_shows_fields_beside_the_others(api: Api) -> None:
    field(api, kind="picklist")
    shown = await read(api, f"/services/core/model?name={VENDOR}")
    assert shown["fields"]["nsp::REGION"]["enum"] == ["gold", "silver", None]
    assert "name" in shown["fields"]


async def test_rows_are_ordered_by_a_custom_field(api: Api) -> None:
    field(api, kind="number")
    for vendor_id, number in (("N1", "10"), ("N2", "9.5"), ("N3", "100")):
        await create(api, vendor_id, **{"nsp::REGION": number})
    payload = {
        "object": VENDOR,
        "fields": ["id"],
        "filters": [{"$ne": {"nsp::REGION": None}}],
        "orderBy": [{"nsp::REGION": "desc"}],
    }
    assert [row["id"] for row in (await api.query(payload)).rows] == ["N3", "N1", "N2"]


async def test_a_related_objects_field_is_reached_through_the_reference(api: Api) -> None:
    field(api)
    row = api.store.one("SELECT vendor FROM accounts_payable__bill LIMIT 1")
    assert row is not None
    assert await patch(api, f"{VENDORS}/{row[0]}", {"nsp::REGION": "North"}) == 200
    payload = {
        "object": "accounts-payable/bill",
        "fields": ["vendor.nsp::REGION"],
        "filters": [{"$eq": {"vendor.nsp::REGION": "North"}}],
        "size": 1,
    }
    assert (await api.query(payload)).rows == [{"vendor.nsp::REGION": "North"}]


async def test_wrong_values_and_missing_required_fields_are_refused(api: Api) -> None:
    field(api, kind="picklist", is_required=True)
    answer = await api.post(VENDORS, {"id": "N1", "name": "x"})
    assert answer.error["details"][0]["target"] == "/nsp::REGION"
    answer = await api.post(VENDORS, {"id": "N1", "name": "x", "nsp::REGION": "lead"})
    assert "must be one of gold, silver" in answer.details


async def test_a_field_of_an_owned_line_is_written_through_its_owner(api: Api) -> None:
    field(api, on="accounts-payable/bill-line")
    row = api.store.one(
        "SELECT b.key, l.key FROM accounts_payable__bill AS b JOIN accounts_payable__bill_line AS l"
        " ON l.bill = b.key WHERE b.state = 'draft' LIMIT 1"
    )
    assert row is not None
    bill = f"/objects/accounts-payable/bill/{row[0]}"
    assert await patch(api, bill, {"lines": [{"key": str(row[1]), "nsp::REGION": "North"}]}) == 200
    lines = {line["key"]: line for line in (await read(api, bill))["lines"]}
    assert lines[str(row[1])]["nsp::REGION"] == "North"


async def test_another_company_has_none_of_it(api: Api) -> None:
    other = companies.create(api.store, company_id="Other", title="Other", is_multi_entity=False)
    field(api)
    dimension(api)
    assert custom.find(api.store, other.key, VENDOR) is registry.ALL[VENDOR]
    assert custom.find(api.store, other.key, "platform-apps/nsp::Crop") is None
    new = CustomField(object_name=VENDOR, name="REGION", type="date", label="x")
    custom.add_field(api.store, other.key, new)
    await create(api, "N1", **{"nsp::REGION": "North"})


async def test_a_custom_object_lives_like_any_other(api: Api) -> None:
    custom.add_object(api.store, api.company.key, CustomObject(name="Crop", label="Crop"))
    field(api, on="platform-apps/nsp::Crop", name="YIELD", kind="integer")
    made = await api.post(CROP, {"name": "Wheat", "nsp::YIELD": 3})
    assert made.status == 201
    reference = made.json()["ia::result"]
    assert reference["id"] == reference["key"]
    shown = await read(api, f"{CROP}/{reference['key']}")
    assert (shown["name"], shown["nsp::YIELD"]) == ("Wheat", 3)
    assert shown["audit"]["createdByUser"]["id"] == "Admin"
    assert (await api.get(CROP)).rows == [reference]
    payload = {"object": "platform-apps/nsp::Crop", "fields": ["name"], "orderBy": [{"nsp::YIELD": "asc"}]}
    assert (await api.query(payload)).rows == [{"name": "Wheat"}]
    assert await patch(api, f"{CROP}/{reference['key']}", {"name": "Rye"}) == 200
    assert (await api.call("DELETE", f"{CROP}/{reference['key']}")).status == 204
    assert (await api.get(f"{CROP}/{reference['key']}")).status == 404


async def test_a_custom_object_is_in_the_list_of_models(api: Api) -> None:
    dimension(api)
    rows = (await api.get("/services/core/model?filter=nsp::")).rows
    assert [row["apiObject"] for row in rows] == ["objects/platform-apps/nsp::Crop"]
    assert (await read(api, "/services/core/model?name=platform-apps/nsp::Crop"))["type"] == "rootObject"
    assert await read(api, "/services/core/model?name=platform-apps/nsp::Nothing") == []


@pytest.mark.parametrize(("path", "group"), [("dimensions.nsp::Crop", "dimensions"), ("nsp::Crop", "")])
async def test_a_dimension_is_referred_to_by_transactions(api: Api, path: str, group: str) -> None:
    dimension(api, path)
    wheat = (await api.post(CROP, {"name": "Wheat"})).json()["ia::result"]
    row = api.store.one("SELECT max(key) FROM accounts_payable__bill WHERE state = 'draft'")
    assert row is not None
    tag = {"nsp::Crop": {"key": wheat["key"]}}
    line = {
        "bill": {"key": str(row[0])},
        "txnAmount": "5.00",
        "glAccount": {"key": "1"},
        "dimensions": {"location": {"key": "1"}, **(tag if group else {})},
        **({} if group else tag),
    }
    made = await api.post("/objects/accounts-payable/bill-line", line)
    assert made.status == 201, made.body
    shown = await read(api, made.json()["ia::result"]["href"])
    assert (shown[group] if group else shown)["nsp::Crop"] == wheat
    payload = {
        "object": "accounts-payable/bill-line",
        "fields": [f"{path}.id", f"{path}.name"],
        "filters": [{"$eq": {f"{path}.name": "Wheat"}}],
    }
    assert (await api.query(payload)).rows == [{f"{path}.id": wheat["id"], f"{path}.name": "Wheat"}]
    # What is referred to is not deleted.
    assert (await api.call("DELETE", f"{CROP}/{wheat['key']}")).status == 400
    line["dimensions"] = {"location": {"key": "1"}}
    assert (await api.post("/objects/accounts-payable/bill-line", {**line, **_unknown(group)})).status == 400


async def test_its_permission_is_needed(api: Api) -> None:
    dimension(api)
    assert (await api.get(CROP, token=api.token("Clerk"))).status == 403


async def test_it_can_be_part_of_a_batch_whose_times_are_empty_until_edited(api: Api) -> None:
    dimension(api)
    api.quirks.set("modified-time-of-new-records", "null")
    made = await api.post(CROP, [{"name": "Wheat"}, {"name": "Rye"}])
    assert made.status == 201
    shown = await read(api, made.json()["ia::result"][0]["href"])
    assert shown["audit"]["modifiedDateTime"] is None


async def test_additions_survive_a_snapshot_and_end_with_a_reset(api: Api) -> None:
    state = api.store.snapshot()
    field(api)
    later = api.store.snapshot()
    api.store.restore(state)
    assert (await api.post(VENDORS, {"id": "N1", "name": "x", "nsp::REGION": "x"})).status == 400
    api.store.restore(later)
    await create(api, "N1", **{"nsp::REGION": "x"})
    api.store.reset()
    assert custom.of(api.store, api.company.key).fields == ()
    field(api)


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"object_name": "accounts-payable/nothing"}, "object"),
        ({"object_name": "order-entry/document::Sales Invoice"}, "object"),
        ({"object_name": "company-config/user"}, "object"),
        ({"name": "1st"}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "region"}, "name"),
        ({"type": "blob"}, "type"),
        ({"type": "picklist"}, "values"),
        ({"values": ("a",)}, "values"),
    ],
)
def test_what_cannot_be_a_field_is_refused(api: Api, more: dict[str, Any], wrong: str) -> None:
    field(api)
    plain = {"object_name": VENDOR, "name": "OTHER", "type": "text", "label": "x"}
    with pytest.raises(InvalidInput) as refused:
        custom.add_field(api.store, api.company.key, CustomField(**{**plain, **more}))
    assert refused.value.field == wrong


def test_an_object_is_defined_once(api: Api) -> None:
    dimension(api)
    with pytest.raises(InvalidInput):
        custom.add_object(api.store, api.company.key, CustomObject(name="CROP", label="x"))


def _unknown(group: str) -> dict[str, Any]:
    tag = {"nsp::Crop": {"key": "999"}}
    return {"dimensions": {"location": {"key": "1"}, **tag}} if group else tag
