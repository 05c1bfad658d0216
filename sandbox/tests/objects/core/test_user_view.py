"""Views that users keep."""

import pytest
from sandbox.tests.rest.conftest import Api, build_api

VIEWS = "/objects/core/user-view"
QUERY = {"object": "accounts-payable/vendor", "fields": ["id", "name"]}


@pytest.fixture
def api() -> Api:
    return build_api()


async def test_a_view_belongs_to_who_made_it_and_says_what_it_shows(api: Api) -> None:
    made = await api.post(VIEWS, {"name": "Vendors", "query": QUERY})
    assert made.status == 201
    shown = (await api.get(made.json()["ia::result"]["href"])).json()["ia::result"]
    assert (shown["owner"]["id"], shown["status"], shown["viewVersion"]) == ("Admin", "active", "0")
    assert shown["object"] == "accounts-payable/vendor"
    assert shown["query"]["fields"] == ["id", "name"]


async def test_what_a_view_shows_follows_its_query(api: Api) -> None:
    made = await api.post(VIEWS, {"name": "Vendors", "query": QUERY})
    href = made.json()["ia::result"]["href"]
    body = b'{"query": {"object": "accounts-payable/bill"}}'
    assert (await api.call("PATCH", href, body=body)).status == 200
    shown = (await api.get(href)).json()["ia::result"]
    assert shown["object"] == shown["query"]["object"] == "accounts-payable/bill"
