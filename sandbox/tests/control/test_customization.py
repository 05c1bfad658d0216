"""Custom fields and objects as tests define them, through the control plane."""

from typing import Any

import pytest
from starlette.testclient import TestClient

FIELD = {"company": "MyCompany", "object": "accounts-payable/vendor", "name": "REGION", "type": "text"}


def test_a_field_is_defined_and_told(http: TestClient) -> None:
    made = http.post("/_sandbox/customization/fields", json={**FIELD, "label": "Region"})
    assert made.status_code == 200, made.text
    field = {
        "object": "accounts-payable/vendor",
        "name": "nsp::REGION",
        "type": "text",
        "label": "Region",
        "values": [],
        "required": False,
    }
    assert made.json() == {"company": "MyCompany", **field}
    told = http.get("/_sandbox/customization").json()
    assert told["companies"] == [{"company": "MyCompany", "fields": [field], "objects": []}]
    assert "picklist" in told["types"]


@pytest.mark.parametrize(("quirk", "path"), [("dimensions", "dimensions.nsp::Crop"), ("record", "nsp::Crop")])
def test_a_dimension_is_referred_to_where_the_quirk_says(http: TestClient, quirk: str, path: str) -> None:
    http.patch("/_sandbox/quirks", json={"user-defined-dimension-path": quirk})
    payload = {"company": "MyCompany", "name": "nsp::Crop", "dimension": True}
    assert http.post("/_sandbox/customization/objects", json=payload).json() == {
        "company": "MyCompany",
        "object": "platform-apps/nsp::Crop",
        "label": "Crop",
        "dimension": path,
    }


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"company": "Nobody"}, "company"),
        ({"object": "a/b"}, "object"),
        ({"name": ""}, "name"),
        ({"type": "blob"}, "type"),
        ({"values": "gold"}, "values"),
        ({"required": "yes"}, "required"),
        ({"label": 7}, "label"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_cannot_be_one_is_refused(http: TestClient, wanted: dict[str, Any], field: str) -> None:
    refused = http.post("/_sandbox/customization/fields", json={**FIELD, **wanted})
    assert refused.status_code == 400
    assert refused.json()["error"]["field"] == field
    assert http.get("/_sandbox/customization").json()["companies"] == []


def test_a_reset_ends_them(http: TestClient) -> None:
    http.post("/_sandbox/customization/fields", json=FIELD)
    http.post("/_sandbox/reset")
    assert http.get("/_sandbox/customization").json()["companies"] == []
