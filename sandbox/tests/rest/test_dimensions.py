"""The list of dimensions over HTTP."""

from sandbox.tests.rest.conftest import Api

from intacct_sandbox.objects import custom

DIMENSIONS = "/services/company-config/dimensions/list"


async def test_sages_own_dimensions_lead_to_objects_that_are_served(api: Api) -> None:
    rows = (await api.get(DIMENSIONS)).rows
    assert rows[1] == {
        "dimensionName": "DEPARTMENT",
        "dimensionLabel": "Department",
        "termName": "Department",
        "isUserDefinedDimension": False,
        "isEnabledInGL": True,
        "dimensionEndpoint": "/objects/company-config/department",
    }
    assert len(rows) >= 12
    for row in rows:
        assert (await api.get(row["dimensionEndpoint"])).status == 200


async def test_what_the_company_defined_is_among_them(api: Api) -> None:
    crop = custom.CustomObject(name="Crop", label="Crop type", dimension_path="dimensions.nsp::Crop")
    custom.add_object(api.store, api.company.key, crop)
    custom.add_object(api.store, api.company.key, custom.CustomObject(name="Field", label="Field"))
    own = [row for row in (await api.get(DIMENSIONS)).rows if row["isUserDefinedDimension"]]
    assert [(row["dimensionName"], row["dimensionLabel"]) for row in own] == [("CROP", "Crop type")]
    assert (await api.get(own[0]["dimensionEndpoint"])).rows == []
