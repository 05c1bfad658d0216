import pytest
from starlette.testclient import TestClient

URL = "/_sandbox/limits"


def test_a_custom_tier_has_the_numbers_that_are_given(http: TestClient) -> None:
    wanted = {"company": "SoloCo", "tier": "custom", "per_application": 2, "per_company": 3}
    given = http.patch(URL, json=wanted).json()
    assert (given["tier"], given["per_application"], given["per_company"]) == ("custom", 2, 3)
    assert given["entitlement"] == 1_000_000_000
    others = [one["tier"] for one in http.get(URL).json()["limits"] if one["company"] != "SoloCo"]
    assert set(others) == {"none"}


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"company": "Nobody", "tier": "1"}, "company"),
        ({"tier": "1"}, "company"),
        ({"company": "SoloCo"}, "tier"),
        ({"company": "SoloCo", "tier": "7"}, "tier"),
        ({"company": "SoloCo", "tier": "1", "per_company": 2}, "per_company"),
        ({"company": "SoloCo", "tier": "custom"}, "per_application"),
        (
            {"company": "SoloCo", "tier": "custom", "per_application": True, "per_company": 2},
            "per_application",
        ),
        ({"company": "SoloCo", "tier": "custom", "per_application": 0, "per_company": 2}, "per_application"),
        ({"company": "SoloCo", "tier": "1", "more": 1}, "more"),
    ],
)
def test_what_cannot_be_is_refused_with_its_member(
    wanted: dict[str, object], field: str, http: TestClient
) -> None:
    refused = http.patch(URL, json=wanted)
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, field)


def test_a_reset_takes_the_tiers_back(http: TestClient) -> None:
    http.patch(URL, json={"company": "SoloCo", "tier": "1"})
    http.post("/_sandbox/reset")
    assert {one["tier"] for one in http.get(URL).json()["limits"]} == {"none"}
