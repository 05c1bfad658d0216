"""The model service: one model, lists, filters, and what is not there."""

import pytest
from sandbox.tests.rest.conftest import Api

MODEL = "/services/core/model"


async def test_without_a_name_everything_is_listed(api: Api) -> None:
    answer = await api.get(MODEL)
    rows = answer.rows
    assert len(rows) > 510
    assert answer.json()["ia::meta"] == {"totalCount": len(rows), "totalSuccess": len(rows), "totalError": 0}
    department = next(row for row in rows if row["apiObject"] == "objects/company-config/department")
    assert department == {
        "apiObject": "objects/company-config/department",
        "type": "rootObject",
        "httpMethods": "OPTIONS,GET,POST,DELETE,PATCH",
        "href": "/services/core/model?version=v1&name=objects/company-config/department",
    }
    assert {row["type"] for row in rows} == {"rootObject", "ownedObject", "service", "workflow"}


@pytest.mark.parametrize(
    ("types", "found"),
    [
        ("object", {"rootObject", "ownedObject"}),
        ("ownedObject", {"ownedObject"}),
        ("service,workflow", {"service", "workflow"}),
    ],
)
async def test_types_choose(api: Api, types: str, found: set[str]) -> None:
    assert {row["type"] for row in (await api.get(f"{MODEL}?type={types}")).rows} == found


async def test_a_pattern_chooses_and_models_come_along_on_request(api: Api) -> None:
    plain = (await api.get(f"{MODEL}?filter=accounts-payable/vendor$")).rows
    assert [row["apiObject"] for row in plain] == ["objects/accounts-payable/vendor"]
    assert "fields" not in plain[0]
    full = (await api.get(f"{MODEL}?filter=accounts-payable/vendor$&schema=true")).rows
    assert full[0]["fields"]["name"]["type"] == "string"
    assert (await api.get(f"{MODEL}?descriptionFilter=x")).rows == []


async def test_an_unknown_name_is_an_empty_list(api: Api) -> None:
    answer = await api.get(f"{MODEL}?name=company-config/nothing")
    assert answer.status == 200
    assert answer.json() == {
        "ia::result": [],
        "ia::meta": {"totalCount": 0, "totalSuccess": 0, "totalError": 0},
    }


async def test_a_name_is_taken_with_and_without_its_kind(api: Api) -> None:
    for name in ("accounts-payable/bill", "objects/accounts-payable/bill"):
        assert (await api.get(f"{MODEL}?name={name}")).json()["ia::result"]["type"] == "rootObject"
    service = await api.get(f"{MODEL}?name=core/session/id")
    assert service.json()["ia::result"]["httpMethods"] == "OPTIONS,GET"
    workflow = await api.get(f"{MODEL}?name=workflows/accounts-payable/bill/submit")
    assert workflow.json()["ia::result"]["type"] == "workflow"


async def test_one_model_can_be_asked_for_without_its_schema(api: Api) -> None:
    answer = await api.get(f"{MODEL}?name=accounts-payable/bill&schema=false&version=all&description=true")
    assert set(answer.json()["ia::result"]) == {"apiObject", "type", "httpMethods", "href"}


@pytest.mark.parametrize(
    "parameters", ["size=4", "version=v2", "schema=maybe", "type=thing", "filter=(", f"filter={'a' * 101}"]
)
async def test_other_parameters_are_refused(api: Api, parameters: str) -> None:
    assert (await api.get(f"{MODEL}?{parameters}")).status == 400
