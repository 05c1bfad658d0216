import pytest
from starlette.testclient import TestClient

URL = "/_sandbox/formats"


def test_a_company_gets_formats_and_a_reset_takes_them_back(http: TestClient) -> None:
    given = http.patch(URL, json={"company": "SoloCo", "locale": "en_GB", "gmt_offset": "+01:00"}).json()
    assert given == {
        "company": "SoloCo",
        "locale": "en_GB",
        "date_format": "/dmY",
        "clock": "24",
        "gmt_offset": "+01:00",
    }
    told = {one["company"]: one for one in http.get(URL).json()["formats"]}
    assert told["SoloCo"] == given
    assert told["MyCompany"]["date_format"] == "/mdY"
    http.post("/_sandbox/reset")
    assert {one["locale"] for one in http.get(URL).json()["formats"]} == {"en_US"}


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"company": "Nobody", "clock": "12"}, "company"),
        ({"locale": "en_GB"}, "company"),
        ({"company": "SoloCo", "clock": 12}, "clock"),
        ({"company": "SoloCo", "more": 1}, "more"),
    ],
)
def test_what_cannot_be_is_refused_with_its_member(
    wanted: dict[str, object], field: str, http: TestClient
) -> None:
    refused = http.patch(URL, json=wanted)
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, field)
